import type { AttemptRecord, ClaimedItem, Settlement } from "../../db/outbox.ts";
import { nextAttemptDelay } from "../../domain/backoff.ts";
import { breaker, laneSignal, signalOf } from "../../domain/lane-health.ts";
import { retryAfterMs } from "../../domain/retry-after.ts";
import type { OpenDestination, PreparedDelivery } from "./delivery.ts";
import { withoutEchoes } from "./echoes.ts";
import type { Exchange } from "./exchange.ts";
import { longestWaitMs, type Post, type Target } from "./http-client.ts";
import { bodyFailed, settleUnsent } from "./shaping.ts";
import { storedEvent } from "./stored-event.ts";
import { withoutNul } from "./without-nul.ts";

/** Of each request; a destination's own headers come on top. The answer is asked for as it is: nothing of it is worth unpacking. */
export const baseHeaders: Readonly<Record<string, string>> = {
  "content-type": "application/json",
  "user-agent": "Herald/0.1",
  "accept-encoding": "identity",
};

/**
 * One attempt to deliver one event: written and signed when there is a connection for it, sent at once, and judged by the answer.
 * (With the others of its claim signing would take less; but what waits is a thousand bodies and signatures, which the collector
 * then moves and marks.)
 */
export class DeliveryAttempt implements Post {
  readonly target: Target;
  private readonly prepared: PreparedDelivery;
  private readonly onJudged: (item: ClaimedItem, settlement: Settlement) => void;
  readonly since = performance.now();
  /** Milliseconds for which it waited for its connection. */
  private waitedMs = 0;
  /** Unix milliseconds; 0 before it has begun. */
  private startedAt = 0;
  private signature: Record<string, string> = {};
  /** Which of a destination's secrets it is signed with, where there are several and room for one; -1: with all that there are. */
  private signedWith = -1;
  /** How many of a destination's secrets were good when it was signed. */
  private goodSecrets = 1;
  /** The body where the format doesn't make it. */
  private readonly shaped: string | null;
  /** Why it can't be sent. */
  private unsendable: Settlement | null = null;

  /** `shaped`: what is sent; null: what the destination's format makes of the event. */
  constructor(
    prepared: PreparedDelivery,
    shaped: string | null,
    onJudged: (item: ClaimedItem, settlement: Settlement) => void,
  ) {
    this.target = prepared.destination.target;
    this.prepared = prepared;
    this.onJudged = onJudged;
    this.shaped = shaped;
  }

  begin(): ReturnType<Post["begin"]> {
    const { destination, event } = this.prepared;
    // The receiver has asked for a pause since this was leased, or is ill: the outbox decides whether to go on.
    if (destination.pauses !== this.prepared.pauses) return null;
    this.startedAt = Date.now();
    this.waitedMs = performance.now() - this.since;
    let step: Parameters<typeof bodyFailed>[1] = "made";
    try {
      const body = this.shaped ?? destination.body(storedEvent(event));
      step = "signed";
      this.sign(body);
      return { fixed: destination.headers, headers: this.signature, body };
    } catch (error) {
      this.unsendable = settleUnsent(this.prepared, bodyFailed(error, step), this.startedAt);
      return null;
    }
  }

  private sign(body: string): void {
    const { item, destination, event } = this.prepared;
    const at = new Date();
    let { secrets } = destination;
    if (secrets.length > 1) {
      secrets = secrets.filter((_, n) => destination.secretsUntil[n]! > at.getTime());
      this.goodSecrets = secrets.length;
      // The herald format signs with all of them; the others have room for one signature.
      const one = secrets.length > 1 && destination.format.name !== "herald";
      this.signedWith = one ? secretInTurn(destination, item.attempts, secrets.length) : -1;
      if (one) secrets = [secrets[this.signedWith]!];
    }
    this.signature = destination.format.sign({ eventId: event.id, body, secrets, at });
  }

  end(exchange: Exchange | null): void {
    const { item, destination } = this.prepared;
    if (this.unsendable !== null) {
      this.onJudged(item, this.unsendable);
      return;
    }
    const settlement = exchange
      ? this.judge(item, withoutEchoes(exchange, destination.secretValues))
      : this.unsent(item);
    if (settlement.signal === undefined || settlement.signal > 0) destination.illInARow = 0;
    else if (settlement.attempt) destination.illInARow += 1;
    // What waits here for a connection is not spent on it.
    if (settlement.park || destination.illInARow === breaker.failures) destination.pauses += 1;
    this.onJudged(item, settlement);
  }

  /** The destination must not or can't be called; `reason` is for people. */
  refuse(code: "address_refused" | "settings_unusable" | "auth_failed", reason: string): void {
    this.startedAt = Date.now();
    this.end({
      statusCode: null,
      headers: {},
      body: "",
      error: { code, detail: reason },
      durationMs: 0,
    });
  }

  /** Due as it was; to be claimed again when its lane has room. */
  private unsent(item: ClaimedItem): Settlement {
    const waitedMs = performance.now() - this.since;
    const waited = waitedMs >= longestWaitMs;
    if (!waited) return { item, nextAt: 0, attempt: null };
    return { item, nextAt: 0, attempt: null, signal: laneSignal.waited, waitedSince: Date.now() - waitedMs };
  }

  /**
   * During a rotation: which secret the receiver has. (Who finds a signature wrong answers 401 or 403, or 400.) True: the
   * answer may be about the secret, and says nothing about whether the receiver is well.
   */
  private learnSecret(succeeded: boolean, statusCode: number | null): boolean {
    const { destination } = this.prepared;
    if (succeeded) {
      destination.secretTaken = this.signedWith;
      destination.secretProved = true;
    }
    const unauthorized = statusCode === 401 || statusCode === 403;
    // Others that were signed with it may be under way: they don't turn it back. A 400 of who has taken what it signed is about an event.
    const about = unauthorized || (statusCode === 400 && !destination.secretProved);
    if (about && (destination.secretTaken ?? this.signedWith) === this.signedWith) {
      destination.secretTaken = (this.signedWith + 1) % this.goodSecrets;
      destination.secretProved = false;
    }
    return unauthorized;
  }

  private judge(item: ClaimedItem, exchange: Exchange): Settlement {
    const { statusCode, error } = exchange;
    const succeeded = error === null && statusCode !== null && statusCode >= 200 && statusCode < 300;
    const gone = error === null && statusCode === 410;
    const attempt: AttemptRecord = {
      startedAt: this.startedAt,
      durationMs: exchange.durationMs,
      outcome: succeeded ? "succeeded" : "retry",
      statusCode,
      code: error?.code ?? (succeeded ? null : `http_${statusCode}`),
      detail: error ? inOneLine(error.detail) : succeeded ? null : explainStatus(statusCode),
      requestHeaders: headerLines(this.signature),
      responseHeaders: answeredLines(exchange.headers),
      responseBody: withoutNul(exchange.body),
    };
    const otherSecret = this.signedWith >= 0 && this.learnSecret(succeeded, statusCode);
    const signal = otherSecret
      ? undefined
      : signalOf(succeeded, { statusCode, code: attempt.code, waitedMs: this.waitedMs });
    if (succeeded) return { item, nextAt: null, attempt, signal };
    if (gone) {
      const park = { until: Number.POSITIVE_INFINITY, reason: "The receiver answered 410 Gone." };
      attempt.outcome = "failed";
      return { item, nextAt: null, attempt, park, signal };
    }
    const delay = nextAttemptDelay(item.attempts + 1, { schedule: this.prepared.destination.schedule });
    const { ms: asked, said } = askedToWait(exchange.headers["retry-after"], new Date(this.startedAt));
    const now = Date.now();
    if (said !== null) attempt.detail = `${attempt.detail} ${said}`;
    if (delay === null) attempt.outcome = "failed";
    // Also after the last attempt: it is the receiver that asks, and what else waits for it may have many left.
    const slowDown = asked !== null && (statusCode === 429 || statusCode === 503);
    return {
      item,
      nextAt: delay === null ? null : now + Math.max(delay, asked ?? 0),
      attempt,
      park: slowDown
        ? { until: now + asked, reason: `The receiver answered ${statusCode} and asked to wait.` }
        : undefined,
      signal,
    };
  }
}

/**
 * Which of several secrets signs: the one for which the answers so far speak. Before any answer they take turns, so that a
 * receiver with either of two takes each event by its second attempt.
 */
function secretInTurn({ secretTaken }: OpenDestination, attempts: number, good: number): number {
  return (secretTaken ?? attempts) % good;
}

const retryAfterLimits = { min: 1_000, max: 24 * 3_600_000 };

/**
 * What `Retry-After` asks for, within a second and a day; in words, too, for the log of attempts. Of several (a receiver's and a
 * proxy's) the longest wait, by which both are content.
 */
function askedToWait(
  header: string | string[] | undefined,
  at: Date,
): { ms: number; said: string } | { ms: null; said: string | null } {
  const waits = [header ?? []].flat().map((text) => ({ text, ms: retryAfterMs(text, at, retryAfterLimits) }));
  if (waits.length === 0) return { ms: null, said: null };
  const { text, ms } = waits.reduce((longest, next) => ((next.ms ?? 0) > (longest.ms ?? 0) ? next : longest));
  const quoted = `Retry-After: ${text.slice(0, 100)}`;
  if (ms === null)
    return { ms, said: `Its "${quoted}" is neither a number of seconds nor an HTTP date, and was ignored.` };
  const bound =
    ms === retryAfterLimits.max
      ? " (at most a day is waited)"
      : ms === retryAfterLimits.min
        ? " (at least a second is waited)"
        : "";
  return { ms, said: `It asked to wait ${Math.round(ms / 1_000)} s by "${quoted}"${bound}.` };
}

function explainStatus(status: number | null): string {
  if (status === null) return "No answer came.";
  if (status >= 300 && status < 400)
    return `The receiver answered ${status}; redirects are not followed. Set the destination's URL to the final address.`;
  if (status === 401 || status === 403)
    return `The receiver answered ${status}: it may check the signature with another secret, or expect other credentials (auth).`;
  if (status > 599) return `The receiver answered ${status}, which is no status of HTTP; only 2xx counts as received.`;
  return `The receiver answered ${status}; only 2xx counts as received.`;
}

/** Headers as lines of `name: value`: readable in the log, and without a quote that would need escaping. */
function headerLines(headers: Record<string, string | string[]>): string {
  let lines = "";
  for (const name in headers) {
    const value = headers[name]!;
    lines += `${name}: ${typeof value === "string" ? value : value.join(", ")}\n`;
  }
  return withoutNul(lines);
}

/** Lines of answers' headers: answers that say the same have the same object (`response-reader.ts`). */
const answered = new WeakMap<Exchange["headers"], string>();

function answeredLines(headers: Exchange["headers"]): string {
  let lines = answered.get(headers);
  if (lines === undefined) {
    lines = headerLines(headers);
    answered.set(headers, lines);
  }
  return lines;
}

/** An error's text may hold what the other side made up: names in its certificate, say. */
function inOneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").slice(0, 1_000);
}
