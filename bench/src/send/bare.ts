import { createTransport } from "nodemailer";
import { Agent, request } from "undici";
import { serve } from "../child.ts";
import { type ContestantCalls, peakRss } from "../contestant.ts";
import { account, mailFrom, routes, type SendSettings, subject, textFor } from "./settings.ts";

/**
 * The baselines: the provider's calls alone, over the same number of connections, by the library that a program would
 * take for it. No queue, no database, no event, no webhook.
 */
serve<SendSettings, ContestantCalls>(async ({ route, port }) => {
  const { connections } = routes[route];
  const { send, close } = route === "twilio" ? overHttp(port, connections) : overSmtp(port, connections);
  let left = 0;
  let startedAt = 0;
  let running: Promise<unknown> = Promise.resolve();
  // nodemailer's pool wants its queue filled; undici's requests wait for a free connection in the same way.
  const lane = async () => {
    while (left > 0) await send(left--);
  };
  return {
    calls: {
      async store(count) {
        left = count;
        return { ids: [], seconds: 0 };
      },
      async start() {
        startedAt = performance.now();
        running = Promise.all(Array.from({ length: 2 * connections }, lane));
        running.catch(() => {});
      },
      async finished() {
        await running;
        return (performance.now() - startedAt) / 1000;
      },
      halt: async () => {},
      peakRss,
    },
    close,
  };
});

function overHttp(port: number, connections: number) {
  const agent = new Agent({ connections, pipelining: 1 });
  const { accountSid, authToken, from } = account;
  const url = new URL(`http://127.0.0.1:${port}/2010-04-01/Accounts/${accountSid}/Messages.json`);
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };
  return {
    async send(n: number) {
      const body = `To=%2B1303${2_000_000 + n}&Body=${encodeURIComponent(textFor(n))}&From=${encodeURIComponent(from)}`;
      const answer = await request(url, { dispatcher: agent, method: "POST", headers, body });
      const message = (await answer.body.json()) as { sid?: string };
      if (answer.statusCode !== 201 || message.sid === undefined)
        throw new Error(`The provider answered ${answer.statusCode}.`);
    },
    close: () => agent.destroy(),
  };
}

function overSmtp(port: number, connections: number) {
  const pool = createTransport({ pool: true, host: "127.0.0.1", port, ignoreTLS: true, maxConnections: connections });
  return {
    async send(n: number) {
      await pool.sendMail({ from: mailFrom, to: `jane${n}@example.com`, subject, text: textFor(n) });
    },
    close: async () => pool.close(),
  };
}
