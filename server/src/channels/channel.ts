import type { z } from "zod";
import type { ChannelName } from "../domain/event.ts";

/**
 * A channel adapter carries messages to people through one provider. It is one file (or folder) that implements
 * `ChannelAdapter`; it knows HTTP or SMTP, and nothing of campaigns, leads or the database.
 *
 * The contract that keeps "never twice": an adapter says `retry` or `failed` only when the provider surely did not take
 * the message; whatever may have gone out is `uncertain`, and is never sent again before `reconcile` has been asked.
 * An adapter does not throw for anything a provider or the network does; what it throws is taken as `uncertain`.
 */
export interface ChannelAdapter<Config = unknown, Credentials = unknown> {
  readonly provider: string;
  readonly channels: readonly ChannelName[];
  /** Public settings of a sender with this provider (number, address, host). Returned by the API. */
  readonly config: z.ZodType<Config>;
  /** Secrets of a sender. Sealed when stored, never returned. */
  readonly credentials: z.ZodType<Credentials>;
  /**
   * How many sends may be begun at once for one sender. What exceeds the provider's connections waits in the adapter for
   * one of them; twice as many keep the connections busy while the next batch of attempts is committed. See `worthBegun`.
   */
  concurrency(config: Config): number;
  /**
   * Whether `send` calls `handOver` itself, just before the first octet leaves that could become the message. Without it,
   * a message counts as handed over when `send` is called.
   */
  readonly announcesHandOver?: boolean;
  /** Whether `reconcile` can find out what became of an uncertain message. */
  readonly canReconcile: boolean;
  /** The address messages come from, for lists and people: phone number, mailbox, account. */
  address(config: Config): string;
  /** Opens what is kept per sender (connection pools, tokens). Does no I/O itself; never throws for valid settings. */
  open(sender: SenderAccount<Config, Credentials>): SenderConnection;
}

export interface SenderAccount<Config = unknown, Credentials = unknown> {
  senderId: string;
  workspaceId: string;
  channel: ChannelName;
  /** Display name, e.g. for the From header. */
  name: string;
  config: Config;
  credentials: Credentials;
}

export interface SenderConnection {
  /**
   * Sends one message. `signal` is the deadline: it ends the whole exchange with the provider. An abort before anything
   * was written is `retry`, after that `uncertain`. `handOver`: see `announcesHandOver`.
   */
  send(message: OutboundMessage, signal: AbortSignal, handOver?: () => void): Promise<SendResult>;
  /**
   * How many sends are worth having begun right now, at most the adapter's `concurrency`: who opts out waits for what is begun
   * for them, so that a provider that is slow is given little ahead. Default: as many as may be.
   */
  readonly worthBegun?: number;
  /** Asks the provider what became of an uncertain message. */
  reconcile(message: OutboundMessage, signal: AbortSignal): Promise<Reconciliation>;
  /** Really connects and checks the credentials; sends nothing to anybody. */
  verify(signal: AbortSignal): Promise<VerifyResult>;
  /** Where the provider can be asked for what its webhooks may not have told. */
  readonly poll?: ProviderPoll;
  /**
   * Fetches a file that came with a mail; null: the mailbox isn't known. Only of senders whose files are in a mailbox. Never
   * rejects.
   */
  file?(
    wanted: { messageId: string; key: string; n: number },
    signal: AbortSignal,
  ): Promise<
    | { ok: true; name: string | null; bytes: Buffer }
    | { ok: false; why: "gone" | "too_large" | "failed"; detail: string }
    | null
  >;
  close(): Promise<void>;
}

/** What a provider lists, the latest first. Calls of its own: sending never waits for one. */
export interface ProviderPoll {
  /** Messages of the account in both directions, later than `after`. `page`: null, or `next` of the page before. */
  messages(after: Date, page: string | null, signal: AbortSignal): Promise<PolledPage>;
  /** With whom the account is connected. */
  relations(page: string | null, signal: AbortSignal): Promise<PolledPage>;
  /** Who is in a thread. */
  thread(id: string, signal: AbortSignal): Promise<PolledThread>;
}

export interface PolledItem {
  id: string;
  threadId: string | null;
  at: Date;
  /** As the provider says it. */
  raw: Readonly<Record<string, unknown>>;
}

interface PollFailure {
  ok: false;
  detail: string;
  /** The provider doesn't know this page (any more): begin with the first one. */
  badPage: boolean;
  /** The provider wants to be left alone for so long. */
  retryAfterMs?: number;
  /** It says this of the one that was asked for alone: others may be asked for. */
  onlyThis?: boolean;
}

export type PolledPage = { ok: true; items: readonly PolledItem[]; next: string | null } | PollFailure;
export type PolledThread = { ok: true; people: readonly unknown[] } | PollFailure;

export interface OutboundMessage {
  messageId: string;
  workspaceId: string;
  leadId: string;
  channel: ChannelName;
  /** `connect` is a LinkedIn invitation; `text` is then its note and may be empty. */
  action: "message" | "connect";
  /** E.164 phone number, email address, or LinkedIn profile URL (https://www.linkedin.com/in/<slug>). */
  to: string;
  subject: string | null;
  text: string;
  html: string | null;
  /** What the provider told us earlier about this conversation. */
  thread: MessageThread;
  /** 1 for the first call of the provider, counted over restarts. */
  attempt: number;
  /** When the latest attempt was committed (for reconcile: look no further back than a little before it). */
  attemptedAt: Date;
  /** One-click unsubscribe address for email (RFC 8058), where the server has a public URL. */
  unsubscribeUrl: string | null;
  /** Email: a program writes to somebody of the team, whose absence note is of no use. Default: it is a message to a lead. */
  autoGenerated?: boolean;
}

export interface MessageThread {
  /** The provider's conversation (Unipile chat ID). */
  providerThreadId: string | null;
  /** The provider's ID of the person (Unipile provider_id). */
  providerLeadId: string | null;
  /** Email: Message-ID of the latest message in the thread, with angle brackets, for In-Reply-To. */
  inReplyTo: string | null;
  /** Email: all earlier Message-IDs, oldest first, for References. */
  references: readonly string[];
  /** Email: subject of the first message; a follow-up without a subject of its own is `Re: ` + this. */
  subject: string | null;
}

/** Machine-readable reasons are snake_case and stable; `detail` is the provider's own words for a person. */
export type SendResult =
  | {
      outcome: "sent";
      /** Twilio SID, Unipile message or invitation ID, Message-ID with angle brackets. */
      providerMessageId: string | null;
      providerThreadId?: string | null;
      providerLeadId?: string | null;
      /** The subject that really went out (email follow-ups get `Re:`). */
      subject?: string | null;
      /** LinkedIn: `already_connected` when an invitation was not needed. */
      note?: "already_connected" | "already_invited";
    }
  /**
   * Surely not sent; try again. `throttled` slows the whole sender down, not just this message. The code `waited` (no
   * connection was free in time) uses up no attempt.
   */
  | { outcome: "retry"; code: string; detail: string; retryAfterMs?: number; throttled?: boolean }
  /** Surely not sent and never will be. `suppress`: this address must not be written to again on this channel. */
  | { outcome: "failed"; code: string; detail: string; suppress?: "opted_out" | "bounced" | "invalid" }
  /** May or may not have gone out. */
  | { outcome: "uncertain"; code: string; detail: string }
  /** Surely not sent, and the account needs a person (wrong password, restricted account): the sender is paused. */
  | { outcome: "sender_broken"; code: string; detail: string };

/**
 * `found`: messages at the provider that could be this one, the likeliest first; the caller drops those that it knows
 * as other messages. An empty list means that the provider surely has none (so far).
 */
export type Reconciliation =
  | { outcome: "found"; candidates: readonly { providerMessageId: string; providerThreadId?: string | null }[] }
  | { outcome: "unknown"; detail: string };

export type VerifyResult = { ok: true; detail: string } | { ok: false; code: string; detail: string };
