import type { SmtpFailure as Failure } from "./failure.ts";
import { SmtpFailure } from "./failure.ts";
import { type AcceptedMail, type Circumstances, type Delivery, MailSession } from "./mail-session.ts";
import { openSession, type SmtpSettings } from "./session.ts";

/** A mail to be sent over any of the pool's connections. */
export interface PooledMail {
  envelope: { from: string; to: string };
  content: Buffer;
  signal: AbortSignal;
  /** See `announcesHandOver`. */
  handOver: (() => void) | undefined;
}

/** After so many messages a connection is ended: servers limit them (Exchange to 1,000, others to 100 or fewer). */
const maxMessages = 100;
/** Idle connections are ended by us, well below the five minutes that RFC 5321 (4.5.3.2.7) has servers wait. */
const idleMs = 60_000;
/** How long no envelope goes out behind another mail's content, after one that was lost there. */
const apartMs = 60_000;
/** Mails that are worth having begun for each connection: those which it carries in `aheadMs`, between `leastAhead` and `mostAhead`. */
const aheadMs = 100;
const leastAhead = 2;
export const mostAhead = 32;
/** How long a mail is taken to need before the first ones have shown it, in milliseconds; and how much one mail changes of that. */
const firstMailMs = 20;
const mailWeight = 1 / 16;

/**
 * Keeps at most `size` open connections of one sender, opens them when needed, and gives them the mails in order of asking.
 * A mail that surely did not go out, for a reason that lies in its connection's past, is tried again on another one.
 */
export class SmtpPool {
  readonly #settings: SmtpSettings;
  readonly #size: number;
  readonly #idle = new Map<MailSession, NodeJS.Timeout>();
  readonly #waiting: Job[] = [];
  /** Connections that are open, being opened or about to end. */
  #slots = 0;
  #apartUntil = 0;
  /** How long a connection needs for a mail, of late. */
  #mailMs = firstMailMs;
  #closed = false;
  readonly #drained = Promise.withResolvers<void>();

  constructor(settings: SmtpSettings, size: number) {
    this.#settings = settings;
    this.#size = size;
  }

  /** See `SenderConnection`: as many as the connections carry in 100 ms, at the pace of the mails before. */
  get worthBegun(): number {
    return this.#size * Math.max(leastAhead, Math.min(mostAhead, Math.round(aheadMs / this.#mailMs)));
  }

  /** Sends a mail. Rejects with an `SmtpFailure`, or with what `handOver` threw. */
  deliver(mail: PooledMail): Promise<AcceptedMail> {
    const job = new Job(mail, {
      lost: (lost, apart) => {
        if (apart) this.#apartUntil = Date.now() + apartMs;
        this.#waiting.unshift(lost);
        this.#pump();
      },
      carried: (ms) => {
        this.#mailMs += (ms - this.#mailMs) * mailWeight;
      },
      forget: (waiting) => this.#waiting.splice(this.#waiting.indexOf(waiting), 1),
    });
    if (mail.signal.aborted) job.reject(new SmtpFailure("connect", "ABORTED", "The deadline passed."));
    else {
      this.#waiting.push(job);
      this.#pump();
    }
    return job.promise;
  }

  /** Ends idle connections now and busy ones when they are done; resolves when none is left. */
  close(): Promise<void> {
    this.#closed = true;
    for (const [session, timer] of this.#idle) {
      clearTimeout(timer);
      session.quit();
    }
    this.#idle.clear();
    this.#pump();
    if (this.#slots === 0) this.#drained.resolve();
    return this.#drained.promise;
  }

  /** Gives what waits to what is free. */
  #pump(): void {
    while (this.#waiting.length > 0) {
      if (this.#closed) {
        this.#take().reject(new SmtpFailure("connect", "CLOSED", "The sender was closed."));
        continue;
      }
      // The one used last is the one that the server has forgotten last.
      const session = [...this.#idle.keys()].at(-1);
      if (session) {
        clearTimeout(this.#idle.get(session));
        this.#idle.delete(session);
        this.#take().begin(session);
      } else if (this.#slots < this.#size) {
        this.#slots += 1;
        void this.#open(this.#take());
      } else return;
    }
  }

  #take(): Job {
    return this.#waiting.shift()!;
  }

  async #open(job: Job): Promise<void> {
    try {
      job.opening();
      const connection = await openSession(this.#settings, job.mail.signal);
      const session = new MailSession(connection, this.#settings.host, {
        next: () => this.#following(session),
        idle: () => this.#onIdle(session),
        ended: () => this.#onEnded(session),
      });
      // Passed just when the connection was open: whoever waits is told that nothing goes out.
      if (job.mail.signal.aborted) {
        job.reject(new SmtpFailure("envelope", "ABORTED", "The deadline passed."));
        this.#onIdle(session);
      } else job.begin(session);
    } catch (error) {
      this.#freeSlot();
      job.reject(error);
    }
  }

  #following(session: MailSession): Delivery | null {
    const job = this.#waiting[0];
    if (!job || this.#closed || session.mails >= maxMessages || job.apart || Date.now() < this.#apartUntil) return null;
    return this.#take().on(session);
  }

  #onIdle(session: MailSession): void {
    if (this.#closed || session.mails >= maxMessages) {
      session.quit();
      return;
    }
    const timer = setTimeout(() => {
      this.#idle.delete(session);
      session.quit();
    }, idleMs);
    timer.unref();
    this.#idle.set(session, timer);
    this.#pump();
  }

  #onEnded(session: MailSession): void {
    clearTimeout(this.#idle.get(session));
    this.#idle.delete(session);
    this.#freeSlot();
  }

  #freeSlot(): void {
    this.#slots -= 1;
    if (this.#closed && this.#slots === 0) this.#drained.resolve();
    this.#pump();
  }
}

interface JobOwner {
  /** It is to be tried again. `apart`: its server may not like an envelope behind another mail's content. */
  lost(job: Job, apart: boolean): void;
  /** For so many milliseconds a connection had no other mail to wait for. */
  carried(ms: number): void;
  /** It waits no more. */
  forget(job: Job): void;
}

/** A mail on its way through the pool, until it has an answer. */
class Job implements Delivery {
  readonly mail: PooledMail;
  readonly promise: Promise<AcceptedMail>;
  /** It was lost behind another mail: from now on it goes by itself. */
  apart = false;
  readonly #owner: JobOwner;
  readonly #settle: PromiseWithResolvers<AcceptedMail>;
  #place: "waiting" | "opening" | MailSession = "waiting";
  #onAt = 0;

  constructor(mail: PooledMail, owner: JobOwner) {
    this.mail = mail;
    this.#owner = owner;
    this.#settle = Promise.withResolvers();
    this.promise = this.#settle.promise;
    mail.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get envelope() {
    return this.mail.envelope;
  }

  get content() {
    return this.mail.content;
  }

  opening(): void {
    this.#place = "opening";
    this.#onAt = performance.now();
  }

  on(session: MailSession): this {
    // What the opening took is of the mail that it was for: some servers take one mail a connection.
    if (this.#place !== "opening") this.#onAt = performance.now();
    this.#place = session;
    return this;
  }

  begin(session: MailSession): void {
    session.begin(this.on(session));
  }

  handOver(): void {
    this.mail.handOver?.();
  }

  accepted(answer: AcceptedMail): void {
    this.#done();
    this.#settle.resolve(answer);
  }

  failed(failure: Failure, how: Circumstances): void {
    const blames = blame(failure, how);
    if (blames === null || this.mail.signal.aborted) {
      this.reject(failure);
      return;
    }
    this.#place = "waiting";
    this.apart ||= how.overlapped;
    this.#owner.lost(this, blames === "order");
  }

  broke(error: unknown): void {
    this.reject(error);
  }

  reject(error: unknown): void {
    this.#done();
    this.#settle.reject(error);
  }

  #done(): void {
    if (this.#place instanceof MailSession) this.#owner.carried(this.#place.turn(this.#onAt));
    this.mail.signal.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    if (this.#place instanceof MailSession) this.#place.abort(this);
    else if (this.#place === "waiting") {
      this.#owner.forget(this);
      this.reject(new SmtpFailure("connect", "WAITED", "No connection of this sender became free in time."));
    }
    // Opening a session ends by itself.
  };
}

/**
 * What a failure may be due to, if not to the mail or its sender, so that the mail is tried again at once; null: to nothing
 * else. Nothing of its content had been sent.
 *
 * - `connection`: it had been idle, and the server had ended it in the meantime. Ends, because a fresh connection isn't reused.
 * - `order`: its envelope came before the answer to another mail's content, which a server that offers PIPELINING has to take.
 *   Ends, because it goes by itself the next time.
 */
function blame(failure: Failure, { reused, overlapped }: Circumstances): "connection" | "order" | null {
  const { stage, origin, reply, command, disconnected } = failure;
  if (stage !== "envelope" || origin === "ABORTED") return null;
  // RFC 5321, 3.8: 421 is also how a server says that it ends an idle session; 4.7.x is how it says "slow down".
  if (disconnected && (reply?.enhanced?.startsWith("4.7.") ?? false)) return null;
  if (overlapped) {
    const ofOrder = reply?.code === 503 || reply?.enhanced?.startsWith("5.5.") || command === "MAIL FROM";
    return disconnected || (ofOrder && (reply?.code ?? 0) >= 500) ? "order" : null;
  }
  return reused && disconnected ? "connection" : null;
}
