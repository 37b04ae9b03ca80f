import { pageTitles } from "../../text/pages.ts";
import { texts } from "../../text/texts.ts";

export const t = texts({
  title: pageTitles.inbox,
});
