import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AnalyticsCounter, countNext } from "../../src/analytics/counter.ts";
import { DimensionSets } from "../../src/analytics/dimension-sets.ts";
import { breakdown, quarters, totals } from "../../src/db/analytics.ts";
import { recordEvents } from "../../src/db/event.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Database, Queryable } from "../../src/db/pool.ts";
import { counters, dayMs, quarterMs } from "../../src/domain/analytics/counters.ts";
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

test("figures equal a recount of the events, however late and out of order they are told", {
  timeout: 60_000,
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
    {
      numRuns: Number(process.env.HERALD_ANALYTICS_HISTORIES ?? 25),
      seed: Number(process.env.HERALD_ANALYTICS_SEED ?? 20_261_128),
    },
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
  const told = await record(workspaceId, sample, Date.now() - 5.2 * dayMs);
  const onError = (_stage: string, error: unknown) => expect.unreachable(String(error));
  const processes = [1, 2, 3].map(() => new AnalyticsCounter({ db, onError }));
  const count = async () => (await Promise.all(processes.map((each) => each.runOnce()))).reduce((a, b) => a + b, 0);
  // Somebody writes: what is recorded meanwhile may get an earlier time than what is in the log already.
  let added = 0;
  await db.transaction(async (tx) => {
    await tx.query("select pg_current_xact_id()");
    await count();
    expect((await totals(db, workspaceId, 1, always, {})).sent).toBe(0);
  });
  while ((await totals(db, workspaceId, 1, always, {})).sent === 0) added += await count();
  while ((await count()) > 0);
  expect(added).toBeGreaterThan(0);
  await agrees(workspaceId, told);
});
