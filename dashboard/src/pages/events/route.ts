import { IconActivity } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/events",
  title: pageTitles.events,
  load: () => import("./events-page.tsx"),
  nav: { group: "data", order: 10, icon: IconActivity },
  right: "events.read",
  keywords: ["log", "live"],
  below: [{ path: "/events/$eventId", load: () => import("./event-page.tsx") }],
});
