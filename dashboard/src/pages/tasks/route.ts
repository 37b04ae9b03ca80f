import { IconChecklist } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/tasks",
  title: pageTitles.tasks,
  load: () => import("./tasks-page.tsx"),
  nav: { group: "main", order: 30, icon: IconChecklist },
  right: "tasks.read",
  keywords: ["to do"],
});
