import { isAscii } from "node:buffer";
import PostalMime from "postal-mime";

/** A message as the loopback server holds it. */
export interface ReceivedMail {
  /** Message-ID with its angle brackets. */
  messageId: string;
  /** Envelope sender (MAIL FROM). */
  from: string;
  /** Envelope recipients (RCPT TO). */
  to: readonly string[];
  /** The user that was logged in, or null. */
  user: string | null;
  /** Whether it came over TLS. */
  encrypted: boolean;
  /** Header fields, unfolded but not decoded, by name in lower case; of a repeated field the first. */
  headers: ReadonlyMap<string, string>;
  /** Decoded From: display name and address. Null in light mode. */
  sender: { name: string; address: string } | null;
  /** Decoded subject. Null without one, and in light mode. */
  subject: string | null;
  /** Decoded text part with LF line ends, without those at its end (SMTP adds one). Null in light mode. */
  text: string | null;
  html: string | null;
  /** Size of the content in octets, as transferred without dot stuffing. */
  size: number;
}

export interface Envelope {
  from: string;
  to: readonly string[];
  user: string | null;
  encrypted: boolean;
  /** The client declared SMTPUTF8: header fields may be UTF-8. */
  smtpUtf8: boolean;
  /** The client declared BODY=8BITMIME: the body may have octets over 127. */
  eightBit: boolean;
}

interface Split {
  headers: Map<string, string>;
  /** Names that stand there more than once. */
  repeated: Set<string>;
  head: Buffer;
  body: Buffer;
}

/** Splits a message at its first empty line and unfolds the header fields (RFC 5322, 2.2.3). */
export function splitMessage(raw: Buffer): Split {
  const end = raw.indexOf("\r\n\r\n");
  const head = end === -1 ? raw : raw.subarray(0, end);
  const headers = new Map<string, string>();
  const repeated = new Set<string>();
  for (const field of head.toString("utf8").split(/\r\n(?![ \t])/)) {
    const colon = field.indexOf(":");
    const name = field.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name === "") continue;
    const value = field
      .slice(colon + 1)
      .replace(/\r\n(?=[ \t])/g, "")
      .trim();
    if (headers.has(name)) repeated.add(name);
    else headers.set(name, value);
  }
  return { headers, repeated, head, body: end === -1 ? raw.subarray(raw.length) : raw.subarray(end + 4) };
}

const required = ["message-id", "date", "from", "to"];
const atMostOnce = [...required, "subject", "in-reply-to", "references", "list-unsubscribe", "reply-to"];

/** What a strict server answers to content that breaks RFC 5321 or 5322, or null where it is well formed. */
export function contentRefusal(raw: Buffer, message: Split, envelope: Envelope): string | null {
  let lineStart = 0;
  for (let lf = raw.indexOf(10); lf !== -1; lf = raw.indexOf(10, lf + 1)) {
    if (lf === 0 || raw[lf - 1] !== 13) return "5.6.11 bare line feed";
    if (lf - 1 - lineStart > 998) return "5.6.0 line longer than 998 octets";
    lineStart = lf + 1;
  }
  for (let cr = raw.indexOf(13); cr !== -1; cr = raw.indexOf(13, cr + 1)) {
    if (raw[cr + 1] !== 10) return "5.6.11 bare carriage return";
  }
  if (!envelope.smtpUtf8 && !isAscii(message.head)) return "5.6.7 header is not ASCII, and SMTPUTF8 was not declared";
  if (!envelope.eightBit && !isAscii(message.body)) return "5.6.3 body is not ASCII, and 8BITMIME was not declared";
  for (const name of required) if (!message.headers.get(name)) return `5.6.0 no ${name} header`;
  for (const name of atMostOnce) if (message.repeated.has(name)) return `5.6.0 more than one ${name} header`;
  if (message.headers.has("bcc")) return "5.6.0 bcc header";
  if (!/^<[^<>\s@]+@[^<>\s@]+>$/.test(message.headers.get("message-id") ?? "")) return "5.6.0 malformed message-id";
  if (Number.isNaN(Date.parse(message.headers.get("date") ?? ""))) return "5.6.0 malformed date";
  return null;
}

/** Reads a well-formed message; in light mode only its header. */
export async function readMail(raw: Buffer, message: Split, envelope: Envelope, light: boolean): Promise<ReceivedMail> {
  const { from, to, user, encrypted } = envelope;
  const messageId = message.headers.get("message-id") ?? "";
  const common = { messageId, from, to, user, encrypted, headers: message.headers, size: raw.length };
  if (light) return { ...common, sender: null, subject: null, text: null, html: null };
  const parsed = await PostalMime.parse(raw);
  const { name = "", address = "" } = parsed.from ?? {};
  return {
    ...common,
    sender: { name, address },
    subject: parsed.subject ?? null,
    text: parsed.text?.replaceAll("\r\n", "\n").replace(/\n+$/, "") ?? null,
    html: parsed.html?.replaceAll("\r\n", "\n").replace(/\n+$/, "") ?? null,
  };
}
