import { hash } from "node:crypto";
import { deliveryIdOf } from "../json.ts";
import type { FetchedMail } from "./reader.ts";

/** What is known of a kept mail beside its bytes: stands in `content_type`. */
export interface MailMeta {
  folder: "inbox" | "sent";
  /** Bytes of the whole mail, of which fewer may be kept. */
  size: number;
  /** When the mail server got it, Unix milliseconds; null: it didn't say. */
  internalDate: number | null;
}

/**
 * How a mail is kept. The same mail is the same item, however often and under whichever UID it is fetched: it is told from
 * others by its Message-ID and its bytes.
 */
export function keptMail({ folder, uid, source, size, internalDate, problem }: FetchedMail): {
  deliveryId: string;
  contentType: string;
  body: Buffer;
} {
  const date = internalDate === null ? "" : `; date=${internalDate.getTime()}`;
  const contentType = `message/rfc822; folder=${folder}; size=${size}${date}`;
  if (problem !== null)
    return { deliveryId: `unreadable:${folder}:${uid}`, contentType: "text/plain", body: Buffer.from(problem) };
  const messageId = /^message-id:[ \t]*(?:\r?\n[ \t]+)?(<[^<>\s]{1,150}>)/im.exec(
    source.toString("latin1", 0, 32_768),
  )?.[1];
  return {
    deliveryId: deliveryIdOf(`${messageId ?? "mail"}:${hash("sha256", source, "hex").slice(0, 40)}`),
    contentType,
    body: source,
  };
}

/** Reads what `keptMail` wrote; null: it is no mail. */
export function mailMeta(contentType: string | null): MailMeta | null {
  const match = /^message\/rfc822; folder=(inbox|sent); size=(\d+)(?:; date=(-?\d+))?$/.exec(contentType ?? "");
  if (!match) return null;
  const [, folder, size, date] = match;
  return { folder: folder as MailMeta["folder"], size: Number(size), internalDate: date ? Number(date) : null };
}
