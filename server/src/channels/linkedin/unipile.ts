import { z } from "zod";
import type { ChannelAdapter, OutboundMessage, SendResult, VerifyResult } from "../channel.ts";
import { type Answer, type Exchange, excerpt, objectOf, unanswered } from "../http.ts";
import { UnipileApi } from "./unipile/api.ts";
import { resultOfRefusal, typeOf } from "./unipile/errors.ts";
import { resultOfNotFound } from "./unipile/not-found.ts";
import { resolvePerson } from "./unipile/person.ts";
import { pollOf } from "./unipile/poll.ts";
import { findInvitation, findMessage } from "./unipile/reconcile.ts";

/**
 * LinkedIn through Unipile's API v1 (https://developer.unipile.com), which drives the user's own account. LinkedIn has no
 * open messaging API, and its user agreement forbids automation: who connects an account takes that risk.
 */

const config = z.strictObject({
  /** As Unipile's dashboard shows it, `api8.unipile.com:13443`; or an http(s) URL, for a proxy or a test server. */
  dsn: z
    .string()
    .refine(
      (dsn) =>
        /^(https?:\/\/)?[a-z0-9.-]+(:\d{1,5})?\/?$/i.test(dsn) &&
        URL.canParse(/:\/\//.test(dsn) ? dsn : `https://${dsn}`),
      "a host and port as api8.unipile.com:13443",
    ),
  /** Unipile's ID of the connected LinkedIn account. */
  accountId: z.string().regex(/^[\w.-]{1,100}$/, "the ID of an account in Unipile"),
});

const credentials = z.strictObject({
  apiKey: z.string().regex(/^[\x21-\x7e]{1,500}$/, "printable ASCII without spaces"),
});

export type UnipileConfig = z.infer<typeof config>;
export type UnipileCredentials = z.infer<typeof credentials>;

/** A person does one thing at a time on LinkedIn. */
const connections = 1;

export const unipile: ChannelAdapter<UnipileConfig, UnipileCredentials> = {
  provider: "unipile",
  channels: ["linkedin"],
  config,
  credentials,
  concurrency: () => connections,
  canReconcile: true,
  address: (settings) => settings.accountId,
  open({ config: settings, credentials: keys }) {
    const api = new UnipileApi(settings, keys.apiKey, connections);
    const asking = new UnipileApi(settings, keys.apiKey, connections);
    return {
      send: (message, signal) => (message.action === "connect" ? invite : write)(api, message, signal),
      reconcile: (message, signal) =>
        (message.action === "connect" ? findInvitation : findMessage)(api, message, signal),
      async verify(signal) {
        const exchange = await api.get(`/accounts/${encodeURIComponent(settings.accountId)}`, {}, signal);
        if (exchange.stage !== "answered") return { ok: false, code: exchange.code, detail: exchange.detail };
        return verified(exchange);
      },
      poll: pollOf(asking),
      async close() {
        await Promise.all([api.close(), asking.close()]);
      },
    };
  },
};

/** Sends in the chat that is known, or starts one. */
async function write(api: UnipileApi, message: OutboundMessage, signal: AbortSignal): Promise<SendResult> {
  const chat = message.thread.providerThreadId;
  if (chat !== null) {
    const path = `/chats/${encodeURIComponent(chat)}/messages`;
    const exchange = await api.postForm(path, [["text", message.text]], signal);
    return resultOf(api, exchange, "message", signal, (body) => {
      if (body.object !== "MessageSent" && typeof body.message_id !== "string") return null;
      return { outcome: "sent", providerMessageId: textOrNull(body.message_id), providerThreadId: chat };
    });
  }
  let providerLeadId = message.thread.providerLeadId;
  if (providerLeadId === null) {
    const resolved = await resolvePerson(api, message, signal);
    if (!resolved.ok) return resolved.result;
    providerLeadId = resolved.person.providerId;
  }
  const fields = [
    ["account_id", api.accountId],
    ["attendees_ids", providerLeadId],
    ["text", message.text],
  ] as const;
  const exchange = await api.postForm("/chats", fields, signal);
  return resultOf(api, exchange, "message", signal, (body) => {
    // Unipile's reference allows null for both IDs: LinkedIn has taken the message, and it shows up in the list later.
    if (body.object !== "ChatStarted" && typeof body.chat_id !== "string") return null;
    return {
      outcome: "sent",
      providerMessageId: textOrNull(body.message_id),
      providerThreadId: textOrNull(body.chat_id),
      providerLeadId,
    };
  });
}

async function invite(api: UnipileApi, message: OutboundMessage, signal: AbortSignal): Promise<SendResult> {
  let providerLeadId = message.thread.providerLeadId;
  if (providerLeadId === null) {
    const resolved = await resolvePerson(api, message, signal);
    if (!resolved.ok) return resolved.result;
    const { person } = resolved;
    providerLeadId = person.providerId;
    if (person.connected || person.invited) {
      const note = person.connected ? "already_connected" : "already_invited";
      return { outcome: "sent", providerMessageId: null, providerLeadId, note };
    }
  }
  const body = {
    account_id: api.accountId,
    provider_id: providerLeadId,
    ...(message.text !== "" && { message: message.text }),
  };
  const exchange = await api.postJson("/users/invite", body, signal);
  const result = await resultOf(api, exchange, "connect", signal, (answer) => {
    if (answer.object !== "UserInvitationSent" && typeof answer.invitation_id !== "string") return null;
    return { outcome: "sent", providerMessageId: textOrNull(answer.invitation_id) };
  });
  return result.outcome === "sent" ? { ...result, providerLeadId } : result;
}

/** `read` gives null for a body that doesn't prove that the message was taken. */
async function resultOf(
  api: UnipileApi,
  exchange: Exchange,
  action: OutboundMessage["action"],
  signal: AbortSignal,
  read: (body: Record<string, unknown>) => SendResult | null,
): Promise<SendResult> {
  if (exchange.stage !== "answered") return unanswered(exchange);
  if (exchange.status === 404 && typeOf(exchange) === "resource_not_found") {
    return resultOfNotFound(api, exchange, "resource_not_found", signal);
  }
  if (exchange.status < 200 || exchange.status >= 300) return resultOfRefusal(exchange, action, Date.now());
  const body = objectOf(exchange);
  const detail = `HTTP ${exchange.status}: ${excerpt(exchange.body)}`;
  return (body && read(body)) ?? { outcome: "uncertain", code: "unreadable_answer", detail };
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function verified(answer: Answer): VerifyResult {
  const account = objectOf(answer);
  if (answer.status === 200 && Array.isArray(account?.sources)) {
    const sources = account.sources as { status?: unknown }[];
    const broken = sources.find((source) => source?.status !== "OK");
    if (!broken) return { ok: true, detail: `LinkedIn account ${String(account.name ?? account.id)}` };
    return { ok: false, code: "account_not_ok", detail: `Unipile says of this account: ${String(broken?.status)}` };
  }
  if (answer.status === 404) return { ok: false, code: "account_not_found", detail: excerpt(answer.body) };
  if (answer.status >= 200 && answer.status < 300) {
    return { ok: false, code: "unreadable_answer", detail: excerpt(answer.body) };
  }
  const result = resultOfRefusal(answer, "message", Date.now());
  if (result.outcome === "sent") return { ok: false, code: "unreadable_answer", detail: excerpt(answer.body) };
  return { ok: false, code: result.code, detail: result.detail };
}
