import { definePage } from "../../../app/page.ts";
import { pageTitles } from "../../../text/pages.ts";

export default definePage({
  path: "/settings/suppressions",
  title: pageTitles.suppressions,
  load: () => import("./suppressions-page.tsx"),
  settings: { order: 40 },
});
