import { z } from "zod";
import type { ChannelAdapter, OutboundMessage, SendResult, VerifyResult } from "../channel.ts";
import { type Answer, excerpt, objectOf, ProviderHttp, unanswered } from "../http.ts";
import { resultOfCode, resultOfRefusal } from "./twilio/errors.ts";
import { findMessage } from "./twilio/reconcile.ts";

/**
 * SMS through Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource). Creating a message
 * is not idempotent there: whatever may have been taken is `uncertain`, and is looked up in the account's message list.
 */

const config = z
  .strictObject({
    accountSid: z.string().regex(/^AC[0-9a-fA-F]{32}$/, "AC and 32 hexadecimal digits"),
    /** A number of the account in E.164, or a short code (5 or 6 digits). Either this or `messagingServiceSid`. */
    from: z
      .string()
      .regex(/^(\+[1-9]\d{6,14}|\d{5,6})$/, "a number as +15551234567, or a short code")
      .optional(),
    messagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-fA-F]{32}$/, "MG and 32 hexadecimal digits")
      .optional(),
    /** Where Twilio reports delivery to. Default: nowhere. */
    statusCallbackUrl: z.url({ protocol: /^https?$/ }).optional(),
    /** For test servers, proxies and Twilio's regions. */
    baseUrl: z.url({ protocol: /^https?$/ }).default("https://api.twilio.com"),
  })
  .refine((value) => (value.from === undefined) !== (value.messagingServiceSid === undefined), {
    message: "either from or messagingServiceSid, not both",
    path: ["from"],
  });

const secret = z.string().regex(/^[\x21-\x7e]{1,200}$/, "printable ASCII without spaces");
const credentials = z.union([
  z.strictObject({ authToken: secret }),
  z.strictObject({ apiKeySid: z.string().regex(/^SK[0-9a-fA-F]{32}$/), apiKeySecret: secret }),
]);

export type TwilioConfig = z.infer<typeof config>;
export type TwilioCredentials = z.infer<typeof credentials>;

const connections = 64;

export const twilio: ChannelAdapter<TwilioConfig, TwilioCredentials> = {
  provider: "twilio",
  channels: ["sms"],
  config,
  credentials,
  concurrency: () => 2 * connections,
  canReconcile: true,
  address: (settings) => settings.from ?? settings.messagingServiceSid ?? settings.accountSid,
  open({ config: settings, credentials: keys }) {
    const http = new ProviderHttp(settings.baseUrl, connections);
    const byKey = "apiKeySid" in keys;
    const login = byKey ? `${keys.apiKeySid}:${keys.apiKeySecret}` : `${settings.accountSid}:${keys.authToken}`;
    const authorization = ["authorization", `Basic ${Buffer.from(login).toString("base64")}`];
    const postHeaders = [...authorization, "content-type", "application/x-www-form-urlencoded"];
    const accountPath = `/2010-04-01/Accounts/${settings.accountSid}`;
    const messagesPath = `${accountPath}/Messages.json`;
    const commonFields = commonFieldsOf(settings);
    return {
      async send(message, signal) {
        const refused = unsendable(message);
        if (refused) return refused;
        const body = `To=${encode(message.to)}&Body=${encode(message.text)}${commonFields}`;
        const exchange = await http.exchange(
          { method: "POST", path: messagesPath, headers: postHeaders, body },
          signal,
        );
        if (exchange.stage !== "answered") return unanswered(exchange);
        if (exchange.status >= 200 && exchange.status < 300) return resultOfCreation(exchange);
        return resultOfRefusal(exchange, Date.now());
      },
      reconcile(message, signal) {
        const lookup = { messagesPath, headers: authorization, from: settings.from };
        return findMessage(http, lookup, message, signal);
      },
      async verify(signal) {
        // Standard API keys may not read the account: they show that they work by reading a message list.
        const path = byKey ? `${messagesPath}?PageSize=1` : `${accountPath}.json`;
        const exchange = await http.exchange({ method: "GET", path, headers: authorization }, signal);
        if (exchange.stage !== "answered") return { ok: false, code: exchange.code, detail: exchange.detail };
        return byKey ? verifiedKey(exchange) : verifiedAccount(exchange);
      },
      close: () => http.close(),
    };
  },
};

/** Form encoding; a lone surrogate, which has none, becomes U+FFFD instead of an exception. */
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

/** The form fields that all messages of a sender share, encoded once. */
function commonFieldsOf(settings: TwilioConfig): string {
  let fields = "";
  if (settings.from !== undefined) fields += `&From=${encode(settings.from)}`;
  if (settings.messagingServiceSid !== undefined) fields += `&MessagingServiceSid=${settings.messagingServiceSid}`;
  if (settings.statusCallbackUrl !== undefined) fields += `&StatusCallback=${encode(settings.statusCallbackUrl)}`;
  return fields;
}

function unsendable(message: OutboundMessage): SendResult | null {
  if (message.action === "message") return null;
  return { outcome: "failed", code: "unsupported_action", detail: `SMS has no action ${message.action}.` };
}

/** The result of a 2xx: only a message resource proves that it was sent. */
function resultOfCreation(answer: Answer): SendResult {
  const resource = objectOf(answer);
  if (typeof resource?.sid !== "string" || resource.sid === "") {
    return {
      outcome: "uncertain",
      code: "unreadable_answer",
      detail: `HTTP ${answer.status}: ${excerpt(answer.body)}`,
    };
  }
  // Twilio can create a message and fail it at once, and says so in the resource.
  if (resource.status === "failed" || resource.status === "undelivered") {
    const code = typeof resource.error_code === "number" ? resource.error_code : 0;
    const words = typeof resource.error_message === "string" ? resource.error_message : `status ${resource.status}`;
    const unlisted: SendResult = { outcome: "failed", code: `twilio_${code || resource.status}`, detail: words };
    return resultOfCode(code, words) ?? unlisted;
  }
  return { outcome: "sent", providerMessageId: resource.sid };
}

function verifiedAccount(answer: Answer): VerifyResult {
  const account = objectOf(answer);
  if (answer.status !== 200 || typeof account?.status !== "string") return refusedVerification(answer);
  if (account.status !== "active") {
    return { ok: false, code: "account_suspended", detail: `The Twilio account is ${account.status}.` };
  }
  return { ok: true, detail: `Twilio account ${String(account.friendly_name ?? account.sid)}` };
}

function verifiedKey(answer: Answer): VerifyResult {
  if (answer.status !== 200 || !Array.isArray(objectOf(answer)?.messages)) return refusedVerification(answer);
  return { ok: true, detail: "The API key can read the account's messages." };
}

function refusedVerification(answer: Answer): VerifyResult {
  if (answer.status >= 200 && answer.status < 300) {
    return { ok: false, code: "unreadable_answer", detail: excerpt(answer.body) };
  }
  const result = resultOfRefusal(answer, Date.now());
  if (result.outcome === "sent") return { ok: false, code: "unreadable_answer", detail: excerpt(answer.body) };
  return { ok: false, code: result.code, detail: result.detail };
}
