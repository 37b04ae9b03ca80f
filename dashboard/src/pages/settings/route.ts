import { IconSettings } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

/** Leads on to the first of its pages; each has a folder below this one. */
export default definePage({
  path: "/settings",
  title: pageTitles.settings,
  load: () => import("./settings-page.tsx"),
  nav: { group: "manage", order: 20, icon: IconSettings },
});
