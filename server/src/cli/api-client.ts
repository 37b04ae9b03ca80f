import { codeOf, Failure } from "./failure.ts";

/** What a Herald answered to a call that it refused, in its words. */
export class ApiRefusal extends Failure {
  readonly status: number;

  constructor(call: string, status: number, message: string) {
    super(`${call} was answered ${status}: ${message}`);
    this.name = "ApiRefusal";
    this.status = status;
  }
}

/** There was no answer, or none that a Herald gives. */
export class ApiUnreachable extends Failure {}

export interface CallOptions {
  /** Sent as JSON; bytes as they are, with `contentType`. */
  body?: unknown;
  contentType?: string;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

/** Calls a Herald's HTTP API. */
export class ApiClient {
  readonly url: string;
  private readonly key: string;

  constructor(url: string, key: string) {
    this.url = url.replace(/\/+$/, "");
    this.key = key;
  }

  /** @throws ApiRefusal for an answer other than 2xx, ApiUnreachable where there is none */
  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const { body, contentType = "application/json", headers = {}, signal } = options;
    const bytes = body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body);
    let status: number;
    let text: string;
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: { "x-api-key": this.key, ...(bytes !== undefined && { "content-type": contentType }), ...headers },
        ...(bytes !== undefined && { body: bytes as BodyInit }),
        ...(signal && { signal }),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw new ApiUnreachable(`No Herald answers at ${this.url} (${whyNot(error)}).`, { cause: error });
    }
    const answer = parse(text);
    if (status >= 200 && status < 300 && answer !== undefined) return answer as T;
    throw this.refusal(`${method} ${path}`, status, answer);
  }

  /** The body of an endless answer as it comes, in server-sent events. Throws as `call` does. */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const accept = "text/event-stream";
    let response: Response;
    try {
      response = await fetch(this.url + path, { headers: { "x-api-key": this.key, accept, ...headers }, signal });
      if (response.ok && response.body && response.headers.get("content-type")?.startsWith(accept))
        return response.body;
    } catch (error) {
      signal.throwIfAborted();
      throw new ApiUnreachable(`No Herald answers at ${this.url} (${whyNot(error)}).`, { cause: error });
    }
    throw this.refusal(`GET ${path}`, response.status, response.ok ? undefined : parse(await response.text()));
  }

  /** `answer` undefined: it was not in Herald's form. */
  private refusal(call: string, status: number, answer: unknown): Failure {
    if (answer === undefined)
      return new ApiUnreachable(`What answers at ${this.url} is no Herald: ${status} to ${call}.`);
    return new ApiRefusal(call, status, wordsOf(answer));
  }

  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.call<T>("GET", path, signal ? { signal } : {});
  }

  post<T>(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    return this.call<T>("POST", path, { ...(body !== undefined && { body }), headers });
  }
}

/** undefined: not JSON. An empty body is null. */
function parse(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Herald's error body in a sentence or several. */
function wordsOf(answer: unknown): string {
  const { message, details } = (answer ?? {}) as { message?: unknown; details?: { field: string; reason: string }[] };
  if (typeof message !== "string") return "no reason was given";
  const more = (details ?? []).filter(({ reason }) => !message.includes(reason));
  return [message, ...more.map(({ field, reason }) => `${field}: ${reason}`)].join(" ");
}

/** The reason inside of fetch's "fetch failed". */
export function whyNot(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return codeOf(cause) ?? (cause instanceof Error ? cause.message : String(cause));
}
