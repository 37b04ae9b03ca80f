import { Agent, type Dispatcher, ProxyAgent, request } from "undici";
import { retryAfterMs } from "../../domain/retry-after.ts";
import type { EgressProxy } from "../webhook/egress-proxy.ts";
import { CrmError, type CrmErrorDetails } from "./error.ts";
import { type CallGate, openGate } from "./pace.ts";

/** One call's time, below that of the whole delivery. Milliseconds. */
const callTimeoutMs = 15_000;
/** A page of a hundred long notes fits. */
const mostBytes = 8 * 1024 * 1024;
const shownCharacters = 2_000;
/** Where a CRM says "too many" and not until when. */
const restMs = 10_000;
/** So long a used-up daily quota is left alone, whatever the answer says: it comes back at the account's midnight. */
const quotaRestMs = 3_600_000;
/** "Not now": a timeout of theirs, a conflict, a lock, too early, a migration of the account (HubSpot's 477). */
const notNow: readonly number[] = [408, 409, 423, 425, 477];

export interface CrmAnswer {
  status: number;
  /** Parsed; null where it is no JSON. */
  json: Record<string, unknown> | unknown[] | null;
  text: string;
  headers: Record<string, string | string[] | undefined>;
  /** For `CrmError` and the log of attempts. */
  seen: CrmErrorDetails;
}

export interface CrmCall {
  method: "GET" | "POST";
  /** Begins with a slash. */
  path: string;
  body?: object | URLSearchParams | undefined;
  headers: Record<string, string>;
  /** Whether it creates something: then an end without an answer is ambiguous. */
  creates?: boolean | undefined;
  /** Of a kind that has a limit of its own. */
  narrow?: boolean | undefined;
  /** Statuses beside 2xx that are the caller's to judge. */
  allow?: readonly number[] | undefined;
  /** What any other answer means. Default: it is the caller's to judge. */
  problem?: (answer: CrmAnswer) => CrmError;
  signal: AbortSignal;
}

/** How calls leave this machine. */
export interface CrmHttpOptions {
  proxy?: EgressProxy | null;
  /** The account's limits. Default: none. */
  gate?: CallGate;
}

/**
 * Calls one CRM. Goes to the addresses that an adapter names, at the pace of the account, follows no redirect, and reads no
 * more than 8 MiB. Throws CrmError for what all CRMs have in common (no answer, 429, 5xx), and for what the call says is one.
 */
export class CrmHttp {
  private readonly dispatcher: Dispatcher;
  private readonly system: string;
  private readonly gate: CallGate;
  private closing: Promise<void> | null = null;
  readonly base: string;

  constructor(system: string, base: string, { proxy = null, gate = openGate }: CrmHttpOptions = {}) {
    this.system = system;
    this.gate = gate;
    this.base = base.replace(/\/+$/, "");
    const limits = { connect: { timeout: 10_000 }, keepAliveTimeout: 4_000 };
    const through = proxy && {
      uri: `http://${proxy.hostname}:${proxy.port}`,
      ...(proxy.authorization && { token: proxy.authorization }),
    };
    this.dispatcher = through ? new ProxyAgent(through) : new Agent(limits);
  }

  async call(call: CrmCall, base = this.base): Promise<CrmAnswer> {
    await this.gate.pass(call.signal, call.narrow);
    try {
      return await this.callNow(call, base);
    } catch (error) {
      if (error instanceof CrmError && error.problem === "throttled")
        await this.gate.rest(error.details.retryAfterMs ?? restMs, error.message);
      throw error;
    }
  }

  private async callNow(call: CrmCall, base: string): Promise<CrmAnswer> {
    const { method, path, body, headers, creates = false, allow = [], problem, signal } = call;
    const url = base + path;
    const form = body instanceof URLSearchParams;
    const called = `${method} ${url.replace(/\?.*$/, "")}`;
    // A form holds credentials; the rest is what is told of people, and shown with the attempt.
    const sent = body && (form ? body.toString() : JSON.stringify(body));
    const line = sent && !form ? `${called}\n${sent.slice(0, shownCharacters)}` : called;
    let status = 0;
    try {
      const answer = await request(url, {
        ...{
          method,
          dispatcher: this.dispatcher,
          signal: AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]),
        },
        headers: {
          accept: "application/json",
          "user-agent": "Herald/0.1",
          ...(body && { "content-type": form ? "application/x-www-form-urlencoded" : "application/json" }),
          ...headers,
        },
        ...(sent && { body: sent }),
      });
      status = answer.statusCode;
      const text = await bounded(answer.body);
      const seen = { statusCode: status, request: line, response: text.slice(0, shownCharacters) };
      const read: CrmAnswer = { status, json: parsed(text), text, headers: answer.headers, seen };
      if (!allow.includes(status)) this.judge(read, creates);
      if (status >= 300 && !allow.includes(status) && problem) throw problem(read);
      return read;
    } catch (error) {
      if (error instanceof CrmError) throw error;
      throw this.unanswered(error as Error, { statusCode: status || null, request: line }, creates);
    }
  }

  /** What is under way ends by itself: a destination that was changed is opened anew meanwhile. */
  close(): Promise<void> {
    this.closing ??= this.dispatcher.close();
    return this.closing;
  }

  private judge({ status, headers, json, seen }: CrmAnswer, creates: boolean): void {
    // HubSpot's words for it.
    if (status === 429 && /daily/i.test(text(record(json).policyName) ?? ""))
      throw new CrmError(
        "throttled",
        "quota_used_up",
        `The ${this.system} account's API calls of this day are used up. Herald goes on by itself, after the account's midnight at the latest; have other integrations call less, or buy a higher limit.`,
        { ...seen, retryAfterMs: Math.max(quotaRestMs, waitOf(headers, json) ?? 0) },
      );
    if (status === 429) {
      const wait = waitOf(headers, json);
      const until = wait === null ? "" : ` It asks to wait ${Math.ceil(wait / 1000)} seconds.`;
      throw new CrmError(
        "throttled",
        "rate_limited",
        `${this.system} takes no more calls from this account for now.${until} Herald goes on by itself; if this comes often, other integrations use up the account's limit, or a higher plan is needed.`,
        { ...seen, retryAfterMs: wait ?? restMs },
      );
    }
    if (notNow.includes(status)) {
      // After a timeout of theirs nobody knows; the others were refused before anything was done.
      const unsure = creates && status === 408;
      throw new CrmError(
        unsure ? "ambiguous" : "unavailable",
        "crm_busy",
        `${this.system} can't do it at this moment (${status}): ${seen.response?.slice(0, 300) ?? ""} Herald tries again${unsure ? ", and asks first whether it was logged" : ""}.`,
        { ...seen, retryAfterMs: waitOf(headers) },
      );
    }
    if (status < 500) return;
    throw new CrmError(
      creates ? "ambiguous" : "unavailable",
      "crm_unavailable",
      `${this.system} answered ${status}: it has trouble of its own. Herald tries again${creates ? ", and asks first whether it was logged" : ""}.`,
      { ...seen, retryAfterMs: waitOf(headers) },
    );
  }

  private unanswered(error: Error, seen: CrmErrorDetails, creates: boolean): CrmError {
    const code = (error as NodeJS.ErrnoException).code ?? error.name;
    // No byte of the request can have arrived. (A client that was closed ends what it has begun.)
    const before =
      /^(ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|UND_ERR_CLOSED|UND_ERR_DESTROYED|ERR_TLS|CERT_|SELF_SIGNED|DEPTH_|UNABLE_)/;
    const sure = before.test(code) || !creates;
    return new CrmError(
      sure ? "unavailable" : "ambiguous",
      sure ? "crm_unreachable" : "no_answer",
      `No answer came from ${this.system} (${code}: ${error.message}). Herald tries again${sure ? "" : ", and asks first whether it was logged"}.`,
      seen,
    );
  }
}

async function bounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > mostBytes) throw new Error(`The answer has more than ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): CrmAnswer["json"] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? (value as CrmAnswer["json"]) : null;
  } catch {
    return null;
  }
}

/**
 * `Retry-After`, or the reset of `RateLimit` (`limit=100, remaining=0, reset=5`; seconds), or Close's `rate_reset` in the body.
 * Milliseconds; null: it doesn't say.
 */
export function waitOf(headers: CrmAnswer["headers"], json: CrmAnswer["json"] = null): number | null {
  const one = (name: string) => (Array.isArray(headers[name]) ? headers[name][0] : headers[name]) as string | undefined;
  const asked = retryAfterMs(one("retry-after"), new Date());
  if (asked !== null) return asked;
  const reset = /(?:^|[\s,;])(?:reset|t)=(\d+(?:\.\d+)?)/i.exec(one("ratelimit") ?? "")?.[1];
  const said = Number(record(record(json).error).rate_reset);
  if (reset === undefined && said > 0) return Math.min(said * 1_000, 86_400_000);
  return reset === undefined ? null : Math.min(Number(reset) * 1000, 86_400_000);
}

export const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
export const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record) : []);
export const text = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : null;
