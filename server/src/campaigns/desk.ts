import { answeredByHand } from "../db/assistant-message.ts";
import { type Actor, actEntry } from "../db/audit.ts";
import type { TouchedLane } from "../db/event.ts";
import { acceptMessages, findKeys, getMessage, type MessageToAccept } from "../db/message.ts";
import { type Database, isRetryable, type Queryable } from "../db/pool.ts";
import { stopPoint } from "../db/stop-point.ts";
import { forbidsAddress } from "../db/suppression.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import type { ChannelName } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { Batcher } from "../outbox/batcher.ts";

export interface MessageRequest {
  workspaceId: string;
  leadId: string;
  channel: ChannelName;
  action: "message" | "connect";
  /** Null: the sender that wrote to this lead last, else one of the channel's active senders, fixed by the lead. */
  senderId: string | null;
  subject: string | null;
  text: string;
  html: string | null;
  /** Null: as soon as possible. */
  scheduledAt: Date | null;
  source: "api";
  /** SMS: why it may go out at any hour; null: it keeps the workspace's hours for SMS (`sms-hours.ts`). */
  hoursOverride?: string | null;
}

export interface Idempotency {
  key: string;
  /** SHA-256 over method, path and what the body says: neither white space nor the order of keys counts. */
  requestHash: Buffer;
  /** As versions kept it that hashed the body's bytes; left out: of no request that one of them can have taken. */
  bytesHash?: Buffer;
}

/** Whether a key's stored hash is that of this request. */
export const isSameRequest = ({ requestHash, bytesHash }: Idempotency, stored: Buffer): boolean =>
  stored.equals(requestHash) || (bytesHash !== undefined && stored.equals(bytesHash));

export interface AcceptedMessage {
  messageId: string;
  conversationId: string | null;
  senderId: string | null;
  leadId: string;
  status: "queued";
  createdAt: Date;
  /** Whether this key was used before, for the same request: nothing new was accepted. */
  replayed: boolean;
}

/** Whose call it is, for the audit trail. */
export interface OnRecord {
  actor: Actor;
  /** `POST /v1/messages` */
  action: string;
}

/**
 * Makes the lead of a message, in the transaction that accepts it: what is refused leaves no lead behind. Answers its ID: that of
 * another one, where somebody else made it meanwhile.
 */
export type MakeLead = (tx: Queryable) => Promise<{ leadId: string; lanes: readonly TouchedLane[] }>;

/** What is promised with a message, and stored with it or not at all. Run after it in its transaction, and not for one accepted before. */
export type StoreAlong = (tx: Queryable) => Promise<void>;

interface Submission {
  request: MessageRequest;
  idempotency: Idempotency | null;
  onRecord: OnRecord | null;
}

/**
 * Where messages are handed in. Requests that arrive together are stored by one statement and share its commit; each is
 * answered after that commit, and each is judged alone.
 */
export class MessageDesk {
  private readonly db: Database;
  private readonly wake: (lanes: TouchedLane[]) => void;
  private readonly onError: (stage: string, error: unknown) => void;
  private readonly batcher: Batcher<Submission, AcceptedMessage | HeraldError>;

  /** `onError`: of what follows from an accepted message; its acceptance stands. */
  constructor(options: {
    db: Database;
    wake: (lanes: TouchedLane[]) => void;
    onError?: (stage: string, error: unknown) => void;
  }) {
    this.db = options.db;
    this.wake = options.wake;
    this.onError = options.onError ?? (() => {});
    this.batcher = new Batcher((batch) => this.acceptAndWake(batch), { maxSize: 200, maxConcurrent: 2 });
  }

  /**
   * Throws HeraldError: not_found, unprocessable (no address, no sender), suppressed, idempotency_conflict. The caller's act
   * is on record with the message, in its transaction; what is refused or was accepted before is no act.
   */
  async submit(
    request: MessageRequest,
    idempotency: Idempotency | null,
    onRecord: OnRecord | null = null,
    /** Where there is no lead yet; `request.leadId` says nothing then. */
    makeLead: MakeLead | null = null,
    storeAlong: StoreAlong | null = null,
  ): Promise<AcceptedMessage> {
    if (makeLead || storeAlong) {
      return await this.submitAlone({ request, idempotency, onRecord }, makeLead, storeAlong);
    }
    const result = await this.batcher.add({ request, idempotency, onRecord });
    if (result instanceof HeraldError) throw result;
    return result;
  }

  /** By itself: a refusal undoes the lead, and with it all that was accepted beside it. */
  private async submitAlone(
    submission: Submission,
    makeLead: MakeLead | null,
    storeAlong: StoreAlong | null,
  ): Promise<AcceptedMessage> {
    for (let round = 1; ; round++) {
      try {
        return await this.acceptAlone(submission, makeLead, storeAlong);
      } catch (error) {
        // It locks lanes of destinations before the sender's; others, who record what was sent, have it the other way round.
        if (!isRetryable(error) || round === 3) throw error;
      }
    }
  }

  private async acceptAlone(
    submission: Submission,
    makeLead: MakeLead | null,
    storeAlong: StoreAlong | null,
  ): Promise<AcceptedMessage> {
    let lanes: TouchedLane[] = [];
    // What was accepted before made its lead then: whoever has its address by now, no other one is made.
    const { idempotency, request: asked } = submission;
    const known = idempotency && (await this.acceptedBefore(asked.workspaceId, idempotency));
    const first = known ? await getMessage(this.db, asked.workspaceId, known) : null;
    if (first) return await this.submit({ ...asked, leadId: first.leadId }, idempotency, submission.onRecord);
    const accepted = await this.db.transaction(async (tx) => {
      // Run again where it waits for a message under way: what the first time touched was undone.
      lanes = [];
      const made = await makeLead?.(tx);
      if (made) lanes.push(...made.lanes);
      const request = made ? { ...asked, leadId: made.leadId } : asked;
      const [result] = await this.accept([{ ...submission, request }], tx, lanes);
      if (result instanceof HeraldError) throw result;
      if (!result!.replayed) await storeAlong?.(tx);
      return result!;
    });
    if (lanes.length > 0) this.wake(lanes);
    return accepted;
  }

  private async acceptAndWake(batch: Submission[]): Promise<(AcceptedMessage | HeraldError)[]> {
    const lanes: TouchedLane[] = [];
    const results = await this.accept(batch, this.db, lanes);
    if (lanes.length > 0) this.wake(lanes);
    return results;
  }

  /**
   * Throws what `submit` would (idempotency_conflict, suppressed) for an address of which there is no lead yet: a request
   * that is refused shall not make one.
   */
  async judgeUnknown(
    workspaceId: string,
    { channel, address }: { channel: ChannelName; address: string },
    idempotency: Idempotency | null,
  ): Promise<void> {
    if (idempotency && (await this.wasAccepted(workspaceId, idempotency))) return;
    if (await forbidsAddress(this.db, workspaceId, channel, address)) {
      const message = `This ${addressName[channel]} must not be written to by ${channel}: it is suppressed.`;
      throw new HeraldError("suppressed", message);
    }
  }

  /**
   * Whether the key's message was accepted before, for those who judge more than the desk does: the same request gets its first
   * answer, whatever has changed since. @throws idempotency_conflict
   */
  async wasAccepted(workspaceId: string, idempotency: Idempotency): Promise<boolean> {
    return (await this.acceptedBefore(workspaceId, idempotency)) !== null;
  }

  /** Judges what a new request needs and the desk doesn't look at. What was accepted before needs none of it: see `wasAccepted`. */
  async judgeNew(workspaceId: string, idempotency: Idempotency | null, judge: () => Promise<void>): Promise<void> {
    try {
      await judge();
    } catch (error) {
      if (!(idempotency && (await this.wasAccepted(workspaceId, idempotency)))) throw error;
    }
  }

  /** As `wasAccepted`; the ID of its message, or null. */
  async acceptedBefore(workspaceId: string, idempotency: Idempotency): Promise<string | null> {
    const { key } = idempotency;
    const [used] = await findKeys(this.db, [{ workspaceId, key }]);
    if (used && !(used.message && isSameRequest(idempotency, used.requestHash))) throw conflict(key);
    return used?.message?.messageId ?? null;
  }

  /** `touched`: gets the lanes that are to be woken after the commit. */
  private async accept(
    batch: Submission[],
    db: Database | Queryable,
    touched: TouchedLane[],
  ): Promise<(AcceptedMessage | HeraldError)[]> {
    const results = new Array<AcceptedMessage | HeraldError>(batch.length);
    // Keys first: a repeated request gets its first answer, whatever has changed since.
    await this.answerAgain(db, batch, [...batch.keys()], results);
    const messages: MessageToAccept[] = [];
    const firstByKey = new Map<string, number>();
    /** The same key for a second time in this batch. */
    const repeats: number[] = [];
    for (const [n, { request, idempotency, onRecord }] of batch.entries()) {
      if (results[n] !== undefined) continue;
      if (idempotency) {
        const key = `${request.workspaceId}/${idempotency.key}`;
        if (firstByKey.has(key)) {
          repeats.push(n);
          continue;
        }
        firstByKey.set(key, n);
      }
      const messageId = newId("message");
      messages.push({
        n,
        workspaceId: request.workspaceId,
        messageId,
        conversationId: newId("conversation"),
        leadId: request.leadId,
        channel: request.channel,
        action: request.action,
        senderId: request.senderId,
        subject: request.subject,
        text: request.text,
        html: request.html,
        scheduledAt: request.scheduledAt?.toISOString() ?? null,
        source: request.source,
        hoursOverride: request.hoursOverride ?? null,
        idempotencyKey: idempotency?.key ?? null,
        requestHash: idempotency?.requestHash.toString("hex") ?? null,
        act: onRecord && actEntry(onRecord.actor, onRecord.action, actContent(messageId, request)),
      });
    }
    stopPoint?.reached("message.accepted");
    const verdicts = await acceptMessages(db, messages);
    stopPoint?.reached("message.committed");
    const byN = new Map(messages.map((message) => [message.n, message]));
    const used: number[] = [];
    const lanes = new Map<string, TouchedLane>();
    const answered = new Map<string, string[]>();
    for (const { n, verdict, senderId, conversationId, hasProfile, createdAt } of verdicts) {
      const { request } = batch[n]!;
      if (verdict === "ok") {
        if (hasProfile && isAnswer(request)) {
          const ids = answered.get(request.workspaceId);
          if (ids) ids.push(request.leadId);
          else answered.set(request.workspaceId, [request.leadId]);
        }
        lanes.set(`${request.workspaceId}/${senderId}`, { workspaceId: request.workspaceId, laneId: senderId! });
        const messageId = byN.get(n)!.messageId;
        results[n] = {
          messageId,
          conversationId,
          senderId,
          leadId: request.leadId,
          status: "queued",
          createdAt,
          replayed: false,
        };
      } else if (verdict === "key_exists") used.push(n);
      else results[n] = refusal(verdict, request);
    }
    // Before anybody is woken for the assistant's answer, which would be a second one.
    for (const [workspaceId, leadIds] of answered) {
      if (db !== this.db) await answeredByHand(db, workspaceId, leadIds);
      else {
        await this.db
          .transaction((tx) => answeredByHand(tx, workspaceId, leadIds))
          .catch((error) => this.onError("assistant", error));
      }
    }
    // What another batch stored meanwhile, and what this one just did.
    await this.answerAgain(db, batch, [...used, ...repeats], results);
    for (const n of repeats) {
      // Its first bearer was refused, and nothing is stored under the key: it is a request like any other.
      if (results[n] === undefined) results[n] = (await this.accept([batch[n]!], db, touched))[0]!;
    }
    touched.push(...lanes.values());
    return results;
  }

  /** Answers those of the requests `of` whose keys have been used: the same request as the first time, another one with a conflict. */
  private async answerAgain(
    db: Queryable,
    batch: Submission[],
    of: readonly number[],
    results: (AcceptedMessage | HeraldError | undefined)[],
  ): Promise<void> {
    const keyed = of.filter((n) => batch[n]!.idempotency !== null);
    if (keyed.length === 0) return;
    const stored = await findKeys(
      db,
      keyed.map((n) => ({ workspaceId: batch[n]!.request.workspaceId, key: batch[n]!.idempotency!.key })),
    );
    const byKey = new Map(stored.map((entry) => [`${entry.workspaceId}/${entry.key}`, entry]));
    for (const n of keyed) {
      const { request, idempotency } = batch[n]!;
      const entry = byKey.get(`${request.workspaceId}/${idempotency!.key}`);
      if (!entry) continue;
      if (!entry.message || !isSameRequest(idempotency!, entry.requestHash)) {
        results[n] = conflict(idempotency!.key);
        continue;
      }
      results[n] = { ...entry.message, leadId: request.leadId, status: "queued", replayed: true };
    }
  }
}

/** What is scheduled for later than a day from now is no answer to what the lead has just said. */
const isAnswer = ({ action, scheduledAt }: MessageRequest): boolean =>
  action === "message" && (scheduledAt === null || scheduledAt.getTime() < Date.now() + 24 * 3_600_000);

/** What the act keeps: neither the text nor the address, which are the message's and can be erased with it. */
/** Nothing but IDs and choices, since it is never erased: the reason for an override stays with the message. */
function actContent(messageId: string, request: MessageRequest) {
  const { leadId, channel, action, senderId, scheduledAt, hoursOverride } = request;
  const override = hoursOverride ? { smsHoursOverride: true } : {};
  return { after: { messageId, leadId, channel, action, senderId, scheduledAt, ...override } };
}

function conflict(key: string): HeraldError {
  return new HeraldError(
    "idempotency_conflict",
    `The Idempotency-Key ${JSON.stringify(key)} was used before with another request. Use a new key for a new request.`,
  );
}

const addressName = { sms: "phone number", email: "email address", linkedin: "LinkedIn URL" } as const;

function refusal(verdict: string, request: MessageRequest): HeraldError {
  const { channel } = request;
  switch (verdict) {
    case "lead_not_found":
      return notFound("lead", request.leadId);
    case "no_address":
      return new HeraldError(
        "unprocessable",
        `The lead ${request.leadId} has no ${addressName[channel]}; add one to the lead first.`,
      );
    case "suppressed":
      return new HeraldError(
        "suppressed",
        `The lead ${request.leadId} must not be written to by ${channel}: the address is suppressed.`,
      );
    default:
      return noSender(channel, request.senderId);
  }
}

/** Nobody can send by this channel: the sender that was asked for is not there, or there is no active one. */
export function noSender(channel: ChannelName, senderId: string | null): HeraldError {
  if (senderId !== null) return notFound(`${channel} sender`, senderId);
  return new HeraldError(
    "unprocessable",
    `There is no active ${channel} sender in this workspace; add one with POST /v1/senders.`,
  );
}
