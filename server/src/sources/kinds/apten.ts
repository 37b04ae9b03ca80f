import { z } from "zod";
import type { Evidence, SuppressionKind } from "../../domain/event.ts";
import type { InboundFact, Reading } from "../../domain/inbound.ts";
import { keywordOf } from "../../domain/opt-out-words.ts";
import { verifyApten } from "../../domain/signature.ts";
import { checkTextSecret, newTextSecret } from "../../domain/text-secret.ts";
import { bodyHash, deliveryIdOf, type Json, objectOf, parseObject, stepOf, storable, textOf, timeOf } from "../json.ts";
import { jsonAnswer, type KeptRequest, type SourceKind } from "../source-kind.ts";

/**
 * Apten's webhooks. They sign no time and carry no ID (but for one kind), so that the hash of the body tells one from another:
 * what was overheard and is sent again is the same body.
 */
export const aptenSource: SourceKind<Record<string, never>> = {
  kind: "apten",
  config: z.strictObject({}),
  newSecret: newTextSecret,
  checkSecret: checkTextSecret,
  verify: ({ headers, body }, secrets) => verifyApten(headers, body, secrets),
  deliveryId({ body }) {
    const id = textOf(parseObject(body)?.eventId);
    return id ? deliveryIdOf(id) : bodyHash(body);
  },
  read,
  answer: jsonAnswer,
};

function read({ body, deliveryId }: KeptRequest): Reading {
  const event = parseObject(body);
  if (!event) return { kind: "unknown", type: null, detail: "This is not a JSON object (of at most 64 levels)." };
  const type = textOf(event.event)?.slice(0, 100) ?? null;
  const data = objectOf(event.data);
  if (type === null || !data) return { kind: "unknown", type, detail: "This has no event or no data." };
  if (type === "optOut" && !isWholePerson(data) && wordOf(data.channel) === "call") {
    return { kind: "nothing", type, detail: "Herald makes no calls: who wants none may still be written to." };
  }
  const fact = factOf(type, data, timeOf(event.timestamp), deliveryId);
  return typeof fact === "string" ? { kind: "unknown", type, detail: fact } : { kind: "facts", type, facts: [fact] };
}

const isWholePerson = ({ isDoNotContact }: Json) => isDoNotContact === true || wordOf(isDoNotContact) === "true";

const optOutReasons: ReadonlyMap<string, SuppressionKind> = new Map([
  ["COMPLAINT", "complaint"],
  ["BOUNCE", "bounce"],
  ["UNSUBSCRIBE_LINK", "unsubscribe"],
  ["MANUAL", "manual"],
]);

/**
 * Tells a message from others by what it is, and not by its bytes: told again in another spelling, it is the same. Null: it
 * says not when it was, so that two that say the same may be two.
 */
function messageIdOf(type: string, data: Json, at: number | null): string | null {
  if (at === null) return null;
  const content = objectOf(data.content);
  // Every field that Apten documents: two that differ in one are two.
  const told = [
    ...[type, at, data.leadId, data.externalLeadId, data.phone, data.channel, data.profile, content?.subject],
    ...[content?.text, String(data.isFollowUp), data.followUpStep, String(data.hasAttachments)],
  ];
  return bodyHash(Buffer.from(JSON.stringify(told.map((value) => textOf(value)))));
}

/** Of a changed field, as text; null: it is gone. Documented are texts and null; what else comes is kept as JSON. */
function newValueOf(change: unknown): string | null {
  const told = objectOf(change);
  const value = told && (Object.hasOwn(told, "new") || Object.hasOwn(told, "old")) ? told.new : change;
  if (value === null || value === undefined || typeof value === "string") return textOf(value);
  return JSON.stringify(storable({ value }).value);
}

const channelBy = (person: { phone: string | null; email: string | null }) =>
  person.phone !== null ? "sms" : person.email !== null ? "email" : null;

/**
 * A lead's phone number. Apten is at home in the USA: ten digits without a country code are a number there, more digits without a
 * plus sign have a code. Whoever is not found by it could opt out to no effect.
 */
function phoneOf(value: unknown): string | null {
  const text = textOf(value);
  if (text === null || !/^[\d\s().-]+$/.test(text) || /^\s*00/.test(text)) return text;
  const digits = text.replace(/\D/g, "");
  return digits.length === 10 ? `+1${digits}` : digits.length > 10 ? `+${digits}` : text;
}

/** In whatever case it is written. */
const wordOf = (value: unknown) => textOf(value)?.trim().toLowerCase() ?? null;

/** What an event says, or why that can't be said. */
function factOf(type: string, data: Json, at: number | null, deliveryId: string): InboundFact | string {
  const person = {
    ...{ phone: phoneOf(data.phone), email: textOf(data.email) },
    // Both are the lead's ID in a CRM: the second one of leads that are tied to Close.
    externalLeadId: textOf(data.externalLeadId) ?? textOf(data.close_crm_leadId),
    profile: textOf(data.profile),
  };
  // Apten always names it. One that is not there keeps no refusal from counting: see `optOut`, and a message is one of the
  // address that it gives.
  const channel = wordOf(data.channel) ?? (type.startsWith("message.") ? channelBy(person) : null);
  const said = textOf(data.optOutMessage)?.slice(0, 2_000).toWellFormed();
  const words: Evidence = said ? { text: said } : {};
  switch (type) {
    case "message.sent":
    case "message.received": {
      if (channel !== "sms" && channel !== "email") return `Herald has no channel ${channel} of Apten's.`;
      const content = objectOf(data.content);
      const text = textOf(content?.text ?? data.content) ?? "";
      const isFollowUp = data.isFollowUp === true;
      const followUpStep = isFollowUp ? stepOf(data.followUpStep) : null;
      return {
        ...({ kind: "message", direction: type === "message.sent" ? "out" : "in", channel } as const),
        ...{ person, account: null, text, subject: textOf(content?.subject), attachments: [], at },
        unseenFiles: data.hasAttachments === true,
        keyword: type === "message.received" && channel === "sms" ? keywordOf(text) : null,
        ...{ providerMessageId: messageIdOf(type, data, at) ?? deliveryId, providerThreadId: null },
        external: {
          ...{ campaignId: undefined, senderId: null, isFollowUp, followUpStep, data: storable(data) },
          // The first follow-up is the second step; of events of the past Apten doesn't know which one it was.
          sequenceStep: isFollowUp && followUpStep !== null ? followUpStep + 1 : null,
        },
      };
    }
    case "optOut": {
      // One of several that Apten sends for a person who is not to be contacted at all, after (or without) its doNotContact.
      const wholePerson = isWholePerson(data);
      // Another channel than Herald's (calls, what is to come) may be refused, and this person still written to. Where nobody
      // says which, none is written on.
      const refused = channel === "sms" || channel === "email" ? channel : channel === null ? "all" : null;
      const why =
        textOf(data.optOutReason) ?? (data.isTwilioOptOut === true ? "by a keyword at Twilio" : "told by Apten");
      if (wholePerson) {
        const reason = `do_not_contact: ${why}`.slice(0, 500);
        return { kind: "opt_out", person, channel: "all", at, reason, wholePerson, evidence: words };
      }
      if (refused === null) return `Herald has no channel ${channel}.`;
      return {
        ...{ kind: "opt_out", person, channel: refused, at, reason: `opted_out: ${why}`.slice(0, 500) },
        why: optOutReasons.get(wordOf(data.optOutReason)?.toUpperCase() ?? "") ?? "provider",
        evidence: { ...words, ...(data.isTwilioOptOut === true ? { provider: "twilio" } : {}) },
      };
    }
    case "doNotContact": {
      const reason = "do_not_contact: told by Apten";
      return { kind: "opt_out", person, channel: "all", at, reason, wholePerson: true, evidence: words };
    }
    case "leadTagged": {
      const tag = textOf(data.tag);
      if (tag === null) return "This has no tag.";
      const by = channel === "sms" || channel === "email" ? channel : null;
      return { kind: "lead", person, addTags: [tag], channel: by, at, makesLead: true };
    }
    case "lead.additionalInfo.updated": {
      const info = objectOf(data.additionalInfo);
      if (!info) return "This has no additionalInfo.";
      const custom = Object.entries(info).map(([key, change]) => [key, newValueOf(change)]);
      return { kind: "lead", person, custom: Object.fromEntries(custom), at, makesLead: true };
    }
    case "notification": {
      const name = textOf(data.notificationName)?.slice(0, 500) ?? "Notification";
      const message = textOf(data.notificationMessage)?.slice(0, 10_000) ?? "";
      return {
        kind: "notification",
        person,
        channel: channel === "sms" || channel === "email" ? channel : null,
        name,
        message,
      };
    }
    default:
      return "Herald doesn't know this event.";
  }
}
