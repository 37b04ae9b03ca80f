import type { z } from "zod";
import type { Queryable } from "../db/pool.ts";
import type { SystemKind } from "../domain/destination-kind.ts";
import type { EventType } from "../domain/event.ts";
import type { StoredEvent } from "../domain/format.ts";
import type { PeopleReader } from "../domain/people-list.ts";

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
  /** What its settings name that isn't in the workspace, or can't do it; null: nothing. Undefined: they name nothing. */
  missing?(tx: Queryable, workspaceId: string, config: Config): Promise<{ field: string; reason: string } | null>;
  /** What an event would become there; `names`: of what `named` gave. Does no I/O. Undefined: it can't be said without calling. */
  preview?(
    config: Config,
    event: StoredEvent,
    lead: PreviewLead | null,
    names: ReadonlyMap<string, string>,
  ): SystemPreview;
  /** The IDs in an event whose names `preview` says. Undefined: none. */
  named?(event: StoredEvent): string[];
  /** Whether its settings have a `timeZone`, which is the workspace's where nobody gives one. */
  readonly timed?: boolean;
  /** Its settings were changed, in this transaction: what waits by the ones before is put right. Undefined: nothing does. */
  changed?(
    tx: Queryable,
    key: { workspaceId: string; destinationId: string },
    config: Config,
    before: Config,
  ): Promise<void>;
  /** How somebody lets Herald in by their browser. Undefined: credentials alone do. */
  oauth?: SystemOAuth<Config, Credentials>;
  /** The texts of its activities where a destination has none of its own, by event type. Undefined: it has no templates. */
  readonly templates?: Readonly<Record<string, { subject: string; body: string }>>;
  /** Lists of people that can be imported as leads. Undefined: it has none. */
  people?: SystemPeople<Config, Credentials>;
  /** Opens what is kept per destination (connections, tokens, caches). Does no I/O itself; never throws for valid settings. */
  open(account: SystemAccount<Config, Credentials>): OpenSystem;
}

/** Whom an event is about, as far as templates know. */
export interface PreviewLead {
  firstName: string | null;
  lastName: string | null;
  company: string | null;
  title: string | null;
  email: string | null;
  phone: string | null;
  linkedinUrl: string | null;
  externalLeadId: string | null;
  profile: string | null;
  custom: Readonly<Record<string, string>>;
}

/** What people see of a message in a chat or a mail, in plain texts. */
export interface SystemLook {
  icon: string;
  title: string;
  quote: string | null;
  facts: readonly string[];
  link: string | null;
}

/** `sent`: the body, without what is known only there (whose it is); of a chat or a mail also how it looks. */
export type SystemPreview =
  | { outcome: "sent"; body: Record<string, unknown>; look?: SystemLook }
  | { outcome: "filtered" | "failed"; code: string; detail: string };

/** An authorization that somebody is to give in the browser (RFC 6749, 4.1, with PKCE, RFC 7636). */
export interface AuthorizationRequest {
  /** Where the browser is sent afterwards; exactly as in the app's settings there. */
  redirectUri: string;
  /** Comes back unchanged. */
  state: string;
  /** S256: base64url of the SHA-256 of the verifier. */
  challenge: string;
}

export interface SystemOAuth<Config = unknown, Credentials = unknown> {
  /** The address at which somebody is asked; null: with these credentials nobody has to be. Does no I/O. */
  authorizeUrl(config: Config, credentials: Credentials, request: AuthorizationRequest): string | null;
  /** Changes the code for tokens, and keeps them. Never throws for anything that the system says. */
  exchange(
    account: SystemAccount<Config, Credentials>,
    answer: { code: string; verifier: string; redirectUri: string },
    signal: AbortSignal,
  ): Promise<SystemCheck>;
}

export interface SystemPeople<Config = unknown, Credentials = unknown> {
  /** Which list: `{"listId": "12"}`. */
  readonly list: z.ZodType;
  /** Fields of a lead, and those of the system that they come from when nobody says otherwise. */
  fields(config: Config): Readonly<Record<string, string>>;
  /** To be closed by the caller. `list` and `fields` as they were checked. Does no I/O itself. */
  open(
    account: SystemAccount<Config, Credentials>,
    list: unknown,
    fields: Readonly<Record<string, string>>,
  ): PeopleReader;
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
  | ({
      outcome: "retry";
      code: string;
      detail: string;
      retryAfterMs?: number;
      throttled?: boolean;
      /** Of several events in one call one says what it means for the system; the others say `echo`. */
      echo?: boolean;
      /** The system is well, and takes others: it refuses what is like this event (a kind of activity that isn't permitted). */
      alone?: boolean;
    } & Seen)
  /** It will never be taken (until something is changed, and it is retried by hand). */
  | ({ outcome: "failed"; code: string; detail: string } & Seen)
  /** The account is refused (revoked token, missing permission, archived channel): all waits until it is mended. */
  | ({ outcome: "refused"; code: string; detail: string } & Seen);

export type SystemCheck = { ok: true; detail: string } | { ok: false; code: string; detail: string };
