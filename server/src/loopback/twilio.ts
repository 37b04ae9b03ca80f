import { randomUUID } from "node:crypto";
import { Arrivals } from "./arrivals.ts";
import { type Fault, Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";
import { listMessages } from "./twilio-list.ts";
import { refusal, rfc2822, type TwilioMessage } from "./twilio-message.ts";

/**
 * A fake Twilio on loopback. It follows the Messages resource of Twilio's REST API (2010-04-01) and refuses what Twilio
 * refuses, with Twilio's codes; beyond that it refuses form fields it doesn't know, so that a typo can't pass.
 */

export interface TwilioLoopbackOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  accountSid: string;
  authToken: string;
  /** An API key that is accepted besides the auth token. Like a standard key of Twilio, it can't read the account. */
  apiKey?: { sid: string; secret: string };
  /** The account's numbers. Default: any well-formed one. */
  numbers?: readonly string[];
  /** Numbers that answered STOP: sending to them is refused with 21610. */
  optedOut?: Iterable<string>;
  /** Leaves messages in the queue: status `queued` and no `date_sent`. Default false. */
  keepQueued?: boolean;
  /** Status of the account: `active`, `suspended` or `closed`. Default `active`. */
  accountStatus?: string;
  /** How long each answer takes, in milliseconds. Default 0. */
  latencyMs?: number;
}

export interface TwilioLoopback extends LoopbackServer {
  /** What arrived, in order. */
  messages: TwilioMessage[];
  arrivals: Arrivals<TwilioMessage>;
  faults: Faults;
  optedOut: Set<string>;
}

/** A fault: Twilio's error body with this code. */
export function twilioError(status: number, code: number, message: string, headers?: Record<string, string>): Fault {
  return { kind: "answer", ...refusal(status, code, message), ...(headers && { headers }) };
}

export async function startTwilio(options: TwilioLoopbackOptions): Promise<TwilioLoopback> {
  const arrivals = new Arrivals<TwilioMessage>();
  const faults = new Faults();
  const optedOut = new Set(options.optedOut);
  const account = `/2010-04-01/Accounts/${options.accountSid}`;
  const token = basic(options.accountSid, options.authToken);
  const key = options.apiKey && basic(options.apiKey.sid, options.apiKey.secret);

  function handle(request: LoopbackRequest): LoopbackAnswer {
    const given = request.headers.authorization ?? "";
    const byKey = key !== undefined && given === key;
    if (!byKey && given !== token) return refusal(401, 20003, "Authenticate");
    if (request.path === `${account}/Messages.json`) {
      if (request.method === "POST") return create(request);
      if (request.method === "GET") return listMessages(request, arrivals.messages);
      return refusal(405, 20004, "Method not allowed");
    }
    if (request.path === `${account}.json` && request.method === "GET") {
      if (byKey) return refusal(401, 20003, "Authenticate");
      const status = options.accountStatus ?? "active";
      return { status: 200, body: { sid: options.accountSid, friendly_name: "Loopback", status, type: "Full" } };
    }
    return refusal(404, 20404, `The requested resource ${request.path} was not found`);
  }

  function create(request: LoopbackRequest): LoopbackAnswer {
    const form = formOf(request);
    if (!(form instanceof Map)) return form;
    const refused = refusalOf(form, options.numbers, optedOut);
    if (refused) return refused;
    const now = rfc2822(new Date());
    const message: TwilioMessage = {
      sid: `SM${randomUUID().replaceAll("-", "")}`,
      account_sid: options.accountSid,
      to: form.get("To")!,
      from: form.get("From") ?? null,
      messaging_service_sid: form.get("MessagingServiceSid") ?? null,
      body: form.get("Body")!,
      status: options.keepQueued ? "queued" : "sent",
      direction: "outbound-api",
      date_created: now,
      date_sent: options.keepQueued ? null : now,
      error_code: null,
      error_message: null,
      status_callback: form.get("StatusCallback") ?? null,
    };
    arrivals.add(message);
    const { status_callback: _, ...resource } = message;
    return { status: 201, body: { ...resource, status: "queued", date_sent: null } };
  }

  const { port, latencyMs } = options;
  const server = await listen({ port, latencyMs, faults, arrivals, handle });
  return { ...server, messages: arrivals.messages, arrivals, faults, optedOut };
}

const fields = new Set(["To", "From", "MessagingServiceSid", "Body", "StatusCallback"]);
const e164 = /^\+[1-9]\d{6,14}$/;

function formOf(request: LoopbackRequest): Map<string, string> | LoopbackAnswer {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "")) {
    return refusal(415, 20415, "Content type must be application/x-www-form-urlencoded");
  }
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(request.body.toString())) {
    if (!fields.has(name) || form.has(name)) return refusal(400, 20001, `Invalid parameter ${name}`);
    form.set(name, value);
  }
  return form;
}

function refusalOf(
  form: Map<string, string>,
  numbers: readonly string[] | undefined,
  optedOut: ReadonlySet<string>,
): LoopbackAnswer | undefined {
  const to = form.get("To");
  const from = form.get("From");
  const service = form.get("MessagingServiceSid");
  const body = form.get("Body");
  if (!to) return refusal(400, 21604, "A 'To' phone number is required.");
  if (!from && !service) return refusal(400, 21603, "A 'From' phone number is required.");
  if (!body) return refusal(400, 21602, "Message body is required.");
  if (body.length > 1600) return refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.");
  if (!e164.test(to)) return refusal(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
  if (from && !(numbers ? numbers.includes(from) : e164.test(from))) {
    return refusal(400, 21606, `The From phone number ${from} is not a valid, SMS-capable phone number.`);
  }
  if (service && !/^MG[0-9a-fA-F]{32}$/.test(service)) {
    return refusal(404, 21705, `The Messaging Service Sid ${service} is invalid.`);
  }
  if (from === to) return refusal(400, 21266, "'To' and 'From' number cannot be the same.");
  if (optedOut.has(to)) return refusal(400, 21610, "Attempt to send to unsubscribed recipient");
  return undefined;
}

const basic = (user: string, secret: string): string => `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
