import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { resultOfCode } from "../../channels/sms/twilio/errors.ts";
import type { Attachment } from "../../domain/event.ts";
import type { InboundReport, Reading } from "../../domain/inbound.ts";
import { type Keyword, keywordOf } from "../../domain/opt-out-words.ts";
import type { Verification } from "../../domain/signature.ts";
import { bodyHash, deliveryIdOf, textOf } from "../json.ts";
import type { KeptRequest, SourceKind, SourceRequest } from "../source-kind.ts";

/**
 * Twilio's webhooks for messages (https://www.twilio.com/docs/messaging/guides/webhook-request): what people write, and what
 * became of what was sent to them. One address takes both.
 */
export const twilioSource: SourceKind<Record<string, never>> = {
  kind: "twilio",
  signsAddress: true,
  config: z.strictObject({}),
  newSecret: null,
  checkSecret: (secret) =>
    /^[\x21-\x7e]{16,200}$/.test(secret) ? null : "This is the account's auth token: 32 characters, without spaces.",
  verify,
  deliveryId({ body }) {
    const form = formOf(body);
    const sid = form.get("MessageSid");
    if (!sid) return bodyHash(body);
    // A message is reported several times, each with another status.
    return deliveryIdOf(`${reportStatus(form) ?? "received"}:${sid}`);
  },
  read,
  // An empty answer of TwiML: nothing is sent back.
  answer: { contentType: "text/xml; charset=utf-8", body: "<Response/>" },
};

/** Twilio's have some thirty. Sorting all that fits into a body is work for whoever doesn't have to sign it. */
const mostFields = 500;

const formOf = (body: Buffer) => new URLSearchParams(body.toString("utf8"));

/**
 * `X-Twilio-Signature`: base64 HMAC-SHA1, keyed with the auth token, of the address that was called, followed by the name and
 * value of each field of the form, by name (https://www.twilio.com/docs/usage/security). The address is Twilio's: behind a
 * proxy it is another than ours, and Twilio writes a standard port at times, and at times not.
 */
function verify({ headers, body, urls }: SourceRequest, secrets: readonly string[]): Verification {
  const signature = headers["x-twilio-signature"];
  if (typeof signature !== "string" || signature === "") {
    return { ok: false, why: "unsigned", reason: "The x-twilio-signature header is missing." };
  }
  const form = formOf(body);
  if (form.size > mostFields) {
    return { ok: false, why: "wrong_signature", reason: `A request of Twilio's has at most ${mostFields} fields.` };
  }
  const fields = [...form]
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    // Of a name with the same value twice one counts, as in Twilio's own libraries.
    .filter(([name, value], i, all) => name !== all[i - 1]?.[0] || value !== all[i - 1]?.[1])
    .map(([name, value]) => name + value)
    .join("");
  const given = Buffer.from(signature);
  for (const secret of secrets) {
    for (const url of new Set(urls.flatMap(withAndWithoutPort))) {
      const right = Buffer.from(createHmac("sha1", secret).update(url).update(fields).digest("base64"));
      if (given.length === right.length && timingSafeEqual(given, right)) return { ok: true };
    }
  }
  const reason =
    "The signature fits none of the addresses that this request can have been sent to: another auth token, or a proxy that doesn't pass on the address. HERALD_PUBLIC_URL says it.";
  return { ok: false, why: "wrong_signature", reason };
}

function withAndWithoutPort(text: string): string[] {
  const match = /^(https?):\/\/([^/:]+|\[[^\]]+\])(:\d+)?(\/.*)$/.exec(text);
  if (!match) return [text];
  const [, scheme, host, port, path] = match;
  const standard = scheme === "https" ? ":443" : ":80";
  return port ? [text, `${scheme}://${host}${path}`] : [text, `${scheme}://${host}${standard}${path}`];
}

/** What a status callback says; null: it is a message. */
function reportStatus(form: URLSearchParams): string | null {
  const status = form.get("MessageStatus");
  return status === null || status === "received" || status === "receiving" ? null : status;
}

const optOutTypes: Readonly<Record<string, Keyword>> = { STOP: "stop", START: "start", HELP: "help" };

function read({ body }: KeptRequest): Reading {
  const form = formOf(body);
  const field = (name: string) => textOf(form.get(name));
  const providerMessageId = field("MessageSid");
  if (!providerMessageId) return { kind: "unknown", type: null, detail: "This has no MessageSid." };
  // The signature has shown whose it is: a STOP counts without its account.
  const accountId = field("AccountSid");
  const status = reportStatus(form);
  const account = { provider: "twilio", accountId, serviceId: field("MessagingServiceSid") } as const;
  if (status !== null) return readReport(form, status, { account, providerMessageId });
  const from = field("From");
  if (!from) return { kind: "unknown", type: "message", detail: "This has no From." };
  const type = "message";
  // whatsapp:+1..., messenger:...: other channels of Twilio's.
  if (/^[a-z]+:/i.test(from))
    return { kind: "unknown", type, detail: `Herald has no channel for ${from.split(":")[0]}.` };
  const text = form.get("Body")?.replaceAll("\0", "\u2400").toWellFormed() ?? "";
  const message = {
    ...({ kind: "message", direction: "in", channel: "sms", person: { phone: from } } as const),
    account: { ...account, address: field("To") },
    ...{ text, subject: null, attachments: attachmentsOf(form) },
    // With Twilio's advanced opt-out, what counts as a keyword is set there.
    keyword: optOutTypes[form.get("OptOutType")?.toUpperCase() ?? ""] ?? keywordOf(text),
    ...{ at: null, providerMessageId, providerThreadId: null, external: null },
  };
  return { kind: "facts", type, facts: [message] };
}

function attachmentsOf(form: URLSearchParams): Attachment[] {
  const count = Math.min(Number(form.get("NumMedia")) || 0, 10);
  return Array.from({ length: count }, (_, n) => ({
    url: textOf(form.get(`MediaUrl${n}`)) ?? "",
    contentType: textOf(form.get(`MediaContentType${n}`)),
  })).filter(({ url }) => /^https?:\/\//.test(url));
}

function readReport(
  form: URLSearchParams,
  status: string,
  of: Pick<InboundReport, "account" | "providerMessageId">,
): Reading {
  const type = `status.${status}`.slice(0, 100);
  if (status === "delivered" || status === "read") {
    const report: InboundReport = {
      kind: "report",
      ...of,
      outcome: "delivered",
      code: null,
      detail: null,
      suppress: null,
    };
    return { kind: "facts", type, facts: [report] };
  }
  if (status !== "failed" && status !== "undelivered") {
    const known = ["accepted", "scheduled", "queued", "sending", "sent", "canceled"].includes(status);
    if (known) return { kind: "nothing", type, detail: "It is on its way." };
    return { kind: "unknown", type, detail: "There is no such status in Twilio's documentation." };
  }
  const number = Number(form.get("ErrorCode"));
  const words = textOf(form.get("ErrorMessage")) ?? `status ${status}`;
  const result = number ? resultOfCode(number, words) : null;
  const failed = result?.outcome === "failed" ? result : null;
  const suppress = failed?.suppress === "opted_out" || failed?.suppress === "invalid" ? failed.suppress : null;
  const report: InboundReport = {
    ...{ kind: "report", ...of, outcome: "failed", suppress, to: textOf(form.get("To")) },
    code: failed?.code ?? (number ? `twilio_${number}` : status),
    detail: result && "detail" in result ? result.detail : number ? `Twilio ${number}: ${words}` : `Twilio: ${words}`,
  };
  return { kind: "facts", type, facts: [report] };
}
