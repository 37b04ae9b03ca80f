import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { verifierOf } from "../../server/src/loopback/receiver-verify.ts";
import { serve } from "./child.ts";

/**
 * The webhook receiver of the benchmarks, a process of its own. While the clock runs it does as little as a receiver can:
 * it keeps what arrives and answers 200, so that it isn't what is measured. `tally` then checks every signature, with the
 * reference library of Standard Webhooks.
 */

interface Kept {
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Of the system's monotonic clock, in nanoseconds. */
  at: bigint;
}

/** What arrived since the last tally. */
export interface Tally {
  requests: number;
  signaturesValid: number;
  /** How often each event arrived with a valid signature. */
  events: Map<string, number>;
  /** When each of these came first: milliseconds of the system's monotonic clock. */
  arrivedAt: Map<string, number>;
}

export type ReceiverCalls = {
  url(): string;
  /** Resolves as soon as `count` requests arrived since the last tally, or when none arrived for ten seconds. */
  waitFor(count: number): Promise<void>;
  /** Checks what arrived since the last tally, and forgets it. */
  tally(): Tally;
  /**
   * From now on nothing is kept but which events came, by their IDs: for runs whose requests don't fit into memory. Says
   * where it listens.
   */
  count(): string;
  /** What came since `count` or the last time, and forgets it. */
  counted(): { requests: number; distinct: number };
};

const patienceMs = 10_000;

serve<{ secret: string }, ReceiverCalls>(async ({ secret }) => {
  const verifier = verifierOf("herald", secret);
  let kept: Kept[] = [];
  let counting: { requests: number; ids: Set<string> } | null = null;
  let wanted = Number.POSITIVE_INFINITY;
  let reached: () => void = () => {};

  const server = createServer({ keepAliveTimeout: 120_000, noDelay: true }, (request, response) => {
    if (counting) {
      counting.requests += 1;
      counting.ids.add(String(request.headers["webhook-id"]));
      request.resume().on("end", () => response.writeHead(200, { "content-length": 2 }).end("ok"));
      return;
    }
    const at = process.hrtime.bigint();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      kept.push({ headers: request.headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), at });
      response.writeHead(200, { "content-length": 2 }).end("ok");
      if (kept.length >= wanted) reached();
    });
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, resolve));
  const { port } = server.address() as AddressInfo;

  return {
    calls: {
      url: () => `http://127.0.0.1:${port}`,
      waitFor: (count) =>
        new Promise((resolve) => {
          let seen = -1;
          const watch = setInterval(() => {
            if (kept.length === seen) reached();
            seen = kept.length;
          }, patienceMs);
          reached = () => {
            wanted = Number.POSITIVE_INFINITY;
            clearInterval(watch);
            resolve();
          };
          wanted = count;
          if (kept.length >= count) reached();
        }),
      count() {
        counting = { requests: 0, ids: new Set() };
        return `http://127.0.0.1:${port}`;
      },
      counted() {
        const counted = { requests: counting?.requests ?? 0, distinct: counting?.ids.size ?? 0 };
        counting = { requests: 0, ids: new Set() };
        return counted;
      },
      tally() {
        const requests = kept;
        kept = [];
        const tally: Tally = { requests: requests.length, signaturesValid: 0, events: new Map(), arrivedAt: new Map() };
        const clock = Date.now;
        const began = clock() - Number(process.hrtime.bigint()) / 1e6;
        for (const { headers, body, at } of requests) {
          // A signature is good for five minutes; a run may take longer. It counts when the request came.
          Date.now = () => began + Number(at) / 1e6;
          const valid = verifier.valid(headers, body);
          Date.now = clock;
          if (!valid) continue;
          tally.signaturesValid += 1;
          const id = verifier.eventId(headers, body) ?? "";
          const times = tally.events.get(id) ?? 0;
          tally.events.set(id, times + 1);
          if (times === 0) tally.arrivedAt.set(id, Number(at) / 1e6);
        }
        return tally;
      },
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
});
