import type { EventType, HeraldEvent } from "./event.ts";

/** An event as it is stored: its data as JSON text, so that a format that needs no change can splice it in unparsed. */
export interface StoredEvent {
  eventId: string;
  eventType: EventType;
  /** ISO 8601 UTC with milliseconds. */
  timestamp: string;
  workspaceId: string;
  /** The event's `data` (herald format) as JSON text. */
  data: string;
}

export interface SignInput {
  eventId: string;
  /** The exact bytes of the request body, as a string. */
  body: string;
  /** Signing secrets that are valid now, the newest first: one, or two during a rotation; none where the format allows it. */
  secrets: readonly string[];
  /** The time of this attempt (not of the event). */
  at: Date;
}

/**
 * A wire format: how one fact looks to a webhook receiver, and how the request is signed.
 * A format is a pure value; adding one means adding a file under `formats/` and a line in `formats.ts`.
 */
export interface Format {
  readonly name: FormatName;
  /** A power of two: an event stores as a bit set which formats can express it, so that fan-out is one AND in SQL. */
  readonly bit: number;
  /** Event types of which this format can express at least some facts. */
  readonly eventTypes: readonly EventType[];
  /** What this format can't say, in words for the person who sets up a destination. */
  readonly limits: string;
  /** Whether this very fact can be said in this format (an SMS can't be said in SendPilot's). */
  expresses(event: HeraldEvent): boolean;
  /** The request body. The same event always gives the same text. Only for events that `expresses` accepts. */
  body(event: StoredEvent): string;
  /** The body with nothing but IDs in its `data`. Missing: the format can't do without the rest; `thinReason` says why. */
  thin?(event: StoredEvent): string;
  readonly thinReason?: string;
  /** Whether a destination must have a secret. */
  readonly secretRequired: boolean;
  newSecret(): string;
  /** Null if the secret can be used, else a sentence that says what is wrong with it. */
  checkSecret(secret: string): string | null;
  /** Signature headers of one attempt, names in lower case. */
  sign(input: SignInput): Record<string, string>;
}

/**
 * Stands beside the formats' bits of an event that only destinations are given that name its type or a pattern for it, and not
 * those that take whatever comes: an import of a file must not put a million events before somebody's replies.
 */
export const namedOnlyBit = 1 << 14;

export const formatNames = ["herald", "sendpilot", "apten"] as const;
export type FormatName = (typeof formatNames)[number];
