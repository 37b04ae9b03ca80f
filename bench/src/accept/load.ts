import { Agent, request } from "undici";
import { serve } from "../child.ts";

/** Connections that the clients use. */
export const connections = 64;

export interface LoadJob {
  url: string;
  apiKey: string;
  /** One message to each of these leads. */
  leadIds: string[];
}

export type LoadCalls = {
  /** Sends one request a lead over 64 connections; gives the message IDs answered, and each request's milliseconds. */
  run(job: LoadJob): Promise<{ seconds: number; messageIds: string[]; refused: number; p50: number; p99: number }>;
};

/** Clients of the API, in a process of their own. Each connection has one request under way at a time. */
serve<null, LoadCalls>(async () => {
  const agent = new Agent({ connections, pipelining: 1 });
  return {
    calls: {
      async run({ url, apiKey, leadIds }) {
        const headers = { "content-type": "application/json", "x-api-key": apiKey };
        const messageIds: string[] = [];
        const times: number[] = [];
        let refused = 0;
        let next = 0;
        const client = async () => {
          while (next < leadIds.length) {
            const leadId = leadIds[next++]!;
            const body = JSON.stringify({ leadId, channel: "sms", text: textOf(leadId) });
            const begin = performance.now();
            const answer = await request(`${url}/v1/messages`, { dispatcher: agent, method: "POST", headers, body });
            const { messageId } = (await answer.body.json()) as { messageId?: string };
            times.push(performance.now() - begin);
            if (answer.statusCode === 202 && messageId !== undefined) messageIds.push(messageId);
            else refused += 1;
          }
        };
        const startedAt = performance.now();
        await Promise.all(Array.from({ length: connections }, client));
        const seconds = (performance.now() - startedAt) / 1000;
        times.sort((a, b) => a - b);
        const quantile = (q: number) => times[Math.floor((times.length - 1) * q)] ?? 0;
        return { seconds, messageIds, refused, p50: quantile(0.5), p99: quantile(0.99) };
      },
    },
    close: () => agent.destroy(),
  };
});

/** A text that no other lead gets, and that says which lead it was for. */
const textOf = (leadId: string) => `Hi Jane, would a short call on Tuesday suit you? (${leadId})`;
