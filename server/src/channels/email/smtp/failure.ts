import type { NodemailerError } from "nodemailer/lib/errors";

/**
 * How far an exchange had come when it failed:
 * `connect`: DNS, TCP, TLS, greeting, EHLO. `login`: AUTH. `envelope`: MAIL, RCPT, DATA. `content`: at least one octet of
 * the content was handed to the connection, so the server may have it all.
 */
export type SmtpStage = "connect" | "login" | "envelope" | "content";

export interface SmtpReply {
  code: number;
  /** Enhanced status code (RFC 3463) such as `5.1.1`, or null where the server sends none. */
  enhanced: string | null;
  text: string;
}

/** A failed exchange: at which stage, with which refusal of the server, if it gave one. */
export class SmtpFailure extends Error {
  readonly stage: SmtpStage;
  /** The server's 4xx or 5xx reply to the very step that failed. Null where it gave none, or something that is no reply. */
  readonly reply: SmtpReply | null;
  /** The command that was refused: `MAIL FROM`, `RCPT TO`, `DATA`, `AUTH PLAIN`, ... Null without a reply. */
  readonly command: string | null;
  /** The error's own code where there is no reply: `ECONNREFUSED`, `EDNS`, `ETIMEDOUT`, `ABORTED`, ... */
  readonly origin: string;

  constructor(stage: SmtpStage, origin: string, message: string, refused?: { command: string; reply: SmtpReply }) {
    super(message);
    this.name = "SmtpFailure";
    this.stage = stage;
    this.origin = origin;
    this.reply = refused?.reply ?? null;
    this.command = refused?.command ?? null;
  }

  /** Whether the connection ended, or the server said 421 and is about to end it. */
  get disconnected(): boolean {
    return this.reply === null || this.reply.code === 421;
  }
}

/** Null where `response` isn't a 4xx or 5xx reply: garbage must never pass for a refusal. */
export function parseReply(response: string): SmtpReply | null {
  const match = /^([45]\d\d)(?:[ -]|$)(?:([45]\.\d{1,3}\.\d{1,3})(?: |$))?/.exec(response);
  if (!match?.[1]) return null;
  return { code: Number(match[1]), enhanced: match[2] ?? null, text: response.replace(/\s+/g, " ").slice(0, 500) };
}

/**
 * Reads nodemailer's error. What a server says while the connection ends (command `CONN`) is its refusal only before the
 * content, and then only a greeting or 421; later it may be the unfinished rest of a line, which refuses nothing.
 */
export function failureOf(stage: SmtpStage, error: NodemailerError): SmtpFailure {
  const command = error.command ?? "";
  const response = error.response ?? "";
  const spoken = parseReply(response);
  const ofConnection = command === "CONN" && !(stage === "connect" || (stage !== "content" && spoken?.code === 421));
  const reply = ofConnection ? null : spoken;
  // An answer that is no SMTP reply is reported by nodemailer as if the command had been refused.
  const garbled = response !== "" && spoken === null;
  const origin = garbled ? "EPROTOCOL" : (error.originalCode ?? error.code ?? "UNKNOWN");
  return new SmtpFailure(stage, origin, error.message.slice(0, 500), reply ? { command, reply } : undefined);
}
