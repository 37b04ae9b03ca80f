import { afterEach, expect, inject, test } from "vitest";
import { saying, startModelLoopback } from "../../src/loopback/model.ts";
import { startTwilio } from "../../src/loopback/twilio.ts";
import { HeraldProcess } from "./herald-process.ts";
import { generator } from "./matrix/case.ts";

/** HERALD_CRASH_SEED repeats a run; HERALD_CRASH_KILLS makes it longer. */
const seed = Number(process.env.HERALD_CRASH_SEED ?? 20_261);
const kills = Number(process.env.HERALD_CRASH_KILLS ?? 1);
const leads = 8;

const undo = new AsyncDisposableStack();
afterEach(async () => await undo.disposeAsync());

interface Turn {
  leadId: string;
  state: string;
  costMicros: number | null;
}

test(`killed while the model answers, and between its answer and what becomes of it: each lead gets one message (seed ${seed})`, {
  timeout: 240_000,
}, async () => {
  const random = generator(seed);
  const accountSid = `AC${"0".repeat(32)}`;
  let hold: Promise<void> | null = null;
  const model = await startModelLoopback({
    apiKey: "k",
    mind: async () => {
      await hold;
      // Another one each time: an answer that was thought twice and sent twice would be seen.
      return saying({ message: { text: `Hello, this is answer ${model.arrivals.messages.length}.` } });
    },
  });
  undo.defer(() => model.close());
  const twilio = await startTwilio({ accountSid, authToken: "t" });
  undo.defer(() => twilio.close());
  const env = { HERALD_RECONCILE_AFTER_SECONDS: "1", HERALD_ALLOW_PRIVATE_DESTINATIONS: "true" };
  const herald = new HeraldProcess(env, { copyOf: inject("dataFolder") });
  undo.defer(() => herald.end());
  // Some have their answer by then; where it stops is up to the seed.
  await herald.start({ HERALD_TEST_STOP_AT: `assistant.answered:${1 + Math.floor(random() * leads)}` });
  const hours = { smsHours: { from: "00:00", to: "24:00" }, override: true, reason: "The tests run at any hour." };
  await herald.call("PATCH", "/v1/workspace", hours);
  await herald.call("POST", "/v1/senders", {
    ...{ name: "Number", channel: "sms", provider: "twilio", credentials: { authToken: "t" } },
    config: { accountSid, from: "+12025550100", baseUrl: twilio.url },
  });
  await herald.call("PUT", "/v1/assistant/model", {
    ...{ provider: "openai_compatible", baseUrl: `${model.url}/v1`, model: "loopback-1", apiKey: "k" },
    ...{ inputPrice: 1, outputPrice: 1 },
  });
  const content = { instructions: "Greet.", channels: ["sms"], responseDelaySeconds: 0 };
  await herald.call("POST", "/v1/profiles", { name: "Solar", mode: "autopilot", content });
  const phones = Array.from({ length: leads }, (_, n) => `+1202${5_550_200 + n}`);
  await herald.call("POST", "/v1/leads", { leads: phones.map((phone) => ({ firstName: "Jane", phone })) });
  const { leads: made } = await herald.call<{ leads: { id: string }[] }>("GET", "/v1/leads");
  // All of them are due at one moment: the process stops once some are answered.
  const later = { profile: "Solar", sendMessage: true, delaySeconds: 600 };
  for (const { id } of made) await herald.call("POST", `/v1/leads/${id}/assistant/profile`, later);
  const db = herald.database();
  undo.defer(() => db.close());
  await db.query("update assistant_turn set due_at = now()");
  await herald.atStopPoint;
  await herald.kill();
  // Then it is killed while the model is at it.
  for (let kill = 0; kill < kills; kill++) {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    const before = model.arrivals.messages.length;
    await herald.start();
    await expect.poll(() => model.arrivals.messages.length, { timeout: 120_000, interval: 5 }).toBeGreaterThan(before);
    await herald.kill();
    gate.resolve();
    hold = null;
  }
  await herald.start();
  const turns = async () => (await herald.call<{ data: Turn[] }>("GET", "/v1/assistant/turns")).data;
  // At once, and not when the time of the dead process's turns is over.
  await expect
    .poll(async () => (await turns()).filter(({ state }) => state === "sent").length, {
      timeout: 120_000,
      interval: 20,
    })
    .toBe(leads);
  await expect.poll(() => twilio.messages.length, { timeout: 120_000, interval: 20 }).toBeGreaterThanOrEqual(leads);
  const open = async () =>
    (await herald.call<{ data: { status: string }[] }>("GET", "/v1/messages")).data.filter(
      ({ status }) => status !== "sent",
    );
  await expect.poll(open, { timeout: 120_000, interval: 20 }).toEqual([]);
  expect(twilio.messages.map(({ to }) => to).sort()).toEqual(phones);
  // The call whose answer was lost is paid for: the turns' costs are the day's.
  const { data: usage } = await herald.call<{ data: { costMicros: number }[] }>("GET", "/v1/assistant/usage");
  const cost = (await turns()).reduce((sum, turn) => sum + (turn.costMicros ?? 0), 0);
  expect(usage.map(({ costMicros }) => costMicros)).toEqual([cost]);
});
