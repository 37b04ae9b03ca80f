import { definePage } from "../../../app/page.ts";
import { pageTitles } from "../../../text/pages.ts";

export default definePage({
  path: "/settings/profile",
  title: pageTitles.profile,
  load: () => import("./profile-page.tsx"),
  settings: { order: 50 },
});
