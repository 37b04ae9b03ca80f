import { type Destination, loadDestinations, lockDestination } from "../../db/destination.ts";
import { type LoadedEvent, loadEvents, type TouchedLane } from "../../db/event.ts";
import { laneVersion } from "../../db/lane.ts";
import { type AttemptRecord, type ClaimedItem, type Settlement, settle } from "../../db/outbox.ts";
import type { Database } from "../../db/pool.ts";
import { deliverySchedule } from "../../domain/backoff.ts";
import { isErasedData } from "../../domain/erasure.ts";
import type { Format, StoredEvent } from "../../domain/format.ts";
import { formatOf } from "../../domain/formats.ts";
import { eventIdTime } from "../../domain/id.ts";
import type { SecretBox } from "../../domain/seal.ts";
import { Evaluator } from "../../expressions/evaluator.ts";
import type { Work } from "../../outbox/loop.ts";
import { ShutLanes } from "../../outbox/shut-lanes.ts";
import { disableDestination } from "../disable.ts";
import type { OpenSystem, SystemAdapter } from "../system.ts";
import { tellSystem } from "../system-delivery.ts";
import { baseHeaders, DeliveryAttempt } from "./attempt.ts";
import { openHeaders } from "./custom-headers.ts";
import { type DestinationAuth, fixedAuthorization } from "./destination-auth.ts";
import { secretsIn } from "./echoes.ts";
import { type HttpClient, type Post, type Target, targetOf } from "./http-client.ts";
import { TokenSource } from "./oauth2-token.ts";
import { openSecrets } from "./secrets.ts";
import { bodyFailed, type Shaping, settleUnsent, shape, shapingOf } from "./shaping.ts";
import { storedEvent } from "./stored-event.ts";
import { openTls, type TlsSettings } from "./tls-identity.ts";
import { TokenPost } from "./token-post.ts";
import { checkDestinationUrl } from "./url-check.ts";

/** A destination opened for use: its secrets unsealed, its URL parsed. */
export interface OpenDestination {
  version: number;
  target: Target;
  /** Why it may not or can't be called now, though it was accepted once. */
  refused: { code: "address_refused" | "settings_unusable"; reason: string } | null;
  /** Of each request beside the signature. */
  headers: Readonly<Record<string, string>>;
  /** What of these no record shows, though the receiver repeats it (`echoes.ts`); null: nothing. */
  secretValues: readonly string[] | null;
  /** Where its access tokens come from, and the sealed settings they are got by; null: it needs none. */
  tokens: { source: TokenSource; sealed: Buffer } | null;
  format: Format;
  secrets: readonly string[];
  /** Until when each of them signs (unix ms), the newest first, for ever; so that those that still do come first. */
  secretsUntil: readonly number[];
  /** Where its format has room for one signature: the index of the secret that the answers so far speak for; null: unknown. */
  secretTaken: number | null;
  /** An event was taken that it signed. */
  secretProved: boolean;
  /** How often its receiver has asked for a pause, or seemed to be ill, since it was opened. */
  pauses: number;
  /** Attempts of this process in a row that say that its receiver is ill. */
  illInARow: number;
  /** Waits between attempts, in ms. */
  schedule: readonly number[];
  /** An event's body, before it is shaped. */
  body: (event: StoredEvent) => string;
  /** Null: no filter and no transform. */
  shaping: Shaping | null;
  /** Null: a webhook. Else all of the above but schedule and shaping means nothing. */
  system: OpenSystem | null;
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
  /** For filters and transforms. Default: one of its own, which starts nothing before there is one. */
  evaluator?: Evaluator;
  /** For destinations that are no webhooks. Default: none. */
  systems?: ReadonlyMap<string, SystemAdapter>;
  /** Called for each attempt once it is on record, for metrics. */
  onAttempt?: (settlement: Settlement) => void;
  /** A destination that can't be opened: its deliveries wait, and those of others go on. */
  onError?: (stage: string, error: unknown) => void;
  /** Lanes got work: other destinations are told of one that was disabled. */
  wake?: (lanes: readonly TouchedLane[]) => void;
}

/** A destination that answered 410, and the time of the oldest event that it was asked to take (unix milliseconds). */
interface Gone {
  workspaceId: string;
  oldest: number;
}

type Ended = (item: ClaimedItem, result: Settlement) => void;

/** Its person was erased since it was queued: nobody is told any more. */
function erased(item: ClaimedItem): Settlement {
  const attempt: AttemptRecord = {
    ...{ startedAt: Date.now(), durationMs: 0, outcome: "filtered", statusCode: null, code: "erased" },
    detail: "The person whom the event is about was erased; lead.erased says so.",
    ...{ requestHeaders: null, responseHeaders: null, responseBody: null },
  };
  return { item, nextAt: null, attempt };
}

/** Deliveries of events to webhook destinations: the outbox's work of kind `delivery`. */
export class WebhookDeliveries implements Work<PreparedDelivery, Settlement> {
  readonly kind = "delivery" as const;
  readonly ahead = 1;
  readonly settleWaitMs = 25;
  private readonly options: DeliveryOptions;
  private readonly evaluator: Evaluator;
  private readonly opened = new Map<string, OpenDestination>();
  private readonly shutLanes = new ShutLanes();

  constructor(options: DeliveryOptions) {
    this.options = options;
    this.evaluator = options.evaluator ?? new Evaluator();
  }

  async prepare(
    items: ClaimedItem[],
  ): Promise<{ go: PreparedDelivery[]; done: { item: ClaimedItem; result: Settlement }[] }> {
    const events = new Map<string, LoadedEvent>();
    const keys = new Map<string, { workspaceId: string; id: string }>();
    for (const item of items) keys.set(item.ref, { workspaceId: item.workspaceId, id: item.ref });
    const [loaded, opened] = await Promise.all([loadEvents(this.options.db, [...keys.values()]), this.openAll(items)]);
    for (const event of loaded) events.set(event.id, event);

    const go: PreparedDelivery[] = [];
    const done: { item: ClaimedItem; result: Settlement }[] = [];
    for (const item of items) {
      const destination = opened.get(item.laneId);
      const event = events.get(item.ref);
      if (event && isErasedData(event.data)) done.push({ item, result: erased(item) });
      else if (destination?.refused?.code === "settings_unusable") {
        // As it was: no attempt can say more than the destination itself does.
        this.shutLanes.add(item.laneId);
        done.push({ item, result: this.giveBack(item, 0) });
      } else if (destination && event) go.push({ item, destination, event, pauses: destination.pauses });
      // The destination was deleted, or the event is past its retention: there is nothing to deliver.
      else done.push({ item, result: { item, nextAt: null, attempt: null } });
    }
    return { go, done };
  }

  shut(): readonly string[] {
    return this.shutLanes.all();
  }

  giveBack(item: ClaimedItem, delayMs: number): Settlement {
    return { item, nextAt: Date.now() + delayMs, attempt: null };
  }

  /**
   * The destinations of a batch, as they were at its claim or later; those that were deleted are missing. Batches are
   * prepared side by side: each has its own answer, since what one of them finds out of date another is about to use.
   */
  private async openAll(items: ClaimedItem[]): Promise<ReadonlyMap<string, OpenDestination>> {
    const found = new Map<string, OpenDestination>();
    const stale = new Map<string, ClaimedItem>();
    for (const item of items) {
      if (found.has(item.laneId)) continue;
      const known = this.known(item);
      if (known) found.set(item.laneId, known);
      else stale.set(item.laneId, item);
    }
    if (stale.size === 0) return found;
    for (const destination of await loadDestinations(this.options.db, [...stale.values()])) {
      const item = stale.get(destination.id);
      if (!item) continue;
      stale.delete(destination.id);
      const before = this.opened.get(item.laneId) ?? null;
      // Another batch may have opened it meanwhile.
      const open = this.known(item) ?? this.open(item.workspaceId, destination, item.laneVersion, before);
      if (before !== null && before !== open) void before.system?.close();
      this.opened.set(item.laneId, open);
      found.set(item.laneId, open);
    }
    for (const laneId of stale.keys()) {
      void this.opened.get(laneId)?.system?.close();
      this.opened.delete(laneId);
    }
    return found;
  }

  /** Opened already, as it was at the claim or later. */
  private known({ laneId, laneVersion }: ClaimedItem): OpenDestination | undefined {
    const known = this.opened.get(laneId);
    return known && known.version >= laneVersion ? known : undefined;
  }

  /**
   * `version`: of its lane. `before`: as it was opened last. One whose secrets or certificates can't be used is refused, with
   * the reason, and holds nobody else up who is prepared with it.
   */
  open(
    workspaceId: string,
    destination: Destination,
    version: number,
    before: OpenDestination | null = null,
  ): OpenDestination {
    try {
      return this.openAsSet(workspaceId, destination, version, before);
    } catch (error) {
      const none = { secret: null, previousSecret: null, olderSecrets: null, auth: null, tls: null, headers: null };
      const reason = `Its secret, credentials, headers or certificates can't be used: ${(error as Error).message} Give them anew.`;
      const open = this.openAsSet(workspaceId, { ...destination, ...none }, version, before, unopened(reason));
      this.options.onError?.(`destination ${destination.id}`, new Error(reason));
      return { ...open, refused: { code: "settings_unusable", reason } };
    }
  }

  private openAsSet(
    workspaceId: string,
    destination: Destination,
    version: number,
    before: OpenDestination | null,
    inPlace: OpenSystem | null = null,
  ): OpenDestination {
    const owner = `${workspaceId}/${destination.id}`;
    const unseal = (sealed: Buffer) => this.options.box.open(sealed, owner);
    const format = formatOf(destination.format);
    const own = destination.headers ? openHeaders(this.options.box, owner, destination.headers) : {};
    const { secrets, secretsUntil } = openSecrets(this.options.box, owner, destination);
    const auth = destination.auth ? (JSON.parse(unseal(destination.auth)) as DestinationAuth) : null;
    const authorization = auth ? fixedAuthorization(auth) : null;
    const added = authorization === null ? own : { ...own, authorization };
    const tls = destination.tls ? openTls(JSON.parse(unseal(destination.tls)) as TlsSettings) : null;
    const refused = destination.kind === "webhook" ? this.whyRefused(destination.url, auth) : null;
    return {
      version,
      target: targetOf(new URL(destination.url), { tls, owner: destination.id }),
      refused: refused === null ? null : { code: "address_refused", reason: refused },
      tokens: auth?.type === "oauth2" ? this.tokensOf(auth, destination.auth!, before?.tokens ?? null) : null,
      format,
      secrets,
      secretsUntil,
      secretTaken: null,
      secretProved: false,
      pauses: 0,
      illInARow: 0,
      schedule: destination.retrySchedule?.map((seconds) => seconds * 1_000) ?? deliverySchedule,
      headers: Object.keys(added).length > 0 ? { ...baseHeaders, ...added } : baseHeaders,
      secretValues: secretsIn(added, auth?.type === "basic" ? [auth.password] : []),
      body: (destination.thin && format.thin) || format.body,
      shaping: shapingOf(destination),
      system: destination.kind === "webhook" ? null : (inPlace ?? this.openSystemAsSet(workspaceId, destination)),
    };
  }

  private openSystemAsSet(workspaceId: string, destination: Destination): OpenSystem {
    const adapter = this.options.systems?.get(destination.kind);
    if (!adapter) return unopened(`This version of Herald doesn't know destinations of the kind ${destination.kind}.`);
    const unsealed = destination.credentials
      ? (JSON.parse(this.options.box.open(destination.credentials, `${workspaceId}/${destination.id}`)) as unknown)
      : {};
    return adapter.open({
      ...{ workspaceId, destinationId: destination.id, name: destination.name },
      config: adapter.config.parse(destination.config),
      credentials: adapter.credentials.parse(unsealed),
    });
  }

  /** What can't be opened fails each of its calls with the reason. */
  openSystem(workspaceId: string, destination: Destination): OpenSystem {
    try {
      return this.openSystemAsSet(workspaceId, destination);
    } catch (error) {
      return unopened(`Its settings can't be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Checked again: what was allowed when it was set up may not be any more. */
  private whyRefused(url: string, auth: DestinationAuth | null): string | null {
    const allowPrivate = this.options.allowPrivate ?? true;
    const check = checkDestinationUrl(url, { allowPrivate, credentials: auth !== null });
    if (!check.ok) return check.reason;
    if (auth?.type !== "oauth2") return null;
    const tokenCheck = checkDestinationUrl(auth.tokenUrl, { allowPrivate, credentials: true });
    return tokenCheck.ok ? null : `The token endpoint may not be called. ${tokenCheck.reason}`;
  }

  /** The tokens that there are stay, where the destination was changed in something else. */
  private tokensOf(
    auth: Extract<DestinationAuth, { type: "oauth2" }>,
    sealed: Buffer,
    before: OpenDestination["tokens"],
  ): OpenDestination["tokens"] {
    if (before?.sealed.equals(sealed)) return before;
    return { source: new TokenSource(auth, (post) => this.options.client.send(post)), sealed };
  }

  /** `watch` may put itself between the attempt and the connection. */
  perform(prepared: PreparedDelivery, ended: Ended, watch?: (post: Post) => Post): void {
    const { shaping, refused } = prepared.destination;
    if (shaping === null || refused !== null) this.send(prepared, null, ended, watch);
    else void this.shapeAndSend(prepared, shaping, ended, watch);
  }

  /** `shaped`: the body, where it isn't what the format makes of the event. */
  private send(prepared: PreparedDelivery, shaped: string | null, ended: Ended, watch?: (post: Post) => Post): void {
    const { system, schedule } = prepared.destination;
    if (system !== null) {
      const { item } = prepared;
      void tellSystem(system, item, storedEvent(prepared.event), schedule).then((result) => ended(item, result));
      return;
    }
    const attempt = new DeliveryAttempt(prepared, shaped, ended);
    const { refused, tokens } = prepared.destination;
    const { client } = this.options;
    const post = watch ? watch(attempt) : attempt;
    if (refused !== null) attempt.refuse(refused.code, refused.reason);
    else if (tokens === null) client.send(post);
    else {
      const onProblem = (reason: string) => attempt.refuse("auth_failed", reason);
      new TokenPost(post, tokens.source, (next) => client.send(next), onProblem).start();
    }
  }

  /** Ends what destinations that are no webhooks keep open. */
  async close(): Promise<void> {
    await Promise.all([...this.opened.values()].map(({ system }) => system?.close()));
    this.opened.clear();
  }

  private async shapeAndSend(
    prepared: PreparedDelivery,
    shaping: Shaping,
    ended: Ended,
    watch?: (post: Post) => Post,
  ): Promise<void> {
    const startedAt = Date.now();
    const event = storedEvent(prepared.event);
    let body: string;
    try {
      body = prepared.destination.body(event);
    } catch (error) {
      ended(prepared.item, settleUnsent(prepared, bodyFailed(error, "made"), startedAt));
      return;
    }
    const shaped = await shape(this.evaluator, shaping, event, body);
    if (shaped.kind === "body") this.send(prepared, shaped.body, ended, watch);
    else ended(prepared.item, settleUnsent(prepared, shaped, startedAt));
  }

  async settle(results: Settlement[]): Promise<void> {
    const gone = new Map<string, Gone>();
    for (const { item, attempt } of results) {
      if (!isGone(attempt)) continue;
      const at = eventIdTime(item.ref) ?? attempt.startedAt;
      const oldest = Math.min(at, gone.get(item.laneId)?.oldest ?? at);
      gone.set(item.laneId, { workspaceId: item.workspaceId, oldest });
    }
    if (gone.size === 0) await settle(this.options.db, this.kind, results);
    else await this.settleGone(results, gone);
    for (const result of results) if (result.attempt) this.options.onAttempt?.(result);
  }

  private async settleGone(results: Settlement[], gone: ReadonlyMap<string, Gone>): Promise<void> {
    // One transaction: else a crash between the two would leave a destination that is active and parked for ever.
    const told = await this.options.db.transaction(async (tx) => {
      const lanes: TouchedLane[] = [];
      // In the order of their IDs, so that two of these don't wait for each other; and before the lanes are locked below.
      const moved = new Set<string>();
      for (const [id, { workspaceId, oldest }] of [...gone].sort(([a], [b]) => (a < b ? -1 : 1))) {
        await lockDestination(tx, workspaceId, id);
        const version = await laneVersion(tx, workspaceId, id);
        // It may have another URL by now: what the old one says of itself is no reason to end the new one.
        const current = results.some(
          ({ item, attempt }) => isGone(attempt) && item.laneId === id && item.laneVersion === version,
        );
        if (!current) {
          moved.add(id);
          continue;
        }
        const why = { by: "system" as const, reason: goneReason, failedSince: new Date(oldest) };
        const disabled = await disableDestination(tx, workspaceId, id, why);
        lanes.push(...(disabled?.lanes ?? []));
      }
      const late = (result: Settlement): Settlement => {
        const { attempt, item } = result;
        if (!isGone(attempt) || !moved.has(item.laneId)) return result;
        return {
          ...result,
          nextAt: Date.now() + lateGoneMs,
          attempt: { ...attempt, outcome: "retry" },
          park: undefined,
        };
      };
      await settle(tx, this.kind, moved.size > 0 ? results.map(late) : results);
      return lanes;
    });
    if (told.length > 0) this.options.wake?.(told);
  }
}

function unopened(detail: string): OpenSystem {
  return {
    deliver: () => Promise.resolve({ outcome: "refused", code: "not_opened", detail }),
    verify: () => Promise.resolve({ ok: false, code: "not_opened", detail }),
    close: () => Promise.resolve(),
  };
}

/** The receiver wants no more; an answer that couldn't be read to its end says nothing. */
const isGone = (attempt: Settlement["attempt"]): attempt is NonNullable<Settlement["attempt"]> =>
  attempt?.statusCode === 410 && attempt.code === "http_410";

/** When an event is tried again that met the end of a URL which the destination has no more. */
const lateGoneMs = 1_000;

const goneReason =
  "The receiver answered 410 Gone, which says that it wants no more events. Enable the destination to try again.";
