import { definePage } from "../../../app/page.ts";
import { pageTitles } from "../../../text/pages.ts";

export default definePage({
  path: "/settings/workspace",
  title: pageTitles.workspace,
  load: () => import("./workspace-page.tsx"),
  settings: { order: 10 },
});
