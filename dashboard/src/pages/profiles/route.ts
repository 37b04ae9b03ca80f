import { IconSparkles } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/profiles",
  title: pageTitles.profiles,
  load: () => import("./profiles-page.tsx"),
  nav: { group: "reach", order: 40, icon: IconSparkles },
  right: "assistant.read",
  keywords: ["assistant", "drafts", "AI"],
  below: [
    { path: "/profiles/drafts", load: () => import("./drafts/drafts-page.tsx") },
    { path: "/profiles/$profileId", load: () => import("./profile-page.tsx") },
  ],
});
