import { IconCheck } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/approvals",
  title: pageTitles.approvals,
  load: () => import("./approvals-page.tsx"),
  nav: { group: "main", order: 35, icon: IconCheck, counts: "approvals" },
  right: "approvals.read",
  below: [{ path: "/approvals/$approvalId", load: () => import("./approval-page.tsx") }],
});
