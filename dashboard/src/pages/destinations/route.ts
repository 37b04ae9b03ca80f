import { IconWebhook } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/destinations",
  title: pageTitles.destinations,
  load: () => import("./destinations-page.tsx"),
  nav: { group: "data", order: 20, icon: IconWebhook },
  right: "destinations.read",
  keywords: ["webhooks", "crm", "notifications", "slack", "hubspot"],
  below: [
    { path: "/destinations/new", load: () => import("./create-page.tsx") },
    { path: "/destinations/$destinationId", load: () => import("./destination-page.tsx") },
  ],
});
