import type { Socket } from "node:net";
import type { NodemailerError } from "nodemailer/lib/errors";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { dataOf } from "./data.ts";
import { failureOf, parseReply, SmtpFailure } from "./failure.ts";
import { ReplyReader } from "./reply-reader.ts";
import { serverMessageId } from "./server-message-id.ts";

/** A mail that a session takes over. Of `accepted`, `failed` and `broke` one is called, once. */
export interface Delivery {
  readonly envelope: { readonly from: string; readonly to: string };
  readonly content: Buffer;
  /** The next octet that leaves may become the message. What it throws keeps it from leaving. */
  handOver(): void;
  accepted(answer: AcceptedMail): void;
  failed(failure: SmtpFailure, how: Circumstances): void;
  broke(error: unknown): void;
}

export interface AcceptedMail {
  /** The server's own words. */
  response: string;
  /** The Message-ID that the server put in place of ours (Amazon SES, Microsoft 365), else null. */
  serverMessageId: string | null;
}

/** What a failure may be due to, beside the mail. */
export interface Circumstances {
  /** The connection had carried mails before: the server may have dropped it in the meantime. */
  reused: boolean;
  /** Its envelope went out behind another mail's content, before that had an answer. */
  overlapped: boolean;
}

/** Who gives a session its mails. */
export interface SessionOwner {
  /** A mail to follow the one whose content goes out right now; null: none. */
  next(session: MailSession): Delivery | null;
  /** Everything has its answer. */
  idle(session: MailSession): void;
  /** The connection is gone. */
  ended(session: MailSession): void;
}

interface Exchange {
  readonly delivery: Delivery;
  readonly how: Circumstances;
  stage: "envelope" | "content";
  /** The first refusal of its envelope: with PIPELINING more answers follow. */
  refusal: SmtpFailure | null;
  /** Its delivery knows what came of it. */
  over: boolean;
}

/** `void`: a content of nothing, which ends a transaction that has no recipient. */
type Step = "MAIL FROM" | "RCPT TO" | "DATA" | "content" | "void" | "RSET" | "QUIT";

/** What is known of nodemailer's connection after the login. */
interface Inside {
  readonly _socket: Socket;
  readonly _supportedExtensions: readonly string[];
  /** Bytes; 0 or false: the server tells no limit. */
  readonly _maxAllowedSize: number | false;
}

/** How long a server may take to answer RSET. Nobody waits for it but the connection's next mail. */
const resetMs = 5_000;
/** And QUIT: nothing depends on it. */
const quitMs = 2_000;

/**
 * The mails of one logged-in connection, one after the other. Nodemailer connects, does TLS and logs in; what follows is ours, for
 * two reasons. It doesn't tell whether a connection was lost before or after the content went out, which decides
 * between trying again and never again. And it lets a server wait for each mail's envelope: where the server offers PIPELINING, here
 * the next envelope follows in the packet of a mail's content (RFC 2920, 3.1: content may be the first in a group of commands), so that
 * a mail costs one round trip.
 *
 * The content is written only after the server's 354. As long as it wasn't, not an octet of it left; from then on, short of a
 * well-formed refusal, anything may have happened. An answer that doesn't fit its command ends the connection: what would
 * come next on it answers nobody knows what.
 */
export class MailSession {
  /** Mails that were begun. */
  mails = 0;
  readonly #connection: SMTPConnection;
  readonly #inside: Inside;
  readonly #host: string;
  readonly #owner: SessionOwner;
  readonly #pipelining: boolean;
  readonly #replies = new ReplyReader();
  /** The answers that are to come, in order. */
  readonly #expected: { readonly step: Step; readonly exchange: Exchange | null }[] = [];
  /** When a mail had its answer last. */
  #answeredAt = 0;
  #error: NodemailerError | null = null;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(connection: SMTPConnection, host: string, owner: SessionOwner) {
    this.#connection = connection;
    this.#inside = connection as unknown as Inside;
    this.#host = host;
    this.#owner = owner;
    this.#pipelining = this.#inside._supportedExtensions.includes("PIPELINING");
    this.#inside._socket.removeAllListeners("data");
    this.#inside._socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    connection.on("error", (error) => {
      this.#error = error;
    });
    connection.once("end", () => this.#end());
  }

  /** Whether nothing can be sent any more. */
  get ended(): boolean {
    return this.#over || this.#connection.destroyed || this.#inside._socket.destroyed;
  }

  /** A mail that was taken over at `since` has its answer: so many milliseconds it was the one that the connection waited for. */
  turn(since: number): number {
    const now = performance.now();
    const ms = now - Math.max(since, this.#answeredAt);
    this.#answeredAt = now;
    return ms;
  }

  /** Sends a mail. Only on an idle session. */
  begin(delivery: Delivery): void {
    const commands = this.#start(delivery, false);
    if (commands === "") this.#owner.idle(this);
    else this.#write(commands);
  }

  /** The mail's deadline has passed. */
  abort(delivery: Delivery): void {
    const exchange = this.#expected.find((expected) => expected.exchange?.delivery === delivery)?.exchange;
    if (!exchange || exchange.over) return;
    this.#fail(exchange, new SmtpFailure(exchange.stage, "ABORTED", "The deadline passed."));
    // A mail before it that waits for its answer gets it; the connection ends behind that.
    if (exchange === this.#expected[0]?.exchange) this.#close();
  }

  /** Says QUIT and ends the connection. Only on an idle session. */
  quit(): void {
    this.#ask("QUIT", null, "QUIT\r\n", quitMs);
  }

  /** The commands with which it begins. Empty: the server would not take it, and it has failed. */
  #start(delivery: Delivery, overlapped: boolean): string {
    const how = { reused: this.mails > 0, overlapped };
    const { content, envelope } = delivery;
    const { _maxAllowedSize: limit, _supportedExtensions: extensions } = this.#inside;
    if (limit && content.length > limit) {
      const message = `The mail has ${content.length} bytes; the server takes ${limit}.`;
      delivery.failed(new SmtpFailure("envelope", "EMESSAGE", message), { reused: false, overlapped: false });
      return "";
    }
    this.mails += 1;
    const exchange: Exchange = { delivery, how, stage: "envelope", refusal: null, over: false };
    const utf8 = /[^\x20-\x7e]/.test(envelope.from + envelope.to) && extensions.includes("SMTPUTF8");
    const size = extensions.includes("SIZE") ? ` SIZE=${content.length}` : "";
    this.#expect("MAIL FROM", exchange);
    const from = bytesOf(`MAIL FROM:<${envelope.from}>${utf8 ? " SMTPUTF8" : ""}${size}\r\n`);
    if (!this.#pipelining) return from;
    this.#expect("RCPT TO", exchange);
    this.#expect("DATA", exchange);
    return `${from}${recipientOf(delivery)}DATA\r\n`;
  }

  #expect(step: Step, exchange: Exchange | null): void {
    this.#expected.push({ step, exchange });
  }

  #onData(chunk: Buffer): void {
    const replies = this.#replies.read(chunk);
    if (replies === null) {
      this.#garbled("more than 64 KiB");
      return;
    }
    for (const reply of replies) {
      if (this.ended) return;
      this.#onReply(reply);
    }
  }

  #onReply(reply: string): void {
    const expected = this.#expected[0];
    const code = /^(\d)\d\d(?:[ -]|$)/.exec(reply)?.[1];
    // Said without being asked: that the server ends an idle connection, or what belongs to nothing we know.
    if (!expected || expected.step === "QUIT") this.#close();
    else if (expected.exchange) this.#answer(expected.step, expected.exchange, code, reply);
    else this.#next(code === "2");
  }

  /** `expected[0]` has got its answer. */
  #answer(step: Step, exchange: Exchange, code: string | undefined, reply: string): void {
    const refused = parseReply(reply);
    if (refused?.code === 421) {
      this.#fail(exchange, refusalOf(exchange.stage, step, reply));
      this.#close();
    } else if (step === "content") this.#contentAnswered(exchange, code, reply);
    else if (step === "void") {
      this.#expected.shift();
      this.#reset();
    } else if (!refused && code !== (step === "DATA" ? "3" : "2")) this.#garbled(reply);
    else {
      if (refused) exchange.refusal ??= refusalOf("envelope", step, reply);
      this.#expected.shift();
      this.#envelopeAnswered(step, exchange, code === "3");
    }
  }

  #envelopeAnswered(step: Step, exchange: Exchange, asked: boolean): void {
    if (asked && exchange.refusal) {
      // Nobody gets what follows, and the server waits for an end.
      this.#fail(exchange, exchange.refusal);
      this.#ask("void", exchange, ".\r\n", resetMs);
    } else if (asked) this.#handOver(exchange);
    else if (this.#expected.length > 0) return;
    else if (exchange.refusal) {
      this.#fail(exchange, exchange.refusal);
      this.#reset();
    } else if (step === "MAIL FROM") {
      this.#expect("RCPT TO", exchange);
      this.#write(recipientOf(exchange.delivery));
    } else {
      this.#expect("DATA", exchange);
      this.#write("DATA\r\n");
    }
  }

  #handOver(exchange: Exchange): void {
    const { delivery } = exchange;
    try {
      delivery.handOver();
    } catch (error) {
      exchange.over = true;
      delivery.broke(error);
      this.#close();
      return;
    }
    exchange.stage = "content";
    this.#expect("content", exchange);
    const content = dataOf(delivery.content);
    const following = this.#pipelining ? this.#owner.next(this) : null;
    this.#write(following ? content + this.#start(following, true) : content);
  }

  #contentAnswered(exchange: Exchange, code: string | undefined, reply: string): void {
    if (code === "2") {
      exchange.over = true;
      exchange.delivery.accepted({ response: reply, serverMessageId: serverMessageId(reply, this.#host) });
    } else if (parseReply(reply)) this.#fail(exchange, refusalOf("content", "DATA", reply));
    else {
      this.#garbled(reply);
      return;
    }
    // Whatever the answer is, it ends the transaction (RFC 5321, 4.1.1.4).
    this.#next(true);
  }

  /** `expected[0]` is done. */
  #next(usable: boolean): void {
    clearTimeout(this.#timer);
    this.#expected.shift();
    const exchange = this.#expected[0]?.exchange;
    // Given up meanwhile: once its DATA is answered, only the connection's end keeps the server from taking it.
    if (!usable || exchange?.over) this.#close();
    else if (!exchange) this.#owner.idle(this);
  }

  #reset(): void {
    this.#ask("RSET", null, "RSET\r\n", resetMs);
  }

  /** Of what no mail depends on; the connection ends where it isn't answered. */
  #ask(step: Step, exchange: Exchange | null, command: string, withinMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#close(), withinMs);
    this.#expect(step, exchange);
    this.#write(command);
  }

  /** Something that is no answer to what was asked. */
  #garbled(reply: string): void {
    const exchange = this.#expected[0]?.exchange;
    if (exchange && !exchange.over) {
      const { stage } = exchange;
      const what = stage === "content" ? "The final answer" : "An answer";
      this.#fail(exchange, new SmtpFailure(stage, "EPROTOCOL", `${what} is no SMTP reply: ${reply.slice(0, 200)}`));
    }
    this.#close();
  }

  #fail(exchange: Exchange, failure: SmtpFailure): void {
    if (exchange.over) return;
    exchange.over = true;
    // What was said first counts, whatever came of what followed.
    exchange.delivery.failed(exchange.refusal ?? failure, exchange.how);
  }

  #close(): void {
    this.#connection.close();
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    const lost = (stage: Exchange["stage"]) =>
      this.#error ? failureOf(stage, this.#error) : new SmtpFailure(stage, "ECONNECTION", "The connection was lost.");
    for (const { exchange } of this.#expected.splice(0)) if (exchange) this.#fail(exchange, lost(exchange.stage));
    this.#owner.ended(this);
  }

  /** Each character is a byte. */
  #write(text: string): void {
    this.#inside._socket.write(text, "latin1");
  }
}

const recipientOf = ({ envelope }: Delivery): string => bytesOf(`RCPT TO:<${envelope.to}>\r\n`);

/** In UTF-8, each byte as a character. */
const bytesOf = (text: string): string => (/[^\r\n -~]/.test(text) ? Buffer.from(text).toString("latin1") : text);

function refusalOf(stage: SmtpFailure["stage"], step: Step, response: string): SmtpFailure {
  const command = step === "content" ? "DATA" : step;
  const error = { name: "", command, response, message: response } satisfies NodemailerError;
  return failureOf(stage, error);
}
