import { IconDownload } from "@tabler/icons-react";
import { definePage } from "../../app/page.ts";
import { pageTitles } from "../../text/pages.ts";

export default definePage({
  path: "/sources",
  title: pageTitles.sources,
  load: () => import("./sources-page.tsx"),
  nav: { group: "data", order: 30, icon: IconDownload },
  right: "sources.read",
  keywords: ["inbound", "twilio", "unipile"],
  below: [{ path: "/sources/$sourceId", load: () => import("./source-page.tsx") }],
});
