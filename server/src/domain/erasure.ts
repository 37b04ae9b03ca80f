/**
 * What is left of an event whose person was erased, and how mentions of a person are found. What is left says nothing about
 * anybody: Herald's own IDs, and what figures are counted by.
 */

/** How the data of such an event begin. */
export const erasedMark = '{"erased":true';

/** Whether the content of an event was erased, by its data. */
export const isErasedData = (data: string): boolean => data.startsWith(erasedMark);

/** Of an event's data, what stays: IDs of Herald's, names that the workspace chose, kinds and times. */
export const lastingKeys = [
  ...["messageId", "leadId", "campaignId", "senderId", "conversationId", "taskId", "stepId"],
  ...["channel", "source", "sequenceStep", "isFollowUp", "followUpStep", "profile", "variant", "tags", "added"],
  ...["code", "smtpStatus", "automatic", "keyword", "first", "count", "automated", "kind", "origin", "outcome"],
  ...["previousStatus", "newStatus", "isDoNotContact", "linkedChannels"],
  ...[
    "sentAt",
    "changedAt",
    "deliveredAt",
    "receivedAt",
    "acceptedAt",
    "bouncedAt",
    "openedAt",
    "clickedAt",
    "createdAt",
  ],
  ...["optedOutAt", "optedInAt", "doNotContactAt"],
] as const;

/** An event's data (JSON text) without what they say about people. */
export function erasedDataOf(data: string): string {
  const given = JSON.parse(data) as Record<string, unknown>;
  const left = lastingKeys.filter((key) => Object.hasOwn(given, key)).map((key) => [key, given[key]]);
  // By which message somebody opted out: figures say so of messages.
  const { messageId } = (given.evidence ?? {}) as { messageId?: unknown };
  const evidence = typeof messageId === "string" && messageId.startsWith("msg_") ? { evidence: { messageId } } : {};
  return JSON.stringify({ erased: true, ...Object.fromEntries(left), ...evidence });
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
/** In an address of the web, or in a form, each character may be written by its number. */
const orCoded = (text: string) =>
  [...text].map((c) => (/[a-z0-9]/i.test(c) ? c : `(${literal(c)}|%${c.charCodeAt(0).toString(16)})`)).join("");
const before = "(^|[^a-z0-9._%+-]|%[0-9a-f]{2})";

function patternOf(address: string): string {
  if (address.includes("://")) {
    const slug = address.replace(/^.*\/in\//, "").replace(/\/$/, "");
    return String.raw`in(%2f|\\*/)${orCoded(slug)}($|[^a-z0-9_%-])`;
  }
  if (address.includes("@")) return `${before}${orCoded(address)}($|[^a-z0-9.-]|[.]($|[^a-z0-9]))`;
  // A number by its digits: + is written in several ways.
  return `(^|[^0-9])${address.replace(/\D/g, "")}($|[^0-9])`;
}

/**
 * A regular expression (POSIX ARE, to be matched in any case) of texts in which one of the addresses stands, in canonical form
 * or coded for a web address. None matches a longer address that another one is a part of.
 */
export const mentionPattern = (addresses: readonly string[]): string =>
  // Nothing matches nobody.
  addresses.length === 0 ? "a^" : addresses.map((address) => `(${patternOf(address)})`).join("|");
