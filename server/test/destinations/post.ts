import type { Exchange } from "../../src/destinations/webhook/exchange.ts";
import { type HttpClient, targetOf } from "../../src/destinations/webhook/http-client.ts";
import type { TlsIdentity } from "../../src/destinations/webhook/tls-identity.ts";

/** What a POST comes to; null: it was not sent. */
export function post(
  client: HttpClient,
  url: URL,
  body = "{}",
  tls: TlsIdentity | null = null,
): Promise<Exchange | null> {
  return new Promise((resolve) =>
    client.send({ target: targetOf(url, { tls }), begin: () => ({ headers: {}, body }), end: resolve }),
  );
}
