import { afterAll, beforeAll, expect, test } from "vitest";
import { recordEvents } from "../../src/db/event.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Ordering } from "../../src/db/order.ts";
import type { Database } from "../../src/db/pool.ts";
import { registerWorker } from "../../src/db/worker.ts";
import type { SystemEvent, SystemResult } from "../../src/destinations/system.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { eventSample } from "../../src/domain/event-samples.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { testDatabase } from "../database.ts";
import { box, makeDestination, makeWorkspace } from "../factories.ts";
import { toySystem } from "./toy-system.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(() => close());

/** A destination whose system answers so, and a loop that is driven by hand. */
async function setup(answer: (event: SystemEvent) => SystemResult, ordering: Ordering = "none") {
  await db.query("truncate outbox, lane, destination");
  const workspaceId = await makeWorkspace(db);
  const { id } = await makeDestination(db, workspaceId, { ordering });
  await db.query("update destination set kind = 'close', config = $1, credentials = $2", [
    { pipeline: "sales" },
    box.seal(JSON.stringify({ apiKey: "right" }), `${workspaceId}/${id}`),
  ]);
  const toy = toySystem(answer);
  const errors: unknown[] = [];
  const client = new HttpClient({ timeoutMs: 60_000 });
  const deliveries = new WebhookDeliveries({ db, box, client, systems: new Map([["close", toy.adapter]]) });
  const loop = new OutboxLoop(deliveries, {
    ...{ db, workerNo: await registerWorker(db), maxInFlight: 100 },
    onError: (_stage, error) => errors.push(error),
  });
  return {
    ...toy,
    async record(leadId?: string) {
      const sample = eventSample(workspaceId, "message.sent");
      const event = newEvent(workspaceId, "message.sent", sample.data as never, leadId ? { leadId } : {});
      await recordEvents(db, [event]);
      return event.id;
    },
    async round() {
      await loop.runOnce();
      await loop.idle();
      expect(errors).toEqual([]);
    },
    attempts: async (ref: string) =>
      (await db.query("select outcome, final, code, detail, status_code from attempt where ref = $1 order by n", [ref]))
        .rows,
    waiting: async () =>
      (await db.query("select attempts, due_at > now() as later from outbox where workspace_id = $1", [workspaceId]))
        .rows,
    lane: async () =>
      (await db.query("select parked_until > now() as parked, parked_reason from lane where id = $1", [id])).rows[0],
  };
}

test("what the system took is delivered, with what became of it there", async () => {
  const t = await setup(() => ({ outcome: "delivered", detail: "Logged as note 1.", statusCode: 201 }));
  const id = await t.record();
  await t.round();
  expect(await t.attempts(id)).toEqual([
    { outcome: "succeeded", final: true, code: null, detail: "Logged as note 1.", status_code: 201 },
  ]);
  expect(t.told).toMatchObject([{ eventId: id, eventType: "message.sent", attempt: 1 }]);
  expect(t.opened).toEqual([{ config: { pipeline: "sales" }, credentials: { apiKey: "right" } }]);
  expect(await t.waiting()).toEqual([]);
});

test.each([
  ["skipped", { outcome: "filtered", final: true, code: "a_code", detail: "Why." }],
  ["failed", { outcome: "failed", final: true, code: "a_code", detail: "Why." }],
  ["retry", { outcome: "retry", final: false, code: "a_code", detail: "Why." }],
] as const)("%s is on record with its reason", async (outcome, attempt) => {
  const t = await setup(() => ({ outcome, code: "a_code", detail: "Why." }));
  const id = await t.record();
  await t.round();
  expect(await t.attempts(id)).toMatchObject([attempt]);
  expect(await t.waiting()).toEqual(outcome === "retry" ? [{ attempts: 1, later: true }] : []);
  expect((await t.lane())?.parked).toBeFalsy();
});

test("being asked to wait parks the destination and burns no attempt; a long wait is on record", async () => {
  let retryAfterMs = 5_000;
  const t = await setup(() => ({
    outcome: "retry",
    code: "rate_limited",
    detail: "Wait.",
    throttled: true,
    retryAfterMs,
  }));
  const id = await t.record();
  await t.round();
  expect(await t.lane()).toEqual({ parked: true, parked_reason: "Wait." });
  expect(await t.attempts(id)).toEqual([]);
  expect(await t.waiting()).toEqual([{ attempts: 0, later: true }]);
  retryAfterMs = 3_600_000;
  await db.query("update outbox set due_at = now()");
  await db.query("update lane set ready_at = now(), parked_until = null");
  await t.round();
  expect(await t.attempts(id)).toMatchObject([{ outcome: "retry", code: "rate_limited" }]);
});

test("a refused account parks the destination, so that one attempt asks for all", async () => {
  const t = await setup(() => ({ outcome: "refused", code: "token_revoked", detail: "Make a new token." }));
  for (let n = 0; n < 20; n++) await t.record();
  await db.query("update lane set max_leased = 1");
  await t.round();
  expect(t.told).toHaveLength(1);
  expect(await t.lane()).toEqual({ parked: true, parked_reason: "Make a new token." });
});

test("an account that is refused for long fails no delivery: once it is mended, all goes on with its attempts", async () => {
  const refused: SystemResult = { outcome: "refused", code: "token_revoked", detail: "Make a new token." };
  let answer: SystemResult = refused;
  const t = await setup(() => answer);
  const id = await t.record();
  const later = async () => {
    await db.query("update outbox set due_at = now()");
    await db.query("update lane set ready_at = now(), parked_until = null, last_failure_at = null");
    await t.round();
  };
  for (let n = 0; n < 20; n++) await later();
  expect(t.told).toHaveLength(20);
  expect(await t.attempts(id)).toMatchObject(Array(3).fill({ outcome: "retry", code: "token_revoked", final: false }));
  expect(await t.lane()).toEqual({ parked: true, parked_reason: "Make a new token." });
  // By which a destination that is refused for days is disabled, and its team told.
  const { rows } = await db.query(
    "select failures, last_failure_at is not null as failed from lane where kind = 'delivery'",
  );
  expect(rows).toEqual([{ failures: 20, failed: true }]);
  answer = { outcome: "retry", code: "no_answer", detail: "No answer came." };
  await later();
  expect(await t.waiting()).toMatchObject([{ attempts: 4 }]);
  answer = { outcome: "delivered" };
  await later();
  expect((await t.attempts(id)).at(-1)).toMatchObject({ outcome: "succeeded" });
});

test("what the system forbids of one kind of event holds up no other, however many there are of it", async () => {
  const t = await setup(() => ({ outcome: "retry", code: "missing_scope", detail: "Add the scope.", alone: true }));
  for (let n = 0; n < 16; n++) await t.record();
  await db.query("update lane set max_leased = 16");
  await t.round();
  expect(t.told).toHaveLength(16);
  expect((await t.lane())?.parked).toBeFalsy();
  expect(await t.waiting()).toEqual(Array(16).fill({ attempts: 1, later: true }));
});

test("what the system forbids by its kind steps aside in its lead's order, and what merely fails doesn't", async () => {
  const problems = new Map<string, SystemResult>();
  const t = await setup(({ eventId }) => problems.get(eventId) ?? { outcome: "delivered" }, "lead");
  const [forbidden, second, failing, last] = [
    ...[await t.record("lead_a"), await t.record("lead_a"), await t.record("lead_a"), await t.record("lead_a")],
  ] as const;
  problems.set(forbidden, { outcome: "retry", code: "missing_scope", detail: "Add the scope.", alone: true });
  problems.set(failing, { outcome: "retry", code: "crm_unavailable", detail: "It is ill." });
  for (let n = 0; n < 4; n++) await t.round();
  expect(t.told.map(({ eventId }) => eventId)).toEqual([forbidden, second, failing]);
  expect(await t.waiting()).toHaveLength(3);
  // The permission is granted: it is logged by its schedule, whatever is in front of its lead.
  problems.delete(forbidden);
  await db.query("update outbox set due_at = now() where ref = $1", [forbidden]);
  await db.query("update lane set ready_at = now()");
  await t.round();
  expect((await t.attempts(forbidden)).at(-1)).toMatchObject({ outcome: "succeeded" });
  problems.clear();
  await db.query("update outbox set due_at = now() where ref = $1", [failing]);
  await db.query("update lane set ready_at = now()");
  for (let n = 0; n < 2; n++) await t.round();
  expect(t.told.at(-1)!.eventId).toBe(last);
  expect(await t.waiting()).toEqual([]);
});

test("an adapter that throws is an attempt to be made again", async () => {
  const t = await setup(() => {
    throw new Error("oops");
  });
  const id = await t.record();
  await t.round();
  expect(await t.attempts(id)).toMatchObject([
    { outcome: "retry", code: "adapter_failed", detail: expect.stringContaining("oops") },
  ]);
});

test.each([
  { echo: true, parked: false },
  { echo: false, parked: true },
])("a call that fails for many events is one failure where the others say echo: $echo", async ({ echo, parked }) => {
  let first = true;
  const t = await setup(() => {
    const result = { outcome: "retry", code: "no_answer", detail: "No answer came.", echo: echo && !first } as const;
    first = false;
    return result;
  });
  for (let n = 0; n < 16; n++) await t.record();
  await db.query("update lane set max_leased = 16");
  await t.round();
  expect(t.told).toHaveLength(16);
  // Ten in a row open the breaker.
  expect(Boolean((await t.lane())?.parked)).toBe(parked);
  expect(await t.waiting()).toHaveLength(16);
});
