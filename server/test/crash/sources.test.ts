import { createHmac } from "node:crypto";
import { afterEach, expect, inject, test } from "vitest";
import { HeraldProcess } from "./herald-process.ts";

let herald: HeraldProcess;
afterEach(() => herald?.end());

interface Page<T> {
  data: T[];
}

test("what came in survives a kill between its answer and the end of its processing: it is done once, and sent again not twice", {
  timeout: 240_000,
}, async () => {
  herald = new HeraldProcess({}, { copyOf: inject("dataFolder") });
  await herald.start({ HERALD_TEST_STOP_AT: "source.applied" });
  const secret = "a secret of sixteen or more";
  const source = await herald.call<{ id: string; path: string }>("POST", "/v1/sources", { kind: "apten", secret });
  // Two people, each with an order of their own: all of it is in one transaction at the most.
  const requests = Array.from({ length: 12 }, (_, n) => {
    const content = { text: `Reply ${n}` };
    const data = { leadId: "x", phone: `+1202555015${n % 2}`, channel: "sms", profile: "P", content };
    const body = JSON.stringify({ event: "message.received", data, timestamp: "2026-01-05T09:30:00Z" });
    return { body, headers: { "x-signature-sha256": createHmac("sha256", secret).update(body).digest("hex") } };
  });
  const post = (request: (typeof requests)[0]) => fetch(herald.url + source.path, { method: "POST", ...request });
  for (const request of requests) void post(request).catch(() => {});
  await herald.atStopPoint;
  await herald.kill();
  await herald.start();
  // Their sender may have got no answer, and sends them again.
  for (const request of requests) expect((await post(request)).status).toBe(200);
  const received = () => herald.call<Page<{ status: string }>>("GET", `/v1/sources/${source.id}/received`);
  await expect
    .poll(async () => (await received()).data.filter(({ status }) => status === "processed").length, { interval: 20 })
    .toBe(requests.length);
  expect((await received()).data).toHaveLength(requests.length);
  const { data: messages } = await herald.call<Page<{ text: string }>>("GET", "/v1/messages");
  expect(messages.map(({ text }) => text).sort()).toEqual(requests.map((_, n) => `Reply ${n}`).sort());
  const { data: events } = await herald.call<Page<{ eventType: string }>>("GET", "/v1/events?limit=100");
  const count = (type: string) => events.filter(({ eventType }) => eventType === type).length;
  expect([count("message.received"), count("lead.updated")]).toEqual([requests.length, 2]);
});
