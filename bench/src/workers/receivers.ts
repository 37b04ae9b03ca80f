import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { verifierOf } from "../../../server/src/loopback/receiver-verify.ts";
import { serve } from "../child.ts";
import type { Tally } from "../receiver.ts";

/**
 * Webhook handlers that take their time, in one process, each on a port of its own: to a sender they are as many hosts.
 * What arrives is kept, and checked by `tally`.
 */
export interface ReceiversSettings {
  secret: string;
  count: number;
  /** Milliseconds from a request to its answer. */
  delayMs: number;
}

export type ReceiversCalls = {
  urls(): string[];
  /** Resolves when so many requests have come since the last tally. */
  waitFor(count: number): Promise<void>;
  /** Checks what arrived since the last tally, and forgets it. */
  tally(): Omit<Tally, "arrivedAt">;
};

serve<ReceiversSettings, ReceiversCalls>(async ({ secret, count, delayMs }) => {
  const verifier = verifierOf("herald", secret);
  let kept: { headers: Record<string, string | string[] | undefined>; body: Buffer }[] = [];
  let wanted = Number.POSITIVE_INFINITY;
  let reached: () => void = () => {};
  const servers = Array.from({ length: count }, () =>
    createServer({ keepAliveTimeout: 120_000, noDelay: true }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        kept.push({ headers: request.headers, body: Buffer.concat(chunks) });
        if (kept.length >= wanted) reached();
        setTimeout(() => response.writeHead(200, { "content-length": 2 }).end("ok"), delayMs);
      });
    }),
  );
  await Promise.all(
    servers.map(
      (server) => new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, resolve)),
    ),
  );
  return {
    calls: {
      urls: () => servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      waitFor: (count) =>
        new Promise((resolve) => {
          wanted = count;
          reached = () => {
            wanted = Number.POSITIVE_INFINITY;
            resolve();
          };
          if (kept.length >= count) reached();
        }),
      tally() {
        const requests = kept;
        kept = [];
        const tally: Omit<Tally, "arrivedAt"> = { requests: requests.length, signaturesValid: 0, events: new Map() };
        for (const { headers, body } of requests) {
          if (!verifier.valid(headers, body)) continue;
          tally.signaturesValid += 1;
          const id = verifier.eventId(headers, body) ?? "";
          tally.events.set(id, (tally.events.get(id) ?? 0) + 1);
        }
        return tally;
      },
    },
    close: async () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
});
