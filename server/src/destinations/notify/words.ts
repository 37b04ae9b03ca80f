import { type EventType, eventCatalogue } from "../../domain/event.ts";
import type { StoredEvent } from "../../domain/format.ts";
import { inLine, inLines } from "./text.ts";

/** An event in words. All texts are plain: whoever shows them escapes them. */
export interface Note {
  icon: string;
  /** At most 150 code points, in one line. */
  title: string;
  /** What a lead wrote, or a reason. At most 500 code points and 13 lines. */
  quote: string | null;
  /** At most 5, each at most 150. */
  facts: readonly string[];
  link: string | null;
  /** Unix milliseconds. */
  at: number;
  /** bad: somebody has to act. */
  tone: "good" | "bad" | "plain";
}

/** Many events in one message. */
export interface Digest {
  title: string;
  counts: readonly { label: string; n: number }[];
  /** The first ones, those first that people wait for. */
  notes: readonly Note[];
  /** So many more. */
  more: number;
}

/** Of a digest, so many are shown one by one. */
export const mostShown = 20;

/** What a team wants to know without having asked for it: what a person has to read or to mend. */
export const defaultEventTypes: readonly EventType[] = [
  "reply.received",
  "message.received",
  "message.uncertain",
  "sender.paused",
  "sender.receiving_failed",
  "campaign.finished",
  "campaign.paused",
  "lead.do_not_contact",
  "destination.disabled",
];

/** Whether nobody has to do anything about it: a campaign that somebody paused themselves, a sender that rests for a while. */
export function isRoutine({ eventType, data }: Pick<StoredEvent, "eventType" | "data">): boolean {
  if (eventType !== "campaign.paused" && eventType !== "sender.paused") return false;
  const { pausedBy, until } = JSON.parse(data) as Data;
  return pausedBy === "api" || pausedBy === "user" || (eventType === "sender.paused" && text(until) !== null);
}

/** In this order in a digest; the others after them. */
const rank = new Map<string, number>(
  [
    ...["destination.disabled", "sender.paused", "sender.receiving_failed", "campaign.paused", "message.uncertain"],
    ...["reply.received", "message.received", "task.created", "lead.do_not_contact", "lead.opted_out"],
    ...["campaign.finished", "message.failed", "connection_request.accepted"],
  ].map((type, i) => [type, i]),
);

export function mostUrgent<T extends { id: string; type: string }>(waiting: readonly T[], most: number): T[] {
  const order = (item: T) => rank.get(item.type) ?? rank.size;
  return [...waiting].sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1)).slice(0, most);
}

type Data = Readonly<Record<string, unknown>>;
type Names = ReadonlyMap<string, string>;

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/** The IDs in an event whose names `noteOf` would like to know. */
export function namedIn(event: StoredEvent): string[] {
  const data = JSON.parse(event.data) as Data;
  return [data.leadId, data.campaignId, data.senderId].flatMap((id) => text(id) ?? []);
}

export interface LinkSettings {
  /** Where Herald is reached; null: not known. */
  publicUrl: string | null;
  linkTemplate?: string | undefined;
}

export function noteOf(event: StoredEvent, names: Names, links: LinkSettings): Note {
  const data = JSON.parse(event.data) as Data;
  const { icon, title, quote, tone } = sayings[event.eventType]?.(data, names) ?? {
    ...{ icon: "ℹ️", tone: "plain" as const, quote: null },
    title: `${eventCatalogue[event.eventType]?.summary ?? event.eventType} ${text(data.leadId) ? leadName(data, names) : ""}`,
  };
  return {
    ...{ icon, tone, title: inLine(title, 150), quote: quote === null ? null : inLines(quote, 500) || null },
    facts: factsOf(data, names),
    link: linkOf(event, data, links),
    at: Date.parse(event.timestamp),
  };
}

interface Saying {
  icon: string;
  title: string;
  quote: string | null;
  tone: Note["tone"];
}

const channelNames: Readonly<Record<string, string>> = { linkedin: "LinkedIn", sms: "SMS", email: "email" };

const leadName = (data: Data, names: Names): string =>
  names.get(text(data.leadId) ?? "") ?? text(data.email) ?? text(data.phone) ?? text(data.linkedinUrl) ?? "a lead";
const senderName = (data: Data, names: Names): string =>
  names.get(text(data.senderId) ?? "") ?? text(data.senderId) ?? "a sender";
const campaignName = (data: Data, names: Names): string | null =>
  text(data.campaignName) ?? names.get(text(data.campaignId) ?? "") ?? null;
const channelName = (data: Data): string => channelNames[text(data.channel) ?? ""] ?? "another channel";

function contentOf(data: Data): string | null {
  const content = data.content as { subject?: unknown; text?: unknown } | null;
  const [subject, body] = [text(content?.subject), text(content?.text)];
  return subject === null ? body : `${subject}\n${body ?? ""}`;
}

const received = (data: Data, names: Names): Saying => ({
  icon: "💬",
  title: `${leadName(data, names)} replied by ${channelName(data)}`,
  quote: contentOf(data),
  tone: "good",
});

const decisions: Readonly<Record<string, string>> = {
  ...{ done: "Approved and carried out", failed: "Approved, but Herald refused it", rejected: "Rejected" },
};

/** What an agent asked for. */
function wanted(data: Data, names: Names): string {
  const campaign = campaignName(data, names) ?? "a campaign";
  switch (data.action) {
    case "start_campaign":
      return `start the campaign ${campaign}`;
    case "resume_campaign":
      return `resume the campaign ${campaign}`;
    case "enroll_leads":
      return `add leads to the campaign ${campaign}`;
    default:
      return `${data.action === "reply" ? "answer" : "write to"} ${leadName(data, names)}`;
  }
}

const sayings: { readonly [T in EventType]?: (data: Data, names: Names) => Saying } = {
  "reply.received": (data, names) => ({
    ...received(data, names),
    title: `${leadName(data, names)} replied on LinkedIn`,
  }),
  "message.received": received,
  "message.failed": (data, names) => ({
    ...{ icon: "⚠️", tone: "bad", quote: text(data.reason) },
    title: `A message to ${leadName(data, names)} failed`,
  }),
  "message.uncertain": (data, names) => ({
    ...{ icon: "❓", tone: "bad", quote: text(data.reason) },
    title: `A message to ${leadName(data, names)} may or may not have gone out: somebody has to decide`,
  }),
  "message.sent": (data, names) => ({
    ...{ icon: "📤", tone: "plain", quote: contentOf(data) },
    title: `A message went out to ${leadName(data, names)} by ${channelName(data)}`,
  }),
  "connection_request.accepted": (data, names) => ({
    ...{ icon: "🤝", tone: "good", quote: null },
    title: `${leadName(data, names)} accepted an invitation on LinkedIn`,
  }),
  "lead.updated": (data, names) => ({
    ...{ icon: "🏷️", tone: data.newStatus === "NOT_INTERESTED" ? "plain" : "good", quote: text(data.note) },
    title: `${leadName(data, names)} is now ${String(data.newStatus)} (was ${String(data.previousStatus)})`,
  }),
  "lead.opted_out": (data, names) => ({
    ...{ icon: "🚫", tone: "plain", quote: text(data.reason) },
    title: `${leadName(data, names)} is not to be written to by ${channelName(data)}`,
  }),
  "lead.do_not_contact": (data, names) => ({
    ...{ icon: "🚫", tone: "plain", quote: text(data.reason) },
    title: `${leadName(data, names)} is not to be contacted any more`,
  }),
  "campaign.finished": (data, names) => ({
    ...{ icon: "🏁", tone: "good", quote: null },
    title: `The campaign ${campaignName(data, names) ?? ""} is finished (leads: ${String(data.totalLeads)})`,
  }),
  "campaign.paused": (data, names) => ({
    ...{ icon: "⏸️", tone: data.pausedBy === "system" ? "bad" : "plain", quote: null },
    title:
      data.pausedBy === "system"
        ? `The campaign ${campaignName(data, names) ?? ""} paused itself: a guard rail was hit`
        : `The campaign ${campaignName(data, names) ?? ""} was paused`,
  }),
  "sender.paused": (data, names) => ({
    ...{ icon: "🔌", tone: "bad", quote: text(data.reason) },
    title: text(data.until)
      ? `The sender ${senderName(data, names)} rests until ${String(data.until).slice(0, 16).replace("T", " ")} UTC`
      : data.pausedBy === "api"
        ? `The sender ${senderName(data, names)} was paused`
        : `The sender ${senderName(data, names)} stopped: somebody has to act`,
  }),
  "sender.receiving_failed": (data, names) => ({
    ...{ icon: "📪", tone: "bad", quote: text(data.reason) },
    title: `What comes back for ${senderName(data, names)} can't be read: replies wait`,
  }),
  "sender.receiving_resumed": (data, names) => ({
    ...{ icon: "📬", tone: "good", quote: null },
    title: `What comes back for ${senderName(data, names)} is read again`,
  }),
  "destination.disabled": (data) => ({
    ...{ icon: "⛔", tone: "bad", quote: text(data.reason) },
    title: `The destination ${String(data.destinationName)} was disabled and gets no more events`,
  }),
  "approval.created": (data, names) => ({
    ...{ icon: "🙋", tone: "plain", quote: text(data.note) },
    title: `${data.draft === true ? "A draft" : "An agent"} waits for approval: ${wanted(data, names)}`,
  }),
  "approval.decided": (data, names) => ({
    ...{ icon: data.outcome === "done" ? "✅" : "✖️", tone: data.outcome === "failed" ? "bad" : "plain" },
    ...{ quote: text(data.note), title: `${decisions[text(data.outcome) ?? ""] ?? "Decided"}: ${wanted(data, names)}` },
  }),
  "draft.created": (data, names) => ({
    ...{ icon: "📝", tone: "plain", quote: null },
    title: `The assistant's draft to ${leadName(data, names)} by ${channelName(data)} waits for approval`,
  }),
  "draft.decided": (data, names) => ({
    ...{ icon: "📝", tone: "plain", quote: null },
    title: `The assistant's draft to ${leadName(data, names)} was ${String(data.outcome)}`,
  }),
  "task.created": (data, names) => ({
    ...{ icon: "📌", tone: "plain", quote: text(data.text) },
    title: `A task for ${leadName(data, names)}: ${text(data.title) ?? "somebody's turn"}`,
  }),
};

function factsOf(data: Data, names: Names): string[] {
  const facts: string[] = [];
  const campaign = text(data.campaignName) === null ? campaignName(data, names) : null;
  if (campaign !== null) facts.push(`Campaign: ${campaign}`);
  const sender = names.get(text(data.senderId) ?? "");
  if (sender !== undefined && text(data.leadId)) facts.push(`Sender: ${sender}`);
  if (typeof data.sequenceStep === "number") facts.push(`Step ${data.sequenceStep}`);
  return facts.map((fact) => inLine(fact, 150));
}

/** Pages of the dashboard, by what an event has; the first one that fits. */
const pages: readonly { field: string; page: string; of?: readonly EventType[] }[] = [
  {
    field: "conversationId",
    page: "inbox",
    of: ["reply.received", "message.received", "message.auto_replied", "message.uncertain"],
  },
  { field: "approvalId", page: "approvals" },
  { field: "leadId", page: "leads" },
  { field: "campaignId", page: "campaigns" },
  { field: "senderId", page: "senders" },
  { field: "destinationId", page: "destinations" },
];

/** Of a template all fields must be there; else what the event is about, in Herald. Null: Herald's address isn't known. */
function linkOf(event: StoredEvent, data: Data, { publicUrl, linkTemplate }: LinkSettings): string | null {
  if (linkTemplate !== undefined) {
    let complete = true;
    const link = linkTemplate.replace(/\{(\w+)\}/g, (_, field: string) => {
      const value = field === "eventId" ? event.eventId : text(data[field]);
      if (value === null) complete = false;
      // Half of a character pair, as where a text was cut, has no address.
      return encodeURIComponent(value?.toWellFormed() ?? "");
    });
    if (complete && link.length <= 1_500) return link;
  }
  if (publicUrl === null) return null;
  const about = pages.find(({ field, of }) => text(data[field]) && (of === undefined || of.includes(event.eventType)));
  const page = about ? `${about.page}/${encodeURIComponent(text(data[about.field])!.toWellFormed())}` : "events";
  // Who is in several workspaces may have another one open.
  return `${publicUrl}/${page}?workspace=${encodeURIComponent(event.workspaceId)}`;
}

/** `counts`: of all that waits, by type; `shown`: the first of them. */
export function digestOf(waiting: readonly { type: string }[], shown: readonly Note[]): Digest {
  const byType = new Map<string, number>();
  for (const { type } of waiting) byType.set(type, (byType.get(type) ?? 0) + 1);
  const counts = [...byType].map(([label, n]) => ({ label, n })).sort((a, b) => b.n - a.n);
  const n = waiting.length === 1 ? "1 event" : `${waiting.length.toLocaleString("en-US")} events`;
  return { title: `${n} from Herald`, counts, notes: shown, more: waiting.length - shown.length };
}
