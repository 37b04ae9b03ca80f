import { definePage } from "../../../app/page.ts";
import { pageTitles } from "../../../text/pages.ts";

export default definePage({
  path: "/settings/members",
  title: pageTitles.members,
  load: () => import("./members-page.tsx"),
  settings: { order: 20 },
});
