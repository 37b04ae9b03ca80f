import { hash } from "node:crypto";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { type Idempotency, isSameRequest } from "../campaigns/desk.ts";
import { recordActs } from "../db/audit.ts";
import { storeAnswer, takeIdempotencyKey } from "../db/idempotency.ts";
import { pastDeadlocks, type Queryable } from "../db/pool.ts";
import { HeraldError } from "../domain/error.ts";
import { actOf, actorOf, isAct, noSubject, subjectOf, type Trail } from "./audit-record.ts";
import type { Callers } from "./auth.ts";
import { textProblem } from "./body.ts";
import { type Caller, requireRight } from "./caller.ts";
import type { ApiContext } from "./context.ts";
import type { AnswerHeaders, Endpoint, EndpointContext } from "./endpoint.ts";
import { documentationOf } from "./openapi.ts";
import { performAs } from "./perform.ts";
import { assertNamedFields } from "./strict.ts";
import { invalid, parse } from "./validate.ts";
import { refuseOtherSites, visitOf } from "./visit.ts";

declare module "fastify" {
  interface FastifyInstance {
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  }
  interface FastifyRequest {
    caller: Caller | null;
    /** The body as it came; kept only where an Idempotency-Key asks for its hash. */
    rawBody: Buffer | null;
  }
}

const defaultBodyLimit = 1024 * 1024;

interface Outcome {
  status: number;
  /** JSON; null: no body. */
  text: string | null;
  /** In place of `text`, where the endpoint streams. */
  stream?: Readable;
  headers: AnswerHeaders;
}

/** Makes a route of an endpoint: caller and right, then the body, then validation, then the work, then the answer's schema. */
export function register(
  app: FastifyInstance,
  api: ApiContext,
  callers: Callers,
  endpoint: Endpoint,
  trail: Trail,
): void {
  const label = `${endpoint.method} ${endpoint.path}`;
  if (endpoint.body) assertNamedFields(endpoint.body, `${label}: body`);
  if (endpoint.query) assertNamedFields(endpoint.query, `${label}: query`);
  app.route({
    method: endpoint.method,
    url: endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    bodyLimit: endpoint.bodyLimit ?? defaultBodyLimit,
    // For the reference. Validation is done below, where its errors keep their paths.
    schema: documentationOf(endpoint),
    // Before the body is read: strangers can't make us read one.
    onRequest: (request, _reply, done) => authenticate(request, endpoint, callers, api.config.publicUrl, done),
    handler: async (request, reply) => {
      const outcome = await perform(app, api, callers, endpoint, trail, request, reply);
      return await answer(endpoint, request, reply, outcome);
    },
  });
}

/** Without a pause where the key is remembered, which it is on nearly every request by one. */
function authenticate(
  request: FastifyRequest,
  endpoint: Endpoint,
  callers: Callers,
  publicUrl: string | null,
  done: (error?: Error) => void,
): void {
  const { right } = endpoint;
  const accept = (caller: Caller) => {
    request.caller = caller;
    if (caller.kind === "user") refuseOtherSites(request, publicUrl);
    if (right !== "none") requireRight(caller, right);
  };
  let caller: Caller | Promise<Caller> | null;
  try {
    caller = right === "none" ? null : callers.identify(request);
    if (caller === null) refuseOtherSites(request, publicUrl);
    else if (!(caller instanceof Promise)) accept(caller);
  } catch (error) {
    done(error as Error);
    return;
  }
  if (caller instanceof Promise) caller.then(accept).then(() => done(), done);
  else done();
}

async function perform(
  app: FastifyInstance,
  api: ApiContext,
  callers: Callers,
  endpoint: Endpoint,
  trail: Trail,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Outcome> {
  const params = endpoint.params ? parse(endpoint.params, soundTexts(request, request.params), "params") : {};
  const query = endpoint.query ? parse(endpoint.query, soundTexts(request, request.query), "query") : noQuery(request);
  const body = endpoint.body ? parse(endpoint.body, request.body, "body") : noBody(request);
  const transaction = endpoint.transaction ?? (endpoint.method !== "GET" && endpoint.idempotency !== "desk");
  // Where it is ignored the body isn't looked at for it: that may be a stream.
  const idempotency = transaction || endpoint.idempotency === "desk" ? idempotencyOf(endpoint, request) : null;
  const workspaceId = request.caller?.workspaceId ?? "";
  const afterwards: (() => void)[] = [];

  const execute = async (tx: Queryable): Promise<Outcome> => {
    // The desk puts its acts on record itself, with the messages that it stores.
    const onRecordHere = isAct(endpoint) && endpoint.idempotency !== "desk" && workspaceId !== "";
    let recorded = false;
    /** Does it, and puts it on record in the same transaction. */
    const act = async <T>(on: Queryable, work: () => Promise<T>, answerOf: (result: T) => unknown): Promise<T> => {
      const subject = async () =>
        endpoint.audit === "brief" ? noSubject : await subjectOf(trail.views, endpoint, { ...context, tx: on });
      const before = await subject();
      const result = await work();
      const answer = answerOf(result);
      await recordActs(on, [actOf(actorOf(request), endpoint, context, { before, after: await subject(), answer })]);
      recorded = true;
      return result;
    };
    const context: EndpointContext = {
      api,
      workspaceId,
      callerId: request.caller?.id ?? "",
      caller: request.caller,
      params,
      query,
      body,
      tx,
      idempotency: endpoint.idempotency === "desk" ? idempotency : null,
      onRecord: { actor: actorOf(request), action: `${endpoint.method} ${endpoint.path}` },
      recorded: {
        transaction: async (work, answerOf = () => null) =>
          transaction || !onRecordHere
            ? await api.db.transaction(work)
            : await api.db.transaction((own) => act(own, () => work(own), answerOf)),
      },
      afterCommit: (work) => void afterwards.push(work),
      request: {
        id: request.id,
        signal: () => signalOf(request, reply),
        header: (name) => headerOf(request, name),
        perform: async (call) => await performAs(app, request, call),
        recheck: async () => {
          if (endpoint.right !== "none") requireRight(await callers.identify(request), endpoint.right);
        },
        ip: request.ip,
        warn: (error, message) =>
          request.server.warn({ err: error, requestId: request.id, route: endpoint.path }, message),
        visit: () => visitOf(request, api.db),
      },
    };
    const work = async () => outcomeOf(endpoint, await endpoint.execute(context));
    if (!onRecordHere) return await work();
    const answerOf = ({ text }: Outcome) => (text === null ? null : (JSON.parse(text) as unknown));
    if (transaction) return await act(tx, work, answerOf);
    const outcome = await work();
    // What has changed nothing here (a test, a verification that failed), or in many transactions (an import).
    if (!recorded) {
      const answer = answerOf(outcome);
      await trail.acts.add(actOf(actorOf(request), endpoint, context, { before: noSubject, after: noSubject, answer }));
    }
    return outcome;
  };

  if (!transaction) {
    const outcome = await execute(api.db);
    for (const work of afterwards) work();
    return outcome;
  }
  const outcome = await pastDeadlocks(async () => {
    afterwards.length = 0;
    return await api.db.transaction((tx) =>
      idempotency ? once(api, tx, workspaceId, idempotency, () => execute(tx)) : execute(tx),
    );
  });
  for (const work of afterwards) work();
  return outcome;
}

/** Executes a request the first time that its key comes; after that gives the first answer. A failure stores nothing. */
async function once(
  api: ApiContext,
  tx: Queryable,
  workspaceId: string,
  idempotency: Idempotency,
  execute: () => Promise<Outcome>,
): Promise<Outcome> {
  const { key, requestHash } = idempotency;
  const owner = `${workspaceId}/${key}`;
  const stored = await takeIdempotencyKey(tx, workspaceId, key, requestHash);
  if (stored) {
    if (!isSameRequest(idempotency, stored.requestHash) || stored.status === null) {
      throw new HeraldError(
        "idempotency_conflict",
        "This Idempotency-Key was used before for another request (another path or body). Use a new key for a new request.",
      );
    }
    return {
      status: stored.status,
      text: stored.response && api.box.open(stored.response, owner),
      headers: { "idempotent-replayed": "true" },
    };
  }
  const outcome = await execute();
  const sealed = outcome.text === null ? null : api.box.seal(outcome.text, owner);
  await storeAnswer(tx, workspaceId, key, outcome.status, sealed);
  return outcome;
}

function idempotencyOf(endpoint: Endpoint, request: FastifyRequest): Idempotency | null {
  const key = request.headers["idempotency-key"];
  if (key === undefined || endpoint.method !== "POST") return null;
  if (typeof key !== "string" || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw invalid([{ field: "Idempotency-Key", reason: "This must be 1 to 255 printable ASCII characters." }]);
  }
  const hashWith = (body: string | Buffer) =>
    hash("sha256", Buffer.concat([Buffer.from(`${request.method}\n${request.url}\n`), Buffer.from(body)]), "buffer");
  const said = request.body === undefined ? "" : inOneOrder(request.body);
  return { key, requestHash: hashWith(said), bytesHash: hashWith(request.rawBody ?? "") };
}

/** JSON with sorted keys, so that what a client writes anew for a retry (from a map, in another version) is the same. */
const inOneOrder = (body: unknown): string =>
  JSON.stringify(body, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

function outcomeOf(
  endpoint: Endpoint,
  { status, body, headers = {} }: { status: number; body: unknown; headers?: AnswerHeaders },
): Outcome {
  const schema: z.ZodType | undefined = endpoint.responses[status];
  if (!schema) throw new Error(`${endpoint.method} ${endpoint.path} answered ${status}, which it doesn't declare.`);
  if (endpoint.streams) return { status, text: null, stream: body as Readable, headers };
  if (endpoint.csv && body instanceof Readable) return { status, text: null, stream: body, headers };
  const result = schema.safeParse(body);
  if (!result.success) {
    throw new Error(`${endpoint.method} ${endpoint.path} answered with a body that its schema refuses.`, {
      cause: result.error,
    });
  }
  return { status, text: result.data === undefined ? null : JSON.stringify(result.data), headers };
}

async function answer(
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, text, stream, headers }: Outcome,
): Promise<FastifyReply> {
  reply.code(status).headers(headers);
  if (stream) {
    if (endpoint.streams) reply.header("content-type", endpoint.streams);
    // Fastify would read it to its end, which may never come.
    if (request.method !== "HEAD") return await reply.send(stream);
    stream.destroy();
  }
  if (text === null) return await reply.send();
  return await reply.header("content-type", "application/json; charset=utf-8").send(text);
}

/** Path and query values; refused where they hold what the database can't (`%00`). */
function soundTexts(request: FastifyRequest, values: unknown): unknown {
  if (!request.url.includes("%")) return values;
  for (const [field, value] of Object.entries(values as Record<string, unknown>)) {
    const reason = textProblem(field) ?? (typeof value === "string" ? textProblem(value) : null);
    if (reason) throw invalid([{ field: field.replaceAll("\0", "\\u0000"), reason }]);
  }
  return values;
}

function noQuery(request: FastifyRequest): Record<string, never> {
  const names = Object.keys(request.query as object);
  if (names.length > 0) throw invalid(names.map((field) => ({ field, reason: "There is no such parameter." })));
  return {};
}

function noBody(request: FastifyRequest): undefined {
  const { body } = request;
  if (body === undefined || body === null) return undefined;
  const names = typeof body === "object" ? Object.keys(body) : ["body"];
  if (names.length > 0) throw invalid(names.map((field) => ({ field, reason: "This call takes no body." })));
  return undefined;
}

function headerOf(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value : null;
}

/** Aborts when the client goes away before its answer is complete. */
function signalOf(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // A response closes once, when it is complete or when its connection ends: nothing is left on a kept connection.
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  if (request.raw.socket.destroyed) controller.abort();
  return controller.signal;
}
