import { randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { InboundPerson, InboundReport, Reading } from "../../domain/inbound.ts";
import type { Verification } from "../../domain/signature.ts";
import { checkTextSecret } from "../../domain/text-secret.ts";
import { bodyHash, deliveryIdOf, type Json, objectOf, parseObject, textOf, timeOf } from "../json.ts";
import { jsonAnswer, type KeptRequest, type SourceKind, type SourceRequest } from "../source-kind.ts";
import { filesOf, namesOf, polledEvents, readPolled } from "./unipile-polled.ts";

/**
 * Unipile's webhooks, of the sources `messaging`, `users` and `account_status` (https://developer.unipile.com/docs/webhooks-2). They are not
 * signed: a header that is registered with the webhook carries a secret.
 */
interface UnipileConfig {
  headerName: string;
}

export const unipileSource: SourceKind<UnipileConfig> = {
  kind: "unipile",
  config: z.strictObject({
    /** The header that carries the secret, as it is registered with the webhook. */
    headerName: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,100}$/, "letters, digits and hyphens")
      .default("Unipile-Auth"),
  }),
  newSecret: () => randomBytes(32).toString("hex"),
  checkSecret: checkTextSecret,
  verify,
  deliveryId({ body, now }) {
    const event = parseObject(body);
    const [name, id] = [textOf(event?.event), textOf(event?.message_id)];
    if (name === "message_received" && id) return deliveryIdOf(`${name}:${id}`);
    // What has no ID of its own may truly happen again, as an account that is disconnected twice; but not within the hour in
    // which a delivery is repeated.
    return `${bodyHash(body)}:${now.toISOString().slice(0, 13)}`;
  },
  read,
  answer: jsonAnswer,
};

function verify({ headers }: SourceRequest, secrets: readonly string[], { headerName }: UnipileConfig): Verification {
  const given = headers[headerName.toLowerCase()];
  if (typeof given !== "string" || given === "") {
    return { ok: false, why: "unsigned", reason: `The ${headerName} header is missing.` };
  }
  const bytes = Buffer.from(given);
  const right = secrets.map((secret) => Buffer.from(secret));
  if (right.some((secret) => secret.length > 0 && secret.length === bytes.length && timingSafeEqual(secret, bytes))) {
    return { ok: true };
  }
  return { ok: false, why: "wrong_signature", reason: `The ${headerName} header has another secret than this source.` };
}

function read({ body }: KeptRequest): Reading {
  const event = parseObject(body);
  if (!event) return { kind: "unknown", type: null, detail: "This is not a JSON object (of at most 64 levels)." };
  const type = textOf(event.event);
  if (type === "message_received") return readMessage(event, type);
  if (type === "new_relation") return readRelation(event, type);
  if (type === "message_delivered" || type === "message_read") return readReceipt(event, type);
  if (type !== null && Object.hasOwn(kept, type)) return { kind: "nothing", type, detail: kept[type]! };
  if (polledEvents.some((polled) => polled === type)) return readPolled(event, type!);
  const status = objectOf(event.AccountStatus);
  if (status) return readAccountStatus(status);
  return { kind: "unknown", type, detail: "Herald doesn't know this event." };
}

/** What changes nothing here, and is kept as it was told. */
const kept: Readonly<Record<string, string>> = {
  message_reaction: "Somebody reacted to a message.",
  message_edited: "Somebody changed a message. The text that was sent first stays.",
  message_deleted: "Somebody deleted a message. It stays here.",
};

function readReceipt(event: Json, type: string): Reading {
  const [accountId, providerMessageId] = [textOf(event.account_id), textOf(event.message_id)];
  if (!accountId || !providerMessageId) {
    return { kind: "unknown", type, detail: "This has no account_id or no message_id." };
  }
  const report: InboundReport = {
    ...{ kind: "report", account: { provider: "unipile", accountId }, providerMessageId },
    ...{ outcome: type === "message_read" ? "read" : "delivered", at: timeOf(event.timestamp) },
    ...{ code: null, detail: null, suppress: null },
  };
  return { kind: "facts", type, facts: [report] };
}

/** https://developer.unipile.com/docs/account-lifecycle: those that end in a state; others are steps on the way. */
const accountStates: Readonly<Record<string, { state: "ok" | "broken"; says: string }>> = {
  OK: { state: "ok", says: "The account works." },
  CREATION_SUCCESS: { state: "ok", says: "The account was connected." },
  RECONNECTED: { state: "ok", says: "The account was connected again." },
  SYNC_SUCCESS: { state: "ok", says: "The account works." },
  CREDENTIALS: { state: "broken", says: "LinkedIn has ended the session: connect the account again in Unipile." },
  ERROR: { state: "broken", says: "The account has stopped with an error: look at it in Unipile." },
  STOPPED: { state: "broken", says: "The account has stopped: look at it in Unipile." },
  DELETED: {
    state: "broken",
    says: "The account was deleted in Unipile: connect it again, and give its new ID to the sender.",
  },
};

function readAccountStatus(status: Json): Reading {
  const type = "account_status";
  const [accountId, name] = [textOf(status.account_id), textOf(status.message)];
  const known = name !== null && Object.hasOwn(accountStates, name) ? accountStates[name]! : null;
  if (name === "CONNECTING") return { kind: "nothing", type, detail: "Unipile is connecting the account." };
  if (!accountId || !known) return { kind: "unknown", type, detail: `Unipile says of an account: ${name}` };
  const goesOn = known.state === "broken" ? " Sending goes on by itself once Unipile says OK." : "";
  const detail = `Unipile says ${name}: ${known.says}${goesOn}`;
  const account = { provider: "unipile", accountId } as const;
  return { kind: "facts", type, facts: [{ kind: "account", account, state: known.state, detail }] };
}

function readMessage(event: Json, type: string): Reading {
  const accountId = textOf(event.account_id);
  const providerMessageId = textOf(event.message_id);
  const sender = objectOf(event.sender);
  if (!accountId || !providerMessageId || !sender) {
    return { kind: "unknown", type, detail: "This has no account_id, message_id or sender." };
  }
  if (event.account_type !== undefined && event.account_type !== "LINKEDIN") {
    return { kind: "unknown", type, detail: `Herald has no channel for ${textOf(event.account_type)}.` };
  }
  const own = textOf(objectOf(event.account_info)?.user_id);
  const senderId = textOf(sender.attendee_provider_id);
  // `is_sender` is not in every payload, and has been wrong where it was.
  const unsaidSide = (own === null || senderId === null) && (event.is_sender ?? null) === null;
  const outbound =
    own !== null && senderId !== null ? own === senderId : event.is_sender === true || event.is_sender === 1;
  const others = (Array.isArray(event.attendees) ? event.attendees : [])
    .map(objectOf)
    .filter((one): one is Json => one !== null && textOf(one.attendee_provider_id) !== own);
  // Where it isn't said which one is the account itself, one of them is.
  if (event.is_group === true || others.length > (own === null ? 2 : 1)) {
    return { kind: "nothing", type, detail: "This was written to a group." };
  }
  if (event.is_event === true || event.is_event === 1) {
    return { kind: "nothing", type, detail: "This is a notice in the chat, which nobody wrote." };
  }
  const text = textOf(event.message) ?? "";
  const message = {
    ...({ kind: "message", direction: outbound ? "out" : "in", channel: "linkedin" } as const),
    ...(unsaidSide && { unsaidSide }),
    person: personOf(outbound ? (others[0] ?? {}) : sender),
    account: { provider: "unipile", accountId } as const,
    ...filesOf(event.attachments),
    ...{ text, subject: null, keyword: null, at: timeOf(event.timestamp), providerMessageId },
    ...{ providerThreadId: textOf(event.chat_id), external: null },
  };
  return { kind: "facts", type, facts: [message] };
}

function personOf(attendee: Json): InboundPerson {
  return {
    linkedinUrl: textOf(attendee.attendee_profile_url),
    providerLeadId: textOf(attendee.attendee_provider_id),
    ...namesOf(textOf(attendee.attendee_name)),
  };
}

function readRelation(event: Json, type: string): Reading {
  const accountId = textOf(event.account_id);
  const slug = textOf(event.user_public_identifier);
  const providerLeadId = textOf(event.user_provider_id);
  if (!accountId || (!slug && !providerLeadId && !textOf(event.user_profile_url))) {
    return { kind: "unknown", type, detail: "This says neither whose relation it is nor with whom." };
  }
  const linkedinUrl = slug ? `https://www.linkedin.com/in/${encodeURIComponent(slug)}` : textOf(event.user_profile_url);
  const person = { linkedinUrl, providerLeadId, ...namesOf(textOf(event.user_full_name)) };
  const account = { provider: "unipile", accountId } as const;
  return { kind: "facts", type, facts: [{ kind: "relation", person, account, at: null, external: null }] };
}
