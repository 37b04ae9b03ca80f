import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { SmtpFailure } from "./failure.ts";
import { endSession, openSession, type SmtpSettings } from "./session.ts";

/** A connection that is lent to one message at a time. */
export interface Lease {
  connection: SMTPConnection;
  /** It has carried messages before: the server may have dropped it in the meantime. */
  reused: boolean;
}

/** After so many messages a connection is ended: servers limit them (Exchange to 1,000, others to 100 or fewer). */
const maxMessages = 100;
/** Idle connections are ended by us, well below the five minutes that RFC 5321 (4.5.3.2.7) has servers wait. */
const idleMs = 60_000;
/** How long a server may take to answer RSET. Nobody waits for it but the connection's next message. */
const resetMs = 5_000;

/** Keeps at most `size` open connections of one sender, and lends them out in order of asking. Opens them when needed. */
export class SmtpPool {
  readonly #settings: SmtpSettings;
  readonly #size: number;
  readonly #idle: { connection: SMTPConnection; timer: NodeJS.Timeout }[] = [];
  /** Each is called with a connection, or with null: then it owns a free slot and opens one itself. */
  readonly #waiting: ((connection: SMTPConnection | null) => void)[] = [];
  readonly #messages = new WeakMap<SMTPConnection, number>();
  /** Slots in use: open connections and those being opened. */
  #slots = 0;
  #closed = false;
  readonly #drained = Promise.withResolvers<void>();

  constructor(settings: SmtpSettings, size: number) {
    this.#settings = settings;
    this.#size = size;
  }

  /** Rejects with an `SmtpFailure` of the stage `connect` or `login`. */
  async acquire(signal: AbortSignal): Promise<Lease> {
    const connection = await this.#slotOrIdle(signal);
    if (connection) return { connection, reused: true };
    try {
      const opened = await openSession(this.#settings, signal);
      opened.once("end", () => this.#onIdleEnd(opened));
      return { connection: opened, reused: false };
    } catch (error) {
      this.#freeSlot();
      throw error;
    }
  }

  /** Gives a connection back. `usable`: the last message ended with an answer, so that the session can go on. */
  release({ connection }: Lease, usable: boolean): void {
    const messages = (this.#messages.get(connection) ?? 0) + 1;
    this.#messages.set(connection, messages);
    if (!usable || connection.destroyed) this.#drop(connection);
    else if (this.#closed || messages >= maxMessages) this.#quit(connection);
    else this.#lendOrPark(connection);
  }

  /** As `release`, after a refusal: the transaction is open, and is ended with RSET first. */
  reset(lease: Lease): void {
    if (lease.connection.destroyed) {
      this.release(lease, false);
      return;
    }
    const timer = setTimeout(() => lease.connection.close(), resetMs);
    const finish = (usable: boolean) => {
      lease.connection.removeListener("end", onEnd);
      clearTimeout(timer);
      this.release(lease, usable);
    };
    const onEnd = () => finish(false);
    lease.connection.once("end", onEnd);
    lease.connection.reset((error) => finish(!error));
  }

  /** Ends idle connections now and busy ones when they are given back; resolves when none is left. */
  close(): Promise<void> {
    this.#closed = true;
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      this.#quit(connection);
    }
    for (const wake of this.#waiting.splice(0)) wake(null);
    if (this.#slots === 0) this.#drained.resolve();
    return this.#drained.promise;
  }

  #slotOrIdle(signal: AbortSignal): Promise<SMTPConnection | null> {
    if (this.#closed) throw new SmtpFailure("connect", "CLOSED", "The sender was closed.");
    for (let parked = this.#idle.pop(); parked; parked = this.#idle.pop()) {
      clearTimeout(parked.timer);
      // Its `end` has given the slot back already.
      if (!parked.connection.destroyed) return Promise.resolve(parked.connection);
    }
    if (this.#slots < this.#size) {
      this.#slots += 1;
      return Promise.resolve(null);
    }
    return this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<SMTPConnection | null> {
    const { promise, resolve, reject } = Promise.withResolvers<SMTPConnection | null>();
    const onAbort = () => {
      this.#waiting.splice(this.#waiting.indexOf(wake), 1);
      reject(new SmtpFailure("connect", "WAITED", "No connection of this sender became free in time."));
    };
    const wake = (connection: SMTPConnection | null) => {
      signal.removeEventListener("abort", onAbort);
      if (this.#closed) reject(new SmtpFailure("connect", "CLOSED", "The sender was closed."));
      else resolve(connection);
    };
    if (signal.aborted) {
      reject(new SmtpFailure("connect", "ABORTED", "The deadline passed."));
      return promise;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waiting.push(wake);
    return promise;
  }

  #lendOrPark(connection: SMTPConnection): void {
    const next = this.#waiting.shift();
    if (next) {
      next(connection);
      return;
    }
    const timer = setTimeout(() => {
      const index = this.#idle.findIndex((parked) => parked.connection === connection);
      if (index !== -1) this.#idle.splice(index, 1);
      this.#quit(connection);
    }, idleMs);
    timer.unref();
    this.#idle.push({ connection, timer });
  }

  /** A connection ended: where nobody was using it, nobody else will give its slot back. */
  #onIdleEnd(connection: SMTPConnection): void {
    const index = this.#idle.findIndex((parked) => parked.connection === connection);
    if (index === -1) return;
    clearTimeout(this.#idle[index]?.timer);
    this.#idle.splice(index, 1);
    this.#freeSlot();
  }

  #quit(connection: SMTPConnection): void {
    connection.once("end", () => this.#freeSlot());
    endSession(connection);
  }

  #drop(connection: SMTPConnection): void {
    connection.close();
    this.#freeSlot();
  }

  #freeSlot(): void {
    const next = this.#waiting.shift();
    if (next) {
      next(null);
      return;
    }
    this.#slots -= 1;
    if (this.#closed && this.#slots === 0) this.#drained.resolve();
  }
}
