import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AnalyticsCounter, countNext } from "../../src/analytics/counter.ts";
import { DimensionSets } from "../../src/analytics/dimension-sets.ts";
import { breakdown, quarters, totals } from "../../src/db/analytics.ts";
import { recordEvents } from "../../src/db/event.ts";
import { logHorizon } from "../../src/db/event-log.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Database, Queryable } from "../../src/db/pool.ts";
import { counters, dayMs, quarterMs } from "../../src/domain/analytics/counters.ts";
import { derive } from "../../src/domain/analytics/derive.ts";
import { factOf } from "../../src/domain/analytics/fact.ts";
import { testDatabase } from "../database.ts";
import { makeWorkspace } from "../factories.ts";
import { dataOf, type Happened, history, sample } from "./histories.ts";
import { type Line, recount, sum, type Told } from "./recount.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(() => close());

const histories = Number(process.env.HERALD_ANALYTICS_HISTORIES ?? 8);
const seed = Number(process.env.HERALD_ANALYTICS_SEED ?? 20_261_128);
const always = { from: 0, to: 8.64e15 };
/** Nobody else writes here, so that all that is recorded is behind the horizon. */
const cut = () => Date.now() + 10_000;

async function record(workspaceId: string, happened: readonly Happened[], begin: number): Promise<Told[]> {
  const events = happened.map((each) => {
    const data = dataOf(each, begin);
    const event = newEvent(workspaceId, each.type, data as never, { leadId: data.leadId });
    return { event, told: { id: event.id, at: event.at, type: each.type, data } };
  });
  await recordEvents(
    db,
    events.map(({ event }) => event),
  );
  return events.map(({ told }) => told);
}

async function countAll(workspaceId: string, sets: DimensionSets): Promise<void> {
  while ((await countNext(db, workspaceId, cut(), sets)).more);
}

const stepOf = ({ data }: Told) =>
  (data.stepId ?? (typeof data.sequenceStep === "number" ? String(data.sequenceStep) : null)) as string | null;

/** What is shown agrees with a recount: in all, over time, by one property and by several. */
async function agrees(workspaceId: string, told: readonly Told[]): Promise<void> {
  const lines = recount(told);
  const shown = async (filter: Parameters<typeof totals>[4]) => await totals(db, workspaceId, 1, always, filter);
  expect(await shown({})).toEqual(sum(lines));
  const from = Math.floor(Math.min(...lines.map(({ at }) => at), Date.now()) / quarterMs) * quarterMs + quarterMs;
  const part = { from, to: from + 2.6 * dayMs };
  const inPart = lines.filter(({ at }) => at >= part.from && at < part.to);
  expect(await totals(db, workspaceId, 1, part, {})).toEqual(sum(inPart));
  const channel = ({ by }: Line) => (by.type.startsWith("connection") ? "linkedin" : (by.data.channel ?? null));
  expect(await shown({ channel: "sms" })).toEqual(sum(lines.filter((line) => channel(line) === "sms")));
  const narrow = { campaign: "camp_1", sender: "sender_1", tag: "vip" };
  const fits = ({ by: { data, type } }: Line) =>
    data.campaignId === "camp_1" &&
    data.senderId === "sender_1" &&
    !/^lead/.test(type) &&
    ((data.tags as string[]) ?? []).includes("vip");
  expect(await shown(narrow)).toEqual(sum(lines.filter(fits)));
  const ofStep = { step: "step_1", variant: "a", source: "campaign" };
  expect(await shown(ofStep)).toEqual(
    sum(lines.filter(({ by }) => stepOf(by) === "step_1" && by.data.variant === "a" && by.data.source === "campaign")),
  );
  for (const row of await breakdown(db, workspaceId, 1, always, {}, "step", 100)) {
    const { value, campaignId, step: _, ...counts } = row;
    const own = lines.filter(({ by }) => stepOf(by) === value && (by.data.campaignId ?? null) === campaignId);
    expect(counts, `step ${value} of ${campaignId}`).toEqual(sum(own));
  }
  const series = await quarters(db, workspaceId, 1, always, {}, counters);
  const byQuarter = Map.groupBy(lines, ({ at }) => Math.floor(at / quarterMs) * quarterMs);
  for (const [at, own] of byQuarter) {
    const { at: _, ...counts } = series.find((row) => row.at === at)!;
    expect(counts).toEqual(sum(own));
  }
}

test("what follows from a lead's facts is what the definitions say, whatever happened to it", () => {
  const line = (at: number, counter: string, id: string) => `${at} ${counter} ${id}`;
  fc.assert(
    fc.property(history, ({ events }) => {
      const begin = Date.UTC(2026, 0, 5);
      const told = events.map((each, n): Told => {
        const at = begin + 30 * dayMs + n;
        return { id: `evt_${at}_000000000`, at, type: each.type, data: dataOf(each, begin) };
      });
      const facts = told.flatMap(
        (event) => factOf({ ...event, leadId: event.data.leadId, data: JSON.stringify(event.data) }) ?? [],
      );
      // Properties that name the event that they are of.
      const named = facts.map((fact) => ({ ...fact, dimensions: { ...fact.dimensions, profile: fact.id } }));
      const derived = [...Map.groupBy(named, ({ leadId }) => leadId).values()].flatMap(
        (own) => derive(own.toReversed()).contributions,
      );
      const quarter = (at: number) => Math.floor(at / quarterMs) * quarterMs;
      const right = recount(told).map(({ at, name, by }) => line(quarter(at), name, by.id));
      expect(derived.map(({ at, counter, dimensions }) => line(at, counter, dimensions.profile!)).sort()).toEqual(
        right.sort(),
      );
    }),
    { numRuns: 25 * histories, seed },
  );
});

test("figures equal a recount of the events, however late and out of order they are told", {
  timeout: 240_000,
}, async () => {
  const sets = new DimensionSets();
  await fc.assert(
    fc.asyncProperty(history, async ({ events, lookEvery }) => {
      const workspaceId = await makeWorkspace(db);
      const begin = Date.now() - 5.2 * dayMs;
      const told: Told[] = [];
      for (let from = 0; from < events.length; from += lookEvery) {
        told.push(...(await record(workspaceId, events.slice(from, from + lookEvery), begin)));
        await countAll(workspaceId, sets);
      }
      await agrees(workspaceId, told);
    }),
    { numRuns: histories, seed },
  );
});

test("a process that dies at any statement has counted nothing twice and left nothing out", async () => {
  const workspaceId = await makeWorkspace(db);
  const sets = new DimensionSets();
  const told = await record(workspaceId, sample.slice(0, 20), Date.now() - 5.2 * dayMs);
  await countAll(workspaceId, sets);
  told.push(...(await record(workspaceId, sample.slice(20), Date.now() - 5.2 * dayMs)));
  let died = 0;
  for (let at = 1; ; at++) {
    // The database that is told of everything up to a statement, and then hears nothing any more.
    let left = at;
    const dying = {
      query: db.query.bind(db),
      transaction: <T>(work: (tx: Queryable) => Promise<T>) =>
        db.transaction((tx) =>
          work({
            query: ((...of: Parameters<Queryable["query"]>) => {
              if (--left === 0) throw new Error("killed");
              return tx.query(...of);
            }) as Queryable["query"],
          }),
        ),
    } as unknown as Database;
    try {
      await countNext(dying, workspaceId, cut(), sets);
      break;
    } catch (error) {
      expect(String(error)).toContain("killed");
      died += 1;
      await agrees(workspaceId, told.slice(0, 20));
    }
  }
  expect(died).toBeGreaterThan(5);
  await agrees(workspaceId, told);
});

test("several processes count an event once, and only what nothing can come before any more", async () => {
  const workspaceId = await makeWorkspace(db);
  const begin = Date.now() - 5.2 * dayMs;
  const told = await record(workspaceId, sample.slice(0, 10), begin);
  await countAll(workspaceId, new DimensionSets());
  const before = await totals(db, workspaceId, 1, always, {});
  const onError = (_stage: string, error: unknown) => expect.unreachable(String(error));
  const processes = [1, 2, 3].map(() => new AnalyticsCounter({ db, onError }));
  const count = async () => (await Promise.all(processes.map((each) => each.runOnce()))).reduce((a, b) => a + b, 0);
  // Somebody writes: what is recorded meanwhile may get an earlier time than what is in the log already.
  await db.transaction(async (tx) => {
    await tx.query("select pg_current_xact_id()");
    told.push(...(await record(workspaceId, sample.slice(10), begin)));
    await count();
    expect(await totals(db, workspaceId, 1, always, {})).toEqual(before);
  });
  const last = Math.max(...told.map(({ at }) => at));
  while ((await logHorizon(db)) <= last);
  expect(await count()).toBeGreaterThan(0);
  expect(await count()).toBe(0);
  await agrees(workspaceId, told);
});

test("a backlog is counted in turns: after each batch, of one workspace or many, the counter rests for twice as long as that took", async () => {
  for (const events of [6_100, 1_500, 1_500]) {
    await db.query(
      `insert into event (workspace_id, at, id, type, data, formats)
       select $1, now() - interval '1 minute', 'evt_rest' || n, 'workspace.noted', '{}', 1 from generate_series(1, $2::int) n`,
      [await makeWorkspace(db), events],
    );
  }
  const turns: { from: number; to: number }[] = [];
  const enough = Promise.withResolvers<void>();
  const watched = new Proxy(db, {
    get(target, name) {
      if (name !== "transaction") return Reflect.get(target, name, target);
      return async (...given: Parameters<Database["transaction"]>) => {
        const from = performance.now();
        const result = await target.transaction(...given);
        turns.push({ from, to: performance.now() });
        if (turns.length === 6) enough.resolve();
        return result;
      };
    },
  });
  const counter = new AnalyticsCounter({
    db: watched,
    everyMs: 1,
    onError: (_, error) => enough.reject(error),
  });
  counter.start();
  await enough.promise;
  await counter.stop();
  for (const [i, { from, to }] of turns.slice(0, 5).entries()) {
    const { from: next } = turns[i + 1]!;
    // Timers count in whole milliseconds.
    expect(next - to, `after turn ${i + 1}, which took ${to - from} ms`).toBeGreaterThanOrEqual(2 * (to - from) - 2);
  }
});
