import type { ChannelAdapter, OutboundMessage, SendResult } from "../../../src/channels/channel.ts";
import { scriptedAdapter } from "../../factories.ts";
import type { Verdict } from "./history.ts";
import type { Call, LookUp } from "./record.ts";
import type { Worker } from "./worker.ts";

/** What is on record of an attempt when its call comes. */
export type Attempt = Pick<Call, "n" | "leadId" | "campaignId" | "senderId" | "channel" | "at" | "facts">;

/** Surely refused: whoever hears that may send again, or give up, and must not call it uncertain. */
const refusals: Partial<Record<Verdict, SendResult>> = {
  temporary: { outcome: "retry", code: "busy", detail: "Try later." },
  throttled: { outcome: "retry", code: "slow_down", detail: "Too many.", throttled: true, retryAfterMs: 120_000 },
  permanent: { outcome: "failed", code: "refused", detail: "Not here." },
  optedOut: { outcome: "failed", code: "opted_out", detail: "Unsubscribed.", suppress: "opted_out" },
  broken: { outcome: "sender_broken", code: "password", detail: "Wrong password." },
};

export const refuses = (verdict: Verdict): boolean => verdict in refusals;

/**
 * A strict provider in memory: writes down each call that comes, whatever becomes of the caller, and answers by the list of
 * verdicts. It alone says what people got.
 */
export class Provider {
  readonly calls: Call[] = [];
  readonly lookUps: LookUp[] = [];
  /** The rest is accepted. */
  verdicts: Verdict[];
  private readonly attempts = new Map<string, Attempt>();
  private readonly inbox: { id: string; senderId: string; to: string; text: string }[] = [];
  /** Calls that wait for their answer at a gate. */
  private readonly waiting = new Map<Worker, Set<{ aborted: boolean }>>();
  private seq = 0;
  private readonly now: () => number;
  private readonly tell: (what: string) => void;

  constructor(verdicts: readonly Verdict[], now: () => number, tell: (what: string) => void) {
    this.verdicts = [...verdicts];
    this.now = now;
    this.tell = tell;
  }

  begun(messageId: string, attempt: number, about: Attempt): void {
    this.attempts.set(`${messageId} ${attempt}`, about);
  }

  /** The outcome of this attempt is written. */
  settled(messageId: string, attempt: number): void {
    const n = this.attempts.get(`${messageId} ${attempt}`)?.n;
    const call = this.calls.find((each) => each.n === n);
    if (call) call.known = refuses(call.verdict);
  }

  resolved(messageId: string, found: boolean): void {
    this.lookUps.push({ seq: ++this.seq, messageId, at: this.now(), by: "person", found });
  }

  /** The calls of this worker took too long: they end without an answer. */
  abort(worker: Worker): void {
    for (const call of this.waiting.get(worker) ?? []) call.aborted = true;
  }

  adapter(worker: Worker, provider: string, canAsk: boolean): ChannelAdapter {
    const adapter = scriptedAdapter({
      onSend: (message) => this.arrive(worker, message),
      ...(canAsk && { onReconcile: (message: OutboundMessage) => this.lookUp(message) }),
    });
    return { ...adapter, provider };
  }

  private async arrive(worker: Worker, message: OutboundMessage): Promise<SendResult> {
    const attempt = this.attempts.get(`${message.messageId} ${message.attempt}`);
    if (!attempt) throw new Error(`a call without an attempt on record: ${message.messageId}`);
    const verdict = this.verdicts.shift() ?? "accept";
    const call: Call = {
      ...attempt,
      messageId: message.messageId,
      stepId: attempt.campaignId === null ? null : message.text.split("|")[0]!,
      to: message.to,
      verdict,
      accepted: verdict === "accept" || verdict === "answerLost" || verdict === "throws",
      known: false,
      seq: ++this.seq,
    };
    this.calls.push(call);
    this.tell(
      `  call ${call.n} by worker ${worker.no}, ${call.senderId} to ${call.leadId}: ${message.text}: ${verdict}`,
    );
    const id = `P${call.n}`;
    if (call.accepted) this.inbox.push({ id, senderId: call.senderId, to: message.to, text: message.text });
    const ticket = { aborted: false };
    const tickets = this.waiting.get(worker) ?? new Set();
    this.waiting.set(worker, tickets.add(ticket));
    await worker.pass("send");
    tickets.delete(ticket);
    if (ticket.aborted) return { outcome: "uncertain", code: "timeout", detail: "No answer in time." };
    if (verdict === "throws") throw new Error("the connection broke");
    if (verdict === "answerLost" || verdict === "lost") {
      return { outcome: "uncertain", code: "connection_lost", detail: "No answer." };
    }
    // A process that keeps a record has this answer on it from here on.
    if (worker.recorder && refuses(verdict)) call.known = true;
    return refusals[verdict] ?? { outcome: "sent", providerMessageId: id };
  }

  private lookUp(message: OutboundMessage) {
    const sender = this.attempts.get(`${message.messageId} ${message.attempt}`)?.senderId;
    const candidates = this.inbox
      .filter((each) => each.senderId === sender && each.to === message.to && each.text === message.text)
      .map(({ id }) => ({ providerMessageId: id }));
    const found = candidates.length > 0;
    this.tell(`  asked for ${message.text}: ${found ? "found" : "not there"}`);
    this.lookUps.push({ seq: ++this.seq, messageId: message.messageId, at: this.now(), by: "provider", found });
    return { outcome: "found" as const, candidates };
  }
}
