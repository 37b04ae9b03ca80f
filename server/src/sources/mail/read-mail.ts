import { backOn } from "../../domain/absence.ts";
import { normaliseEmail } from "../../domain/email-address.ts";
import type { Attachment } from "../../domain/event.ts";
import {
  type InboundFact,
  type InboundMessage,
  type InboundPerson,
  type Reading,
  saidIn,
} from "../../domain/inbound.ts";
import { keywordOf } from "../../domain/opt-out-words.ts";
import { replyText } from "../../domain/reply-text.ts";
import { bodyHash } from "../json.ts";
import type { MailMeta } from "../mailbox/kept-mail.ts";
import { automaticKind } from "./automatic.ts";
import { readBounces } from "./bounce.ts";
import { readComplaint } from "./complaint.ts";
import { type MailAddress, type ParsedMail, parseMail } from "./parse.ts";

/** The mailbox that a mail was in. */
export interface MailboxOwner {
  senderId: string;
  /** Who writes with it, in lower case: From that address is one's own. */
  address: string;
}

const dayMs = 86_400_000;

/** What a mail says, in Herald's words. Never throws. */
export async function readMail(raw: Buffer, meta: MailMeta, owner: MailboxOwner): Promise<Reading> {
  const mail = await parseMail(raw);
  const at = timeOf(mail, meta);
  const own = meta.folder === "sent" || mail.from?.address === owner.address;
  if (!own) {
    const { senderId } = owner;
    const complaint = readComplaint(mail);
    if (complaint) return facts("complaint", [{ kind: "complaint", senderId, ...complaint }]);
    const bounces = readBounces(mail);
    if (bounces) {
      if (bounces.length === 0)
        return { kind: "nothing", type: "bounce", detail: "This report names nobody whom a mail didn't reach." };
      return facts(
        "bounce",
        bounces.map((bounce) => ({ kind: "bounce", senderId, at, ...bounce })),
      );
    }
  }
  if (!mail.from) return { kind: "unknown", type: "mail", detail: "This mail has no From that can be read." };
  if (own) return facts("mail.sent", [messageOf(mail, raw, owner, at, "out")]);
  const unsubscribe = unsubscribeOf(mail);
  if (unsubscribe)
    return facts("unsubscribe", [
      { kind: "unsubscribe", senderId: owner.senderId, person: personOf(mail.from), ...unsubscribe },
    ]);
  return facts("mail", [messageOf(mail, raw, owner, at, "in")]);
}

const facts = (type: string, list: readonly InboundFact[]): Reading => ({ kind: "facts", type, facts: list });

function messageOf(
  mail: ParsedMail,
  raw: Buffer,
  { senderId, address }: MailboxOwner,
  at: number | null,
  direction: "in" | "out",
): InboundMessage {
  const visible = replyText(mail.text);
  const automatic = automaticKind(mail, visible);
  const from = mail.from!;
  const others = [...mail.to, ...mail.bcc].filter((to) => to.address !== address);
  const providerMessageId = mail.messageId ?? `mail:${bodyHash(raw)}`;
  const visibleText = visible === mail.text.trim() ? null : visible;
  const said = saidIn({ text: mail.text.trim(), subject: mail.subject, mail: { visibleText } });
  return {
    ...{ kind: "message", direction, channel: "email" },
    person: personOf(direction === "in" ? from : (others[0] ?? from)),
    account: {
      provider: "imap",
      accountId: senderId,
      address: direction === "in" ? (mail.to[0]?.address ?? address) : address,
    },
    ...{ text: mail.text.trim(), subject: mail.subject, attachments: attachmentsOf(mail, providerMessageId) },
    ...(mail.truncated && { truncated: true }),
    // A whole answer that is such a word asks for the same by mail as by SMS; a program asks for nothing.
    keyword: automatic === null && direction === "in" && keywordOf(said) === "stop" ? "stop" : null,
    ...{ at, providerMessageId, providerThreadId: null, external: null },
    mail: {
      references: mail.references,
      people: (direction === "in" ? [from] : others).map(personOf),
      // Own mails are among the sent ones, or say so by this address.
      alias: direction === "out" && from.address !== address ? (personOf(from).email ?? null) : null,
      visibleText,
      automatic,
      backOn:
        direction === "in" && automatic === "out_of_office"
          ? backOn(`${mail.subject ?? ""}\n\n${visible}`, at ?? mail.date ?? Date.now())
          : null,
    },
  };
}

/** First and last name of "Ada Lovelace" and of "Lovelace, Ada"; null where the name is the address. */
function personOf({ name, address }: MailAddress): InboundPerson {
  const email = normaliseEmail(address).ok ? address : null;
  if (name === null || name.includes("@")) return { email };
  const [last, first] = name.split(",").map((part) => part.trim());
  const words = first ? [first, ...(last ? [last] : [])] : name.split(" ");
  return { email, firstName: words[0] ?? null, lastName: words.length > 1 ? words.slice(1).join(" ") : null };
}

/** RFC 2392: the file is in the mailbox, and isn't kept here. */
function attachmentsOf(mail: ParsedMail, messageId: string): Attachment[] {
  const of = encodeURIComponent(messageId.replace(/^<|>$/g, ""));
  return mail.files.map(({ contentType, id, name }, n) => ({
    url: `mid:${of}/${encodeURIComponent(id?.replace(/^<|>$/g, "") ?? name ?? String(n + 1))}`,
    contentType,
  }));
}

/** The time that the mail says, unless the server got it more than two days before or after: clocks of senders are wrong at times. */
function timeOf({ date }: ParsedMail, { internalDate }: MailMeta): number | null {
  if (date === null || internalDate === null) return internalDate ?? date;
  return Math.abs(date - internalDate) > 2 * dayMs ? internalDate : date;
}

/** A mail to the `mailto:` of List-Unsubscribe, as mail programs send it for their users (RFC 2369). */
function unsubscribeOf(mail: ParsedMail): { messageId: string | null; text: string } | null {
  const match = /^unsubscribe(?:\s+(msg_[0-9a-z]{26}))?$/i.exec(mail.subject ?? "");
  if (!match) return null;
  // Who has something to say writes more than a word.
  if (mail.text.trim().length > 200) return null;
  return { messageId: match[1] ?? null, text: mail.subject! };
}
