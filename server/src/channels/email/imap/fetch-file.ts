import type { ImapFlow, MessageStructureObject } from "imapflow";
import { findFolders, type MailboxAccount, openMailbox } from "./connect.ts";
import { imapFailure } from "./failure.ts";

/** Bytes of a file that is given; mail servers take mails of 25 to 35 MB. */
export const largestFile = 25 * 1024 * 1024;
/** As it stands in the mail, base64 is a third longer, with line ends. */
const mostEncoded = Math.ceil((largestFile * 4) / 3) + largestFile / 30;
const chunk = 1024 * 1024;
/** Parts of a mail that are looked at. */
const mostParts = 1_000;

/** Which file of which mail. */
export interface WantedFile {
  /** Message-ID with angle brackets. */
  messageId: string;
  /** Its Content-ID without brackets, or its name, as in its `mid:` address. */
  key: string;
  /** Its place among the mail's files, from 0. */
  n: number;
}

export type FileResult =
  | { ok: true; name: string | null; bytes: Buffer }
  /** gone: the mail or the file isn't in the mailbox (any more). failed: see ImapFailure. */
  | { ok: false; why: "gone" | "too_large" | "failed"; detail: string };

/** Fetches one file of a mail out of the mailbox, which stays as it is. Never throws. */
export async function fetchFile(account: MailboxAccount, wanted: WantedFile, signal: AbortSignal): Promise<FileResult> {
  try {
    const client = await openMailbox(account, signal);
    const abort = () => client.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const { inbox, sent } = await findFolders(client, account.config);
      for (const path of [inbox, ...(sent === null || sent === inbox ? [] : [sent])]) {
        await client.mailboxOpen(path, { readOnly: true });
        const found = await client.search({ header: { "message-id": wanted.messageId } }, { uid: true });
        const uid = Array.isArray(found) ? found.at(-1) : undefined;
        if (uid !== undefined) return await fileOf(client, uid, wanted);
      }
      return { ok: false, why: "gone", detail: "The mail is not in the mailbox any more." };
    } finally {
      signal.removeEventListener("abort", abort);
      await client.logout().catch(() => client.close());
    }
  } catch (error) {
    return { ok: false, why: "failed", detail: imapFailure(error, account.config).message };
  }
}

async function fileOf(client: ImapFlow, uid: number, { key, n }: WantedFile): Promise<FileResult> {
  const mail = await client.fetchOne(String(uid), { uid: true, bodyStructure: true }, { uid: true });
  const files = mail === false || !mail.bodyStructure ? [] : filesOf(mail.bodyStructure);
  const file =
    files.find(({ id }) => id?.replace(/^<|>$/g, "") === key) ?? files.find((one) => nameOf(one) === key) ?? files[n];
  if (!file) return { ok: false, why: "gone", detail: "The mail has no such file." };
  if ((file.size ?? 0) > mostEncoded) return tooLarge();
  const pieces: Buffer[] = [];
  let size = 0;
  const part = file.part ?? "1";
  for (;;) {
    const bodyParts = [{ key: part, start: size, maxLength: chunk }];
    const answer = await client.fetchOne(String(uid), { uid: true, bodyParts }, { uid: true });
    const piece = answer === false ? undefined : answer.bodyParts?.get(part);
    if (!piece) break;
    pieces.push(piece);
    size += piece.length;
    if (size > mostEncoded) return tooLarge();
    if (piece.length < chunk) break;
  }
  const bytes = decoded(Buffer.concat(pieces), file.encoding ?? "7bit");
  return bytes.length > largestFile ? tooLarge() : { ok: true, name: nameOf(file), bytes };
}

function tooLarge(): FileResult {
  return { ok: false, why: "too_large", detail: "The file has more than 25 MiB: open it in the mailbox." };
}

/** What is no text of the mail itself, in the mail's order; a mail within the mail is one file. */
function filesOf(root: MessageStructureObject): MessageStructureObject[] {
  const files: MessageStructureObject[] = [];
  const nodes = [root];
  // Without recursion: the depth is the sender's choice.
  for (let seen = 0, node = nodes.pop(); node && seen < mostParts; node = nodes.pop(), seen += 1) {
    const type = node.type.toLowerCase();
    if (type.startsWith("multipart/")) nodes.push(...(node.childNodes ?? []).slice(0, mostParts).reverse());
    else if (!/^text\/(?:plain|html)$/.test(type) || node.disposition?.toLowerCase() === "attachment") files.push(node);
  }
  return files;
}

const nameOf = ({ dispositionParameters, parameters }: MessageStructureObject): string | null =>
  dispositionParameters?.filename ?? parameters?.name ?? null;

function decoded(bytes: Buffer, encoding: string): Buffer {
  switch (encoding.toLowerCase()) {
    case "base64":
      return Buffer.from(bytes.toString("latin1"), "base64");
    case "quoted-printable":
      return Buffer.from(
        bytes
          .toString("latin1")
          .replace(/[ \t]*=[ \t]*\r?\n/g, "")
          .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        "latin1",
      );
    default:
      return bytes;
  }
}
