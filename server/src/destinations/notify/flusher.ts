import { hash } from "node:crypto";
import { Rounds } from "../../background/rounds.ts";
import { restWebhook, takePost } from "../../db/chat-pace.ts";
import { getDestination } from "../../db/destination.ts";
import { loadEvents, type TouchedLane } from "../../db/event.ts";
import {
  endTurn,
  finishNotifications,
  giveUpNotifications,
  holdTurn,
  type NotifierTurn,
  namesOf,
  nextNotifierDue,
  type TurnEnd,
  takeTurn,
  type WaitingNotification,
  waitingNotifications,
} from "../../db/notification.ts";
import type { Database } from "../../db/pool.ts";
import { isErasedData } from "../../domain/erasure.ts";
import type { SecretBox } from "../../domain/seal.ts";
import { disableDestination } from "../disable.ts";
import type { HttpClient } from "../webhook/http-client.ts";
import { storedEvent } from "../webhook/stored-event.ts";
import { urlProblem } from "./adapter.ts";
import type { Chat, Medium, Posted } from "./chat.ts";
import { chats } from "./chats.ts";
import { email } from "./email.ts";
import { recipientsOf } from "./email-adapter.ts";
import type { Mail, MailCarrier } from "./mail.ts";
import { postedTo } from "./mailed.ts";
import { postJson } from "./post.ts";
import { type EmailConfig, emailConfig, notifyConfig, notifyCredentials } from "./settings.ts";
import { afterQuiet, dueTime, type Timing } from "./timing.ts";
import { digestOf, mostShown, mostUrgent, namedIn, noteOf } from "./words.ts";

export interface FlusherOptions {
  db: Database;
  box: SecretBox;
  client: HttpClient;
  allowPrivate: boolean;
  /** For destinations of the kind email. Default: they wait. */
  mail?: MailCarrier | undefined;
  /** For links; null: not known. */
  publicUrl: string | null;
  /** Others are told of a destination that was disabled. */
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  onError: (stage: string, error: unknown) => void;
  /** Milliseconds between looks when nothing wakes it: what another process queued is posted so late. Default 1,000. */
  pollMs?: number;
  /** Unix milliseconds. Default: the system's clock. Clocks of processes may differ by less than the rest of a claim. */
  clock?: () => number;
}

/** So many events are posted one by one; where more wait, they are gathered. */
export const mostSingles = 5;
/** Events that one message stands for, at most. */
export const mostGathered = 10_000;
/** Between two posts to one webhook, of whatever destinations: Slack takes one a second in each channel. Milliseconds, as the next ones. */
const paceMs = 1_100;
/** After a message that gathered many: what still comes of the burst is gathered too. */
const gatherMs = 30_000;
/** Longer than a post may take. */
const claimMs = 90_000;
/** All mails of one message; below what a claim lasts. */
const mailWithinMs = 60_000;
/** What waits for so long at a webhook that fails is given up, */
const giveUpMs = 24 * 3_600_000;
/** and not before so many posts in a row: quiet hours, and the time that Herald was stopped, are no tries. They take two hours. */
const leastTries = 10;
/** Waits after posts that failed; the last one from then on. */
const backoff = [5_000, 30_000, 120_000, 600_000, 900_000];
/** Destinations that one process posts to at once. */
const mostAtOnce = 16;

interface Message {
  /** The events that it stands for. */
  ids: readonly string[];
  gathers: boolean;
  body: object | null;
}

/**
 * Posts what waits for chats. Any number of processes may: one of them at a time has its turn at a destination. No
 * transaction is open while a post is under way. A post that may have been made and wasn't put on record (a crash, no
 * answer) is made again: chats' webhooks know no key by which they could tell.
 */
export class NotificationFlusher {
  private readonly options: FlusherOptions & { pollMs: number; clock: () => number };
  private readonly flights = new Set<Promise<void>>();
  private readonly rounds: Rounds;

  constructor(options: FlusherOptions) {
    this.options = { pollMs: 1_000, clock: Date.now, ...options };
    const { db, pollMs, clock, onError } = this.options;
    const round = async () => {
      await this.begin();
      const next = await nextNotifierDue(db);
      return next === null ? pollMs : Math.min(pollMs, Math.max(next - clock(), 50));
    };
    this.rounds = new Rounds({ round, retryMs: pollMs, onError: (error) => onError("notifications", error) });
  }

  start(): void {
    this.rounds.start();
  }

  /** No new posts; waits for those that are under way. */
  async stop(): Promise<void> {
    await this.rounds.stop();
    await this.idle();
  }

  /** Something was queued: look before the next pause ends. */
  wake(): void {
    this.rounds.wake();
  }

  /** Posts what is due now, a message a destination; returns how many destinations. */
  async runOnce(): Promise<number> {
    const turns = await this.begin();
    await this.idle();
    return turns;
  }

  private async idle(): Promise<void> {
    await Promise.all(this.flights);
  }

  private async begin(): Promise<number> {
    const { db, clock } = this.options;
    let begun = 0;
    while (this.flights.size < mostAtOnce) {
      const now = clock();
      const turn = await takeTurn(db, now, now + claimMs);
      if (!turn) break;
      begun++;
      const flight = this.take(turn)
        // The claim runs out, and the destination is taken again.
        .catch((error) => this.options.onError("notifications", error))
        .finally(() => {
          this.flights.delete(flight);
          if (this.flights.size === mostAtOnce - 1) this.wake();
        });
      this.flights.add(flight);
    }
    return begun;
  }

  private async take(turn: NotifierTurn): Promise<void> {
    const { db, clock } = this.options;
    const { workspaceId, destinationId } = turn;
    const destination = await getDestination(db, workspaceId, destinationId);
    const chat = chats.get(destination?.kind ?? "");
    const medium = destination?.kind === "email" ? email : chat;
    if (!destination || !medium) return await this.rest(turn, null);
    const config = (chat ? notifyConfig : emailConfig).parse(destination.config);
    const opens = afterQuiet(config, clock());
    if (opens > clock()) return await this.rest(turn, opens);
    const waiting = await waitingNotifications(db, turn, mostGathered);
    if (waiting.length === 0) return await this.rest(turn, null);

    const url = chat ? this.urlOf(turn, destination.credentials!) : null;
    const webhook = url === null ? null : hash("sha256", url, "hex").slice(0, 24);
    if (webhook !== null) {
      const free = await takePost(db, { workspaceId, webhook }, clock(), paceMs);
      if (free !== null) return await this.rest(turn, free, free);
    }
    const message = await this.write(workspaceId, medium, config, waiting);
    let posted: Posted | null = { outcome: "posted" };
    if (message.body !== null)
      posted = chat
        ? await this.post(destinationId, chat, url!, message.body)
        : await this.mail(turn, config as EmailConfig, message);
    if (webhook !== null && posted?.outcome === "retry" && posted.afterMs !== undefined)
      await restWebhook(db, { workspaceId, webhook }, clock(), clock() + posted.afterMs);
    await this.settle(turn, config, message, posted);
  }

  private urlOf({ workspaceId, destinationId }: NotifierTurn, credentials: Buffer): string {
    const opened = this.options.box.open(credentials, `${workspaceId}/${destinationId}`);
    return notifyCredentials.parse(JSON.parse(opened)).url;
  }

  private async post(destinationId: string, chat: Chat, url: string, body: object): Promise<Posted | null> {
    const { client, allowPrivate } = this.options;
    const problem = urlProblem(chat, url, allowPrivate);
    if (problem !== null) return { outcome: "retry", detail: `The webhook's URL can't be used. ${problem}` };
    const exchange = await postJson(client, url, destinationId, body);
    return exchange && chat.read(exchange);
  }

  /** To each by itself. It counts as posted once somebody has it: told again, those who have would get it twice. */
  private async mail(turn: NotifierTurn, config: EmailConfig, message: Message): Promise<Posted> {
    const { db, mail } = this.options;
    if (!mail) return { outcome: "retry", detail: "This process of Herald sends no mails." };
    const { workspaceId, destinationId } = turn;
    const recipients = await recipientsOf(db, workspaceId, config);
    if (recipients.length === 0)
      return { outcome: "retry", detail: "Nobody has one of the roles at the moment, and `to` names nobody." };
    const account = { workspaceId, senderId: config.senderId ?? null };
    const signal = AbortSignal.timeout(mailWithinMs);
    const results = await Promise.all(
      recipients.map(async (to) => {
        const key = [destinationId, message.ids[0], message.ids.length, to].join(" ");
        const id = `notice_${hash("sha256", key).slice(0, 32)}`;
        const result = await mail
          .send(account, { ...(message.body as Mail), to, id }, signal)
          .catch((error: Error) => ({
            ...{ outcome: "retry" as const, detail: error.message },
          }));
        return { to, ...result };
      }),
    );
    return postedTo(results);
  }

  /** One event by itself, or all that waits in one message. */
  private async write(
    workspaceId: string,
    chat: Medium,
    config: Timing & { linkTemplate?: string | undefined },
    waiting: readonly WaitingNotification[],
  ): Promise<Message> {
    const { db, publicUrl } = this.options;
    const gathers = waiting.length > (config.mode === "digest" ? 1 : mostSingles);
    const told = gathers ? waiting : waiting.slice(0, 1);
    const chosen = mostUrgent(told, mostShown);
    const loaded = new Map(
      (
        await loadEvents(
          db,
          chosen.map(({ id }) => ({ workspaceId, id })),
        )
      ).map((event) => [event.id, storedEvent(event)]),
    );
    // What is missing is past its retention; what was erased is nobody's business any more.
    const events = chosen.flatMap(({ id }) => loaded.get(id) ?? []).filter(({ data }) => !isErasedData(data));
    const names = await namesOf(db, workspaceId, [...new Set(events.flatMap(namedIn))]);
    const { linkTemplate } = config;
    const notes = events.map((event) => noteOf(event, names, { publicUrl, linkTemplate }));
    const ids = told.map(({ id }) => id);
    if (gathers) return { ids, gathers, body: chat.digest(digestOf(told, notes)) };
    // Null: the event is not there any more.
    return { ids, gathers, body: notes[0] ? chat.note(notes[0]) : null };
  }

  /** Nothing is to be posted before `until`; null: nothing waits, unless it came meanwhile. `notBefore`: nor what comes until then. */
  private async rest(turn: NotifierTurn, until: number | null, notBefore?: number): Promise<void> {
    const { db, clock } = this.options;
    await db.transaction(async (tx) => {
      if (!(await holdTurn(tx, turn))) return;
      const left = (await waitingNotifications(tx, turn, 1)).length > 0;
      await endTurn(tx, turn, {
        ...{ dueAt: left ? (until ?? clock()) : null, notBefore: notBefore ?? clock(), postedAt: null },
        ...{ attempts: turn.attempts, failingSince: turn.failingSince, reason: turn.reason },
      });
    });
  }

  private async settle(
    turn: NotifierTurn,
    config: Timing,
    { ids, gathers }: Message,
    posted: Posted | null,
  ): Promise<void> {
    const { db, clock } = this.options;
    const lanes = await db.transaction(async (tx) => {
      const now = clock();
      let told: TouchedLane[] = [];
      // Before the turn is locked: whoever deletes a destination takes them in this order.
      if (posted?.outcome === "gone") {
        const reason = { by: "system" as const, reason: posted.detail };
        told = (await disableDestination(tx, turn.workspaceId, turn.destinationId, reason))?.lanes ?? [];
      }
      if (!(await holdTurn(tx, turn))) return told;
      const end: TurnEnd = {
        ...{ dueAt: now, notBefore: now + paceMs, attempts: 0, failingSince: null, reason: null, postedAt: null },
      };
      if (posted === null) {
        end.attempts = turn.attempts;
        end.failingSince = turn.failingSince;
        end.reason = turn.reason;
      } else if (posted.outcome === "posted") {
        await finishNotifications(tx, turn, ids, now);
        end.postedAt = now;
        end.reason = posted.detail ?? null;
        if (gathers && config.mode === "at_once") end.notBefore = now + gatherMs;
      } else if (posted.outcome === "invalid") {
        await finishNotifications(tx, turn, ids, now);
        end.reason = `Not posted, and given up (${ids.length}): ${posted.detail}`;
      } else if (posted.outcome === "gone") {
        end.reason = posted.detail;
      } else {
        end.attempts = turn.attempts + 1;
        end.failingSince = turn.failingSince ?? now;
        end.reason = posted.detail;
        const wait = backoff[Math.min(end.attempts, backoff.length) - 1]!;
        end.notBefore = now + Math.max(posted.afterMs ?? 0, posted.afterMs === undefined ? wait : paceMs);
        if (now - end.failingSince >= giveUpMs && end.attempts >= leastTries) {
          const given = await giveUpNotifications(tx, turn, now - giveUpMs, now);
          if (given > 0) end.reason = `Given up after a day (${given}): ${posted.detail}`;
        }
      }
      const left = (await waitingNotifications(tx, turn, 1)).length > 0;
      // Of a digest, what came while it was being posted waits for the next one.
      const on = posted?.outcome === "posted" && config.mode === "digest" && ids.length < mostGathered;
      end.dueAt = left ? Math.max(on ? dueTime(config, now) : now, end.notBefore) : null;
      await endTurn(tx, turn, end);
      return told;
    });
    if (lanes.length > 0) this.options.wakeDeliveries(lanes);
  }
}
