import { type Destination, loadDestinations, updateDestination } from "../../db/destination.ts";
import { type LoadedEvent, loadEvents } from "../../db/event.ts";
import { type ClaimedItem, type Settlement, settle } from "../../db/outbox.ts";
import type { Database } from "../../db/pool.ts";
import type { Format } from "../../domain/format.ts";
import { formatOf } from "../../domain/formats.ts";
import type { SecretBox } from "../../domain/seal.ts";
import type { Work } from "../../outbox/loop.ts";
import { DeliveryAttempt } from "./attempt.ts";
import { type HttpClient, type Target, targetOf } from "./http-client.ts";
import { checkDestinationUrl } from "./url-check.ts";

/** A destination opened for use: its secrets unsealed, its URL parsed. */
export interface OpenDestination {
  version: number;
  target: Target;
  /** Why it may not be called now, though it was accepted once. */
  refused: string | null;
  format: Format;
  secrets: readonly string[];
  /** Until then the second secret signs as well. */
  previousUntil: number;
  /** How often its receiver has asked for a pause, since it was opened. */
  pauses: number;
}

export interface PreparedDelivery {
  item: ClaimedItem;
  destination: OpenDestination;
  event: LoadedEvent;
  /** The destination's `pauses` at the time. */
  pauses: number;
}

export interface DeliveryOptions {
  db: Database;
  box: SecretBox;
  client: HttpClient;
  /** Whether destinations may be http, on loopback and on private networks. Default true. */
  allowPrivate?: boolean;
  /** Called for each attempt once it is on record, for metrics. */
  onAttempt?: (settlement: Settlement) => void;
}

/** Deliveries of events to webhook destinations: the outbox's work of kind `delivery`. */
export class WebhookDeliveries implements Work<PreparedDelivery, Settlement> {
  readonly kind = "delivery" as const;
  readonly ahead = 1;
  readonly settleWaitMs = 25;
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
      if (destination && event) go.push({ item, destination, event, pauses: destination.pauses });
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
      target: targetOf(new URL(destination.url)),
      refused: check.ok ? null : check.reason,
      format: formatOf(destination.format),
      secrets,
      previousUntil: destination.previousSecretUntil?.getTime() ?? 0,
      pauses: 0,
    };
  }

  perform(prepared: PreparedDelivery, ended: (item: ClaimedItem, result: Settlement) => void): void {
    const attempt = new DeliveryAttempt(prepared, ended);
    const { refused } = prepared.destination;
    if (refused !== null) attempt.refuse(refused);
    else this.options.client.send(attempt);
  }

  async settle(results: Settlement[]): Promise<void> {
    await settle(this.options.db, this.kind, results);
    for (const result of results) {
      const { item, attempt } = result;
      if (attempt) this.options.onAttempt?.(result);
      if (attempt?.statusCode !== 410) continue;
      await updateDestination(this.options.db, item.workspaceId, item.laneId, {
        status: "disabled",
        statusReason:
          "The receiver answered 410 Gone, which says that it wants no more events. Enable the destination to try again.",
      });
    }
  }
}
