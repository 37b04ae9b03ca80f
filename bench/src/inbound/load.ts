import { createHmac } from "node:crypto";
import { serve } from "../child.ts";
import { openConnection, type PlainConnection } from "./connection.ts";
import { connections, itemsALead, linkedinUrlOf, sourceSecret } from "./settings.ts";

export interface InboundJob {
  /** The source's address. */
  url: string;
  /** Tells the leads of this run from others. */
  run: string;
  leads: number;
}

export type InboundLoadCalls = {
  /** Writes and signs what `run` sends, and opens its connections. */
  prepare(job: InboundJob): Promise<void>;
  /** Sends what there is of each lead over 64 connections; gives how many were accepted, and each answer's milliseconds. */
  run(): Promise<{ seconds: number; accepted: number; p50: number; p99: number }>;
};

/** Requests that are written and signed before the clock starts, at most: some hundred bytes each. */
const mostAhead = 100_000;

interface Prepared {
  count: number;
  requestOf: (n: number) => string;
  connections: PlainConnection[];
}

/**
 * SendPilot, in a process of its own. Each connection has one request under way at a time. What is sent is written and signed before
 * the clock starts, as it would be elsewhere: the two cores are for whoever takes it in.
 */
serve<null, InboundLoadCalls>(async () => {
  let prepared: Prepared | null = null;
  return {
    calls: {
      async prepare({ url, run, leads }) {
        const { host, hostname, port, pathname } = new URL(url);
        const count = leads * itemsALead;
        const make = (n: number) => requestOf(host, pathname, eventOf(run, n % leads, Math.floor(n / leads)));
        const ahead = Array.from({ length: Math.min(count, mostAhead) }, (_, n) => make(n));
        const open = Array.from({ length: connections }, () => openConnection(hostname, Number(port)));
        prepared = { count, requestOf: (n) => ahead[n] ?? make(n), connections: await Promise.all(open) };
      },
      async run() {
        if (!prepared) throw new Error("Nothing is prepared.");
        const { count, requestOf, connections } = prepared;
        prepared = null;
        const times: number[] = [];
        let accepted = 0;
        let next = 0;
        const client = async (connection: PlainConnection) => {
          while (next < count) {
            const request = requestOf(next++);
            const begin = performance.now();
            const status = await connection.exchange(request);
            times.push(performance.now() - begin);
            if (status === 200) accepted += 1;
          }
        };
        const startedAt = performance.now();
        await Promise.all(connections.map(client));
        const seconds = (performance.now() - startedAt) / 1000;
        for (const connection of connections) connection.close();
        times.sort((a, b) => a - b);
        const quantile = (q: number) => times[Math.floor((times.length - 1) * q)] ?? 0;
        return { seconds, accepted, p50: quantile(0.5), p99: quantile(0.99) };
      },
    },
    close: async () => {
      for (const connection of prepared?.connections ?? []) connection.close();
    },
  };
});

function requestOf(host: string, path: string, event: object): string {
  const body = JSON.stringify(event);
  const t = Math.floor(Date.now() / 1000);
  const s = createHmac("sha256", sourceSecret).update(`${t}.${body}`).digest("hex");
  const about = `content-type: application/json\r\nwebhook-signature: t=${t},s=${s}\r\ncontent-length: ${body.length}`;
  return `POST ${path} HTTP/1.1\r\nhost: ${host}\r\n${about}\r\n\r\n${body}`;
}

function eventOf(run: string, lead: number, n: number) {
  const of = {
    ...{ leadId: `lead_${lead}`, campaignId: "camp_bench", linkedinUrl: linkedinUrlOf(run, lead) },
    senderId: `sender_${lead % 10}`,
  };
  const text = `Hi Jane, would a short call on Tuesday suit you? (${run} ${lead} ${n})`;
  const [eventType, data] =
    n === 4
      ? ["lead.tag.updated", { leadId: of.leadId, campaignId: of.campaignId, linkedinUrl: of.linkedinUrl, ...tags }]
      : n % 2 === 0
        ? ["message.sent", { ...of, message: text, sequenceStep: n / 2 + 1 }]
        : ["reply.received", { ...of, reply: text }];
  const timestamp = new Date(Date.now() - 60_000 + n).toISOString();
  return { eventId: `evt_${run}_${lead}_${n}`, eventType, timestamp, workspaceId: "ws_theirs", data };
}
const tags = { tags: ["isHot"], added: ["isHot"], removed: [] };
