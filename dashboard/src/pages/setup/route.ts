import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/setup",
  title: pageTitles.setup,
  load: () => import("./setup-page.tsx"),
  signedOut: true,
});
