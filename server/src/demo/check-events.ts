import { type MessageCheck, messageKey } from "./check-messages.ts";
import { slugOf } from "./people.ts";
import type { Channel, ExpectedMessage } from "./script.ts";

/** An event as the API and the herald format show it. */
export interface LoggedEvent {
  eventId: string;
  eventType: string;
  timestamp: string;
  workspaceId: string;
  data: Record<string, unknown>;
}

/** The parts of `message.sent` that the demo looks at. */
export interface SentData {
  leadId: string;
  channel: Channel;
  source: string;
  campaignId: string | null;
  sequenceStep: number | null;
  isFollowUp: boolean;
  followUpStep: number | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  content: { subject: string | null; text: string };
  providerMessageId: string | null;
}

export const sentData = (event: LoggedEvent) => event.data as unknown as SentData;

export interface Facts {
  campaignId: string;
  leads: number;
  expected: readonly ExpectedMessage[];
  messages: MessageCheck;
}

/** Whether the log says everything that happened, once, and nothing else. Each complaint is a sentence. */
export function checkLog(log: readonly LoggedEvent[], facts: Facts): string[] {
  const complaints: string[] = [];
  const told = new Set<string>();
  const moved = new Set<unknown>();
  const rest = new Map<string, number>();
  for (const event of log) {
    if (event.eventType === "message.sent") {
      const problem = checkSent(sentData(event), facts, told);
      if (problem !== null) complaints.push(`${event.eventId}: ${problem}`);
    } else if (event.eventType === "lead.updated") {
      const { leadId, previousStatus, newStatus } = event.data;
      if (moved.has(leadId)) complaints.push(`${event.eventId}: the status of ${leadId} changed twice`);
      if (previousStatus !== "PENDING" || newStatus !== "MESSAGE_SENT") {
        complaints.push(`${event.eventId}: a lead went from ${previousStatus} to ${newStatus}`);
      }
      moved.add(leadId);
    } else {
      rest.set(event.eventType, (rest.get(event.eventType) ?? 0) + 1);
      if (event.data.campaignId !== facts.campaignId || event.data.totalLeads !== facts.leads) {
        complaints.push(`${event.eventId}: ${event.eventType} of another campaign, or with a wrong number of leads`);
      }
    }
  }
  if (told.size !== facts.expected.length) {
    complaints.push(`the log tells of ${told.size} messages that were sent; there were ${facts.expected.length}`);
  }
  if (moved.size !== facts.leads)
    complaints.push(`${moved.size} leads changed their status; it should be ${facts.leads}`);
  const others = JSON.stringify(Object.fromEntries([...rest].sort()));
  if (others !== '{"campaign.finished":1,"campaign.started":1}') complaints.push(`other events in the log: ${others}`);
  return complaints;
}

/** Null, or what is wrong with what an event says of a message. */
function checkSent(data: SentData, { campaignId, messages }: Facts, told: Set<string>): string | null {
  const { channel, content, linkedinUrl, phone, email } = data;
  const to = { linkedin: slugOf(linkedinUrl ?? ""), sms: phone ?? "", email: email ?? "" }[channel];
  const key = messageKey({ channel, to, ...content });
  const known = messages.found.get(key);
  if (known === undefined) return `it tells of a message that no provider has: ${key}`;
  if (told.has(key)) return `a second event tells of the message ${key}`;
  told.add(key);
  const { expected, arrival } = known;
  const followUp = expected.step !== null && expected.step > 1;
  const right = {
    source: expected.step === null ? "api" : "campaign",
    campaignId: expected.step === null ? null : campaignId,
    sequenceStep: expected.step,
    isFollowUp: followUp,
    followUpStep: followUp ? expected.step! - 1 : null,
    providerMessageId: arrival.id,
  };
  for (const [name, value] of Object.entries(right)) {
    const said = data[name as keyof SentData];
    if (said !== value) return `${name} is ${JSON.stringify(said)} and should be ${JSON.stringify(value)}`;
  }
  return null;
}
