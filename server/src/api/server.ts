import { randomUUID } from "node:crypto";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import { Readable } from "node:stream";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type RequestPayload } from "fastify";
import type { Logger } from "pino";
import { errorCatalogue, HeraldError } from "../domain/error.ts";
import { observeRequest } from "../metrics.ts";
import { aptenPrefix, aptenStatus } from "./apten/status.ts";
import { Trail } from "./audit-record.ts";
import { Callers } from "./auth.ts";
import { parseJson } from "./body.ts";
import type { ApiContext } from "./context.ts";
import { Dashboard, wantsPage } from "./dashboard.ts";
import { serveOAuthCallback } from "./destination-oauth.ts";
import { serveReference } from "./docs.ts";
import type { Endpoint } from "./endpoint.ts";
import { type ErrorBody, toHeraldError, tooLarge } from "./errors.ts";
import { serveLeadImport } from "./lead-import.ts";
import { serveMcp } from "./mcp.ts";
import { serveMetrics } from "./metrics.ts";
import { describeApi, operationIdOf } from "./openapi.ts";
import { servePublicPages, unsubscribePath } from "./public-pages.ts";
import { register } from "./register.ts";
import { allEndpoints } from "./routes.ts";
import { serveSignIn } from "./sender-sign-in.ts";
import { intakePath, serveIntake } from "./source-intake.ts";

export interface ApiOptions {
  /** One line a request goes here, and what went wrong inside. Default: nowhere. */
  log?: Logger;
  /** Shown in the reference. Default 0.1.0. */
  version?: string;
  /** Whether `/docs` is served. Default true. `/openapi.json` goes with it. */
  docs?: boolean;
  /** Endpoints beside Herald's own; for tests. */
  extraEndpoints?: readonly Endpoint[];
}

const securityHeaders = {
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
};

/**
 * Requests and answers are checked in register.ts; the schemas at the routes are for the reference. Given to Fastify
 * before it is made: it loads its own compilers otherwise, which takes a fifteenth of Herald's start.
 */
const unchecked: object = {
  buildValidator: () => () => () => true,
  buildSerializer: () => () => (data: unknown) => JSON.stringify(data),
};

/** The HTTP API, ready to listen. Doesn't start anything else, and doesn't close the database. */
export function buildApi(context: ApiContext, options: ApiOptions = {}): FastifyInstance {
  const app = Fastify({
    logger: false,
    routerOptions: { maxParamLength: 500 },
    genReqId: (request) => requestId(request.headers["x-request-id"]),
    // Slow senders of headers are cut off by Node's headersTimeout (60 s), those of bodies by `limitBodyTime`: one limit
    // over whole requests would cut long uploads of leads.
    requestTimeout: 0,
    trustProxy: context.config.trustedProxies ?? false,
    keepAliveTimeout: 75_000,
    forceCloseConnections: "idle",
    schemaController: { compilersFactory: unchecked },
    frameworkErrors: (error, request, reply) => void fail(error, request, reply),
    clientErrorHandler: refuseConnection,
  });
  const { log } = options;
  const callers = new Callers(context.db);
  const endpoints = [...allEndpoints(callers.keys), ...(options.extraEndpoints ?? [])];
  assertDistinct(endpoints);
  const trail = new Trail(context.db, endpoints);

  app.decorate("warn", (fields: Readonly<Record<string, unknown>>, message: string) => void log?.warn(fields, message));
  app.decorateRequest("caller", null);
  app.decorateRequest("rawBody", null);
  app.removeAllContentTypeParsers();
  // Without it Node says "100 Continue" by itself, before anybody has looked at the request.
  app.server.on("checkContinue", (request, response) => {
    awaited.add(request);
    app.server.emit("request", request, response);
  });
  app.addHook("preParsing", askForBody);
  app.addHook("preParsing", limitBodyTime);
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    try {
      if (request.headers["idempotency-key"] !== undefined) request.rawBody = body;
      done(null, parseJson(body));
    } catch (error) {
      done(error as Error);
    }
  });

  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(securityHeaders);
    reply.header("x-request-id", request.id);
    done(refuseBody(request));
  });
  app.addHook("onResponse", (request, reply, done) => {
    done();
    const { method, caller } = request;
    const route = request.routeOptions.url ?? null;
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    observeRequest(method, route ?? "none", reply.statusCode, reply.elapsedTime / 1000);
    log?.info(
      {
        method,
        route,
        status: reply.statusCode,
        ms,
        workspace: caller?.workspaceId,
        [caller?.kind ?? "key"]: caller?.id,
        requestId: request.id,
      },
      "request",
    );
  });
  // Long polls and streams are answered now: the close waits for requests under way.
  app.addHook("preClose", (done) => {
    context.tail.stop();
    done();
  });
  app.setErrorHandler((error, request, reply) => fail(error, request, reply));
  const dashboard = new Dashboard();
  app.setNotFoundHandler((request, reply) =>
    wantsPage(request)
      ? dashboard.sendPage(request, reply)
      : fail(unknownRoute(endpoints, request, reply), request, reply),
  );

  function fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const known = toHeraldError(error, request.routeOptions.bodyLimit ?? 0);
    if (known.code === "internal")
      log?.error({ err: error, requestId: request.id, route: request.routeOptions.url }, "request failed");
    if (known.code === "database_unavailable") reply.header("retry-after", "2");
    if (known.retryAfter !== undefined) reply.header("retry-after", String(known.retryAfter));
    if (known.code === "unauthorized") reply.header("www-authenticate", 'Bearer realm="Herald"');
    // A request that fails before its route is known has not been through the hooks.
    reply.headers(securityHeaders).header("x-request-id", request.id);
    const status = request.url.startsWith(aptenPrefix) ? aptenStatus(known.statusCode) : known.statusCode;
    reply.code(status).header("content-type", "application/json; charset=utf-8");
    const body = bodyOf(known);
    const answer = JSON.stringify(
      status === known.statusCode ? body : { ...body, statusCode: status, error: STATUS_CODES[status] },
    );
    if (!bodyLeftUnread(request, known.code)) return reply.send(answer);
    reply.header("connection", "close").header("content-length", Buffer.byteLength(answer));
    return reply.send(Readable.from(lingering(answer, request.raw)));
  }

  if (options.docs !== false) describeApi(app, options.version ?? "0.1.0");
  app.register(async (routes) => {
    for (const endpoint of endpoints) register(routes, context, callers, endpoint, trail);
    serveLeadImport(routes, context, callers, trail);
    serveIntake(routes, context);
    servePublicPages(routes, context);
    serveOAuthCallback(routes, context);
    serveSignIn(routes, context);
    dashboard.serve(routes);
    serveMetrics(routes, context, callers);
    serveMcp(routes, callers, options.version ?? "0.1.0");
    if (options.docs !== false) await serveReference(routes);
  });
  return app;
}

/** Requests whose sender keeps the body back until it is told to go on (RFC 9110, 10.1.1), and hasn't been told yet. */
const awaited = new WeakSet<IncomingMessage>();

/** By now nothing that is known before the body has refused the request: neither key, nor address, nor length, nor type. */
function askForBody(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: RequestPayload,
  done: (error: null, payload: RequestPayload) => void,
) {
  if (!request.is404 && awaited.delete(request.raw)) reply.raw.writeContinue();
  done(null, payload);
}

const bodyTimeMs = 60_000;

/** A JSON body, and one at a source, has a minute to arrive; then the connection is closed. Files, which are read as they come, have no limit. */
function limitBodyTime(
  request: FastifyRequest,
  _reply: FastifyReply,
  payload: RequestPayload,
  done: (error: null, payload: RequestPayload) => void,
) {
  const { headers, raw } = request;
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  const { url } = request.routeOptions;
  // Most come in one packet with their head: then nothing has to be waited for, though it isn't read yet.
  const isThere = raw.complete || raw.readableLength >= Number(headers["content-length"] ?? Number.POSITIVE_INFINITY);
  if ((isJson || url === intakePath || url === unsubscribePath) && !isThere) {
    const timer = setTimeout(() => raw.destroy(), bodyTimeMs).unref();
    payload.once("close", () => clearTimeout(timer)).once("end", () => clearTimeout(timer));
  }
  done(null, payload);
}

function bodyOf({ statusCode, code, message, details }: HeraldError): ErrorBody {
  return { statusCode, code, error: errorCatalogue[code].error, message, ...(details ? { details } : {}) };
}

/** The caller's own ID where it is a harmless one, so that its log and ours meet. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) ? given : `req_${randomUUID()}`;
}

/**
 * Charsets of JSON whose letters take more bytes than one. Others are judged by the bytes: old clients say `iso-8859-1` of what is
 * plain ASCII.
 */
const wideCharset = /^\s*application\/json\s*;.{0,200}?\bcharset\s*=\s*"?((?:utf-?(?:16|32)|ucs-?[24])(?:[bl]e)?)\b/i;

/** What can be refused before a byte of the body was read. */
function refuseBody(request: FastifyRequest): HeraldError | undefined {
  // It reads the beginning alone, whatever there is: the POST itself is the wish.
  if (request.routeOptions.url === unsubscribePath) return undefined;
  // Sources count what they refuse, and unpack what others send, in whatever way those do.
  if (request.routeOptions.url === intakePath) return undefined;
  const limit = request.routeOptions.bodyLimit;
  if (limit !== undefined && Number(request.headers["content-length"]) > limit) return tooLarge(limit);
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return new HeraldError(
      "unsupported_media_type",
      `Send the body as it is, not in the encoding ${encoding.slice(0, 40)}.`,
    );
  }
  const charset = wideCharset.exec(request.headers["content-type"] ?? "")?.[1];
  if (charset !== undefined)
    return new HeraldError(
      "unsupported_media_type",
      `Send the body as UTF-8, as JSON is (RFC 8259), not as ${charset}.`,
    );
  return undefined;
}

/**
 * Node goes on reading a refused body, to use the connection again. For long ones, and those without a known end, the
 * connection is closed instead; but a body that is merely somewhat too long is read, or its sender, still sending, would
 * see a broken connection in place of the 413.
 */
function bodyLeftUnread({ raw, headers }: FastifyRequest, refusal: string): boolean {
  if (raw.complete) return false;
  // Whether it is sent all the same is the client's choice, so that nobody knows where the next request begins.
  if (awaited.has(raw)) return true;
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  const limit = isJson && refusal === "payload_too_large" ? 16 * 1024 * 1024 : 64 * 1024;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > limit;
}

const linger = { ms: 1_000, bytes: 4 * 1024 * 1024 };

/**
 * An answer whose end, and with it the closing of the connection, comes when the client has closed its side or sent its
 * body, or after a second: a connection that is closed while the client still sends is reset, and the reset can overtake
 * the answer. The answer's length is announced, so that nobody waits for its end. Some of the body is read meanwhile, for
 * clients that read no answer before they have sent all.
 */
async function* lingering(answer: string, body: IncomingMessage): AsyncGenerator<string> {
  yield answer;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, linger.ms).unref();
    let read = 0;
    body.on("data", (chunk: Buffer) => {
      read += chunk.length;
      if (read > linger.bytes) body.pause();
    });
    for (const end of ["end", "close", "error"]) {
      body.once(end, () => {
        clearTimeout(timer);
        resolve();
      });
    }
    body.resume();
  });
}

/** 405 with the methods that there are, where the path exists; else 404. */
function unknownRoute(endpoints: readonly Endpoint[], request: FastifyRequest, reply: FastifyReply): HeraldError {
  const path = request.url.split("?")[0]!;
  const allowed = new Set<string>();
  for (const { method, path: pattern } of endpoints) {
    const expression = pattern.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+");
    if (!new RegExp(`^${expression}$`).test(path)) continue;
    allowed.add(method);
    if (method === "GET") allowed.add("HEAD");
  }
  if (allowed.size === 0) {
    return new HeraldError(
      "not_found",
      `There is nothing at ${request.method} ${path.slice(0, 200)}. The reference is at /docs.`,
    );
  }
  const methods = [...allowed].sort().join(", ");
  reply.header("allow", methods);
  return new HeraldError("method_not_allowed", `${request.method} is not possible here; possible: ${methods}.`);
}

/** Bytes that are not HTTP, or not in time: there is no request yet, so that the answer is written by hand. */
function refuseConnection(error: NodeJS.ErrnoException, socket: import("node:net").Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const [status, message] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", "The headers are too large."]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", "The request didn't arrive in time."]
        : ["400 Bad Request", "This is not a valid HTTP request."];
  const [code, ...words] = status.split(" ");
  const body = JSON.stringify({ statusCode: Number(code), code: "invalid_request", error: words.join(" "), message });
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}

/** Two endpoints with one name would make one of them vanish from generated clients. */
function assertDistinct(endpoints: readonly Endpoint[]): void {
  const seen = new Map<string, string>();
  for (const endpoint of endpoints) {
    const id = operationIdOf(endpoint);
    const label = `${endpoint.method} ${endpoint.path}`;
    const other = seen.get(id);
    if (other !== undefined) throw new Error(`${label} and ${other} have the same summary, "${endpoint.summary}".`);
    seen.set(id, label);
  }
}
