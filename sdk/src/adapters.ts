import { createReceiver, type ReceiverOptions } from "./receiver.ts";
import type { Format, HeadersLike } from "./verify.ts";

/**
 * Receivers for frameworks. Each takes the body as it was sent. Types are those parts of the frameworks' own that are used, so
 * that nothing has to be installed.
 */

const json = { "content-type": "application/json" };
/** Herald's own limit of a payload is far below. */
const mostBytes = 5_000_000;

/** `(Request) => Response`: Next.js (app router), Remix, SvelteKit, Astro, Deno, Bun, Cloudflare Workers. */
export function fetchHandler<F extends Format = "herald">(options: ReceiverOptions<F>) {
  const receive = createReceiver<F>(options);
  return async (request: Request): Promise<Response> => {
    if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
    const { status, body } = await receive(request);
    return new Response(body, { status, headers: json });
  };
}

interface HonoRequest {
  raw: Request;
  arrayBuffer?(): Promise<ArrayBuffer>;
}

/** Hono: `app.post("/hook", honoHandler({...}))`; also behind middleware that has read the body, of which Hono keeps the text. */
export function honoHandler<F extends Format = "herald">(options: ReceiverOptions<F>) {
  const receive = createReceiver<F>(options);
  const handle = fetchHandler<F>(options);
  return async ({ req }: { req: HonoRequest }): Promise<Response> => {
    const { raw } = req;
    if (raw.method !== "POST" || !raw.bodyUsed || !req.arrayBuffer) return await handle(raw);
    const { status, body } = await receive({ headers: raw.headers, body: new Uint8Array(await req.arrayBuffer()) });
    return new Response(body, { status, headers: json });
  };
}

interface NodeRequest extends AsyncIterable<Uint8Array | string> {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body?: unknown;
  /** As it was sent, where something before keeps it beside what it parsed. */
  rawBody?: unknown;
}

interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

/**
 * Express, and Node's own http server: `app.post("/hook", expressHandler({...}))`, with no body parser before it, or with
 * `express.raw({ type: "*\/*", limit: "2mb" })` (parsers of Express refuse what has more than 100 kB unless they are told otherwise). Where one came first, the raw body must have been kept as `request.rawBody`: NestJS does with
 * `rawBody: true`, Google's and Firebase's functions always, `express.json()` with `limit: "2mb"` and `verify: (request, _, raw) => { request.rawBody = raw }`.
 * Else it is gone, and requests are answered with 500.
 */
export function expressHandler<F extends Format = "herald">(options: ReceiverOptions<F>) {
  const receive = createReceiver<F>(options);
  const { onError = (error) => console.error(error) } = options;
  return async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    let raw: unknown;
    try {
      raw = await rawBody(request);
    } catch (error) {
      // A connection that broke would else be an unhandled rejection, which ends the process.
      onError(error);
      const tooLarge = error instanceof RangeError;
      // What is left of the body is not read.
      response.writeHead(tooLarge ? 413 : 400, { ...json, connection: "close" });
      response.end(JSON.stringify({ error: tooLarge ? error.message : "The body did not arrive." }));
      return;
    }
    const { status, body } = await receive({ headers: request.headers, body: raw as Uint8Array });
    response.writeHead(status, json);
    response.end(body);
  };
}

/** Next.js, pages router: `export default nextHandler({...})`, with `export const config = { api: { bodyParser: false } }`. */
export const nextHandler = expressHandler;

interface FastifyLike {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    options: { parseAs: "buffer" },
    parser: (request: unknown, body: Uint8Array, done: (error: null, body: Uint8Array) => void) => void,
  ): void;
  post(
    url: string,
    options: { bodyLimit: number },
    handler: (request: { headers: HeadersLike; body: unknown }, reply: FastifyReplyLike) => Promise<unknown>,
  ): unknown;
}
interface FastifyReplyLike {
  code(status: number): FastifyReplyLike;
  header(name: string, value: string): FastifyReplyLike;
  send(body: string): FastifyReplyLike;
}

/** Fastify: `app.register(fastifyReceiver({ url: "/hook", ... }))`. Only this route takes bodies raw. */
export function fastifyReceiver<F extends Format = "herald">({
  url,
  ...options
}: ReceiverOptions<F> & { url: string }) {
  const receive = createReceiver<F>(options as ReceiverOptions<F>);
  return async (scope: unknown): Promise<void> => {
    const app = scope as FastifyLike;
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    // Fastify's own limit is 1 MiB, which an event with a long reply can pass.
    app.post(url, { bodyLimit: mostBytes }, async (request, reply) => {
      const { status, body } = await receive({
        headers: request.headers,
        body: (request.body as Uint8Array | undefined) ?? new Uint8Array(),
      });
      return reply.code(status).header("content-type", "application/json").send(body);
    });
  };
}

/** As a body parser left it, or read here. Throws where it doesn't arrive; a RangeError: it is too large. */
async function rawBody(request: NodeRequest): Promise<unknown> {
  const { body, rawBody: kept } = request;
  if (typeof kept === "string" || ArrayBuffer.isView(kept)) return kept;
  if (typeof body === "string" || ArrayBuffer.isView(body)) return body;
  // What has been parsed is no raw body: said by `verify`. Express 4 puts an empty object where nothing was parsed.
  if (body !== undefined && body !== null && Object.keys(body).length > 0) return body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // `for await` would end the connection of what is too large, before it is answered.
  const parts = request[Symbol.asyncIterator]();
  for (let part = await parts.next(); !part.done; part = await parts.next()) {
    const chunk = part.value;
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    size += bytes.length;
    if (size > mostBytes) throw new RangeError(`The body has more than ${mostBytes} bytes.`);
    chunks.push(bytes);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
