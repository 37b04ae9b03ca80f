import type { Arrival } from "./peers.ts";
import type { Channel, ExpectedMessage } from "./script.ts";

/** What the providers hold against what had to arrive there. */
export interface MessageCheck {
  arrived: Record<Channel, number>;
  /** Expected messages that are nowhere. */
  lost: ExpectedMessage[];
  /** Arrivals of a message beyond its first. */
  duplicates: Arrival[];
  /** Arrivals that nobody has asked for: another text, another recipient. */
  unexpected: Arrival[];
  /** Each expected message that arrived, with its first arrival, by `messageKey`. */
  found: ReadonlyMap<string, { expected: ExpectedMessage; arrival: Arrival }>;
}

/** A message is told from all others by whom it reached, and by every character that it says. */
export function messageKey({
  channel,
  to,
  subject,
  text,
}: Pick<Arrival, "channel" | "to" | "subject" | "text">): string {
  return JSON.stringify([channel, to, subject, text]);
}

export function checkMessages(expected: readonly ExpectedMessage[], arrivals: readonly Arrival[]): MessageCheck {
  const wanted = new Map(expected.map((message) => [messageKey(message), message]));
  const found = new Map<string, { expected: ExpectedMessage; arrival: Arrival }>();
  const arrived = { linkedin: 0, sms: 0, email: 0 };
  const duplicates: Arrival[] = [];
  const unexpected: Arrival[] = [];
  for (const arrival of arrivals) {
    arrived[arrival.channel] += 1;
    const key = messageKey(arrival);
    const message = wanted.get(key);
    if (message === undefined) unexpected.push(arrival);
    else if (found.has(key)) duplicates.push(arrival);
    else found.set(key, { expected: message, arrival });
  }
  const lost = expected.filter((message) => !found.has(messageKey(message)));
  return { arrived, lost, duplicates, unexpected, found };
}

/** In words, for whoever reads why the demo failed; at most three of each kind. */
export function messageComplaints({ lost, duplicates, unexpected }: MessageCheck): string[] {
  const some = (what: string, messages: readonly (Arrival | ExpectedMessage)[]) =>
    messages.slice(0, 3).map(({ channel, to, text }) => `${what}: ${channel} to ${to}: ${JSON.stringify(text)}`);
  return [
    ...some(`lost (${lost.length} in all)`, lost),
    ...some(`arrived again (${duplicates.length} in all)`, duplicates),
    ...some(`arrived, though nobody sent it (${unexpected.length} in all)`, unexpected),
  ];
}
