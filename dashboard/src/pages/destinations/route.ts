import { IconWebhook } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/destinations",
  title: pageTitles.destinations,
  load: () => import("./destinations-page.tsx"),
  nav: { group: "data", order: 20, icon: IconWebhook },
  keywords: ["webhooks", "crm", "notifications"],
});
