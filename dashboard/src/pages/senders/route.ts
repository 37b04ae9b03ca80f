import { IconAt } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/senders",
  title: pageTitles.senders,
  load: () => import("./senders-page.tsx"),
  nav: { group: "reach", order: 30, icon: IconAt },
  right: "senders.read",
  keywords: ["accounts", "mailboxes", "sandbox"],
  below: [{ path: "/senders/$senderId", load: () => import("./sender-page.tsx") }],
});
