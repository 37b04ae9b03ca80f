import type { Operations } from "./api.ts";

export type { Operations } from "./api.ts";

export interface ClientOptions {
  /** Where Herald is, without `/v1`: `https://herald.example.com`. Empty: where the page came from, in a browser. */
  baseUrl: string;
  /** `hk_live_...`; not needed where a session's cookie says who calls, as in Herald's own pages. */
  apiKey?: string;
  /** Headers for each attempt, asked for anew: for what may change, as the workspace of a session. */
  headers?: () => Readonly<Record<string, string>>;
  /** Default: the runtime's own. */
  fetch?: typeof fetch;
  /** Of one attempt, without what its query asks Herald to `wait`. Default 30,000. */
  timeoutMs?: number;
  /** Further attempts where the network, a limit or the server failed. Default 3. */
  retries?: number;
}

export type Operation = keyof Operations;
type Part<K extends Operation, Name extends string> = Name extends keyof Operations[K]
  ? { [N in Name]: Operations[K][N] }
  : unknown;
type OptionalPart<K extends Operation, Name extends string> = Operations[K] extends { [N in Name]?: infer T }
  ? { [N in Name]?: T }
  : unknown;

/** What a call takes: `params` of its path, `query`, `body`, each where it has one. */
export type Input<K extends Operation> = ("params" extends keyof Operations[K] ? Part<K, "params"> : unknown) &
  (Operations[K] extends { query: unknown } ? Part<K, "query"> : OptionalPart<K, "query">) &
  (Operations[K] extends { body: unknown } ? Part<K, "body"> : OptionalPart<K, "body">) & {
    /** Of a POST. Default: one of its own, so that it may be tried again. */
    idempotencyKey?: string;
    signal?: AbortSignal;
  };

type Arguments<K extends Operation> = Record<never, never> extends Input<K> ? [input?: Input<K>] : [input: Input<K>];
export type Output<K extends Operation> = Operations[K]["response"];
/** Calls that give a table in place of JSON where the query has `format: "csv"`. */
export type CsvOperation = { [K in Operation]: Operations[K] extends { csv: string } ? K : never }[Operation];
/** What a list gives one after the other. Lists have three ways of paging: most a cursor, SendPilot's calls theirs. */
export type Item<K extends Operation> =
  Output<K> extends { data: readonly (infer T)[]; nextCursor: string | null }
    ? T
    : Output<K> extends { data: readonly (infer T)[]; meta: { page: number; totalPages: number } }
      ? T
      : Output<K> extends { leads: readonly (infer T)[]; pagination: { nextCursor: string | null } }
        ? T
        : Output<K> extends { conversations: readonly (infer T)[]; continuationToken: string | null }
          ? T
          : Output<K> extends { messages: readonly (infer T)[]; continuationToken: string | null }
            ? T
            : never;
/** Calls that give a list, page by page. */
export type ListOperation = { [K in Operation]: [Item<K>] extends [never] ? never : K }[Operation];

/** Herald refused a call, or could not be reached (`statusCode` 0). */
export class HeraldApiError extends Error {
  readonly statusCode: number;
  /** Stable, for programs; `network_error` and `timeout` where no answer came. */
  readonly code: string;
  readonly details: readonly { field: string; reason: string }[];
  readonly requestId: string | null;

  constructor(
    message: string,
    {
      statusCode,
      code,
      details = [],
      requestId = null,
      cause,
    }: {
      statusCode: number;
      code: string;
      details?: readonly { field: string; reason: string }[];
      requestId?: string | null;
      cause?: unknown;
    },
  ) {
    super(message, { cause });
    this.name = "HeraldApiError";
    this.statusCode = statusCode;
    this.code = code;
    this.details = details;
    this.requestId = requestId;
  }
}

export interface Client {
  /** With `format: "csv"`: the table's text. */
  request<K extends CsvOperation>(operation: K, input: Input<K> & { query: { format: "csv" } }): Promise<string>;
  /** `await herald.request("POST /v1/messages", { body: {...} })` */
  request<K extends Operation>(operation: K, ...[input]: Arguments<K>): Promise<Output<K>>;
  /** All items of a list, page after page. Pages that have numbers (campaigns) move where something is added meanwhile. */
  items<K extends ListOperation>(operation: K, ...[input]: Arguments<K>): AsyncGenerator<Item<K>>;
}

interface AnyInput {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export function createClient({ baseUrl, apiKey, timeoutMs = 30_000, retries = 3, ...options }: ClientOptions): Client {
  const call = options.fetch ?? fetch;
  const base = baseUrl.replace(/\/+$/, "");

  async function request(operation: string, input: AnyInput = {}): Promise<unknown> {
    const [method, path] = operation.split(" ") as [string, string];
    const url = base + filled(path, input.params ?? {}) + queryOf(input.query ?? {});
    const headers: Record<string, string> = { accept: "application/json" };
    if (apiKey !== undefined) headers["x-api-key"] = apiKey;
    const streamed = isStreamed(input.body);
    if (input.body !== undefined && !streamed) headers["content-type"] = "application/json";
    if (streamed) headers["content-type"] = "text/csv";
    if (method === "POST" && !streamed) headers["idempotency-key"] = input.idempotencyKey ?? randomKey();
    const body = input.body === undefined ? null : streamed ? (input.body as BodyInit) : JSON.stringify(input.body);
    // Node's fetch takes a stream only with this word, which is in no type yet.
    const duplex = typeof ReadableStream !== "undefined" && body instanceof ReadableStream ? { duplex: "half" } : {};
    const waitMs = (Number(input.query?.wait) || 0) * 1_000;
    for (let attempt = 0; ; attempt++) {
      const init = { method, headers: { ...headers, ...options.headers?.() }, body, ...duplex };
      const failure = await once(url, init, timeoutMs + waitMs, input.signal);
      if (!("error" in failure)) return failure.value;
      // A stream can't be sent twice; PUT, PATCH and DELETE say what is to be, and may be said again.
      if (!failure.again || streamed || attempt >= retries || input.signal?.aborted) throw failure.error;
      await pause(failure.waitMs ?? 250 * 2 ** attempt * (1 + Math.random()), input.signal);
    }
  }

  type Once = { value: unknown } | { error: HeraldApiError; again: boolean; waitMs?: number | null };

  async function once(url: string, init: RequestInit, limitMs: number, signal: AbortSignal | undefined): Promise<Once> {
    const deadline = AbortSignal.timeout(limitMs);
    let response: Response;
    let text: string;
    try {
      response = await call(url, { ...init, signal: signal ? either(signal, deadline) : deadline });
      // A file: its bytes are no text.
      if (response.ok && contentType(response) === "application/octet-stream") return { value: await response.blob() };
      text = await response.text();
    } catch (cause) {
      // As fetch does it: that the caller gave up says nothing of Herald.
      signal?.throwIfAborted();
      const code = deadline.aborted ? "timeout" : "network_error";
      const message = deadline.aborted
        ? `Herald didn't answer within ${limitMs} ms.`
        : `Herald can't be reached${base && ` at ${base}`}: ${reasonOf(cause)}`;
      return { error: new HeraldApiError(message, { statusCode: 0, code, cause }), again: true };
    }
    // No call gives a page: a proxy's to sign in, or another server's, would pass for an empty list.
    if (response.ok && contentType(response) === "text/html") {
      const message = `What answers${base && ` at ${base}`} is no Herald's API: it gave a page.`;
      return {
        error: new HeraldApiError(message, { statusCode: response.status, code: "bad_answer" }),
        again: false,
      };
    }
    const isJson = contentType(response).includes("json");
    let value: unknown = text === "" ? null : text;
    try {
      if (isJson && text !== "") value = JSON.parse(text);
    } catch (cause) {
      const error = new HeraldApiError("Herald's answer broke off.", {
        statusCode: response.status,
        code: "bad_answer",
        cause,
      });
      return { error, again: true };
    }
    if (response.ok) return { value };
    const told = (typeof value === "object" ? value : null) as { code?: string; message?: string; details?: [] } | null;
    const error = new HeraldApiError(told?.message ?? withoutReason(response.status), {
      statusCode: response.status,
      code: told?.code ?? `http_${response.status}`,
      details: told?.details ?? [],
      requestId: response.headers.get("x-request-id"),
    });
    const again =
      response.status === 429 || response.status === 502 || response.status === 503 || response.status === 504;
    return { error, again, waitMs: retryAfter(response.headers.get("retry-after")) };
  }

  return {
    request: request as Client["request"],
    async *items(operation: string, input: AnyInput = {}) {
      for (let next: Record<string, unknown> | null = {}; next !== null; ) {
        const page = (await request(operation, { ...input, query: { ...input.query, ...next } })) as ListPage;
        yield* page.data ?? page.leads ?? page.conversations ?? page.messages ?? [];
        next = nextOf(page);
      }
    },
  } as Client;
}

interface ListPage {
  data?: unknown[];
  leads?: unknown[];
  conversations?: unknown[];
  messages?: unknown[];
  nextCursor?: string | null;
  continuationToken?: string | null;
  pagination?: { nextCursor: string | null };
  meta?: { page: number; totalPages: number };
}

/** What of the query names the page after this one; null: there is none. */
function nextOf({ meta, pagination, continuationToken, nextCursor }: ListPage): Record<string, unknown> | null {
  if (meta) return meta.page < meta.totalPages ? { page: meta.page + 1 } : null;
  if (continuationToken) return { continuationToken };
  const cursor = pagination ? pagination.nextCursor : nextCursor;
  return cursor ? { cursor, page: undefined } : null;
}

/** Without its parameters; empty: there is none. */
function contentType({ headers }: Response): string {
  return (headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}

/** Herald always gives a reason, so that it wasn't Herald that answered. */
const withoutReason = (status: number): string =>
  `HTTP ${status}, without a reason: what stands in front of Herald, such as a proxy, has answered in its place. Try again in a moment.`;

/** fetch says "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: unknown; message?: unknown } };
  const why = cause?.code ?? cause?.message;
  return typeof why === "string" ? `${message} (${why})` : String(message ?? error);
}

function filled(path: string, params: Record<string, string>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined || value === "") throw new TypeError(`params.${name} is missing for ${path}.`);
    // Whatever reads a URL takes these for steps in its path, encoded or not: the call would be another one.
    if (value === "." || value === "..")
      throw new TypeError(`params.${name} can't be "${value}" for ${path}: that is no ID.`);
    return encodeURIComponent(value);
  });
}

function queryOf(query: Record<string, unknown>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const each of Array.isArray(value) ? value : [value])
      search.append(name, each instanceof Date ? each.toISOString() : String(each));
  }
  const text = search.toString();
  return text && `?${text}`;
}

function isStreamed(body: unknown): boolean {
  return (
    typeof body === "string" ||
    (typeof Blob !== "undefined" && body instanceof Blob) ||
    (typeof ReadableStream !== "undefined" && body instanceof ReadableStream)
  );
}

/** Browsers have no crypto.randomUUID on pages that came over plain HTTP from another machine. */
function randomKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Node 18 has no AbortSignal.any. */
function either(a: AbortSignal, b: AbortSignal): AbortSignal {
  if (typeof AbortSignal.any === "function") return AbortSignal.any([a, b]);
  const both = new AbortController();
  for (const signal of [a, b]) {
    if (signal.aborted) both.abort(signal.reason);
    else signal.addEventListener("abort", () => both.abort(signal.reason), { once: true });
  }
  return both.signal;
}

const longestWaitMs = 60_000;

function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), longestWaitMs);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
