import { afterAll, beforeAll, expect, test } from "vitest";
import { countNext } from "../../src/analytics/counter.ts";
import { DimensionSets } from "../../src/analytics/dimension-sets.ts";
import { rebuildAnalytics } from "../../src/analytics/rebuild.ts";
import { analyticsState, totals } from "../../src/db/analytics.ts";
import { addCounts } from "../../src/db/analytics-count.ts";
import { differences, insertDraft } from "../../src/db/analytics-edition.ts";
import { recordEvents } from "../../src/db/event.ts";
import { logHorizon } from "../../src/db/event-log.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Database } from "../../src/db/pool.ts";
import { counters } from "../../src/domain/analytics/counters.ts";
import { testDatabase } from "../database.ts";
import { makeWorkspace } from "../factories.ts";
import { rowsRead } from "../rows-read.ts";
import { dataOf, sample } from "./histories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(() => close());

const always = { from: 0, to: 8.64e15 };

/** A workspace with a log that is behind the horizon. */
async function counted() {
  const workspaceId = await makeWorkspace(db);
  const begin = Date.now() - 3_600_000;
  const now = Date.now() - 300;
  const events = sample.map((each, n) => {
    const data = dataOf(each, begin);
    return newEvent(workspaceId, each.type, data as never, { leadId: data.leadId }, now + n);
  });
  await recordEvents(db, events);
  const last = Math.max(...events.map(({ at }) => at));
  while ((await logHorizon(db)) <= last);
  while ((await countNext(db, workspaceId, Date.now(), new DimensionSets())).more);
  const figures = async () => {
    const { edition } = (await analyticsState(db, workspaceId))!;
    return { edition, counts: await totals(db, workspaceId, edition, always, {}) };
  };
  return { workspaceId, events, figures };
}

const rows = async (workspaceId: string) =>
  (
    await db.query<{ table: string; editions: number[] }>(
      `select 'fact' as table, array_agg(distinct edition) as editions from analytics_fact where workspace_id = $1
       union all select 'count', array_agg(distinct edition) from analytics_count where workspace_id = $1
       union all select 'answer', array_agg(distinct edition) from analytics_answer where workspace_id = $1`,
      [workspaceId],
    )
  ).rows;

test("a recount agrees with what was counted, takes its place, and leaves nothing of it", async () => {
  const { workspaceId, events, figures } = await counted();
  const before = await figures();
  expect(before.counts.sent).toBeGreaterThan(3);
  const report = await rebuildAnalytics(db, workspaceId);
  expect(report).toMatchObject({ kept: 0, differences: [], replaced: true });
  expect(report.recountedFrom).toBe(Math.min(...events.map(({ at }) => at)));
  expect(await figures()).toEqual({ edition: before.edition + 1, counts: before.counts });
  for (const { editions } of await rows(workspaceId)) expect(editions).toEqual([before.edition + 1]);
});

test("two editions that differ in all quarters are compared without looking up what each of them is of", async () => {
  const workspaceId = await makeWorkspace(db);
  const { rows: ids } = await db.query<{ id: string }>(
    `insert into analytics_dimensions (workspace_id, id, grouping, sender_id)
     select $1, gen_random_uuid(), 'sender', 'sender_' || n from generate_series(1, 30) n returning id::text`,
    [workspaceId],
  );
  const by = Int32Array.from(counters, (name) => Number(name === "sent"));
  const changes = ids.flatMap(({ id }) =>
    Array.from({ length: 40 }, (_, n) => ({ dimensions: id, at: n * 900_000, by })),
  );
  // As a draft is while nobody has statistics of it: written a moment ago.
  await addCounts(db, workspaceId, 2, "quarter", changes);
  const sets = { after: "00000000-0000-0000-0000-000000000000", upTo: "ffffffff-ffff-ffff-ffff-ffffffffffff" };
  const { result, read } = await rowsRead(db, "analytics_dimensions", (tx) =>
    differences(tx, workspaceId, "quarter", [1, 2], sets, 5),
  );
  expect(result).toHaveLength(5);
  expect(result[0]).toMatchObject({ at: 0, of: expect.stringMatching(/^sender sender_\d+$/), shown: 0, recounted: 1 });
  expect(read).toBeLessThanOrEqual(5 * 30);
});

test("a figure that is wrong is named, with what is right, and put right unless it is only checked", async () => {
  const { workspaceId, figures } = await counted();
  const right = await figures();
  // Of an hour ago, so that the range of all time is made of days.
  await db.query(
    `update analytics_day c set sent = c.sent + 5 from analytics_dimensions d
     where c.workspace_id = $1 and d.workspace_id = $1 and d.id = c.dimensions and d.grouping = 'all' and c.sent > 0`,
    [workspaceId],
  );
  const wrong = await figures();
  const checked = await rebuildAnalytics(db, workspaceId, { check: true });
  expect(checked.differences.length).toBeGreaterThan(0);
  for (const each of checked.differences) {
    expect(each).toMatchObject({ of: "all", counter: "sent", shown: each.recounted + 5 });
  }
  expect(await figures()).toEqual(wrong);
  expect((await rebuildAnalytics(db, workspaceId)).differences).toEqual(checked.differences);
  expect((await figures()).counts).toEqual(right.counts);
});

test("when the log's old days are gone figures stay, and a recount says from when on it could count", async () => {
  const { workspaceId, events, figures } = await counted();
  const before = await figures();
  // By hand what retention does to a whole partition.
  const ids = events.map(({ id }) => id).sort();
  const cut = ids[20]!;
  await db.query("delete from event where workspace_id = $1 and id < $2", [workspaceId, cut]);
  const report = await rebuildAnalytics(db, workspaceId);
  expect(report).toMatchObject({ recountedFrom: Number(cut.slice(4, 17)), differences: [] });
  expect(report.kept).toBeGreaterThan(5);
  await db.query("delete from event where workspace_id = $1", [workspaceId]);
  expect(await rebuildAnalytics(db, workspaceId)).toMatchObject({ recountedFrom: null, differences: [] });
  expect((await figures()).counts).toEqual(before.counts);
});

test("days that leave the log while it is recounted stay counted", async () => {
  const { workspaceId, events, figures } = await counted();
  const before = await figures();
  const cut = events.map(({ id }) => id).sort()[20]!;
  // Retention comes when the facts of older days have been taken over, and nothing of the log has been read.
  let dropped = 0;
  const meanwhile = new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name !== "query") return typeof value === "function" ? value.bind(target) : value;
      return async (...call: Parameters<Database["query"]>) => {
        const answer = await target.query(...call);
        if (dropped === 0 && JSON.stringify(call[0]).includes("(lead_id, id) > "))
          dropped =
            (await target.query("delete from event where workspace_id = $1 and id < $2", [workspaceId, cut]))
              .rowCount ?? 0;
        return answer;
      };
    },
  });
  const report = await rebuildAnalytics(meanwhile, workspaceId);
  expect(dropped).toBe(20);
  expect(report).toMatchObject({ recountedFrom: Number(cut.slice(4, 17)), differences: [] });
  expect(report.kept).toBeGreaterThan(5);
  expect((await figures()).counts).toEqual(before.counts);
});

test("of two recounts at once one is refused; what a dead one left is cleared away", async () => {
  const { workspaceId, figures } = await counted();
  const before = await figures();
  await insertDraft(db, workspaceId, before.edition + 1, 0);
  await countNext(db, workspaceId, Date.now(), new DimensionSets(), before.edition + 1);
  await expect(rebuildAnalytics(db, workspaceId)).rejects.toThrow("being recounted already");
  await db.query(
    "update analytics_head set lease_until = now() - interval '1 second' where workspace_id = $1 and draft",
    [workspaceId],
  );
  expect(await rebuildAnalytics(db, workspaceId)).toMatchObject({ differences: [], replaced: true });
  for (const { editions } of await rows(workspaceId)) expect(editions).toHaveLength(1);
  expect((await figures()).counts).toEqual(before.counts);
});
