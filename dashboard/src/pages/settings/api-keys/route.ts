import { definePage } from "../../../app/page.ts";
import { pageTitles } from "../../../text/pages.ts";

export default definePage({
  path: "/settings/api-keys",
  title: pageTitles.apiKeys,
  load: () => import("./api-keys-page.tsx"),
  right: "keys.read",
  settings: { order: 30 },
});
