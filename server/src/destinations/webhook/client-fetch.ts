import { type HttpClient, targetOf } from "./http-client.ts";

/** Headers that the client writes itself, or that would let a body come compressed. */
const own = new Set(["host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect"]);

/**
 * A `fetch` for POSTs by the client that deliveries have: bounded answers, no redirects, and only addresses that it may call.
 * For packages that bring their own requests. `owner`: among whom an origin's connections are shared. An aborted call is given
 * up at once; its connection ends by the client's own time limit.
 */
export function clientFetch(client: HttpClient, owner: string): typeof globalThis.fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const { signal = null, body = "", method = "GET" } = init ?? {};
    if (method !== "POST" || typeof body !== "string") throw new TypeError("Only POSTs of texts go out here.");
    const headers: Record<string, string> = {};
    new Headers(init?.headers).forEach((value, name) => {
      if (!own.has(name)) headers[name] = value;
    });
    signal?.throwIfAborted();
    return await new Promise<Response>((resolve, reject) => {
      let over = false;
      const aborted = () => {
        over = true;
        reject(signal!.reason as Error);
      };
      signal?.addEventListener("abort", aborted, { once: true });
      client.send({
        target: targetOf(url, { owner }),
        begin: () => (over ? null : { headers, body }),
        end(exchange) {
          signal?.removeEventListener("abort", aborted);
          if (over) return;
          if (exchange?.statusCode == null || exchange.error !== null) {
            const detail = exchange?.error?.detail ?? "This process is stopping.";
            const cause = Object.assign(new Error(detail), { code: exchange?.error?.code ?? "stopping" });
            reject(new TypeError("fetch failed", { cause }));
            return;
          }
          const answered = new Headers();
          for (const [name, value] of Object.entries(exchange.headers)) {
            for (const one of [value].flat()) answered.append(name, one);
          }
          const { statusCode: status } = exchange;
          const empty = status === 204 || status === 205 || status === 304 || status < 200;
          resolve(new Response(empty ? null : exchange.body, { status: Math.max(200, status), headers: answered }));
        },
      });
    });
  };
}
