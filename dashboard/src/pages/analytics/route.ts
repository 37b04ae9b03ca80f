import { IconChartBar } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/analytics",
  title: pageTitles.analytics,
  load: () => import("./analytics-page.tsx"),
  nav: { group: "reach", order: 50, icon: IconChartBar },
  right: "analytics.read",
  keywords: ["reports", "trends"],
});
