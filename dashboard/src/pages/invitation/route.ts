import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/invitation",
  title: pageTitles.invitation,
  load: () => import("./invitation-page.tsx"),
  signedOut: true,
});
