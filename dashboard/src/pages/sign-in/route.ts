import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/sign-in",
  title: pageTitles.signIn,
  load: () => import("./sign-in-page.tsx"),
  signedOut: true,
});
