import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { RequestOutcome, Source } from "../db/source.ts";
import { HeraldError } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { countSourceRequest } from "../metrics.ts";
import { authorOf } from "../sources/author.ts";
import { kindsOfSources } from "../sources/kinds.ts";
import type { ApiContext } from "./context.ts";
import { tooLarge } from "./errors.ts";
import { unpack } from "./unpack.ts";

/** Where others send what they have to tell. No API key: the signature shows who it is. */
export const intakePath = "/in/:token";

type FoundSource = Source & { workspaceId: string };

/** Bytes of a request, as it comes and unpacked. */
const bodyLimit = 1024 * 1024;

/** What a token looks like; anything else isn't looked up. */
const tokenForm = /^[A-Za-z0-9_-]{32}$/;

declare module "fastify" {
  interface FastifyRequest {
    /** Whose address was called. */
    source: FoundSource | null;
    /** Until when it is to be answered, see `SourceDesk.deadline`. */
    answerUntil: number;
    /** The content type as it came, cut to what is kept of it. */
    givenType: string | null;
  }
}

/**
 * A request is answered when it is on record, and processed after that. From its answer on nothing is sent to the lead who wrote it
 * or opted out by it (db/from-lead.ts). What came before (a provider that didn't get our answer
 * sends it again) is answered alike and not kept twice. Where the database doesn't answer in time it is 503, within a second.
 */
export function serveIntake(app: FastifyInstance, api: ApiContext): void {
  app.register(async (scope) => {
    scope.decorateRequest("source", null);
    scope.decorateRequest("answerUntil", 0);
    scope.decorateRequest("givenType", null);
    // Before a byte of the body is read: whoever guesses addresses is not listened to.
    scope.addHook("onRequest", async (request) => {
      request.answerUntil = api.sourceDesk.deadline();
      request.source = await sourceOf(api, request);
      if (Number(request.headers["content-length"]) > bodyLimit) throw tooLarge(bodyLimit);
      // What is no content type would be refused by the server before it is verified and kept.
      request.givenType = request.headers["content-type"]?.slice(0, 200) ?? null;
      request.headers["content-type"] = "application/octet-stream";
    });
    // Wherever it turned out: by what was announced, by what came, or by what was unpacked.
    scope.addHook("onSend", ({ source }, reply, payload, done) => {
      if (source && reply.statusCode === 413) note(api, source, "too_large");
      done(null, payload);
    });
    // As it came over the wire: signatures are made of that.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body: Buffer, done) => done(null, body));
    scope.route({
      method: "POST",
      url: intakePath,
      bodyLimit,
      schema: { hide: true },
      handler: (request, reply) => take(api, request.source!, request, reply),
    });
  });
}

async function sourceOf(api: ApiContext, request: FastifyRequest): Promise<FoundSource> {
  const { token } = request.params as { token: string };
  const source = tokenForm.test(token) ? await api.sourceDesk.find(token, request.answerUntil) : null;
  if (!source)
    throw new HeraldError("not_found", "There is no source at this address. It may have been deleted or renewed.");
  if (source.status === "disabled") {
    note(api, source, "disabled");
    throw new HeraldError("forbidden", "This source is disabled. Nothing that is sent here is kept.");
  }
  return source;
}

function note(api: ApiContext, { workspaceId, id, kind }: FoundSource, outcome: RequestOutcome): void {
  api.sourceCounts.add(workspaceId, id, outcome);
  countSourceRequest(kind, outcome);
}

async function take(
  api: ApiContext,
  source: FoundSource,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { workspaceId, id: sourceId } = source;
  const kind = kindsOfSources[source.kind];
  const contentType = request.givenType;
  const came = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const body = await contentOf(came, request);
  const given = {
    headers: request.headers,
    body,
    contentType,
    urls: kind.signsAddress ? urlsOf(api, request) : [],
    now: new Date(),
  };
  const secrets = secretsOf(api, source);
  let verified = kind.verify(given, secrets, source.config);
  // Most sign what they write, and something on the way packs it; some sign what they send.
  if (!verified.ok && body !== came) {
    const packed = kind.verify({ ...given, body: came }, secrets, source.config);
    if (packed.ok) verified = packed;
  }
  if (!verified.ok) {
    note(api, source, verified.why);
    throw new HeraldError("unauthorized", verified.reason);
  }
  const deliveryId = kind.deliveryId(given);
  const author = authorOf(source, { deliveryId, contentType, body, receivedAt: given.now });
  const kept = { workspaceId, id: newId("received"), sourceId, deliveryId, contentType, body, author };
  const isNew = await api.sourceDesk.keep(kept, request.answerUntil);
  note(api, source, isNew ? "accepted" : "replayed");
  if (isNew) api.wakeSources();
  return await reply.code(200).header("content-type", kind.answer.contentType).send(kind.answer.body);
}

/**
 * A body as it was written: unpacked, where it says that it is packed. What can't be unpacked is taken as it came: only who has the
 * secret gets it kept, to be looked at.
 */
async function contentOf(came: Buffer, { headers }: FastifyRequest): Promise<Buffer> {
  const encoding = headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return came;
  const content = await unpack(came, encoding, bodyLimit);
  if (content === "too large") throw tooLarge(bodyLimit);
  return content ?? came;
}

/** As long as the desk knows a source: opening them costs more than verifying a signature. */
const opened = new WeakMap<FoundSource, { secret: string; until: number }[]>();

/** Those that are good now, the newest first. */
function secretsOf(api: ApiContext, source: FoundSource): string[] {
  let all = opened.get(source);
  if (!all) {
    const open = (sealed: Buffer) => api.box.open(sealed, `${source.workspaceId}/${source.id}`);
    const { secret, previousSecret, previousSecretUntil, olderSecrets } = source;
    all = [{ secret: open(secret), until: Number.POSITIVE_INFINITY }];
    if (previousSecret) all.push({ secret: open(previousSecret), until: previousSecretUntil?.getTime() ?? 0 });
    for (const one of olderSecrets ?? []) {
      all.push({ secret: open(Buffer.from(one.secret, "base64")), until: Date.parse(one.until) });
    }
    opened.set(source, all);
  }
  const now = Date.now();
  return all.filter(({ until }) => until > now).map(({ secret }) => secret);
}

/**
 * The addresses that the sender may have called. None of them is believed: they are only tried, and one that is made up fits a
 * signature only for who has the secret.
 */
function urlsOf(api: ApiContext, request: FastifyRequest): string[] {
  const first = (name: string) => {
    const value = request.headers[name];
    return typeof value === "string" ? value.split(",")[0]!.trim() : "";
  };
  const { url, headers } = request;
  // RFC 7239: `for=192.0.2.1;host="hooks.example.com";proto=https`; what the first proxy said comes first.
  const told = (form: RegExp) => form.exec(first("forwarded"))?.[1]?.toLowerCase() ?? "";
  const host = told(/(?:^|[;\s])host="?([^";,\s]+)/i);
  const named = [first("x-forwarded-host"), host, first("x-original-host"), headers.host ?? ""];
  const port = first("x-forwarded-port");
  // Some proxies say the port by itself.
  const withPort = /^\d{1,5}$/.test(port)
    ? named.slice(0, 3).flatMap((one) => (one === "" || /:\d+$/.test(one) ? [] : [`${one}:${port}`]))
    : [];
  const hosts = new Set([...named, ...withPort].filter((one) => one !== ""));
  const forwarded = first("x-forwarded-proto") || told(/(?:^|[;\s])proto="?(https?)\b/i);
  const schemes = new Set([...(/^https?$/.test(forwarded) ? [forwarded] : []), "https", "http"]);
  // What the proxy took away from the path, where it serves Herald below one.
  const prefix = first("x-forwarded-prefix").replace(/\/+$/, "");
  const paths = /^\/[^\s?#]{1,200}$/.test(prefix) ? [prefix + url, url] : [url];
  const guessed = [...hosts].flatMap((one) =>
    [...schemes].flatMap((scheme) => paths.map((path) => `${scheme}://${one}${path}`)),
  );
  return api.config.publicUrl === null ? guessed : [api.config.publicUrl + url, ...guessed];
}
