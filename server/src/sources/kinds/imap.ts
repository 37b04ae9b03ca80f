import { z } from "zod";
import { type MailboxOwner, readMail } from "../mail/read-mail.ts";
import { mailMeta } from "../mailbox/kept-mail.ts";
import { jsonAnswer, type SourceKind } from "../source-kind.ts";

/** What comes back by email. Nobody sends it here: it is read from the mailbox of a sender that has `config.imap`. */
export const imapSource: SourceKind<MailboxOwner> = {
  kind: "imap",
  config: z.strictObject({ senderId: z.string(), address: z.string() }),
  newSecret: () => "",
  checkSecret: () => "A mailbox has no secret.",
  verify: () => ({ ok: false, why: "unsigned", reason: "This source is a mailbox: nothing can be sent here." }),
  deliveryId: () => "",
  async read({ body, contentType, config }) {
    const meta = mailMeta(contentType);
    if (!meta) return { kind: "unknown", type: "mail", detail: body.toString("utf8", 0, 500) };
    return await readMail(body, meta, config);
  },
  answer: jsonAnswer,
};
