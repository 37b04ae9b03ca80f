import type { PolledItem } from "../../channels/channel.ts";
import type { Attachment } from "../../domain/event.ts";
import type { InboundPerson, Reading } from "../../domain/inbound.ts";
import { deliveryIdOf, type Json, objectOf, textOf, timeOf } from "../json.ts";

/** What Unipile was asked for, kept in a form of Herald's own around Unipile's: other fields than in its webhooks. */

export const polledEvents = ["polled_message", "polled_relation"] as const;

/** Under which a message is known to have come in: asked for, or told by the webhook. */
export const polledMessageIds = (id: string): string[] => [
  deliveryIdOf(`polled_message:${id}`),
  deliveryIdOf(`message_received:${id}`),
];

const bodyOf = (body: Json) => Buffer.from(JSON.stringify(body));

/** `people`: those in the chat; null where they are known by the chat. */
export function polledMessage(accountId: string, item: PolledItem, people: readonly unknown[] | null) {
  // The webhook's ID is another one: it may say more of the same message, such as whose it is.
  const deliveryId = polledMessageIds(item.id)[0]!;
  return {
    deliveryId,
    body: bodyOf({ event: "polled_message", account_id: accountId, message: item.raw, attendees: people }),
  };
}

/** Under which a message is noted whose chat can't be read. */
export const unreadMessageId = (id: string): string => deliveryIdOf(`polled_message_unread:${id}`);

/**
 * A message of a chat of which it couldn't be found out who is in it, because of `problem`. It is kept under an ID of its own, and
 * comes in as a polled one once that is known.
 */
export function unreadMessage(accountId: string, item: PolledItem, problem: string) {
  const body = { event: "polled_message", account_id: accountId, message: item.raw, attendees: null };
  return {
    deliveryId: unreadMessageId(item.id),
    body: bodyOf({ ...body, attendees_problem: problem }),
  };
}

export const polledRelationId = (accountId: string, item: PolledItem) =>
  deliveryIdOf(`polled_relation:${accountId}:${item.id}`);

export function polledRelation(accountId: string, item: PolledItem) {
  return {
    deliveryId: polledRelationId(accountId, item),
    body: bodyOf({ event: "polled_relation", account_id: accountId, relation: item.raw }),
  };
}

/** Of a kept item; `type` is one of `polledEvents`. */
export function readPolled(event: Json, type: string): Reading {
  const accountId = textOf(event.account_id);
  const [message, relation] = [objectOf(event.message), objectOf(event.relation)];
  if (accountId && type === "polled_message" && message) return readMessage(accountId, message, event, type);
  if (accountId && type === "polled_relation" && relation) return readRelation(accountId, relation, type);
  return { kind: "unknown", type, detail: "This says neither what nor of which account." };
}

function readMessage(accountId: string, message: Json, { attendees, attendees_problem }: Json, type: string): Reading {
  const providerMessageId = textOf(message.id);
  if (!providerMessageId) return { kind: "unknown", type, detail: "This message has no ID." };
  if (message.is_event === true || message.is_event === 1) {
    return { kind: "nothing", type, detail: "This is a notice in the chat, which nobody wrote." };
  }
  const others = (Array.isArray(attendees) ? attendees : [])
    .map(objectOf)
    .filter((one): one is Json => one !== null && one.is_self !== 1 && one.is_self !== true);
  if (others.length > 1) return { kind: "nothing", type, detail: "This was written to a group." };
  const outbound = message.is_sender === 1 || message.is_sender === true;
  const problem = textOf(attendees_problem);
  if (problem && outbound) {
    return { kind: "unknown", type, detail: `It can't be found out whom this was written to. ${problem}` };
  }
  const writer = outbound ? null : textOf(message.sender_id);
  const fact = {
    ...({ kind: "message", direction: outbound ? "out" : "in", channel: "linkedin" } as const),
    person: others[0] ? personOf(others[0]) : { providerLeadId: writer },
    account: { provider: "unipile", accountId } as const,
    ...filesOf(message.attachments),
    ...{
      text: textOf(message.text) ?? "",
      subject: null,
      keyword: null,
    },
    ...{ at: timeOf(message.timestamp), providerMessageId, providerThreadId: textOf(message.chat_id), external: null },
  };
  return { kind: "facts", type, facts: [fact] };
}

function personOf(attendee: Json): InboundPerson {
  return {
    linkedinUrl: textOf(attendee.profile_url),
    providerLeadId: textOf(attendee.provider_id),
    ...namesOf(textOf(attendee.name)),
  };
}

/** Files of a message, in the webhook's form or the API's; some have an ID in place of an address. */
export function filesOf(value: unknown): { attachments: Attachment[]; unseenFiles: boolean } {
  const files = (Array.isArray(value) ? value : [value]).map(objectOf).filter((one) => one !== null);
  const attachments = files.flatMap((file) => {
    const url = textOf(file.url);
    return url ? [{ url, contentType: textOf(file.mimetype) }] : [];
  });
  return { attachments, unseenFiles: attachments.length < files.length };
}

/** First and last name of a full one. */
export function namesOf(name: string | null): { firstName: string | null; lastName: string | null } {
  const [first = null, ...rest] = name?.trim().split(/\s+/) ?? [];
  return { firstName: first, lastName: rest.length > 0 ? rest.join(" ") : null };
}

function readRelation(accountId: string, relation: Json, type: string): Reading {
  const slug = textOf(relation.public_identifier);
  const linkedinUrl = slug
    ? `https://www.linkedin.com/in/${encodeURIComponent(slug)}`
    : textOf(relation.public_profile_url);
  const person = {
    ...{ linkedinUrl, providerLeadId: textOf(relation.member_id) },
    ...{ firstName: textOf(relation.first_name), lastName: textOf(relation.last_name) },
  };
  const at = typeof relation.created_at === "number" ? relation.created_at : null;
  const account = { provider: "unipile", accountId } as const;
  return { kind: "facts", type, facts: [{ kind: "relation", person, account, at, external: null }] };
}
