import PostalMime, { addressParser, decodeWords, type Email, type Attachment as MimeAttachment } from "postal-mime";
import { htmlText } from "../../domain/html-text.ts";
import { withEndedLines } from "./flowed.ts";
import { unlabelledAsUtf8 } from "./unlabelled.ts";

/** What is read of a mail. All texts can be stored, and are bounded. */
export interface ParsedMail {
  /** The values of a field, in lower case; unfolded, not decoded. */
  header(name: string): readonly string[];
  /** Who wrote it. */
  from: MailAddress | null;
  /** To and Cc. */
  to: readonly MailAddress[];
  /** Of one's own mails: who else got them. */
  bcc: readonly MailAddress[];
  subject: string | null;
  messageId: string | null;
  /** Message-IDs with angle brackets: In-Reply-To first, then References from the latest to the first. */
  references: readonly string[];
  /** Unix milliseconds; null: none, or none that can be read. */
  date: number | null;
  text: string;
  /** There is more than was read: of the text, or of the files. */
  truncated: boolean;
  files: readonly { name: string | null; contentType: string; id: string | null }[];
  /** It accepts or declines an invitation to a meeting (RFC 5546, 3.2.3). */
  answersInvitation: boolean;
  /** The parts of a report (RFC 6522), by their type. */
  reports: readonly { type: string; text: string }[];
}

export interface MailAddress {
  name: string | null;
  /** In lower case. */
  address: string;
}

/** Characters of a text that are kept. */
const mostText = 100_000;
const mostAddresses = 50;
const mostReferences = 50;
const mostFiles = 20;
/** What makes parsing take long, in a mail that was made for it: then only its beginning is read. */
const mostMultiparts = 100;
const mostDelimiters = 2_000;
/** A line costs the parser some microseconds. Half a megabyte of base64 has 7,000. */
const mostLines = 20_000;
const shortened = 32 * 1024;
const reportTypes =
  /^(?:message\/(?:delivery-status|global-delivery-status|feedback-report|rfc822|global|rfc822-headers|global-headers)|text\/rfc822-headers)$/;

/** Reads a mail, or as much of it as can be; never throws. Takes at most some hundred milliseconds, whatever it is. */
export async function parseMail(raw: Buffer): Promise<ParsedMail> {
  try {
    const read = bounded(raw);
    return parsed(await parse(unlabelledAsUtf8(withEndedLines(read))), read.length < raw.length);
  } catch {
    // Nested too deeply, or a header that is too long: what it says of itself is in its first lines.
    const end = raw.subarray(0, shortened).indexOf("\r\n\r\n");
    const head = end === -1 ? raw.subarray(0, shortened) : raw.subarray(0, end + 4);
    const header = head.toString("latin1").replace(/^content-(?:type|transfer-encoding):.*$/gim, "X-Unread: 1");
    return parsed(
      await parse(Buffer.from(header, "latin1")).catch(() => ({ headers: [], headerLines: [], attachments: [] })),
      head.length < raw.length,
    );
  }
}

const parse = (raw: Buffer): Promise<Email> =>
  PostalMime.parse(raw, {
    maxNestingDepth: 30,
    maxHeadersSize: 512 * 1024,
    maxRfc822NestingDepth: 0,
    forceRfc822Attachments: true,
  });

function bounded(raw: Buffer): Buffer {
  const much = occursMoreThan(raw, "boundary", mostMultiparts) || occursMoreThan(raw, "\n--", mostDelimiters);
  return much ? raw.subarray(0, shortened) : firstLines(raw);
}

function firstLines(raw: Buffer): Buffer {
  let at = 0;
  for (let count = 0; count < mostLines; count++) {
    at = raw.indexOf(10, at) + 1;
    if (at === 0) return raw;
  }
  return raw.subarray(0, at);
}

function occursMoreThan(raw: Buffer, text: string, most: number): boolean {
  let count = 0;
  for (let at = raw.indexOf(text, 0, "latin1"); at !== -1; at = raw.indexOf(text, at + text.length, "latin1")) {
    if (++count > most) return true;
  }
  return false;
}

/** `cut`: not all of the mail was parsed. */
function parsed(email: Email, cut: boolean): ParsedMail {
  const header = (name: string) =>
    email.headers
      .filter(({ key }) => key === name)
      .slice(0, 20)
      .map(({ value }) => storable(value));
  const [from = null] = writersOf(header);
  const ids = [...messageIds(header("references").join(" "))].reverse();
  const references = [...new Set([...messageIds(header("in-reply-to").join(" ")), ...ids])].slice(0, mostReferences);
  const date = Date.parse(zoned(header("date")[0] ?? ""));
  const plain = storable(email.text ?? "");
  const markup = plain.trim() === "" ? storable(email.html ?? "") : "";
  const html = markup === "" ? "" : htmlText(markup.slice(0, 4 * mostText));
  const whole = (html === "" ? plain : html).replace(/\r\n?/g, "\n");
  // In a report they are what it says; else a mail that somebody attached.
  const isReport = /^\s*multipart\/report\b/i.test(header("content-type")[0] ?? "");
  const files = isReport ? email.attachments.filter((file) => !reportTypes.test(file.mimeType)) : email.attachments;
  const subject = storable(email.subject ?? "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 1_000);
  return {
    header,
    from,
    to: addressesOf([...header("to"), ...header("cc")]),
    bcc: addressesOf(header("bcc")),
    subject: subject === "" ? null : subject,
    messageId: messageIds(header("message-id")[0] ?? "")[0] ?? null,
    references,
    date: Number.isFinite(date) ? date : null,
    text: whole.slice(0, mostText).toWellFormed(),
    truncated: cut || whole.trimEnd().length > mostText || markup.length > 4 * mostText || files.length > mostFiles,
    files: files.slice(0, mostFiles).map(fileOf),
    answersInvitation: email.attachments.some(
      ({ mimeType, content }) => mimeType === "text/calendar" && /^METHOD:REPLY\b/im.test(textOf(content, 2_000)),
    ),
    reports: email.attachments
      .filter((file) => reportTypes.test(file.mimeType))
      .slice(0, 10)
      .map(reportOf),
  };
}

/** A date that names no zone (against RFC 5322) is UTC's, and not one of this machine's. */
const zoned = (date: string) =>
  /\d:\d\d(?::\d\d)?\s*(?:\(.*)?$/.test(date.trim()) ? `${date.replace(/\(.*/, "").trim()} +0000` : date;

/** As PostgreSQL can keep it. */
const storable = (text: string) => text.replaceAll("\0", "").toWellFormed();

/**
 * Those of a header field, at most 50. Some programs leave the angle brackets out, break a long ID over two lines, or encode it as if it
 * were words (Python's `email`, RFC 2047): in its plain form it is the one that was sent.
 */
export function messageIds(text: string): string[] {
  const end = text.slice(-20_000);
  const field = end.includes("=?") ? storable(decodeWords(end)) : end;
  const ids = (field.match(/<[^<>]{1,300}>/g) ?? [])
    .map((id) => id.replace(/\s+/g, ""))
    .filter((id) => id.length <= 252);
  const all = ids.length > 0 ? ids : (field.match(bareId) ?? []).map((id) => `<${id}>`);
  return all.filter((id) => id.length > 2).slice(-mostReferences);
}

/** Also of a person's address, as in "your message of Monday, ada@example.com": no mail has that. */
const bareId = /(?<![^\s,])[^\s<>()[\]",;:@]{1,150}@[^\s<>()",;:@]{1,100}(?![^\s,])/g;

/**
 * Who wrote it: From, but of a mail that a group passed on under its own address ("'Grace' via Sales <sales@example.com>", as Google Groups
 * and Mailman do where the writer's domain lets nobody else send for it, by DMARC) whom it names as its writer.
 */
function writersOf(header: ParsedMail["header"]): MailAddress[] {
  const from = addressesOf(header("from"));
  const [group] = from;
  const byGroup = header("list-id").length > 0 || header("list-post").length > 0;
  if (!group || !byGroup || !/ via /i.test(group.name ?? "")) return from;
  const named = ["x-original-from", "x-original-sender", "reply-to"].flatMap((name) => addressesOf(header(name)));
  const writer = named.find(({ address }) => address !== group.address);
  if (!writer) return from;
  const name = group.name!.replace(/ via .*$/i, "").replace(/^'(.*)'$/, "$1");
  return [{ address: writer.address, name: writer.name ?? name }];
}

function addressesOf(fields: readonly string[]): MailAddress[] {
  const found: MailAddress[] = [];
  for (const field of fields) {
    for (const entry of addressParser(field.slice(0, 20_000), { flatten: true })) {
      const address = entry.address?.trim().toLowerCase();
      if (!address || !/^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/.test(address)) continue;
      const name = storable(entry.name ?? "")
        .replace(/\s+/g, " ")
        .trim()
        .slice(0, 200);
      found.push({ name: name === "" ? null : name, address });
      if (found.length === mostAddresses) return found;
    }
  }
  return found;
}

function fileOf({ filename, mimeType, contentId }: MimeAttachment): ParsedMail["files"][number] {
  const short = (text: string | null | undefined) => (text ? storable(text).replace(/\s+/g, " ").slice(0, 200) : null);
  return { name: short(filename), contentType: short(mimeType) ?? "application/octet-stream", id: short(contentId) };
}

function reportOf({ mimeType, content }: MimeAttachment): ParsedMail["reports"][number] {
  return { type: mimeType, text: storable(textOf(content, 65_536)) };
}

function textOf(content: MimeAttachment["content"], bytes: number): string {
  const buffer = typeof content === "string" ? Buffer.from(content) : Buffer.from(content as ArrayBuffer);
  return buffer.toString("utf8", 0, bytes);
}
