import { countAsNew, moveOn, type Progress } from "../db/enrollment.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { queueForsaken } from "../db/message.ts";
import { settle } from "../db/outbox.ts";
import type { Queryable } from "../db/pool.ts";
import {
  type BegunMessage,
  breakSender,
  markProviderIdShared,
  newlyConnected,
  newlyParked,
  sharedProviderIds,
  writeOutcomes,
} from "../db/sending.ts";
import { stopSequences } from "../db/stopping.ts";
import { suppress } from "./consent.ts";
import { noteSent, type SentUnderProfile } from "./follow-ups.ts";
import { clean, type MessageResult, oneOfEach } from "./message-result.ts";
import { acceptances, eventsOf, leadEvents, pausedEvent } from "./result-events.ts";

/** What a transaction wrote. */
export interface Written {
  /** The results, as they were written. */
  results: MessageResult[];
  /** Lanes that got work: of deliveries, and of messages that are to be sent again. */
  lanes: TouchedLane[];
  retried: TouchedLane[];
  /** Whether leads moved on in their sequences, so that the planner has something to do. */
  moved: boolean;
}

/** What a provider that gives one ID to two messages has said: that, and of which message. */
type OnTaken = (messageId: string, detail: string) => void;

/**
 * Writes results: messages, conversations, leads, sequences, suppressions, events, and what is left in the outbox. In a transaction.
 *
 * @param onTaken a provider gave one of them an ID that another message has (`isTakenProviderId`): told of each. Null: as far as is known, none did.
 */
export async function writeResults(tx: Queryable, given: MessageResult[], onTaken: OnTaken | null): Promise<Written> {
  const shared = onTaken ? await withoutTakenIds(tx, given, onTaken) : null;
  const results = shared?.results ?? given;
  const decided = oneOfEach(results);
  const outcomes = decided.flatMap(({ outcome }) => (outcome ? [outcome] : []));
  const pauses = await newlyParked(
    tx,
    results.flatMap(({ settlement: { item, park }, message }) =>
      park ? [{ workspaceId: item.workspaceId, senderId: item.laneId, channel: message!.channel, ...park }] : [],
    ),
  );
  // Only what was still undecided after that very attempt counts: a result that comes too late changes nothing.
  const accepted = await newlyConnected(tx, results.flatMap(messagesOnLinkedin));
  const written = outcomes.length > 0 ? await writeOutcomes(tx, outcomes) : new Set<string>();
  if (shared) await markProviderIdShared(tx, shared.holders);
  const settlements = results.map((result) => result.settlement);
  const all = (await settle(tx, "message", settlements)) === results.length;
  const retried = await queueForsaken(tx, forsaken(results, written, all));
  const counted = decided.filter(({ message }) => message && written.has(message.messageId));
  const progress = counted.flatMap(progressOf);
  await moveOn(tx, progress);
  await countAsNew(tx, counted.filter(({ outcome }) => outcome?.code === "step_removed").flatMap(progressOf));
  const begun = await noteSentUnderProfiles(tx, counted);
  const consented = await settleSideEffects(tx, counted);
  const recorded = await recordEvents(tx, [
    ...(accepted.size > 0 ? await acceptances(tx, counted, accepted) : []),
    ...counted.flatMap(eventsOf),
    ...(await leadEvents(tx, counted)),
    ...pauses.map(pausedEvent),
  ]);
  return {
    ...{ results, retried },
    lanes: consented.length > 0 ? [...recorded, ...consented] : recorded,
    moved: progress.length > 0 || accepted.size > 0 || begun,
  };
}

/**
 * A provider has called two messages the same. Both went out; the later one is written without an ID, and says so. Sending it
 * again, since its outcome can't be written, would be the one thing that must not happen. What was only found by a look-up
 * stays as it is: it may be the other message, and is looked up again.
 */
async function withoutTakenIds(
  tx: Queryable,
  results: readonly MessageResult[],
  onTaken: (messageId: string, detail: string) => void,
) {
  const named = oneOfEach(results).flatMap(({ message, outcome, lookedUp }) =>
    message && outcome?.providerMessageId && outcome.status === "sent" && !lookedUp
      ? [{ ...message, providerMessageId: outcome.providerMessageId }]
      : [],
  );
  const others = await sharedProviderIds(tx, named);
  const kept = new Set(others.values());
  return {
    holders: named.filter(({ messageId }) => kept.has(messageId)),
    results: results.map((result) => {
      const other = result.message && others.get(result.message.messageId);
      if (!other || result.outcome?.status !== "sent" || result.lookedUp) return result;
      const detail = `The provider gave it the ID ${result.outcome.providerMessageId}, which ${other} has. What is reported under this ID counts for neither, since it may be about either.`;
      onTaken(result.message!.messageId, detail);
      return { ...result, outcome: { ...result.outcome, providerMessageId: null, detail: clean(detail) } };
    }),
  };
}

async function settleSideEffects(tx: Queryable, counted: readonly MessageResult[]): Promise<TouchedLane[]> {
  const lanes: TouchedLane[] = [];
  for (const { message, suppress: why, broken, outcome } of counted) {
    if (why) {
      const optOut = {
        ...{ channel: message!.channel, address: message!.toAddress, source: "provider" as const },
        kind: ({ opted_out: "provider", bounced: "bounce", invalid: "invalid" } as const)[why],
        reason: `${why}: ${outcome?.detail ?? ""}`.slice(0, 500),
        evidence: { messageId: message!.messageId, ...(message!.channel === "sms" ? { provider: "twilio" } : {}) },
      };
      // Not waiting for this very message, whose call has ended and whose outcome is being written.
      lanes.push(
        ...(await suppress(tx, message!.workspaceId, optOut, { urgent: true, stop: why === "opted_out" })).lanes,
      );
      // Who opted out on one channel is not written to on another by a sequence that goes on.
      const { workspaceId, leadId } = message!;
      if (why === "opted_out") await stopSequences(tx, { workspaceId, leadId, reason: optOut.reason, begunOnly: true });
    }
    if (broken) await breakSender(tx, message!.workspaceId, message!.senderId, broken);
  }
  return lanes;
}

/** Leads that have a profile: the clock of its follow-ups begins with what went out. Others cost nothing. */
async function noteSentUnderProfiles(tx: Queryable, counted: readonly MessageResult[]): Promise<boolean> {
  let sent: Map<string, SentUnderProfile[]> | null = null;
  for (const { message, outcome } of counted) {
    if (message?.profile == null || outcome?.status !== "sent" || message.action !== "message") continue;
    sent ??= new Map();
    const { workspaceId, leadId, campaignId, channel } = message;
    const one = { leadId, campaignId, channel, at: new Date(outcome.sentAt ?? message.attemptedAt) };
    const of = sent.get(workspaceId);
    if (of) of.push(one);
    else sent.set(workspaceId, [one]);
  }
  let begun = false;
  for (const [workspaceId, messages] of sent ?? []) begun = (await noteSent(tx, workspaceId, messages)) || begun;
  return begun;
}

/**
 * Messages that may wait to be sent and have no place in the outbox: two processes have settled them, since one was taken for
 * dead and came back. Either the late one knows that nothing went out, and its lease is gone; or the other one, which knew
 * less, gives the place up after that. `all`: every lease was still good.
 */
function forsaken(results: readonly MessageResult[], written: ReadonlySet<string>, all: boolean) {
  return results.flatMap(({ settlement: { nextAt }, message, outcome }) => {
    if (!message || !outcome) return [];
    const late = !all && outcome.status === "queued" && written.has(message.messageId);
    const overruled = nextAt === null && !written.has(message.messageId);
    const { workspaceId, messageId, senderId } = message;
    return late || overruled ? [{ workspaceId, messageId, senderId }] : [];
  });
}

/** What a message's outcome means for its lead's place in the sequence. */
function progressOf({ message, outcome }: MessageResult): Progress[] {
  if (!message?.campaignId || !outcome) return [];
  const { workspaceId, campaignId, leadId } = message;
  if (outcome.status === "sent") return [{ workspaceId, campaignId, leadId, move: "advance", reason: null }];
  if (outcome.code === "step_removed") return [{ workspaceId, campaignId, leadId, move: "advance", reason: null }];
  if (outcome.status === "failed" || outcome.status === "blocked") {
    return [{ workspaceId, campaignId, leadId, move: "stop", reason: `${outcome.code}: ${outcome.detail}` }];
  }
  return [];
}

function messagesOnLinkedin({ message, outcome }: MessageResult): BegunMessage[] {
  if (message?.channel !== "linkedin" || outcome?.status !== "sent") return [];
  return message.action === "message" || outcome.code === "already_connected" ? [message] : [];
}
