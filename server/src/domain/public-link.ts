import { createHmac, timingSafeEqual } from "node:crypto";
import { type ChannelName, channels } from "./event.ts";
import { idBytes, idOfBytes } from "./id.ts";

/**
 * Links that stand in messages and are followed by strangers: `/u/` to unsubscribe, `/o/` a message's pixel, `/c/` a link of
 * a message. A token says for which workspace and message (or lead) it is, and nothing about a person; its MAC (128 bits of
 * HMAC-SHA256) makes it unguessable. Tokens don't expire: people unsubscribe by mails of years ago. They end only with the
 * secret key.
 */
const purposes = { unsubscribe: 1, unsubscribeLead: 2, open: 3, click: 4 } as const;

export type LinkTarget =
  | { kind: "unsubscribe"; workspaceId: string; messageId: string; channel: ChannelName }
  | { kind: "unsubscribeLead"; workspaceId: string; leadId: string; channel: ChannelName }
  | { kind: "open"; workspaceId: string; messageId: string }
  /** `link`: the index of a link in the message's HTML, see `linksOf`. */
  | { kind: "click"; workspaceId: string; messageId: string; link: number };

/** version, purpose, channel, link (2), workspace (16), message or lead (16). */
const headBytes = 5;
const payloadBytes = headBytes + 32;
const macBytes = 16;
const version = 1;

export class PublicLinks {
  /** As `https://herald.example.com`; null: not known, and there are no links. */
  readonly base: string | null;
  private readonly key: Buffer;

  /** `key`: of their own, made from the secret key. */
  constructor(base: string | null, key: Buffer) {
    this.base = base;
    this.key = key;
  }

  /** For a message's `List-Unsubscribe`. */
  unsubscribeMessage(workspaceId: string, messageId: string, channel: ChannelName): string | null {
    return this.url("u", { kind: "unsubscribe", workspaceId, messageId, channel });
  }

  /** For the text of a message, which is written before the message has its ID. */
  unsubscribeLead(workspaceId: string, leadId: string, channel: ChannelName): string | null {
    return this.url("u", { kind: "unsubscribeLead", workspaceId, leadId, channel });
  }

  pixel(workspaceId: string, messageId: string): string | null {
    const url = this.url("o", { kind: "open", workspaceId, messageId });
    return url && `${url}.gif`;
  }

  click(workspaceId: string, messageId: string, link: number): string | null {
    return this.url("c", { kind: "click", workspaceId, messageId, link });
  }

  private url(path: string, target: LinkTarget): string | null {
    return this.base === null ? null : `${this.base}/${path}/${this.token(target)}`;
  }

  token(target: LinkTarget): string {
    const payload = Buffer.alloc(payloadBytes);
    payload[0] = version;
    payload[1] = purposes[target.kind];
    if ("channel" in target) payload[2] = channels.indexOf(target.channel);
    if ("link" in target) payload.writeUInt16BE(target.link, 3);
    payload.set(idBytes(target.workspaceId), headBytes);
    payload.set(idBytes("leadId" in target ? target.leadId : target.messageId), headBytes + 16);
    return Buffer.concat([payload, this.mac(payload)]).toString("base64url");
  }

  /** What a token was made for; null: nobody made it with this key. */
  read(token: string): LinkTarget | null {
    if (!/^[A-Za-z0-9_-]{71}$/.test(token)) return null;
    const bytes = Buffer.from(token, "base64url");
    const payload = bytes.subarray(0, payloadBytes);
    if (bytes.length !== payloadBytes + macBytes) return null;
    if (!timingSafeEqual(bytes.subarray(payloadBytes), this.mac(payload)) || payload[0] !== version) return null;
    const workspaceId = idOfBytes("workspace", payload.subarray(headBytes, headBytes + 16));
    const subject = payload.subarray(headBytes + 16);
    const messageId = idOfBytes("message", subject);
    const channel = channels[payload[2]!] ?? "email";
    switch (payload[1]) {
      case purposes.unsubscribe:
        return { kind: "unsubscribe", workspaceId, messageId, channel };
      case purposes.unsubscribeLead:
        return { kind: "unsubscribeLead", workspaceId, leadId: idOfBytes("lead", subject), channel };
      case purposes.open:
        return { kind: "open", workspaceId, messageId };
      case purposes.click:
        return { kind: "click", workspaceId, messageId, link: payload.readUInt16BE(3) };
      default:
        return null;
    }
  }

  private mac(payload: Uint8Array): Buffer {
    return createHmac("sha256", this.key).update(payload).digest().subarray(0, macBytes);
  }
}
