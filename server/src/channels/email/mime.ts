import { randomBytes } from "node:crypto";
import { domainToASCII } from "node:url";
import { foldLines } from "nodemailer/lib/mime-funcs";
import { encode, wrap } from "nodemailer/lib/qp";
import { withoutReply } from "../../domain/reply-subject.ts";
import type { OutboundMessage } from "../channel.ts";
import { mailbox, oneLine, unstructured } from "./header.ts";

/** Who a mail comes from. */
export interface MailIdentity {
  from: string;
  fromName: string | null;
  replyTo: string | null;
  /** Right-hand side of the Message-IDs. */
  messageIdDomain: string;
  /** Where mails come in that Herald reads: one with the right subject unsubscribes. Null: nobody would read it. */
  unsubscribeAt: string | null;
}

export interface ComposedMail {
  /** The whole message with CRLF line ends, 7 bit except where the recipient's own address isn't ASCII. */
  content: Buffer;
  messageId: string;
  /** The subject that really stands in the message, or null where it has none. */
  subject: string | null;
}

/** Header fields by name, each value on one line and encoded. */
type Fields = Record<string, string>;

/**
 * The Message-ID of a Herald message. It depends on nothing but the message and the domain, so that every attempt
 * carries the same one: a recipient's server can drop the second copy, and a reply is matched whichever attempt got through.
 */
export function messageIdOf(messageId: string, domain: string): string {
  return `<${messageId}@${domain}>`;
}

/** The message's own subject; without one, `Re: ` and the thread's; null where there is neither. */
export function subjectOf(message: Pick<OutboundMessage, "subject" | "thread">): string | null {
  const own = oneLine(message.subject ?? "");
  if (own !== "") return own;
  const first = oneLine(message.thread.subject ?? "");
  if (first === "") return null;
  return /^re\s*:/i.test(first) ? first : `Re: ${first}`;
}

/**
 * Whether the message goes on with its thread. A subject of its own that differs from the thread's starts a new one:
 * Gmail would split it anyway, and other clients are to show the same.
 */
function continuesThread(message: OutboundMessage, subject: string | null): boolean {
  const first = message.thread.subject;
  return first === null || subject === null || withoutReply(subject) === withoutReply(oneLine(first));
}

/** Message-IDs come out of mails of strangers: only what has their exact form goes into a header. */
const isMessageId = (value: string) => value.length <= 250 && /^<[!-;=?-~]+@[!-;=?-~]+>$/.test(value);

function threadFields(message: OutboundMessage, subject: string | null): Fields {
  if (!continuesThread(message, subject)) return {};
  const { inReplyTo, references } = message.thread;
  const parent = inReplyTo !== null && isMessageId(inReplyTo) ? inReplyTo : undefined;
  const chain = references.filter(isMessageId);
  if (parent !== undefined && chain.at(-1) !== parent) chain.push(parent);
  // The first and the latest are what clients thread by; long chains are cut between them (RFC 5537, 3.4.4).
  const kept = chain.length > 20 ? [chain[0]!, ...chain.slice(-19)] : chain;
  return {
    ...(parent !== undefined && { "In-Reply-To": parent }),
    ...(kept.length > 0 && { References: kept.join(" ") }),
  };
}

/** RFC 8058: both fields, addresses in angle brackets, ASCII only. Some programs know nothing but `mailto:` (RFC 2369). */
function unsubscribeFields(url: string | null, messageId: string, at: string | null): Fields {
  if (url === null || !URL.canParse(url)) return {};
  const mail =
    at === null ? "" : `, <mailto:${encodeURIComponent(at).replace("%40", "@")}?subject=unsubscribe%20${messageId}>`;
  return {
    "List-Unsubscribe": `<${new URL(url).href.replace(/[<>\s]/g, encodeURIComponent)}>${mail}`,
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  };
}

/**
 * The form of an address that goes into the envelope, its domain in ASCII; null where it isn't one address. Quoted local
 * parts, comments, groups and lists are refused: they are how one address becomes two.
 */
export function envelopeAddress(address: string): string | null {
  const match = /^([^\s"(),:;<>@[\]\\\p{Cc}]{1,64})@([^\s"(),:;<>@[\]\\\p{Cc}]{1,253})$/u.exec(address);
  if (!match?.[1] || !match[2]) return null;
  const domain = domainToASCII(match[2]);
  if (domain === "" || !domain.includes(".")) return null;
  const ascii = `${match[1]}@${domain}`;
  return ascii.length <= 254 ? ascii : null;
}

/**
 * One text part. Quoted-printable always: it keeps lines short, and trailing blanks and lines of one dot intact, and needs
 * neither 8BITMIME nor `format=flowed`, which many clients show as hard line breaks.
 */
function textPart(type: "plain" | "html", text: string): { fields: Fields; body: string } {
  return {
    fields: { "Content-Type": `text/${type}; charset=utf-8`, "Content-Transfer-Encoding": "quoted-printable" },
    body: wrap(encode(text.replace(/\r\n?|\n/g, "\r\n")), 76),
  };
}

function write({ fields, body }: { fields: Fields; body: string }): string {
  const lines = Object.entries(fields).map(([name, value]) => foldLines(`${name}: ${value}`, 76));
  return `${lines.join("\r\n")}\r\n\r\n${body}\r\n`;
}

function bodyOf(text: string, html: string | null): { fields: Fields; body: string } {
  const plain = textPart("plain", text);
  if (html === null) return plain;
  // `=_` never stands in quoted-printable text, so no text can contain the boundary (RFC 2045, 6.7).
  const boundary = `=_${randomBytes(15).toString("hex")}`;
  const parts = [plain, textPart("html", html)].map((part) => `--${boundary}\r\n${write(part)}`);
  return {
    fields: { "Content-Type": `multipart/alternative; boundary="${boundary}"` },
    body: `${parts.join("")}--${boundary}--`,
  };
}

/** Builds the message. `to` is what `envelopeAddress` returned. */
export function composeMail(identity: MailIdentity, message: OutboundMessage, to: string): ComposedMail {
  const subject = subjectOf(message);
  const messageId = messageIdOf(message.messageId, identity.messageIdDomain);
  const { fields, body } = bodyOf(message.text, message.html);
  const content = write({
    fields: {
      Date: new Date().toUTCString().replace("GMT", "+0000"),
      From: mailbox(oneLine(identity.fromName ?? ""), identity.from),
      ...(identity.replyTo !== null && { "Reply-To": identity.replyTo }),
      To: to,
      "Message-ID": messageId,
      ...threadFields(message, subject),
      ...(subject !== null && { Subject: unstructured(subject) }),
      ...unsubscribeFields(message.unsubscribeUrl, message.messageId, identity.unsubscribeAt),
      // RFC 3834: nobody's absence note answers it.
      ...(message.autoGenerated && { "Auto-Submitted": "auto-generated" }),
      "MIME-Version": "1.0",
      ...fields,
    },
    body,
  });
  return { content: Buffer.from(content), messageId, subject };
}
