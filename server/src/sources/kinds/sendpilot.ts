import { z } from "zod";
import { type LeadStatus, leadStatuses } from "../../domain/event.ts";
import { isId } from "../../domain/id.ts";
import type { InboundFact, Reading } from "../../domain/inbound.ts";
import { verifySendpilot } from "../../domain/signature.ts";
import { checkTextSecret } from "../../domain/text-secret.ts";
import {
  bodyHash,
  countOf,
  deliveryIdOf,
  type Json,
  objectOf,
  parseObject,
  stepOf,
  storable,
  textOf,
  timeOf,
} from "../json.ts";
import { jsonAnswer, type KeptRequest, type SourceKind } from "../source-kind.ts";

interface SendpilotConfig {
  senders?: Record<string, string> | undefined;
}

/** SendPilot's webhooks, under the names of both of its generations. */
export const sendpilotSource: SourceKind<SendpilotConfig> = {
  kind: "sendpilot",
  config: z.strictObject({
    /** Its senders whose LinkedIn accounts Herald has as well: Herald's senders, by SendPilot's IDs. */
    senders: z
      .record(
        z.string().min(1).max(200),
        z.string().refine((id) => isId("sender", id), "the ID of a sender of Herald's"),
      )
      .refine((senders) => Object.keys(senders).length <= 1_000, "at most 1,000 senders")
      .optional(),
  }),
  newSecret: null,
  checkSecret: checkTextSecret,
  verify: ({ headers, body, now }, secrets) => verifySendpilot(headers, body, secrets, now),
  deliveryId({ body }) {
    const id = textOf(parseObject(body)?.eventId);
    return id ? deliveryIdOf(id) : bodyHash(body);
  },
  read,
  answer: jsonAnswer,
};

/** The older names, by the newer ones. */
const renamed: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "message.received": "reply.received",
    "connection.sent": "connection_request.sent",
    "connection.accepted": "connection_request.accepted",
    "lead.status.changed": "lead.updated",
  }),
);

function read({ body, deliveryId, config }: KeptRequest & { config: SendpilotConfig }): Reading {
  const event = parseObject(body);
  if (!event) return { kind: "unknown", type: null, detail: "This is not a JSON object (of at most 64 levels)." };
  const type = textOf(event.eventType)?.slice(0, 100) ?? null;
  const data = objectOf(event.data);
  if (type === null || !data) return { kind: "unknown", type, detail: "This has no eventType or no data." };
  const name = renamed.get(type) ?? type;
  if (name.startsWith("campaign.")) {
    const news = campaignNews(name, data, timeOf(event.timestamp));
    if (news) return { kind: "facts", type, facts: [news] };
    return {
      kind: "nothing",
      type,
      detail: "It says less of a campaign than Herald's events do, and is kept as it was told.",
    };
  }
  const theirs = textOf(data.senderId);
  const own =
    theirs !== null && config.senders && Object.hasOwn(config.senders, theirs) ? config.senders[theirs]! : null;
  const fact = factOf(name, data, timeOf(event.timestamp), { deliveryId, senderId: own ?? theirs });
  if (typeof fact !== "string") return { kind: "facts", type, facts: [fact] };
  return { kind: "unknown", type, detail: fact };
}

/** Each with the field in which SendPilot says when it was. */
const campaignEvents = {
  "campaign.started": "startedAt",
  "campaign.paused": "pausedAt",
  "campaign.resumed": "resumedAt",
  "campaign.finished": "finishedAt",
} as const;

/** Null: something is missing that Herald's event of the name has. */
function campaignNews(name: string, data: Json, at: number | null): InboundFact | null {
  const [campaignId, campaignName] = [textOf(data.campaignId), textOf(data.campaignName)];
  if (!Object.hasOwn(campaignEvents, name) || campaignId === null || campaignName === null) return null;
  const type = name as keyof typeof campaignEvents;
  const total = countOf(data.totalLeads);
  if (total === null && (type === "campaign.started" || type === "campaign.finished")) return null;
  const by = textOf(data.pausedBy) ?? textOf(data.resumedBy);
  return {
    ...{ kind: "campaign", type, campaignId, campaignName, totalLeads: total ?? 0 },
    ...{ by: by === "api" || by === "system" ? by : "user", at: timeOf(data[campaignEvents[type]]) ?? at },
  };
}

/** What an event says, or why that can't be said. */
function factOf(
  name: string,
  data: Json,
  at: number | null,
  { deliveryId, senderId }: { deliveryId: string; senderId: string | null },
): InboundFact | string {
  const linkedinUrl = textOf(data.linkedinUrl);
  const person = { linkedinUrl };
  const campaignId = textOf(data.campaignId);
  const sequenceStep = stepOf(data.sequenceStep);
  const of = { campaignId, senderId, data: storable(data) };
  const isFollowUp = (sequenceStep ?? 1) > 1;
  const message = {
    ...({ kind: "message", channel: "linkedin", person, account: null, subject: null, attachments: [] } as const),
    ...{ keyword: null, at, providerMessageId: deliveryId, providerThreadId: null },
    external: { ...of, sequenceStep, isFollowUp, followUpStep: isFollowUp ? sequenceStep! - 1 : null },
  };
  if (linkedinUrl === null) {
    return Object.hasOwn(needed, name)
      ? "This has no linkedinUrl, by which its lead would be found."
      : "Herald doesn't know this event.";
  }
  switch (name) {
    case "message.sent": {
      const text = textOrEmpty(data.message, data.messagePreview);
      return text === null ? "This has neither message nor messagePreview." : { ...message, direction: "out", text };
    }
    case "reply.received": {
      const text = textOrEmpty(data.reply, data.replyPreview);
      return text === null ? "This has neither reply nor replyPreview." : { ...message, direction: "in", text };
    }
    case "connection_request.sent":
      return { kind: "invitation", person, note: textOf(data.note), at, external: of, providerMessageId: deliveryId };
    case "connection_request.accepted":
      return {
        kind: "relation",
        person,
        account: null,
        at: timeOf(data.acceptedAt) ?? at,
        external: { campaignId, senderId },
      };
    case "lead.updated": {
      const status = textOf(data.newStatus) as LeadStatus | null;
      if (status === null || !leadStatuses.includes(status)) return `There is no status ${status} of leads.`;
      const by = textOf(data.changedBy);
      const changedBy = by === "api" || by === "automation" || by === "user" ? by : null;
      return { kind: "lead", person, status, changedBy, campaignId, at, makesLead: true };
    }
    case "lead.tag.updated": {
      const tags = (value: unknown) => (Array.isArray(value) ? value : []).flatMap((tag) => textOf(tag) ?? []);
      // Its fields are not documented: where it doesn't say what changed, the lead has what it has.
      const changed = Array.isArray(data.added) || Array.isArray(data.removed);
      const changes = { addTags: tags(changed ? data.added : data.tags), removeTags: tags(data.removed) };
      return { kind: "lead", person, ...changes, campaignId, at, makesLead: true };
    }
    default:
      return "Herald doesn't know this event.";
  }
}

/** The first of these that says something; empty where one is there, as of a picture or a voice note; null: none is there. */
function textOrEmpty(...values: readonly unknown[]): string | null {
  const said = values.map(textOf).find((text) => text !== null);
  return said ?? (values.some((value) => typeof value === "string") ? "" : null);
}

/** Events that are about a lead. */
const needed: Readonly<Record<string, true>> = {
  "message.sent": true,
  "reply.received": true,
  "connection_request.sent": true,
  "connection_request.accepted": true,
  "lead.updated": true,
  "lead.tag.updated": true,
};
