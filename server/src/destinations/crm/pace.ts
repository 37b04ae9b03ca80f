import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type CallRate, restAccount, takeCall } from "../../db/crm-pace.ts";
import type { Queryable } from "../../db/pool.ts";
import { CrmError } from "./error.ts";

/** Asked before each call to a CRM. */
export interface CallGate {
  /** Waits until a call may be made. `narrow`: of a kind that has a limit of its own beside that of all. Throws CrmError `throttled`. */
  pass(signal: AbortSignal, narrow?: boolean): Promise<void>;
  /** The CRM asked for a rest. */
  rest(ms: number, reason: string): Promise<void>;
}

/** A call that has to wait longer gives its place to others, and comes back. Milliseconds. */
const mostWaitMs = 3_000;

export interface PaceOptions {
  db: Queryable;
  workspaceId: string;
  /** Names the CRM, for people. */
  system: string;
  /** What the account is known by there; only its hash is kept. */
  account: string;
  rate: CallRate;
  /** Of calls with a limit of their own (searches). */
  narrow?: CallRate;
}

/** Keeps an account's limit of calls, over all destinations and processes that call it. */
export class AccountPace implements CallGate {
  private readonly options: PaceOptions;
  private readonly key: { workspaceId: string; account: string };
  /** As this process knows it, so that a rest costs no look-ups; of Date.now(). */
  private restUntil = 0;
  private reason = "";

  constructor(options: PaceOptions) {
    this.options = options;
    const { workspaceId, system, account } = options;
    const name = hash("sha256", account, "hex").slice(0, 24);
    this.key = { workspaceId, account: `${system.toLowerCase()}:${name}` };
  }

  async pass(signal: AbortSignal, narrow = false): Promise<void> {
    const left = this.restUntil - Date.now();
    if (left > mostWaitMs) throw this.throttled(left, this.reason);
    await this.take(this.key, this.options.rate, signal);
    const { narrow: own } = this.options;
    if (narrow && own) await this.take({ ...this.key, account: `${this.key.account}/narrow` }, own, signal);
  }

  async rest(ms: number, reason: string): Promise<void> {
    this.restUntil = Math.max(this.restUntil, Date.now() + ms);
    this.reason = reason;
    await restAccount(this.options.db, this.key, ms, reason);
  }

  private async take(
    key: { workspaceId: string; account: string },
    rate: CallRate,
    signal: AbortSignal,
  ): Promise<void> {
    const { taken, waitMs, reason } = await takeCall(this.options.db, key, rate, mostWaitMs);
    if (!taken) {
      if (reason !== null) [this.restUntil, this.reason] = [Date.now() + waitMs, reason];
      throw this.throttled(waitMs, reason);
    }
    if (waitMs < 1) return;
    await delay(waitMs, undefined, { signal }).catch(() => {
      throw new CrmError("unavailable", "no_time_left", "It waited too long for its turn. Herald tries again.");
    });
  }

  private throttled(retryAfterMs: number, reason: string | null): CrmError {
    const { system, rate } = this.options;
    const own = `More is to be written to ${system} than the account's limit allows (${rate.calls} calls in ${rate.perMs / 1_000} s). Herald goes on by itself.`;
    return new CrmError("throttled", "rate_limited", reason ?? own, { retryAfterMs });
  }
}

/** For tests of one client alone. */
export const openGate: CallGate = { pass: async () => {}, rest: async () => {} };
