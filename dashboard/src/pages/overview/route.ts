import { IconLayoutDashboard } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/",
  title: pageTitles.overview,
  load: () => import("./overview-page.tsx"),
  nav: { group: "main", order: 10, icon: IconLayoutDashboard },
  keywords: ["home", "start"],
});
