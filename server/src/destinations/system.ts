import type { z } from "zod";
import type { SystemKind } from "../domain/destination-kind.ts";
import type { EventType } from "../domain/event.ts";
import type { StoredEvent } from "../domain/format.ts";

/**
 * A system that is told of events in its own words: a CRM, a chat. An adapter is one file or folder under `crm/` or
 * `notify/`; it knows its system's API, and nothing of leases, retries or the delivery log.
 *
 * The contract that keeps "never twice" where the system can keep it: `retry` is said only when the system surely did not
 * take the event, or when the adapter can find out at its next call whether it did (by what it keeps itself, or by asking).
 * An adapter doesn't throw for anything that the system or the network does; what it throws is an attempt to be made again.
 */
export interface SystemAdapter<Config = unknown, Credentials = unknown> {
  readonly kind: SystemKind;
  /** Settings without secrets. Returned by the API. */
  readonly config: z.ZodType<Config>;
  /** Sealed when stored, never returned. */
  readonly credentials: z.ZodType<Credentials>;
  /** What it can say, and is sent when a destination doesn't choose. */
  readonly eventTypes: readonly EventType[];
  /** Calls that may be under way at once for one destination. */
  readonly concurrency: number;
  /** Where it is, for lists and people, without secrets: `https://api.hubapi.com`. */
  url(config: Config, credentials: Credentials): string;
  /** What is wrong with the two together, that neither schema can say; null: nothing. Does no I/O. */
  check?(config: Config, credentials: Credentials): { field: string; reason: string } | null;
  /** Opens what is kept per destination (connections, tokens, caches). Does no I/O itself; never throws for valid settings. */
  open(account: SystemAccount<Config, Credentials>): OpenSystem;
}

export interface SystemAccount<Config = unknown, Credentials = unknown> {
  workspaceId: string;
  destinationId: string;
  name: string;
  config: Config;
  credentials: Credentials;
}

export interface OpenSystem {
  /**
   * Tells the system of one event. `signal` is the deadline of the whole of it. Several may be under way at once; an
   * adapter may gather them into one call.
   */
  deliver(event: SystemEvent, signal: AbortSignal): Promise<SystemResult>;
  /** Really calls, and says which permission is missing; changes nothing there. */
  verify(signal: AbortSignal): Promise<SystemCheck>;
  close(): Promise<void>;
}

/** `attempt`: 1 for the first, counted over restarts; `again`: it may be one that the system has had already. */
export interface SystemEvent extends StoredEvent {
  attempt: number;
}

/** For the log of attempts: what was asked for and what came back, without secrets; 16 KiB of each at most are kept. */
interface Seen {
  statusCode?: number | null;
  /** `POST https://api.hubapi.com/crm/v3/objects/communications`, and what of the headers helps; a line each. */
  request?: string;
  response?: string;
}

/** `code` is for programs, snake_case and stable; `detail` tells a person what is wrong and what to do. */
export type SystemResult =
  /** `detail`: what became of it there ("Logged as communication 123 of contact 456."). */
  | ({ outcome: "delivered"; detail?: string } & Seen)
  /** There is nothing to tell the system of this event (a status that isn't mapped). It is done. */
  | ({ outcome: "skipped"; code: string; detail: string } & Seen)
  /** To be tried again. `throttled`: the whole destination waits `retryAfterMs`, without burning attempts of others. */
  | ({ outcome: "retry"; code: string; detail: string; retryAfterMs?: number; throttled?: boolean } & Seen)
  /** It will never be taken (until something is changed, and it is retried by hand). */
  | ({ outcome: "failed"; code: string; detail: string } & Seen)
  /** The account is refused (revoked token, missing permission, archived channel): all waits until it is mended. */
  | ({ outcome: "refused"; code: string; detail: string } & Seen);

export type SystemCheck = { ok: true; detail: string } | { ok: false; code: string; detail: string };
