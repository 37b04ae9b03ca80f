import { createHmac } from "node:crypto";
import { afterEach, expect, inject, test } from "vitest";
import { HeraldProcess } from "./herald-process.ts";

let herald: HeraldProcess;
afterEach(() => herald?.end());

interface Page<T> {
  data: T[];
}

test("what came in survives a kill between its answer and the end of its processing: it is done once, and sent again not twice", {
  timeout: 60_000,
}, async () => {
  herald = new HeraldProcess({}, { copyOf: inject("dataFolder") });
  await herald.start({ HERALD_TEST_STOP_AT: "source.applied" });
  const secret = "a secret of sixteen or more";
  const source = await herald.call<{ id: string; path: string }>("POST", "/v1/sources", { kind: "apten", secret });
  const data = { leadId: "x", phone: "+12025550155", channel: "sms", profile: "P", content: { text: "Tell me more" } };
  const body = JSON.stringify({ event: "message.received", data, timestamp: "2026-01-05T09:30:00Z" });
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const post = () =>
    fetch(herald.url + source.path, { method: "POST", headers: { "x-signature-sha256": signature }, body });
  void post().catch(() => {});
  await herald.atStopPoint;
  await herald.kill();
  await herald.start();
  // Its sender may have got no answer, and sends it again.
  expect((await post()).status).toBe(200);
  const received = () => herald.call<Page<{ status: string }>>("GET", `/v1/sources/${source.id}/received`);
  await expect.poll(async () => (await received()).data, { interval: 20 }).toMatchObject([{ status: "processed" }]);
  expect((await received()).data).toHaveLength(1);
  const { data: messages } = await herald.call<Page<{ text: string }>>("GET", "/v1/messages");
  expect(messages.map(({ text }) => text)).toEqual(["Tell me more"]);
  const { data: events } = await herald.call<Page<{ eventType: string }>>("GET", "/v1/events");
  expect(events.map(({ eventType }) => eventType).sort()).toEqual(["lead.updated", "message.received"]);
});
