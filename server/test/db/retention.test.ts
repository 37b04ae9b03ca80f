import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { AuditSealer } from "../../src/audit/sealer.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { createPartitions } from "../../src/db/migrate.ts";
import type { Database } from "../../src/db/pool.ts";
import { applyRetention, oldestPending } from "../../src/db/retention.ts";
import { testDatabase } from "../database.ts";
import { makeWorkspace } from "../factories.ts";

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
  await db.query(`drop table ${made}`);
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
