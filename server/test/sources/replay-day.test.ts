import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/db/pool.ts";
import { keepReceived } from "../../src/db/received.ts";
import { insertSource } from "../../src/db/source.ts";
import { newId } from "../../src/domain/id.ts";
import { kindsOfSources } from "../../src/sources/kinds.ts";
import { SourceProcessor } from "../../src/sources/processor.ts";
import { testDatabase } from "../database.ts";
import { makeLead, makeWorkspace } from "../factories.ts";
import { type Day, type Delivery, makeDay, randomOf, shuffled } from "./day/generator.ts";
import { type State, stateOf, untold } from "./day/state.ts";

/** `npm run test:replay-day` has 100,000 events. */
const events = Number(process.env.HERALD_DAY_EVENTS ?? 1_500);
const seed = Number(process.env.HERALD_DAY_SEED ?? 7);

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(() => close());

/** A workspace of its own that gets these deliveries, some at a time, each as its source would keep it. */
async function live({ leads }: Day, deliveries: readonly Delivery[], chunk: () => number): Promise<State> {
  const workspaceId = await makeWorkspace(db);
  for (const lead of leads) await makeLead(db, workspaceId, lead);
  const ids = new Map<string, string>();
  for (const kind of ["sendpilot", "apten"] as const) {
    const id = newId("source");
    ids.set(kind, id);
    const token = randomBytes(24).toString("base64url");
    const source = { id, kind, name: kind, token, createLeads: true, config: {}, mapping: null };
    await insertSource(db, workspaceId, { ...source, secret: Buffer.alloc(1) });
  }
  const errors: string[] = [];
  const processor = new SourceProcessor({
    ...{ db, wakeDeliveries: () => {}, wakePlanner: () => {} },
    expressions: { evaluate: () => Promise.reject(new Error("There is no mapping.")) },
    onError: (_, error) => errors.push((error as Error).stack ?? String(error)),
  });
  for (let from = 0; from < deliveries.length; ) {
    const to = from + chunk();
    const items = deliveries.slice(from, to).map(({ source, body }) => {
      const bytes = Buffer.from(body);
      const given = { headers: {}, body: bytes, contentType: null, urls: [], now: new Date() };
      const deliveryId = kindsOfSources[source].deliveryId(given);
      return {
        workspaceId,
        id: newId("received"),
        sourceId: ids.get(source)!,
        deliveryId,
        contentType: null,
        body: bytes,
      };
    });
    await keepReceived(db, items);
    while ((await processor.runOnce()) > 0);
    from = to;
  }
  expect(errors).toEqual([]);
  expect(await untold(db, workspaceId)).toEqual([]);
  return await stateOf(db, workspaceId);
}

const facts = (state: State) => state.events.reduce((sum, { n }) => sum + n, 0);

test(`a day of ${events} events of SendPilot and Apten ends the same whatever their order, and however often they come (seed ${seed})`, {
  timeout: 3_600_000,
}, async () => {
  const random = randomOf(seed + 1);
  const day = makeDay(seed, events);
  expect(day.duplicates).toBeGreaterThan(events / 25);
  const chunk = () => 1 + Math.floor(random() * Math.max(400, events / 20));
  const inOrder = await live(day, day.deliveries, chunk);
  // The day has what it should have.
  expect(facts(inOrder)).toBeGreaterThan(events / 3);
  expect(new Set(inOrder.leads.map(({ status }) => status)).size).toBe(9);
  for (const kind of ["keyword", "complaint", "unsubscribe", "do_not_contact"])
    expect(inOrder.suppressions.map((one) => one.kind)).toContain(kind);
  expect(inOrder.received.map(({ status }) => status)).toContain("unknown");
  expect(inOrder.messages.some(({ external }) => external.brand_new_field)).toBe(true);

  expect(await live(day, day.deliveries.toReversed(), chunk)).toEqual(inOrder);
  const twice = shuffled([...day.deliveries, ...day.deliveries], random);
  expect(await live(day, twice, chunk)).toEqual(inOrder);
});
