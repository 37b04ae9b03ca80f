import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { AuditSealer } from "../../src/audit/sealer.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { deliveryHealth } from "../../src/db/delivery-health.ts";
import { sumDeliveries } from "../../src/db/delivery-sum.ts";
import { createPartitions } from "../../src/db/migrate.ts";
import type { Database } from "../../src/db/pool.ts";
import { applyRetention, oldestPending } from "../../src/db/retention.ts";
import { testDatabase } from "../database.ts";
import { makeDestination, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const name = (parent: string, ago: number) => `${parent}_${day(ago).replaceAll("-", "")}`;

async function makeDay(ago: number): Promise<void> {
  for (const parent of ["event", "attempt"]) {
    await db.query(
      `create table if not exists ${name(parent, ago)} partition of ${parent} for values from ('${day(ago)} 00:00Z') to ('${day(ago - 1)} 00:00Z')`,
    );
  }
}
const days = async () =>
  (
    await db.query<{ name: string }>(
      "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relname ~ '^event_' order by 1",
    )
  ).rows.map((row) => row.name);
const pending = (ago: number) => `evt_${Date.parse(`${day(ago)}T12:00:00Z`)}_abcdefghi`;

beforeEach(async () => {
  await db.query("delete from outbox");
  for (const ago of [12, 11, 10, 9]) await makeDay(ago);
});

test("days that are older than what is kept are dropped, of events and attempts, and no others", async () => {
  const { dropped, kept } = await applyRetention(db, 9);
  const gone = [12, 11, 10].flatMap((ago) => [name("attempt", ago), name("event", ago)]);
  expect([dropped, kept]).toEqual([gone, []]);
  expect(await days()).toContain(name("event", 9));
  expect(await applyRetention(db, 9)).toEqual({ dropped: [], kept: [] });
});

test("a day of which something is still to be delivered stays, and so do the later ones", async () => {
  await db.query(
    "insert into outbox (workspace_id, lane_id, ref, due_at) values ('ws', 'dest', $1, now()), ('ws', 's', 'msg_1', now())",
    [pending(11)],
  );
  expect(await oldestPending(db)).toBe(Date.parse(`${day(11)}T12:00:00Z`));
  const { dropped, kept } = await applyRetention(db, 9);
  expect(dropped).toEqual([name("attempt", 12), name("event", 12)]);
  expect(new Set(kept)).toEqual(
    new Set(
      [11, 10].flatMap((ago) =>
        ["attempt", "event"].map((parent) => ({ name: name(parent, ago), reason: "undelivered" })),
      ),
    ),
  );
  await db.query("delete from outbox");
  expect((await applyRetention(db, 9)).dropped).toHaveLength(4);
});

test("what is queued while a day is looked at is seen: the day stays", async () => {
  const client = await db.connect();
  try {
    // Somebody sends an event of that day again: it was read, and is about to be queued.
    await client.query("begin");
    await client.query(`select 1 from ${name("event", 12)}`);
    await client.query("insert into outbox (workspace_id, lane_id, ref, due_at) values ('ws', 'dest', $1, now())", [
      pending(12),
    ]);
    const { dropped, kept } = await applyRetention(db, 11);
    expect(dropped).toEqual([name("attempt", 12)]);
    expect(kept).toEqual([{ name: name("event", 12), reason: "busy" }]);
    await client.query("commit");
  } finally {
    await client.end();
  }
  expect((await applyRetention(db, 11)).kept).toEqual([{ name: name("event", 12), reason: "undelivered" }]);
});

test("a day is made beside who reads for long, as a backup does, and keeps nobody from writing", async () => {
  const made = name("event", -7);
  // Not there, where the run began before midnight.
  await db.query(`drop table if exists ${made}`);
  const reader = await db.connect();
  try {
    await reader.query("begin");
    await reader.query("select count(*) from event");
    await createPartitions(db);
    expect(await days()).toContain(made);
    await db.query(
      "insert into event (workspace_id, at, id, type, formats, data) values ('ws', now() + interval '7 days', 'e', 't', 0, '{}')",
    );
    const { rows } = await db.query(`select id from ${made}`);
    expect(rows).toEqual([{ id: "e" }]);
  } finally {
    await reader.end();
  }
});

test("a day stays until it is sealed, and its end is on record: one that leaves otherwise is found", async () => {
  const workspaceId = await makeWorkspace(db);
  for (const ago of [12, 10])
    await db.query(
      "insert into event (workspace_id, at, id, type, formats, data) values ($1, ($2::date + interval '12 h') at time zone 'UTC', $3, 'message.sent', 1, '{}')",
      [workspaceId, day(ago), pending(ago)],
    );
  const unsealed = (await applyRetention(db, 11)).kept;
  expect(unsealed).toEqual([{ name: name("event", 12), reason: "unsealed" }]);
  await new AuditSealer({ db, onError: (_stage, error) => expect.unreachable(String(error)) }).runOnce();
  expect((await applyRetention(db, 11)).dropped).toContain(name("event", 12));
  expect(await verifyAudit(db, workspaceId)).toMatchObject({ entries: 2, erased: 1, findings: [] });
  await db.query(`drop table ${name("event", 10)}`);
  expect((await verifyAudit(db, workspaceId)).findings).toMatchObject([{ what: "content_removed", id: pending(10) }]);
});

test("the health of destinations equals a recount for any range, summed or not, and stays when the attempts are gone", async () => {
  const workspaceId = await makeWorkspace(db);
  const ids = [(await makeDestination(db, workspaceId)).id, (await makeDestination(db, workspaceId)).id];
  const start = Date.parse(`${day(12)}T00:00:00Z`);
  const dayMs = 86_400_000;
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const attempts = Array.from({ length: 1_000 }, () => {
    const outcome = ["succeeded", "succeeded", "retry", "failed", "interrupted", "filtered"][random(6)]!;
    return {
      ...{ at: start + random(4 * dayMs), id: ids[random(2)]!, outcome, final: outcome !== "retry" && random(5) > 0 },
      ...{ ms: 1 + random(9_000), status: random(4) === 0 ? null : 200 },
    };
  });
  await db.query(
    `insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final, status_code)
     select $1, a.id, 'evt_1', 'delivery', 1, to_timestamp(a.at / 1000), a.ms, a.outcome, a.final, a.status
     from json_to_recordset($2) a (at float8, id text, outcome text, final boolean, ms int, status int)`,
    [workspaceId, JSON.stringify(attempts)],
  );
  const recount = (from: number, to: number) =>
    ids.flatMap((id) => {
      const of = attempts.filter((a) => a.id === id && a.outcome !== "filtered" && a.at >= from && a.at < to);
      const succeeded = of.filter((a) => a.outcome === "succeeded").length;
      const retried = of.filter((a) => a.outcome !== "succeeded" && !a.final).length;
      const answers = of.flatMap((a) => (a.status === null ? [] : a.ms)).sort((a, b) => a - b);
      const p95 = answers[Math.ceil(answers.length * 0.95) - 1] ?? null;
      const counts = { attempts: of.length, succeeded, retried, failed: of.length - succeeded - retried };
      return of.length === 0 ? [] : [{ id, ...counts, p95 }];
    });
  const compare = async (from: number, to: number) => {
    const health = await deliveryHealth(db, workspaceId, { from, to });
    const expected = recount(from, to);
    expect(health.length).toBe(expected.length);
    for (const { id, p95, ...counts } of expected) {
      const found = health.find(({ destinationId }) => destinationId === id)!;
      expect(found).toMatchObject(counts);
      expect(Math.abs(found.p95Ms! - p95!) / p95!).toBeLessThan(0.045);
    }
  };
  const ranges = Array.from({ length: 4 }, () => [start - random(dayMs), start + 4 * dayMs + random(5 * dayMs)]);
  // Cut within a quarter of an hour, on both sides.
  ranges.push([start + random(dayMs), start + 9 * dayMs + 1], [start - 9 * dayMs, start + 3 * dayMs + random(dayMs)]);
  for (const [from, to] of ranges) await compare(from!, to!);
  for (const [from, to] of [
    [start, start + 5_000],
    [start + 12_345, start + 2 * dayMs],
  ])
    await compare(from!, to!);
  // Of four days three are over for a day; later the fourth, too.
  await sumDeliveries(db, start + 4 * dayMs + 1);
  for (const [from, to] of ranges) await compare(from!, to!);
  await Promise.all([sumDeliveries(db, Date.now()), sumDeliveries(db, Date.now())]);
  for (const [from, to] of ranges) await compare(from!, to!);
  const [{ n }] = (await db.query<{ n: number }>("select sum(attempts)::int as n from delivery_sum")).rows as [
    { n: number },
  ];
  expect(n).toBe(attempts.filter(({ outcome }) => outcome !== "filtered").length);
  await applyRetention(db, 10);
  const quarter = (at: number) => Math.floor(at / 900_000) * 900_000;
  for (const [from, to] of ranges) await compare(quarter(from!), quarter(to!));
  await compare(start, start + dayMs);
});
