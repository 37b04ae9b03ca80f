import type { Exchange } from "../../src/destinations/webhook/exchange.ts";
import { type HttpClient, targetOf } from "../../src/destinations/webhook/http-client.ts";

/** What a POST comes to; null: it was not sent. */
export function post(client: HttpClient, url: URL, body = "{}"): Promise<Exchange | null> {
  return new Promise((resolve) =>
    client.send({ target: targetOf(url), begin: () => ({ headers: {}, body }), end: resolve }),
  );
}
