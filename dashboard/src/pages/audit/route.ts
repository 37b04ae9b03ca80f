import { IconHistory } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/audit",
  title: pageTitles.audit,
  load: () => import("./audit-page.tsx"),
  nav: { group: "manage", order: 10, icon: IconHistory },
  right: "audit.read",
  keywords: ["trail"],
});
