import { IconActivity } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/events",
  title: pageTitles.events,
  load: () => import("./events-page.tsx"),
  nav: { group: "data", order: 10, icon: IconActivity },
  keywords: ["log", "live"],
});
