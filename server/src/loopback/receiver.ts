import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Gate } from "./faults.ts";
import { type ReceiverFormat, verifierOf } from "./receiver-verify.ts";

/**
 * A customer's webhook handler on loopback: checks each signature with code of its own, counts what arrives by event,
 * and answers as it is told. `GET /_loopback/stats` tells the counts to another process; with `?events=1` each event's.
 */
export interface ReceiverOptions {
  /** Default 0: any free port. */
  port?: number;
  /** The address to listen on. Default 127.0.0.1. */
  host?: string;
  format: ReceiverFormat;
  /** The endpoint's signing secret. Only `apten` can do without one. */
  secret?: string;
  /** Checks signatures and counts, but neither parses nor keeps payloads: for some 20,000 requests a second. Default false. */
  light?: boolean;
  /** How many payloads are kept in `requests`. Default 10,000, 0 in light mode. */
  keep?: number;
  /** The answer to requests for which no other is scripted. Default 200, and 401 to what has no valid signature. */
  answer?: Answer;
}

/** What the handler does with one request. */
export interface Answer {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Waits this long before it answers: a slow handler, for benchmarks. Tests use `hold`. */
  delayMs?: number;
  /** The request waits at this gate. */
  hold?: Gate;
  /** Resets the connection instead of answering (after `hold` and `delayMs`). */
  reset?: boolean;
}

/** One request as it arrived, valid or not. */
export interface ReceivedRequest {
  path: string;
  headers: IncomingMessage["headers"];
  /** The exact bytes. */
  raw: Buffer;
  /** The parsed JSON, or null where it isn't JSON. */
  payload: unknown;
  valid: boolean;
  eventId: string | null;
  /** Unix milliseconds. */
  at: number;
}

export interface ReceiverStats {
  received: number;
  signaturesValid: number;
  signaturesInvalid: number;
  /** Requests with a valid signature whose body isn't JSON. Not counted in light mode. */
  malformed: number;
  distinctEvents: number;
  /** Events that arrived more than once. */
  duplicatedEvents: number;
  /** Answers given, by status. */
  answered: Record<string, number>;
}

export interface Receiver {
  url: string;
  port: number;
  /** The latest payloads, oldest first, as many as are kept. */
  requests: readonly ReceivedRequest[];
  /** Requests with a valid signature, by event ID; for `apten` by the SHA-256 of the body. */
  byEventId: ReadonlyMap<string, number>;
  /** Scripts answers for the next requests, one each, in order of arrival. */
  next(...answers: Answer[]): void;
  /** The answer to all requests from now on for which none is scripted by `next`. */
  always(answer: Answer): void;
  /** Resolves as soon as `n` requests have arrived since the start. */
  waitFor(n: number): Promise<void>;
  events: EventEmitter<{ request: [ReceivedRequest | null] }>;
  stats(): ReceiverStats;
  close(): Promise<void>;
}

export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { light = false, host = "127.0.0.1" } = options;
  const keep = options.keep ?? (light ? 0 : 10_000);
  const verifier = verifierOf(options.format, options.secret);
  const events = new EventEmitter<{ request: [ReceivedRequest | null] }>();
  events.setMaxListeners(0);
  const requests: ReceivedRequest[] = [];
  const byEventId = new Map<string, number>();
  const scripted: Answer[] = [];
  const answered: Record<string, number> = {};
  let standing: Answer | undefined = options.answer;
  const counts = { received: 0, signaturesValid: 0, signaturesInvalid: 0, malformed: 0 };

  function take(request: IncomingMessage, raw: Buffer, response: ServerResponse): void {
    const valid = verifier.valid(request.headers, raw);
    const eventId = verifier.eventId(request.headers, raw);
    counts.received += 1;
    if (valid) {
      counts.signaturesValid += 1;
      if (eventId !== null) byEventId.set(eventId, (byEventId.get(eventId) ?? 0) + 1);
    } else counts.signaturesInvalid += 1;
    let kept: ReceivedRequest | null = null;
    if (!light) {
      const payload = parse(raw);
      if (valid && payload === null) counts.malformed += 1;
      kept = { path: request.url ?? "/", headers: request.headers, raw, payload, valid, eventId, at: Date.now() };
      if (keep > 0) requests.push(kept);
      if (requests.length > keep) requests.shift();
    }
    const answer = scripted.shift() ?? standing ?? (valid ? {} : { status: 401 });
    const { status = 200 } = answer;
    const count = () => {
      const key = answer.reset ? "reset" : status;
      answered[key] = (answered[key] ?? 0) + 1;
    };
    if (!answer.hold && !answer.delayMs) {
      count();
      give(answer, status, response);
    } else {
      void wait(answer).then(() => {
        count();
        give(answer, status, response);
      });
    }
    events.emit("request", kept);
  }

  function stats(): ReceiverStats {
    let duplicatedEvents = 0;
    for (const count of byEventId.values()) if (count > 1) duplicatedEvents += 1;
    return { ...counts, distinctEvents: byEventId.size, duplicatedEvents, answered: { ...answered } };
  }

  const server = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    if (request.method !== "POST") return report(request, response);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => take(request, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), response));
    request.on("error", () => {});
  });

  function report(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
    const known = request.method === "GET" && pathname === "/_loopback/stats";
    const state = searchParams.has("events") ? { ...stats(), events: Object.fromEntries(byEventId) } : stats();
    if (!known) give({}, 404, response);
    else give({ headers: { "content-type": "application/json" }, body: JSON.stringify(state) }, 200, response);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port ?? 0, host, backlog: 4096 }, resolve);
  });
  const bound = server.address();
  const port = typeof bound === "object" && bound ? bound.port : 0;
  return {
    url: `http://${host}:${port}/`,
    port,
    requests,
    byEventId,
    next: (...answers) => void scripted.push(...answers),
    always: (answer) => {
      standing = answer;
    },
    async waitFor(n) {
      while (counts.received < n) await once(events, "request");
    },
    events,
    stats,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function wait({ hold, delayMs }: Answer): Promise<void> {
  await hold?.pass();
  if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs));
}

function give(answer: Answer, status: number, response: ServerResponse): void {
  if (answer.reset) {
    response.socket?.resetAndDestroy();
    return;
  }
  const body = answer.body ?? "";
  response.writeHead(status, { "content-length": Buffer.byteLength(body), ...answer.headers });
  response.end(body);
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString());
  } catch {
    return null;
  }
}
