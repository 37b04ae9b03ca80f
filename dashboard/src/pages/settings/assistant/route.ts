import { definePage } from "../../../app/page.ts";
import { pageTitles } from "../../../text/pages.ts";

export default definePage({
  path: "/settings/assistant",
  title: pageTitles.assistant,
  load: () => import("./assistant-page.tsx"),
  right: "assistant.read",
  keywords: ["model", "budget", "compliance", "AI"],
  settings: { order: 50 },
});
