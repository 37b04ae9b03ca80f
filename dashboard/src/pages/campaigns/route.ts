import { IconSend2 } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/campaigns",
  title: pageTitles.campaigns,
  load: () => import("./campaigns-page.tsx"),
  nav: { group: "reach", order: 10, icon: IconSend2 },
  right: "campaigns.read",
  keywords: ["sequences", "steps"],
  below: [{ path: "/campaigns/$campaignId", load: () => import("./campaign-page.tsx") }],
});
