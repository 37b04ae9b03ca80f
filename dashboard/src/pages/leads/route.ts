import { IconUsers } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/leads",
  title: pageTitles.leads,
  load: () => import("./leads-page.tsx"),
  nav: { group: "reach", order: 20, icon: IconUsers },
  right: "leads.read",
  keywords: ["contacts", "people", "import"],
  below: [
    { path: "/leads/import", load: () => import("./import-page.tsx"), right: "leads.write" },
    { path: "/leads/imports", load: () => import("./imports-page.tsx") },
    { path: "/leads/$leadId", load: () => import("./lead-page.tsx") },
  ],
});
