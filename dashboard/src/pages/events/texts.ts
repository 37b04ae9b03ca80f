import { formatNumber } from "../../text/format.ts";
import { pageTitles } from "../../text/pages.ts";
import { plural, texts } from "../../text/texts.ts";

export const t = texts({
  title: pageTitles.events,
  description: "Everything that happens, as it happens. The same events go to destinations.",
  none: "No events yet",
  noneText: "Each message, reply and change of a lead stands here the moment it happens. Add a lead, and see.",
  types: "Types",
  lead: "Lead's ID",
  campaign: "Campaign's ID",
  since: "Since",
  sinceHint: "Oldest first from there, not live",
  live: "Live",
  held: "Held while you read",
  newEvents: (count: number) => `Show ${formatNumber(count)} new ${plural(count, "event", "events")}`,
  scrollHint: "New events are held while the pointer, the focus or the scrolling is in the list.",
  // One event
  event: "Event",
  formats: { herald: "Herald", sendpilot: "SendPilot", apten: "Apten" },
  inFormats: "In each format",
  inFormatsText: "Exactly the body that a webhook of this format receives.",
  cannotSay: "This format can't say it",
  deliveries: "Deliveries",
  noDeliveries: "No destination got it: none was there that wants it.",
  destination: "Destination",
  status: "Status",
  statuses: { pending: "Waiting", delivered: "Delivered", failed: "Failed", filtered: "Filtered" },
  attempts: "Attempts",
  last: "Last attempt",
  why: "Why",
  replay: "Deliver again",
  replayTitle: "Deliver this event again?",
  replayText: "Every active destination that wants it gets it again, with the same ID.",
  replayed: "It is delivered again",
  openLead: "Lead",
  openCampaign: "Campaign",
});
