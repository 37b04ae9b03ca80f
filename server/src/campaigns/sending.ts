import type { OutboundMessage, SendResult } from "../channels/channel.ts";
import type { TouchedLane } from "../db/event.ts";
import { loadFlights, type StoredFlight } from "../db/flight.ts";
import { leadsWhoWrote } from "../db/from-lead.ts";
import type { ClaimedItem } from "../db/outbox.ts";
import { takeCaps } from "../db/pace.ts";
import { type Database, isConnectionError, isRetryable, type Queryable } from "../db/pool.ts";
import { type BegunMessage, beginMessages, isTakenProviderId, knownProviderIds } from "../db/sending.ts";
import { messageSchedule, nextAttemptDelay } from "../domain/backoff.ts";
import { trackedHtml } from "../domain/html-tracking.ts";
import type { PublicLinks } from "../domain/public-link.ts";
import type { Work } from "../outbox/loop.ts";
import { ShutLanes } from "../outbox/shut-lanes.ts";
import type { ComplianceCheck } from "./compliance.ts";
import type { FlightRecorder } from "./flight-recorder.ts";
import { clean, finished, type MessageResult, outcomeOf } from "./message-result.ts";
import { type Gated, PaceGate } from "./pace-gate.ts";
import type { OpenSender, OpenSenders } from "./senders.ts";
import { quietSms } from "./sms-hours.ts";
import { ConversationTurns } from "./turns.ts";
import { writeResults } from "./write-results.ts";

/**
 * Sending messages to people: the outbox's work of kind `message`.
 *
 * prepare  checks every rule and commits the attempt (db/sending.ts, beginMessages)
 * perform  calls the provider, or asks it what became of an attempt without an outcome
 * settle   writes message, conversation, lead, sequence and events in one transaction (write-results.ts)
 *
 * A message whose attempt is on record is never sent again before the provider has said that it doesn't have it; where a
 * provider can't be asked, the message stays `uncertain` until a person decides.
 */

/** Deadline of one call of a provider, from the commit of the attempt. Well below the lease (60 s). */
const callDeadlineMs = 30_000;
/** Pause of a message that had its turn and found no connection free, or no database to say what was left on record of it. */
const waitedMs = 1_000;

/** Pause of a message whose workspace's cap another process has in hand: its transaction takes some milliseconds. */
const capTakenMs = 50;

/** Pause of a message whose lead is just opting out, or replying: what that changes is on record some milliseconds later. */
const leadHeldMs = 50;

/** Pause of a message whose lead has written something that waits to be processed. */
const leadWroteMs = 250;

/**
 * So many milliseconds after it was looked whether the lead has written, a call is made, or that is looked at again. Who has
 * written is answered after that time (`callsMs` of api/source-desk.ts): until then a call may be made.
 */
const callsWithinMs = 250;

/** Pauses before an uncertain message is looked up (again) when the provider doesn't answer. */
const lookUpSchedule = [2_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 3_600_000, 3_600_000];

export interface PreparedMessage {
  item: ClaimedItem;
  message: BegunMessage;
  sender: OpenSender | null;
  begunAt: number;
  /** When it was looked whether the lead has written. */
  lookedAt: number;
  /** The lead has, or that couldn't be looked at: it isn't called. */
  wrote: boolean;
  /** To be looked up: what the killed process that began it left on record. */
  flight: StoredFlight | null;
}

/** What is to be written about one message. */
interface PreparedMessages {
  go: PreparedMessage[];
  done: { item: ClaimedItem; result: MessageResult }[];
}

export interface SendingOptions {
  db: Database;
  /**
   * For what is asked before an attempt, one batch after the other. Whatever else uses its connections plans these statements on
   * more of them: one takes some 5 ms of a processor, and again after each table of its ten that is analyzed. Default: `db`.
   */
  beginDb?: Database;
  workerNo: number;
  senders: OpenSenders;
  /** Default: nothing is recorded. */
  recorder?: FlightRecorder;
  /** How long after an attempt "I don't have it" is believed. Milliseconds. */
  reconcileAfterMs: number;
  /** What stands in emails: to unsubscribe, and to see what becomes of them. Default: none. */
  links?: PublicLinks;
  /** A sender that can't be opened: its messages wait, and those of others go on. */
  onError?: (stage: string, error: unknown) => void;
  /** After the commit: these destinations have deliveries. */
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  /** After the commit: messages were put into these lanes. */
  wakeMessages: (lanes: readonly TouchedLane[]) => void;
  /** After the commit: sequences moved on. */
  wakePlanner: () => void;
  onAttempt?: (result: MessageResult) => void;
  /** After the commit: messages of these campaigns failed for good. */
  onFailed?: (campaigns: { workspaceId: string; campaignId: string }[]) => void;
}

export class MessageSending implements Work<PreparedMessage, MessageResult> {
  readonly kind = "message" as const;
  /** Enough for claims of a hundred rows at a sender with few connections; little enough to lose little by a change. */
  readonly ahead = 16;
  readonly settleWaitMs = 25;
  private readonly options: SendingOptions;
  private readonly beginDb: Database;
  private readonly gate: PaceGate;
  /** Senders that a result has parked which isn't written yet, with how many such results. */
  private readonly parking = new Map<string, number>();
  private readonly turns = new ConversationTurns();
  private readonly shutLanes = new ShutLanes();

  constructor(options: SendingOptions) {
    this.options = options;
    this.beginDb = options.beginDb ?? options.db;
    this.gate = new PaceGate(this.beginDb);
  }

  async prepare(items: ClaimedItem[]): Promise<PreparedMessages> {
    this.turns.read();
    try {
      const prepared = await this.judgeAndBegin(items);
      for (const { message } of prepared.go) if (takesTurns(message)) this.turns.come(message.conversationId);
      return prepared;
    } finally {
      this.turns.haveRead();
    }
  }

  private async judgeAndBegin(items: ClaimedItem[]): Promise<PreparedMessages> {
    // Opened before the attempts are committed: a sender that can't be opened leaves no message uncertain.
    const senders = new Map<string, OpenSender | null>();
    // What can't be opened (sealed with another key, settings of another version) holds up its own messages alone.
    const unopened = new Set<string>();
    for (const { workspaceId, laneId, laneVersion } of items) {
      if (senders.has(laneId) || unopened.has(laneId)) continue;
      try {
        senders.set(laneId, await this.options.senders.get(workspaceId, laneId, laneVersion));
      } catch (error) {
        if (isConnectionError(error) || isRetryable(error)) throw error;
        unopened.add(laneId);
        this.shutLanes.add(laneId);
        this.options.onError?.(`sender ${laneId}`, error);
      }
    }
    const going = items.filter((item) => !this.parking.has(item.laneId) && !unopened.has(item.laneId));
    const texts = going.filter((item) => senders.get(item.laneId)?.channel === "sms");
    const quiet = texts.length > 0 ? await quietSms(this.beginDb, texts) : new Map<string, number>();
    const judged = quiet.size > 0 ? going.filter((item) => !quiet.has(item.ref)) : going;
    const { gated, begun } = await this.begin(judged);
    const open = gated.go;
    const begunAt = performance.now();
    const byN = new Map(begun.map((message) => [message.n, message]));
    // Once more, now that the attempts are on record: see db/from-lead.ts.
    const lookedAt = performance.now();
    // Where the database is away by now, those are taken for leads who have: none of these messages is sent, and that is known,
    // while to give them back as they are would make each one that may have gone out.
    const unknown = (error: unknown) => {
      this.options.onError?.("begun", error);
      return null;
    };
    const wrote = await leadsWhoWrote(
      this.beginDb,
      begun.filter((message) => message.verdict === "go"),
    ).catch(unknown);
    const undecided = begun.filter((message) => message.verdict === "reconcile");
    const flights = await loadFlights(this.beginDb, undecided).catch(unknown);
    const go: PreparedMessage[] = [];
    const done = items
      .filter((item) => this.parking.has(item.laneId) || unopened.has(item.laneId))
      .map((item) => ({ item, result: this.giveBack(item, 0) }));
    for (const item of quiet.size > 0 ? texts : []) {
      const until = quiet.get(item.ref);
      if (until !== undefined) done.push({ item, result: this.giveBack(item, until - Date.now()) });
    }
    for (const { item, until } of gated.wait) done.push({ item, result: this.giveBack(item, until - gated.now) });
    for (const [n, item] of open.entries()) {
      const message = byN.get(n);
      if (message?.verdict === "reconcile" && flights === null) {
        done.push({ item, result: this.giveBack(item, waitedMs) });
      } else if (message?.verdict === "go" || message?.verdict === "reconcile") {
        const flight = flights?.get(message.messageId);
        const known = flight?.attempts === message.attempts ? flight : null;
        go.push({
          item,
          message,
          sender: senders.get(item.laneId) ?? null,
          begunAt,
          lookedAt,
          wrote: wrote?.has(message.leadId) ?? true,
          flight: known,
        });
      } else if (message?.verdict === "parked") {
        done.push({ item, result: this.giveBack(item, 0) });
      } else if (message?.verdict === "wait") {
        done.push({ item, result: this.giveBack(item, message.code === "wrote" ? leadWroteMs : leadHeldMs) });
      } else if (message?.verdict === "blocked") {
        const outcome = outcomeOf(message, "blocked", message.code, message.detail);
        done.push({ item, result: { settlement: finished(item), message, outcome } });
      } else done.push({ item, result: { settlement: finished(item), message: null, outcome: null } });
    }
    return { go, done };
  }

  /** Judges and commits. Where a workspace has a cap, in one transaction: other processes send with its other senders. */
  private async begin(items: readonly ClaimedItem[]): Promise<{ gated: Gated; begun: BegunMessage[] }> {
    const { beginDb: db } = this;
    const { workerNo } = this.options;
    const capped = await this.gate.capped(items);
    const work = async (on: Queryable) => {
      const taken = capped.length > 0 ? await takeCaps(on, capped) : new Set<string>();
      const gated = await this.gate.judge(
        items.filter(({ workspaceId }) => !taken.has(workspaceId)),
        on,
      );
      for (const item of items) {
        if (!taken.has(item.workspaceId)) continue;
        gated.wait.push({
          item,
          until: gated.now + capTakenMs,
          reason: "another process counts the workspace's messages",
        });
      }
      return { gated, begun: await beginMessages(on, gated.go, workerNo, gated.counted, gated.closed) };
    };
    return capped.length > 0 ? await db.transaction(work) : await work(db);
  }

  worthBegun(laneId: string): number | undefined {
    return this.options.senders.worthBegun(laneId);
  }

  shut(): readonly string[] {
    return this.shutLanes.all();
  }

  giveBack(item: ClaimedItem, delayMs: number): MessageResult {
    return { settlement: { item, nextAt: Date.now() + delayMs, attempt: null }, message: null, outcome: null };
  }

  perform(prepared: PreparedMessage, ended: (item: ClaimedItem, result: MessageResult) => void): void {
    const { item, message } = prepared;
    const attempt = takesTurns(message)
      ? this.turns.take(
          message,
          (asItStands) => this.attempt({ ...prepared, message: asItStands }),
          ({ sent }) => sent,
        )
      : this.attempt(prepared);
    void attempt.then((result) => ended(item, result));
  }

  private async attempt(prepared: PreparedMessage): Promise<MessageResult> {
    const startedAt = Date.now();
    const started = performance.now();
    const { message, sender } = prepared;
    let result: SendResult;
    const left = callDeadlineMs - (started - prepared.begunAt);
    const recorded = message.verdict === "reconcile" ? recordedResult(prepared.flight) : null;
    if (recorded) result = recorded;
    else if (!sender && message.verdict === "reconcile") {
      // What may have gone out is not called failed because its sender is gone.
      return this.unsettled(prepared, { kind: "undecidable" }, startedAt, performance.now() - started);
    } else if (!sender)
      result = { outcome: "failed", code: "sender_deleted", detail: "The sender of this message was deleted." };
    else if (message.verdict === "reconcile") {
      const looked = await this.lookUp(prepared, sender);
      if (looked.kind !== "known") return this.unsettled(prepared, looked, startedAt, performance.now() - started);
      result = looked.result;
    } else if (message.channel === "email" && !message.subject?.trim() && !message.threadSubject?.trim()) {
      // What was to have begun the thread never went out.
      const detail = "This email has no subject, and no earlier one went out whose thread it could go on with.";
      result = { outcome: "failed", code: "no_subject", detail };
    } else if (left < callDeadlineMs / 2) {
      // The process was stopped for a while since the commit: others may think it dead. Not called: surely not sent.
      result = { outcome: "retry", code: "late", detail: "The process was held up after the attempt was recorded." };
    } else {
      const forbidden = !prepared.wrote && sender.check && (await this.ask(sender.check, message, left));
      if (forbidden) return this.forbidden(prepared, forbidden, startedAt, performance.now() - started);
      if (prepared.wrote || (await this.wroteMeanwhile(prepared))) {
        const detail =
          "The lead has written, or opts out (or that could not be looked at); what that changes comes first.";
        return this.judge(prepared, { outcome: "retry", code: "wrote", detail }, startedAt, 0);
      }
      try {
        const handOver = () => this.options.recorder?.handOver(message.messageId, message.attempts);
        if (!sender.adapter.announcesHandOver) handOver();
        const signal = AbortSignal.timeout(Math.floor(callDeadlineMs - (performance.now() - prepared.begunAt)));
        result = await sender.connection.send(this.outbound(message), signal, handOver);
      } catch (error) {
        result = { outcome: "uncertain", code: "adapter_error", detail: String((error as Error).message ?? error) };
      }
      this.options.recorder?.answered(message.messageId, message.attempts, result);
    }
    const lookedUp = message.verdict === "reconcile" && recorded === null;
    const judged = this.judge(prepared, result, startedAt, Math.round(performance.now() - started), lookedUp);
    if (judged.settlement.park) {
      this.parking.set(prepared.item.laneId, (this.parking.get(prepared.item.laneId) ?? 0) + 1);
    }
    this.options.onAttempt?.(judged);
    return judged;
  }

  /** Where the message had to wait for its turn. What can't be found out in time counts as yes: nothing is lost by waiting. */
  private async wroteMeanwhile({ message, lookedAt }: PreparedMessage): Promise<boolean> {
    if (performance.now() - lookedAt <= callsWithinMs) return false;
    const again = performance.now();
    const found = await leadsWhoWrote(this.options.db, [message]).catch(() => null);
    return found === null || found.has(message.leadId) || performance.now() - again > callsWithinMs;
  }

  /** Why the workspace's own check doesn't allow a message; null: it does. At most half of the time is spent on it. */
  private ask(check: ComplianceCheck, message: BegunMessage, left: number): Promise<string | null> {
    return check.ask(this.outbound(message), AbortSignal.timeout(Math.floor(left / 2)));
  }

  /** It was not handed to the provider, and never will be. */
  private forbidden({ item, message }: PreparedMessage, detail: string, startedAt: number, ms: number): MessageResult {
    const code = "compliance_blocked";
    const attempt = { ...noHttp, startedAt, durationMs: Math.round(ms), outcome: "failed" as const, code, detail };
    return {
      settlement: { item, nextAt: null, attempt },
      message,
      outcome: outcomeOf(message, "blocked", code, clean(detail)),
    };
  }

  private outbound(message: BegunMessage): OutboundMessage {
    return {
      messageId: message.messageId,
      workspaceId: message.workspaceId,
      leadId: message.leadId,
      channel: message.channel,
      action: message.action,
      to: message.toAddress,
      subject: message.subject,
      text: message.text,
      html: this.htmlOf(message),
      thread: {
        providerThreadId: message.providerThreadId,
        providerLeadId: message.providerLeadId,
        inReplyTo: message.messageIds.at(-1) ?? null,
        references: message.messageIds,
        subject: message.threadSubject,
      },
      attempt: message.attempts,
      attemptedAt: new Date(message.attemptedAt),
      // What a person writes by the API is no mass mailing.
      unsubscribeUrl:
        message.channel === "email" && message.campaignId !== null
          ? (this.options.links?.unsubscribeMessage(message.workspaceId, message.messageId, message.channel) ?? null)
          : null,
    };
  }

  /** The stored HTML; where its campaign tracks, with links and a pixel of Herald's. */
  private htmlOf({ html, workspaceId, messageId, trackOpens, trackClicks }: BegunMessage): string | null {
    const { links } = this.options;
    if (html === null || !links || links.base === null || !(trackOpens || trackClicks)) return html;
    return trackedHtml(html, {
      pixelUrl: trackOpens ? links.pixel(workspaceId, messageId) : null,
      clickUrl: trackClicks ? (link) => links.click(workspaceId, messageId, link) : null,
      skip: (url) => url.startsWith(`${links.base}/u/`),
    });
  }

  /** Asks the provider what became of an attempt without an outcome. */
  private async lookUp({ message }: PreparedMessage, sender: OpenSender): Promise<LookUp> {
    if (!sender.adapter.canReconcile) return { kind: "undecidable" };
    try {
      const answer = await sender.connection.reconcile(this.outbound(message), AbortSignal.timeout(callDeadlineMs));
      if (answer.outcome === "unknown") return { kind: "unknown", detail: answer.detail };
      const ids = answer.candidates.map((candidate) => candidate.providerMessageId);
      const known =
        ids.length === 0
          ? new Set<string>()
          : await knownProviderIds(this.options.db, message.workspaceId, message.senderId, ids);
      const candidate = answer.candidates.find((c) => !known.has(c.providerMessageId));
      if (!candidate && new Set(ids).size < ids.length) {
        const detail =
          "It lists several such messages under one ID, which another message has: this may be one of them.";
        return { kind: "unknown", detail };
      }
      if (candidate) {
        return {
          kind: "known",
          result: {
            outcome: "sent",
            providerMessageId: candidate.providerMessageId,
            providerThreadId: candidate.providerThreadId ?? null,
          },
        };
      }
      const believedAt = Date.parse(message.attemptedAt) + this.options.reconcileAfterMs;
      if (Date.now() < believedAt) return { kind: "too_early", at: believedAt };
      return {
        kind: "known",
        result: {
          outcome: "retry",
          code: "not_sent",
          detail: "The provider does not have the earlier attempt; the message is sent again.",
        },
      };
    } catch (error) {
      return { kind: "unknown", detail: String((error as Error).message ?? error) };
    }
  }

  /** The look-up decided nothing yet, or never can. */
  private unsettled(
    { item, message }: PreparedMessage,
    looked: Exclude<LookUp, { kind: "known" }>,
    startedAt: number,
    ms: number,
  ): MessageResult {
    const detail =
      looked.kind === "undecidable"
        ? "This message may have gone out: the connection was lost before the provider's answer, and the provider can't be asked. Look into the mailbox and say what happened: POST /v1/messages/{id}/resolve."
        : looked.kind === "unknown"
          ? `This message may have gone out; the provider was asked and did not say: ${looked.detail}`
          : "This message may have gone out. The provider doesn't list it yet; it is asked again.";
    const delay = looked.kind === "undecidable" ? null : (lookUpSchedule[item.attempts] ?? null);
    const nextAt = looked.kind === "too_early" ? looked.at : delay === null ? null : Date.now() + delay;
    const attempt = {
      ...noHttp,
      startedAt,
      durationMs: Math.round(ms),
      outcome: "uncertain" as const,
      code: looked.kind,
      detail,
    };
    return {
      settlement: { item, nextAt, attempt },
      message,
      outcome: outcomeOf(message, "uncertain", looked.kind, detail),
    };
  }

  private judge(
    { item, message, sender }: PreparedMessage,
    result: SendResult,
    startedAt: number,
    durationMs: number,
    lookedUp = false,
  ): MessageResult {
    const attempt = { ...noHttp, startedAt, durationMs };
    const refused =
      "code" in result ? { code: result.code, detail: clean(result.detail) } : { code: null, detail: null };
    switch (result.outcome) {
      case "sent": {
        const outcome = {
          ...outcomeOf(message, "sent", result.note ?? null, null),
          providerMessageId: result.providerMessageId,
          providerThreadId: result.providerThreadId ?? null,
          providerLeadId: result.providerLeadId ?? null,
          subject: result.subject ?? null,
          // What was found out by a look-up, or read from a dead process's file, went out when it was tried.
          sentAt: (message.verdict === "reconcile" ? new Date(message.attemptedAt) : new Date()).toISOString(),
        };
        return {
          settlement: { item, nextAt: null, attempt: { ...attempt, outcome: "succeeded" } },
          message,
          outcome,
          sent: result,
          ...(lookedUp && { lookedUp }),
        };
      }
      case "retry": {
        // It only waited here: that is no attempt, and uses up none.
        if (["late", "waited", "wrote"].includes(result.code)) {
          const settlement = { item, nextAt: Date.now() + waitedMs, attempt: null };
          return { settlement, message, outcome: outcomeOf(message, "queued", refused.code, refused.detail) };
        }
        // After a look-up the message has waited already: only a provider that loses it again and again makes it wait more.
        const tries = result.code === "not_sent" ? message.attempts : item.attempts + 1;
        const delay =
          result.code === "not_sent" && tries <= 3 ? 0 : nextAttemptDelay(tries, { schedule: messageSchedule });
        if (delay === null) {
          const detail = `Given up after ${item.attempts + 1} attempts. The last one: ${refused.detail}`;
          return {
            settlement: { item, nextAt: null, attempt: { ...attempt, ...refused, outcome: "failed" } },
            message,
            outcome: outcomeOf(message, "failed", refused.code, detail),
          };
        }
        const nextAt = Date.now() + Math.max(delay, result.retryAfterMs ?? 0);
        const park = result.throttled
          ? {
              until: Date.now() + Math.max(1_000, result.retryAfterMs ?? delay),
              reason: `Throttled by the provider: ${refused.detail}`,
            }
          : undefined;
        return {
          settlement: { item, nextAt, attempt: { ...attempt, ...refused, outcome: "retry" }, park },
          message,
          outcome: outcomeOf(message, "queued", refused.code, refused.detail),
        };
      }
      case "sender_broken": {
        const reason = `${refused.detail} Mend the sender, then POST /v1/senders/${message.senderId}/verify.`;
        const park = { until: Number.POSITIVE_INFINITY, reason };
        return {
          settlement: { item, nextAt: Date.now(), attempt: { ...attempt, ...refused, outcome: "retry" }, park },
          message,
          outcome: outcomeOf(message, "queued", refused.code, refused.detail),
          broken: reason,
        };
      }
      case "uncertain": {
        const canAsk = sender?.adapter.canReconcile === true;
        const nextAt = canAsk ? Date.now() + lookUpSchedule[0]! : Date.now();
        return {
          settlement: { item, nextAt, attempt: { ...attempt, ...refused, outcome: "uncertain" } },
          message,
          outcome: outcomeOf(message, "uncertain", refused.code, refused.detail),
        };
      }
      case "failed":
        return {
          settlement: { item, nextAt: null, attempt: { ...attempt, ...refused, outcome: "failed" } },
          message,
          outcome: outcomeOf(message, "failed", refused.code, refused.detail),
          ...(result.suppress ? { suppress: result.suppress } : {}),
        };
    }
  }

  async settle(results: MessageResult[]): Promise<void> {
    try {
      await this.write(results, null);
    } catch (error) {
      if (!isTakenProviderId(error)) throw error;
      await this.write(results, (messageId, detail) =>
        this.options.onError?.(`message ${messageId}`, new Error(detail)),
      );
    }
  }

  private async write(given: MessageResult[], onTaken: Parameters<typeof writeResults>[2]): Promise<void> {
    const { results, lanes, retried, moved } = await this.options.db.transaction((tx) =>
      writeResults(tx, given, onTaken),
    );
    for (const { settlement, message } of results) {
      if (settlement.park) this.unpark(settlement.item.laneId);
      if (!message) continue;
      this.options.recorder?.settled(message.messageId);
      if (takesTurns(message)) this.turns.leave(message.conversationId);
    }
    if (lanes.length > 0) this.options.wakeDeliveries(lanes);
    if (retried.length > 0) this.options.wakeMessages(retried);
    if (moved) this.options.wakePlanner();
    const failed = results.flatMap(({ message, outcome }) =>
      outcome?.status === "failed" && message?.campaignId
        ? [{ workspaceId: message.workspaceId, campaignId: message.campaignId }]
        : [],
    );
    if (failed.length > 0) this.options.onFailed?.(failed);
  }

  /** The parking is on record: from now on the lane says it. */
  private unpark(laneId: string): void {
    const left = (this.parking.get(laneId) ?? 0) - 1;
    if (left > 0) this.parking.set(laneId, left);
    else this.parking.delete(laneId);
  }
}

/** What goes out now; what is only looked up holds up nothing else to its lead. */
const takesTurns = ({ verdict }: BegunMessage) => verdict === "go";

/** What the killed process left on record decides, where it can; null: the provider has to be asked. */
function recordedResult(flight: StoredFlight | null): SendResult | null {
  if (!flight) return null;
  if (!flight.handedOver) {
    const detail = "The process ended before it had handed this message to the provider; it is sent again.";
    return { outcome: "retry", code: "not_sent", detail };
  }
  const result = flight.result as SendResult | null;
  return result?.outcome === "uncertain" ? null : result;
}

type LookUp =
  | { kind: "known"; result: SendResult }
  | { kind: "unknown"; detail: string }
  | { kind: "too_early"; at: number }
  | { kind: "undecidable" };

const noHttp = {
  statusCode: null,
  code: null,
  detail: null,
  requestHeaders: null,
  responseHeaders: null,
  responseBody: null,
};
