import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { Gate } from "./faults.ts";

/**
 * A token endpoint of OAuth 2.0 on loopback, for any grant. Tokens are `token-1`, `token-2` and so on; with `rotates` each answer
 * has a refresh token as well (`refresh-1` and so on), and a refresh token is good once.
 */
export interface TokenEndpoint {
  url: string;
  /** Requests so far. */
  readonly requests: readonly { headers: IncomingHttpHeaders; form: Record<string, string> }[];
  /** Answers so from now on. Default: 200 with a token that is good for an hour. */
  answer: { status?: number; body?: string; expiresIn?: number; hold?: Gate; rotates?: boolean };
  close(): Promise<void>;
}

export async function startTokenEndpoint(): Promise<TokenEndpoint> {
  const requests: { headers: IncomingHttpHeaders; form: Record<string, string> }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    requests.push({ headers: request.headers, form });
    const { status = 200, body, expiresIn = 3_600, hold, rotates } = endpoint.answer;
    const n = requests.length;
    const token = {
      ...{ access_token: `token-${n}`, token_type: "Bearer", expires_in: expiresIn },
      ...(rotates ? { refresh_token: `refresh-${n}` } : {}),
    };
    await hold?.pass();
    const spent = requests.slice(0, n - 1).some((earlier) => earlier.form.refresh_token === form.refresh_token);
    if (rotates && form.refresh_token !== undefined && spent) {
      response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_grant"}');
      return;
    }
    response.writeHead(status, { "content-type": "application/json" }).end(body ?? JSON.stringify(token));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const endpoint: TokenEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    requests,
    answer: {},
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return endpoint;
}
