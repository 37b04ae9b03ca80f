import { type Destination, loadDestinations } from "../../db/destination.ts";
import { type LoadedEvent, loadEvents, type TouchedLane } from "../../db/event.ts";
import { type ClaimedItem, type Settlement, settle } from "../../db/outbox.ts";
import type { Database } from "../../db/pool.ts";
import { deliverySchedule, nextAttemptDelay } from "../../domain/backoff.ts";
import type { EventType } from "../../domain/event.ts";
import type { Format } from "../../domain/format.ts";
import { formatOf } from "../../domain/formats.ts";
import { eventIdTime } from "../../domain/id.ts";
import { retryAfterMs } from "../../domain/retry-after.ts";
import type { SecretBox } from "../../domain/seal.ts";
import type { Work } from "../../outbox/loop.ts";
import { disableDestination } from "../disable.ts";
import type { Exchange, HttpClient } from "./http-client.ts";
import { checkDestinationUrl } from "./url-check.ts";

/** A destination opened for use: its secrets unsealed, its URL parsed. */
interface OpenDestination {
  version: number;
  url: URL;
  /** Why it may not be called now, though it was accepted once. */
  refused: string | null;
  format: Format;
  secrets: readonly string[];
  /** Until then the second secret signs as well. */
  previousUntil: number;
  /** Waits between attempts, in ms. */
  schedule: readonly number[];
}

export interface PreparedDelivery {
  item: ClaimedItem;
  destination: OpenDestination;
  event: LoadedEvent;
}

export interface DeliveryOptions {
  db: Database;
  box: SecretBox;
  client: HttpClient;
  /** Whether destinations may be http, on loopback and on private networks. Default true. */
  allowPrivate?: boolean;
  /** Called after each attempt, for metrics and the log line of that delivery. */
  onAttempt?: (settlement: Settlement) => void;
  /** Lanes got work: other destinations are told of one that was disabled. */
  wake?: (lanes: readonly TouchedLane[]) => void;
}

const baseHeaders = { "content-type": "application/json", "user-agent": "Herald/0.1" };

/** Deliveries of events to webhook destinations: the outbox's work of kind `delivery`. */
export class WebhookDeliveries implements Work<PreparedDelivery, Settlement> {
  readonly kind = "delivery" as const;
  readonly ahead = 1;
  readonly settleWaitMs = 8;
  private readonly options: DeliveryOptions;
  private readonly opened = new Map<string, OpenDestination>();

  constructor(options: DeliveryOptions) {
    this.options = options;
  }

  async prepare(
    items: ClaimedItem[],
  ): Promise<{ go: PreparedDelivery[]; done: { item: ClaimedItem; result: Settlement }[] }> {
    const events = new Map<string, LoadedEvent>();
    const keys = new Map<string, { workspaceId: string; id: string }>();
    for (const item of items) keys.set(item.ref, { workspaceId: item.workspaceId, id: item.ref });
    const [loaded] = await Promise.all([loadEvents(this.options.db, [...keys.values()]), this.openAll(items)]);
    for (const event of loaded) events.set(event.id, event);

    const go: PreparedDelivery[] = [];
    const done: { item: ClaimedItem; result: Settlement }[] = [];
    for (const item of items) {
      const destination = this.opened.get(item.laneId);
      const event = events.get(item.ref);
      if (destination && event) go.push({ item, destination, event });
      // The destination was deleted, or the event is past its retention: there is nothing to deliver.
      else done.push({ item, result: { item, nextAt: null, attempt: null } });
    }
    return { go, done };
  }

  giveBack(item: ClaimedItem, delayMs: number): Settlement {
    return { item, nextAt: Date.now() + delayMs, attempt: null };
  }

  private async openAll(items: ClaimedItem[]): Promise<void> {
    const stale = new Map<string, ClaimedItem>();
    for (const item of items) {
      if (this.opened.get(item.laneId)?.version !== item.laneVersion) stale.set(item.laneId, item);
    }
    if (stale.size === 0) return;
    for (const laneId of stale.keys()) this.opened.delete(laneId);
    for (const destination of await loadDestinations(this.options.db, [...stale.values()])) {
      const item = stale.get(destination.id);
      if (item) this.opened.set(item.laneId, this.open(item, destination));
    }
  }

  private open(item: ClaimedItem, destination: Destination): OpenDestination {
    const unseal = (sealed: Buffer) => this.options.box.open(sealed, `${item.workspaceId}/${destination.id}`);
    const secrets = destination.secret ? [unseal(destination.secret)] : [];
    if (destination.previousSecret) secrets.push(unseal(destination.previousSecret));
    // Checked again: what was allowed when it was set up may not be any more, and Node resolves no IP literals, so that
    // the check of addresses at connection time would not see one.
    const check = checkDestinationUrl(destination.url, { allowPrivate: this.options.allowPrivate ?? true });
    return {
      version: item.laneVersion,
      url: new URL(destination.url),
      refused: check.ok ? null : check.reason,
      format: formatOf(destination.format),
      secrets,
      previousUntil: destination.previousSecretUntil?.getTime() ?? 0,
      schedule: destination.retrySchedule?.map((seconds) => seconds * 1_000) ?? deliverySchedule,
    };
  }

  async perform({ item, destination, event }: PreparedDelivery): Promise<Settlement> {
    const at = new Date();
    const body = destination.format.body({
      eventId: event.id,
      eventType: event.type as EventType,
      timestamp: new Date(eventIdTime(event.id) ?? 0).toISOString(),
      workspaceId: event.workspaceId,
      data: event.data,
    });
    const signature = destination.format.sign({
      eventId: event.id,
      body,
      secrets: secretsFor(destination, item.attempts, at),
      at,
    });
    const exchange: Exchange =
      destination.refused !== null
        ? refusal(destination.refused)
        : await this.options.client.post(destination.url, { ...baseHeaders, ...signature }, body);
    const settlement = this.judge(item, destination.schedule, at, signature, exchange);
    this.options.onAttempt?.(settlement);
    return settlement;
  }

  private judge(
    item: ClaimedItem,
    schedule: readonly number[],
    at: Date,
    signature: Record<string, string>,
    exchange: Exchange,
  ): Settlement {
    const { statusCode, error } = exchange;
    if (error?.code === "not_started") return { item, nextAt: Date.now(), attempt: null };
    const succeeded = error === null && statusCode !== null && statusCode >= 200 && statusCode < 300;
    const gone = error === null && statusCode === 410;
    const attempt = {
      startedAt: at.getTime(),
      durationMs: exchange.durationMs,
      statusCode,
      code: error?.code ?? (succeeded ? null : `http_${statusCode}`),
      detail: error?.detail ?? (succeeded ? null : explainStatus(statusCode)),
      requestHeaders: headerLines(signature),
      responseHeaders: headerLines(exchange.headers),
      // PostgreSQL's text can't hold NUL.
      responseBody: exchange.body.includes("\0") ? exchange.body.replaceAll("\0", "\u2400") : exchange.body,
    };
    if (succeeded) return { item, nextAt: null, attempt: { ...attempt, outcome: "succeeded" } };
    const delay = gone ? null : nextAttemptDelay(item.attempts + 1, { schedule });
    if (delay === null) {
      const park = gone ? { until: Number.POSITIVE_INFINITY, reason: "The receiver answered 410 Gone." } : undefined;
      return { item, nextAt: null, attempt: { ...attempt, outcome: "failed" }, park };
    }
    const { ms: asked, said } = askedToWait(exchange.headers["retry-after"], at);
    const nextAt = Date.now() + Math.max(delay, asked ?? 0);
    const slowDown = asked !== null && (statusCode === 429 || statusCode === 503);
    return {
      item,
      nextAt,
      attempt: { ...attempt, outcome: "retry", detail: said === null ? attempt.detail : `${attempt.detail} ${said}` },
      park: slowDown
        ? { until: Date.now() + asked, reason: `The receiver answered ${statusCode} and asked to wait.` }
        : undefined,
    };
  }

  async settle(results: Settlement[]): Promise<void> {
    const gone = new Map<string, ClaimedItem>();
    for (const { item, attempt } of results) if (attempt?.statusCode === 410) gone.set(item.laneId, item);
    if (gone.size === 0) {
      await settle(this.options.db, this.kind, results);
      return;
    }
    // One transaction: else a crash between the two would leave a destination that is active and parked for ever.
    const told = await this.options.db.transaction(async (tx) => {
      const lanes: TouchedLane[] = [];
      // In the order of their IDs, so that two of these don't wait for each other; and before the lanes are locked below.
      for (const [id, { workspaceId }] of [...gone].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const disabled = await disableDestination(tx, workspaceId, id, { by: "system", reason: goneReason });
        lanes.push(...(disabled?.lanes ?? []));
      }
      await settle(tx, this.kind, results);
      return lanes;
    });
    if (told.length > 0) this.options.wake?.(told);
  }
}

const goneReason =
  "The receiver answered 410 Gone, which says that it wants no more events. Enable the destination to try again.";

/**
 * The secrets that sign this attempt. During a rotation the herald format signs with both. The others have room for one
 * signature: every second attempt is signed with the old secret, so that a receiver with either takes the event.
 */
function secretsFor(destination: OpenDestination, attempts: number, at: Date): readonly string[] {
  const { secrets } = destination;
  if (secrets.length < 2) return secrets;
  if (destination.previousUntil <= at.getTime()) return secrets.slice(0, 1);
  return destination.format.name !== "herald" && attempts % 2 === 1 ? secrets.toReversed() : secrets;
}

const retryAfterLimits = { min: 1_000, max: 24 * 3_600_000 };

/** What `Retry-After` asks for, within a second and a day; in words, too, for the log of attempts. */
function askedToWait(
  header: string | string[] | undefined,
  at: Date,
): { ms: number; said: string } | { ms: null; said: string | null } {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return { ms: null, said: null };
  const ms = retryAfterMs(text, at, retryAfterLimits);
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

function refusal(detail: string): Exchange {
  return { statusCode: null, headers: {}, body: "", error: { code: "address_refused", detail }, durationMs: 0 };
}

function explainStatus(status: number | null): string {
  if (status === null) return "No answer came.";
  if (status >= 300 && status < 400)
    return `The receiver answered ${status}; redirects are not followed. Set the destination's URL to the final address.`;
  if (status === 401 || status === 403)
    return `The receiver answered ${status}: it may check the signature with another secret.`;
  return `The receiver answered ${status}; only 2xx counts as received.`;
}

/** Headers as lines of `name: value`: readable in the log, and without a quote that would need escaping. */
function headerLines(headers: Record<string, string | string[]>): string {
  let lines = "";
  for (const name in headers) {
    const value = headers[name]!;
    lines += `${name}: ${typeof value === "string" ? value : value.join(", ")}\n`;
  }
  return lines.replaceAll("\0", "\u2400");
}
