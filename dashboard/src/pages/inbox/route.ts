import { IconInbox } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/inbox",
  title: pageTitles.inbox,
  load: () => import("./inbox-page.tsx"),
  nav: { group: "main", order: 20, icon: IconInbox },
  right: "messages.read",
  keywords: ["conversations", "replies", "messages", "answer"],
  below: [{ path: "/inbox/$conversationId", load: () => import("./inbox-page.tsx") }],
});
