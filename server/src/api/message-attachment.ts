import { Readable } from "node:stream";
import { z } from "zod";
import { getMessage } from "../db/message.ts";
import { getSender } from "../db/sender.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { openSender } from "./open-sender.ts";

const deadlineMs = 30_000;
/** Each holds up to 60 MB while it is fetched. */
const mostAtOnce = 2;
let underWay = 0;

/** `mid:<Message-ID>/<part>`, as `read-mail.ts` writes it. */
const midForm = /^mid:([^/]+)\/([^/]+)$/;

/**
 * The name for a header: no path, nothing that could end the field. Also as RFC 6266 has it for other letters than ASCII.
 */
export function dispositionOf(name: string | null): string {
  const plain =
    (name ?? "")
      .replace(/[\p{Cc}\p{Cf}/\\]+/gu, "_")
      .trim()
      .slice(0, 150)
      .toWellFormed() || "attachment";
  const ascii = plain.replace(/[^\x20-\x7e]|["%;]/g, "_");
  const encoded = encodeURIComponent(plain).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** Calls the mail server: not in a transaction. What is fetched is passed on and kept nowhere. */
export const messageAttachmentEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/messages/{id}/attachments/{n}",
    right: "messages.read",
    tags: ["Messages"],
    summary: "Fetch a file that came with an email",
    description:
      "Out of the sender's mailbox, where the mail still is there; Herald keeps no files. `n`: its place in the message's `attachments`, from 0. Up to 25 MiB. " +
      "Always a download (`content-disposition: attachment`), of no type: what strangers send is not to be opened in a page of yours; look at `contentType` of the attachment, " +
      "and have it scanned. Files of SMS and LinkedIn are at their providers' addresses (`url`), which ask for the account's login.",
    params: z.strictObject({ id: z.string().min(1).max(200), n: z.coerce.number().int().min(0).max(100) }),
    transaction: false,
    streams: "application/octet-stream",
    responses: { 200: z.unknown().meta({ type: "string", description: "The file's bytes.", format: "binary" }) },
    async execute({ api, workspaceId, params, request }) {
      const message = await getMessage(api.db, workspaceId, params.id);
      if (!message) throw notFound("message", params.id);
      const file = message.attachments?.[params.n];
      if (!file) throw new HeraldError("not_found", `The message ${params.id} has no attachment ${params.n}.`);
      const mid = midForm.exec(file.url);
      if (!mid) {
        throw new HeraldError("invalid_state", `This file isn't in a mailbox. It is at its provider: ${file.url}`);
      }
      const sender = await getSender(api.db, workspaceId, message.senderId);
      if (!sender) throw notFound("sender", message.senderId);
      const [messageId, key] = [`<${decodeURIComponent(mid[1]!)}>`, decodeURIComponent(mid[2]!)];
      if (underWay >= mostAtOnce) {
        throw new HeraldError("rate_limited", "Other files are being fetched just now. Try again in some seconds.");
      }
      underWay += 1;
      try {
        const connection = openSender(api, workspaceId, sender);
        const signal = AbortSignal.any([request.signal(), AbortSignal.timeout(deadlineMs)]);
        const result = await (
          connection.file?.({ messageId, key, n: params.n }, signal) ?? Promise.resolve(null)
        ).finally(() => connection.close().catch(() => {}));
        if (result === null) {
          throw new HeraldError("invalid_state", "The mailbox of this sender isn't read: its config has no imap.");
        }
        if (!result.ok) {
          const code = { gone: "not_found", too_large: "unprocessable", failed: "provider_error" } as const;
          throw new HeraldError(code[result.why], result.detail);
        }
        const headers = {
          "content-disposition": dispositionOf(result.name),
          "content-length": String(result.bytes.length),
          "cache-control": "private, no-store",
          "content-security-policy": "sandbox; default-src 'none'",
          "x-content-type-options": "nosniff",
        };
        return { status: 200, body: Readable.from(result.bytes.length > 0 ? [result.bytes] : []), headers };
      } finally {
        underWay -= 1;
      }
    },
  }),
];
