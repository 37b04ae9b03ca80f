import { type Counter, type Happening, quarterOf } from "./counters.ts";
import { type Dimensions, noDimensions } from "./dimensions.ts";
import type { Fact, FactKind } from "./fact.ts";

/**
 * What a lead's facts add to the counters. It depends on the facts alone and not on the order in which they were learned, so
 * that whatever comes late is made good by counting the lead again: what it added before goes out, what it adds now comes in.
 */

/** So many in the quarter that begins at `at`, with these properties. */
export interface Contribution {
  at: number;
  dimensions: Dimensions;
  counter: Counter;
}

/** The first reply to a message. */
export interface Answer {
  messageId: string;
  /** Unix ms: when the message went out. */
  sentAt: number;
  /** From then to the reply. */
  seconds: number;
  dimensions: Dimensions;
}

export interface Derived {
  contributions: Contribution[];
  answers: Answer[];
}

interface Message {
  id: string;
  /** The first time of each kind. */
  first: Partial<Record<FactKind, Fact>>;
  /** What counts it as answered. */
  reply: Fact | null;
  positive: boolean;
  optedOut: boolean;
  meeting: boolean;
  connected: boolean;
}

const aboutMessages: ReadonlySet<FactKind> = new Set<FactKind>([
  ...(["sent", "invited", "delivered", "failed", "uncertain", "bounced", "opened", "clicked"] as const),
]);

const byTime = (a: Fact, b: Fact) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** `facts`: all of one lead, in any order, each once. */
export function derive(facts: readonly Fact[]): Derived {
  const inOrder = [...facts].sort(byTime);
  const contributions: Contribution[] = [];
  const add = (counter: Counter, at: number, dimensions: Dimensions) =>
    void contributions.push({ at: quarterOf(at), dimensions, counter });
  const messages = messagesOf(inOrder);
  const written = [...messages.values()].filter((message) => goneOut(message) !== null);
  written.sort((a, b) => byTime(goneOut(a)!, goneOut(b)!));

  const replies = inOrder.filter(({ kind }) => kind === "replied");
  const verdicts = verdictsOf(inOrder, replies);
  replies.forEach((reply, n) => {
    const message = latestBefore(written, reply);
    const dimensions = message ? goneOut(message)!.dimensions : reply.dimensions;
    add("replies", reply.at, dimensions);
    if (verdicts[n]) add("positiveReplies", reply.at, dimensions);
    if (n === 0) add("firstReplies", reply.at, dimensions);
    if (!message) return;
    message.reply ??= reply;
    message.positive ||= verdicts[n]!;
  });

  const counted = new Set<Message | null>();
  for (const fact of inOrder) {
    if (fact.kind !== "optedOut" && fact.kind !== "meeting" && fact.kind !== "connected") continue;
    const message = answeredBy(written, messages, fact);
    // Saying so again, without having been written to since, is no other opt-out.
    if (fact.kind === "optedOut") {
      if (counted.has(message)) continue;
      counted.add(message);
    }
    add(
      fact.kind === "meeting" ? "meetings" : fact.kind,
      fact.at,
      message ? goneOut(message)!.dimensions : fact.dimensions,
    );
    if (message) message[fact.kind] = true;
  }

  for (const message of messages.values()) countMessage(message, add);
  const first = written[0] && goneOut(written[0])!;
  if (first) {
    add("firstContacts", first.at, first.dimensions);
    if (replies.some((reply) => byTime(reply, first) > 0)) add("contactedReplied", first.at, first.dimensions);
  }
  return { contributions, answers: written.flatMap(answerOf) };
}

const goneOut = ({ first }: Message): Fact | null => first.sent ?? first.invited ?? null;

function messagesOf(inOrder: readonly Fact[]): Map<string, Message> {
  const messages = new Map<string, Message>();
  for (const fact of inOrder) {
    if (!aboutMessages.has(fact.kind)) continue;
    // An event without a message's ID is a message of its own.
    const id = fact.messageId ?? fact.id;
    let message = messages.get(id);
    if (!message) {
      message = {
        ...{ id, first: {}, reply: null, positive: false },
        ...{ optedOut: false, meeting: false, connected: false },
      };
      messages.set(id, message);
    }
    message.first[fact.kind] ??= fact;
  }
  return messages;
}

/** Of each reply whether what was said of the lead last, before its next reply, is that it is interested. */
function verdictsOf(inOrder: readonly Fact[], replies: readonly Fact[]): boolean[] {
  const verdicts = replies.map(() => false);
  let n = -1;
  for (const { kind } of inOrder) {
    if (kind === "replied") n += 1;
    else if (n >= 0 && (kind === "positive" || kind === "meeting")) verdicts[n] = true;
    else if (n >= 0 && kind === "negative") verdicts[n] = false;
  }
  return verdicts;
}

/**
 * The message that a reply answers: the latest one before it that went out by the same channel and sender, else by the same
 * channel, else at all.
 */
function latestBefore(written: readonly Message[], fact: Fact): Message | null {
  const { channel, senderId } = fact.dimensions;
  const before = written.filter((message) => byTime(goneOut(message)!, fact) < 0);
  const latest = (fits: (dimensions: Dimensions) => boolean) =>
    before.findLast((message) => fits(goneOut(message)!.dimensions)) ?? null;
  return (
    latest((of) => of.channel === channel && of.senderId === senderId) ??
    latest((of) => of.channel === channel) ??
    latest(() => true)
  );
}

/** The message that an opt-out, a meeting or an accepted invitation goes back to. */
function answeredBy(written: readonly Message[], messages: ReadonlyMap<string, Message>, fact: Fact): Message | null {
  const before = written.filter((message) => byTime(goneOut(message)!, fact) < 0);
  const { channel, campaignId, senderId } = fact.dimensions;
  if (fact.kind === "connected") {
    const invited = before.filter(({ first }) => first.invited);
    return invited.findLast(({ first }) => first.invited!.dimensions.senderId === senderId) ?? invited.at(-1) ?? null;
  }
  if (fact.kind === "optedOut") {
    const named = fact.messageId === null ? undefined : messages.get(fact.messageId);
    if (named && before.includes(named)) return named;
    if (channel === null) return before.at(-1) ?? null;
    return before.findLast((message) => goneOut(message)!.dimensions.channel === channel) ?? before.at(-1) ?? null;
  }
  const inCampaign = before.findLast((message) => goneOut(message)!.dimensions.campaignId === campaignId);
  return (campaignId === null ? null : inCampaign) ?? before.at(-1) ?? null;
}

const once = [
  "delivered",
  "failed",
  "uncertain",
  "bounced",
  "opened",
  "clicked",
] as const satisfies readonly Happening[];

function countMessage(message: Message, add: (counter: Counter, at: number, dimensions: Dimensions) => void): void {
  const { first } = message;
  const { sent, invited, failed, uncertain } = first;
  const out = goneOut(message);
  const dimensions = (out ?? failed ?? uncertain ?? Object.values(first)[0])?.dimensions ?? noDimensions;
  for (const kind of once) if (first[kind]) add(kind, first[kind].at, dimensions);
  const began = out ?? failed ?? uncertain;
  if (!began) return;
  const mark = (counter: Counter, is: unknown) => void (is && add(counter, began.at, dimensions));
  mark("attempts", true);
  mark("attemptsFailed", failed);
  mark("attemptsUncertain", uncertain && !out && !failed);
  if (invited) {
    mark("invited", true);
    mark("invitedConnected", message.connected);
  }
  if (!sent) return;
  mark("sent", true);
  const email = dimensions.channel === "email";
  mark("reportable", !email);
  mark("reportableDelivered", !email && first.delivered);
  mark("emails", email);
  mark("emailsBounced", email && first.bounced);
  mark("emailsOpened", email && first.opened);
  mark("emailsClicked", email && first.clicked);
  mark("sentReplied", message.reply);
  mark("sentPositive", message.positive);
  mark("sentOptedOut", message.optedOut);
  mark("sentMeeting", message.meeting);
}

function answerOf(message: Message): Answer[] {
  const out = goneOut(message)!;
  if (!message.reply) return [];
  const { at: sentAt, dimensions } = out;
  const seconds = Math.floor((message.reply.at - sentAt) / 1000);
  return [{ messageId: message.id, sentAt, seconds, dimensions }];
}
