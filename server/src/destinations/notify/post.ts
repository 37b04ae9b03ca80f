import type { Exchange } from "../webhook/exchange.ts";
import { type HttpClient, targetOf } from "../webhook/http-client.ts";

/** Posts JSON; null: Herald is stopping, and nothing was sent. */
export function postJson(client: HttpClient, url: string, owner: string, body: object): Promise<Exchange | null> {
  return new Promise((resolve) =>
    client.send({
      target: targetOf(new URL(url), { owner }),
      begin: () => ({
        headers: {
          "content-type": "application/json; charset=utf-8",
          "accept-encoding": "identity",
          "user-agent": "Herald/0.1",
        },
        body: JSON.stringify(body),
      }),
      end: resolve,
    }),
  );
}
