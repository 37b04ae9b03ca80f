export interface Shot {
  name: string;
  address: string;
  colours?: "light" | "dark";
  width?: number;
  /** A tab that is opened first, by its name. */
  tab?: string;
  /** What is chosen in the page's field for a file. */
  file?: { name: string; mimeType: string; text: string };
  signedOut?: true;
  /** As a Herald shows it that has no owner yet. */
  setUp?: true;
}

const fair: Shot["file"] = {
  name: "trade-fair.csv",
  mimeType: "text/csv",
  text: [
    "First name,Surname,Work email,Employer,Mobile,Booth",
    "Hedy,Lamarr,hedy@example.com,Frequency Partners,+1 202 555 0171,B12",
    "Radia,Perlman,radia@example.com,Spanning Networks,,A3",
    "Leslie,Lamport,not an address,Clockworks,+1 202 555 0173,C7",
    "Karen,Jones,karen@example.com,Relevance Search,+1 202 555 0174,B2",
  ].join("\n"),
};

/** Each page has one at least: texts.test.ts looks. */
export const shots = (ids: Record<string, string>): Shot[] => [
  { name: "overview", address: "/" },
  { name: "overview-dark", address: "/", colours: "dark" },
  { name: "overview-narrow", address: "/", width: 360 },
  { name: "inbox", address: `/inbox/${ids.conversationId}` },
  { name: "inbox-dark", address: `/inbox/${ids.conversationId}`, colours: "dark" },
  { name: "inbox-narrow", address: `/inbox/${ids.conversationId}`, width: 360 },
  { name: "approvals", address: "/approvals" },
  { name: "approval", address: `/approvals/${ids.approvalId}` },
  { name: "tasks", address: "/tasks" },
  { name: "campaigns", address: "/campaigns" },
  { name: "campaign-results", address: `/campaigns/${ids.campaignId}` },
  { name: "campaign-steps", address: `/campaigns/${ids.draftId}?tab=steps` },
  { name: "campaign-leads", address: `/campaigns/${ids.campaignId}?tab=leads` },
  { name: "campaign-dry-run", address: `/campaigns/${ids.draftId}`, tab: "Dry run" },
  { name: "campaign-dry-run-dark", address: `/campaigns/${ids.draftId}`, tab: "Dry run", colours: "dark" },
  { name: "campaign-settings", address: `/campaigns/${ids.draftId}?tab=settings` },
  { name: "leads", address: "/leads" },
  { name: "leads-narrow", address: "/leads", width: 360 },
  { name: "lead", address: `/leads/${ids.leadId}` },
  { name: "import", address: "/leads/import" },
  { name: "import-mapping", address: "/leads/import", file: fair },
  { name: "imports", address: "/leads/imports" },
  { name: "senders", address: "/senders" },
  { name: "sender", address: `/senders/${ids.senderId}` },
  { name: "profiles", address: "/profiles" },
  { name: "profile", address: `/profiles/${ids.profileId}` },
  { name: "drafts", address: "/profiles/drafts" },
  { name: "analytics", address: "/analytics" },
  { name: "analytics-campaign", address: `/analytics?campaignId=${ids.campaignId}&range=90&by=sender` },
  { name: "analytics-dark", address: "/analytics", colours: "dark" },
  { name: "events", address: "/events" },
  { name: "event", address: `/events/${ids.eventId}` },
  { name: "destinations", address: "/destinations" },
  { name: "destination", address: `/destinations/${ids.destinationId}` },
  { name: "destination-new", address: "/destinations/new" },
  { name: "sources", address: "/sources" },
  { name: "source", address: `/sources/${ids.sourceId}` },
  { name: "audit", address: "/audit" },
  { name: "settings-workspace", address: "/settings/workspace" },
  { name: "settings-profile", address: "/settings/profile" },
  { name: "settings-members", address: "/settings/members" },
  { name: "settings-suppressions", address: "/settings/suppressions" },
  { name: "settings-assistant", address: "/settings/assistant" },
  { name: "settings-api-keys", address: "/settings/api-keys" },
  { name: "sign-in", address: "/sign-in", signedOut: true },
  { name: "setup", address: "/setup", signedOut: true, setUp: true },
  { name: "invitation", address: `/invitation${ids.invitation}`, signedOut: true },
];
