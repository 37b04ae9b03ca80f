import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import { serve } from "../child.ts";
import { connections, itemsALead, linkedinUrlOf, sourceSecret } from "./settings.ts";

export interface InboundJob {
  /** The source's address. */
  url: string;
  /** Tells the leads of this run from others. */
  run: string;
  leads: number;
}

export type InboundLoadCalls = {
  /** Sends what there is of each lead over 64 connections; gives how many were accepted, and each answer's milliseconds. */
  run(job: InboundJob): Promise<{ seconds: number; accepted: number; p50: number; p99: number }>;
};

/** SendPilot, in a process of its own. Each connection has one request under way at a time. */
serve<null, InboundLoadCalls>(async () => {
  const agent = new Agent({ connections, pipelining: 1 });
  return {
    calls: {
      async run({ url, run, leads }) {
        const times: number[] = [];
        const count = leads * itemsALead;
        let accepted = 0;
        let next = 0;
        const client = async () => {
          while (next < count) {
            const body = JSON.stringify(eventOf(run, next % leads, Math.floor(next / leads)));
            next += 1;
            const begin = performance.now();
            const t = Math.floor(Date.now() / 1000);
            const s = createHmac("sha256", sourceSecret).update(`${t}.${body}`).digest("hex");
            const headers = { "content-type": "application/json", "webhook-signature": `t=${t},s=${s}` };
            const answer = await request(url, { dispatcher: agent, method: "POST", headers, body });
            await answer.body.dump();
            times.push(performance.now() - begin);
            if (answer.statusCode === 200) accepted += 1;
          }
        };
        const startedAt = performance.now();
        await Promise.all(Array.from({ length: connections }, client));
        const seconds = (performance.now() - startedAt) / 1000;
        times.sort((a, b) => a - b);
        const quantile = (q: number) => times[Math.floor((times.length - 1) * q)] ?? 0;
        return { seconds, accepted, p50: quantile(0.5), p99: quantile(0.99) };
      },
    },
    close: () => agent.destroy(),
  };
});

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
