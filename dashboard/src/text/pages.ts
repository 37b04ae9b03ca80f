import { texts } from "./texts.ts";

/** What pages are called: in the navigation, in the command palette and as the window's title. */
export const pageTitles = texts({
  overview: "Overview",
  inbox: "Inbox",
  tasks: "Tasks",
  approvals: "Approvals",
  campaigns: "Campaigns",
  leads: "Leads",
  senders: "Senders",
  profiles: "Profiles",
  analytics: "Analytics",
  events: "Events",
  destinations: "Destinations",
  sources: "Sources",
  audit: "Audit log",
  settings: "Settings",
  members: "Members",
  apiKeys: "API keys",
  assistant: "Assistant",
  suppressions: "Suppressions",
  workspace: "Workspace",
  profile: "Your account",
  setup: "Set Herald up",
  signIn: "Sign in",
  invitation: "Invitation",
});

export const navigationGroups = texts({ reach: "Outreach", data: "Delivery", manage: "Manage" });
