import { IconUsers } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/leads",
  title: pageTitles.leads,
  load: () => import("./leads-page.tsx"),
  nav: { group: "reach", order: 20, icon: IconUsers },
  keywords: ["contacts", "people", "import"],
});
