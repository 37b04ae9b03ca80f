import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Running, root, Terminal } from "./shell.ts";

/** The example handlers against requests that Herald sends, and those that somebody else might. */

const key = randomBytes(32);
const terminal = new Terminal(root, { PORT: "0", WEBHOOK_SECRET: `whsec_${key.toString("base64")}` });
afterAll(() => terminal.close());

/** By the specification, not by the library that the handlers use. */
function signed(id: string, body: string, at = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

function sent(eventId: string, text: string): string {
  const data = { channel: "sms", phone: "+12025550143", content: { subject: null, text } };
  return JSON.stringify({ eventId, eventType: "message.sent", data });
}

describe.concurrent.each(["express", "fastify"])("examples/handlers/%s.mjs", (name) => {
  async function start(): Promise<{
    handler: Running;
    post: (body: string, headers: Record<string, string>) => Promise<number>;
  }> {
    const handler = terminal.start(`exec node ${join("examples/handlers", `${name}.mjs`)}`);
    const [, url] = await handler.until(/Listening on (\S+)/);
    const post = async (body: string, headers: Record<string, string>) => {
      const all = { "content-type": "application/json", ...headers };
      return (await fetch(url!, { method: "POST", headers: all, body })).status;
    };
    return { handler, post };
  }

  test("prints a message once however often its event comes, and answers 2xx each time", async () => {
    const { handler, post } = await start();
    const first = sent("evt_1", "Grüße, 👋");
    expect(await post(first, signed("evt_1", first))).toBe(204);
    expect(await post(first, signed("evt_1", first))).toBe(204);
    const other = JSON.stringify({ eventId: "evt_2", eventType: "campaign.started", data: {} });
    expect(await post(other, signed("evt_2", other))).toBe(204);
    const last = sent("evt_3", "last");
    expect(await post(last, signed("evt_3", last))).toBe(204);
    await handler.until(/evt_3: sms to \+12025550143: last\n/);
    const lines = handler.output.trim().split("\n").slice(1);
    expect(lines).toEqual(["evt_1: sms to +12025550143: Grüße, 👋", "evt_3: sms to +12025550143: last"]);
  });

  test("answers 401 to what Herald has not signed, changed, or signed long ago", async () => {
    const { handler, post } = await start();
    const body = sent("evt_1", "forged");
    expect(await post(body, {})).toBe(401);
    expect(await post(`${body} `, signed("evt_1", body))).toBe(401);
    expect(await post(body, { ...signed("evt_1", body), "webhook-id": "evt_2" })).toBe(401);
    expect(await post(body, signed("evt_1", body, Date.now() - 10 * 60_000))).toBe(401);
    expect(await post("", {})).toBe(401);
    // A refused event was not remembered: the true one is taken.
    expect(await post(body, signed("evt_1", body))).toBe(204);
    await handler.until(/evt_1: sms/);
    expect(handler.output.match(/forged/g)).toHaveLength(1);
  });

  test("takes the longest message that there can be", async () => {
    const { handler, post } = await start();
    // JSON writes each of these in six bytes.
    const body = sent("evt_1", "\u0001".repeat(100_000));
    expect(await post(body, signed("evt_1", body))).toBe(204);
    await handler.until(/evt_1: sms/);
  });
});

test.each(["express", "fastify"])("%s.mjs doesn't start without a secret", async (name) => {
  await expect(terminal.run(`WEBHOOK_SECRET= node examples/handlers/${name}.mjs`)).rejects.toThrow(
    "Secret can't be empty",
  );
});
