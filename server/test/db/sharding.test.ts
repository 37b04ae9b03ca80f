import { afterAll, beforeAll, expect, test } from "vitest";
import * as destination from "../../src/db/destination.ts";
import { referenceTables } from "../../src/db/distribute.ts";
import * as due from "../../src/db/due.ts";
import * as enrollment from "../../src/db/enrollment.ts";
import * as event from "../../src/db/event.ts";
import * as eventLog from "../../src/db/event-log.ts";
import * as failing from "../../src/db/failing.ts";
import * as flight from "../../src/db/flight.ts";
import * as idempotency from "../../src/db/idempotency.ts";
import * as lease from "../../src/db/lease.ts";
import * as message from "../../src/db/message.ts";
import * as order from "../../src/db/order.ts";
import * as outbox from "../../src/db/outbox.ts";
import * as pace from "../../src/db/pace.ts";
import { Database, type DatabaseConfig } from "../../src/db/pool.ts";
import * as received from "../../src/db/received.ts";
import * as replayFeed from "../../src/db/replay-feed.ts";
import * as sending from "../../src/db/sending.ts";
import type { Forms } from "../../src/db/sharding.ts";
import * as strays from "../../src/db/strays.ts";
import * as task from "../../src/db/task.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, makeDestination, makeLead, makeSender, makeWorkspace } from "../factories.ts";
import { refusals } from "./citus-planner.ts";

let db: Database;
let client: Awaited<ReturnType<Database["connect"]>>;
let config: DatabaseConfig;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, config, close } = await testDatabase());
  client = await db.connect();
});
afterAll(async () => {
  await client.end();
  await close();
});

const forms = Object.values({
  ...outbox,
  ...lease,
  ...event,
  ...sending,
  ...order,
  ...message,
  ...enrollment,
  ...pace,
  ...due,
  ...task,
  ...idempotency,
  ...replayFeed,
  ...eventLog,
  ...flight,
  ...received,
  ...destination,
  ...failing,
  ...strays,
}).filter((value): value is Forms => typeof value === "object" && value !== null && "one" in value && "set" in value);

test("for one workspace, no statement that has such a form is one that Citus refuses", async () => {
  expect(forms.length).toBeGreaterThan(40);
  for (const { one, set } of forms) {
    expect(await refusals(client, one.text), one.name).toEqual([]);
    // And what finds nothing wrong there finds it here.
    expect(await refusals(client, set.text), set.name).not.toEqual([]);
    // A function that reads tables can't be called on a node.
    expect(one.text, one.name).not.toContain("arrange_order");
  }
});

/** Each rule, by a statement that breaks it, and one beside it that doesn't. */
test.each([
  [
    "no workspace",
    "select * from lead l where l.id = $1",
    "select * from lead l where l.id = $1 and l.workspace_id = $2",
  ],
  [
    "no workspace",
    "select 1 from lead l where l.workspace_id = $1 and exists (select 1 from message m where m.workspace_id = l.workspace_id and m.lead_id = l.id offset 0)",
    "select 1 from lead l where l.workspace_id = $1 and exists (select 1 from message m where m.workspace_id = $1 and m.lead_id = l.id offset 0)",
  ],
  [
    "CASE or COALESCE",
    "update lead set connected_at = coalesce(connected_at, now()) where workspace_id = $1",
    "update lead set connected_at = least(connected_at, now()) where workspace_id = $1",
  ],
  [
    "CASE or COALESCE",
    "with t as (select now() as at) update lead l set connected_at = coalesce(l.connected_at, t.at) from t where l.workspace_id = $1",
    "with t as materialized (select now() as at) update lead l set connected_at = coalesce(l.connected_at, t.at) from t where l.workspace_id = $1",
  ],
  [
    "stable function of a column",
    "update lead set connected_at = created_at + interval '1 day' where workspace_id = $1",
    "update lead set connected_at = now() + interval '1 day' where workspace_id = $1",
  ],
  [
    "volatile",
    "update lead set connected_at = clock_timestamp() where workspace_id = $1",
    "update lead set connected_at = statement_timestamp() where workspace_id = $1",
  ],
  [
    "returning",
    "update lead set title = 'x' where workspace_id = $1 returning now()",
    "update lead set title = 'x' where workspace_id = $1 returning updated_at",
  ],
  [
    "on conflict",
    "insert into source_count (workspace_id, source_id, outcome, n, last_at) values ($1, 's', 'stale', 1, now()) on conflict (workspace_id, source_id, outcome) do update set last_at = now()",
    "insert into source_count (workspace_id, source_id, outcome, n, last_at) values ($1, 's', 'stale', 1, now()) on conflict (workspace_id, source_id, outcome) do update set last_at = excluded.last_at",
  ],
  [
    "in pieces",
    "with o as (select ctid as tid from outbox where workspace_id = $1), i as (insert into flight (workspace_id, message_id, attempts, handed_over) values ($1, 'm', 1, true)) update outbox x set attempts = 1 from o where x.ctid = o.tid and x.workspace_id = $1",
    "with o as (select ctid as tid from outbox where workspace_id = $1) update outbox x set attempts = 1 from o where x.ctid = o.tid and x.workspace_id = $1",
  ],
  [
    "a subquery within INSERT",
    "insert into flight (workspace_id, message_id, attempts, handed_over) values ($1, (select id from message where workspace_id = $1 limit 1), 1, true)",
    "insert into flight (workspace_id, message_id, attempts, handed_over) select $1, id, 1, true from message where workspace_id = $1 limit 1",
  ],
  [
    "a reference table that is changed",
    "update source s set name = 'x' from lead l where s.workspace_id = l.workspace_id and l.workspace_id = $1",
    "update source s set name = 'x' where s.workspace_id = $1",
  ],
])("Citus refuses: %s", async (what, refused, taken) => {
  expect(await refusals(client, taken)).toEqual([]);
  expect(await refusals(client, refused)).toEqual(expect.arrayContaining([expect.stringContaining(what)]));
});

test("so does each statement of arrange_order", async () => {
  const { rows } = await db.query<{ body: string }>(
    "select prosrc as body from pg_proc where proname = 'arrange_order'",
  );
  const statements = rows[0]!.body
    .replace(/--.*/g, "")
    .replace(/\bof_workspace\b/g, "$1::text")
    .replace(/\bof_lane\b/g, "$2::text")
    .replace(/\bkeys\b/g, "$3::text[]")
    .split(";")
    .map((text) =>
      text.replace(/^[^;]*?\b(perform|update)\b/, (_, verb) => (verb === "perform" ? "select" : verb)).trim(),
    )
    .filter((text) => /^(select|update)/.test(text));
  expect(statements).toHaveLength(4);
  for (const text of statements) expect(await refusals(client, text), text).toEqual([]);
});

test("each unique index of a table that is distributed has the workspace, and each foreign key stays on its node", async () => {
  const { rows: lacking } = await db.query<{ name: string }>(
    `select i.indexrelid::regclass::text as name
     from pg_index i join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
     where i.indisunique and not c.relispartition and c.relname <> all($1) and not exists (
       select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and a.attnum = any(i.indkey))`,
    [referenceTables],
  );
  expect(lacking).toEqual([]);
  const { rows: keys } = await db.query<{ name: string; table: string }>(
    "select conname as name, conrelid::regclass::text as \"table\" from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace",
  );
  expect(keys.filter(({ table }) => !referenceTables.includes(table))).toEqual([]);
});

test("a batch over several workspaces is written as a whole, or not at all", async () => {
  const spread = new Database(config, 2);
  await spread.useShards();
  const workspaces = [await makeWorkspace(db), await makeWorkspace(db)].sort();
  for (const workspaceId of workspaces) await makeDestination(db, workspaceId);
  const events = workspaces.map((workspaceId, n) => anyEvent(workspaceId, n));
  const count = async (table: string) =>
    (
      await db.query<{ n: number }>(`select count(*)::int as n from ${table} where workspace_id = any($1)`, [
        workspaces,
      ])
    ).rows[0]!.n;

  const wrong = { ...events[1]!, data: null as unknown as string };
  await expect(event.recordEvents(spread, [events[0]!, wrong])).rejects.toThrow("data");
  expect(await count("event")).toBe(0);

  expect(await event.recordEvents(spread, events)).toHaveLength(2);
  const options = {
    kind: "delivery" as const,
    lanes: 64,
    perLane: 10,
    limit: 10,
    leaseSeconds: 60,
    ahead: 1,
    lease: 7,
  };
  // Limits hold over all workspaces; the one that waits longest is first.
  const items = await outbox.claim(spread, { ...options, limit: 1 });
  expect(items).toHaveLength(1);
  items.push(...(await outbox.claim(spread, options)));
  expect(items.map((item) => item.workspaceId).sort()).toEqual(workspaces);
  expect(
    await event.loadEvents(
      spread,
      items.map(({ workspaceId, ref }) => ({ workspaceId, id: ref })),
    ),
  ).toHaveLength(2);
  const settled = items.map((item) => ({ item, nextAt: null, attempt: null }));
  expect(await outbox.settle(spread, "delivery", settled)).toBe(2);
  expect(await count("outbox")).toBe(0);
  await spread.close();
});

test("messages of several workspaces are begun together, and each answer is that of its own item", async () => {
  const spread = new Database(config, 2);
  await spread.useShards();
  const messages = [];
  for (const workspaceId of [await makeWorkspace(db), await makeWorkspace(db)].sort().reverse()) {
    const senderId = await makeSender(db, workspaceId, "sms");
    const leadId = await makeLead(db, workspaceId);
    const messageId = newId("message");
    await db.query(
      `insert into message (workspace_id, id, lead_id, conversation_id, channel, source, sender_id, to_address, text, status)
       values ($1, $2, $3, 'conv', 'sms', 'api', $4, '+1', 'Hello', 'queued')`,
      [workspaceId, messageId, leadId, senderId],
    );
    messages.push({ workspaceId, messageId, senderId });
  }
  expect(await message.queueMessages(spread, messages)).toHaveLength(2);
  const options = {
    kind: "message" as const,
    lanes: 64,
    perLane: 10,
    limit: 10,
    leaseSeconds: 60,
    ahead: 16,
    lease: 8,
  };
  const claimed = await outbox.claim(spread, options);
  const items = messages.map(({ messageId }) => claimed.find(({ ref }) => ref === messageId)!);
  const begun = await sending.beginMessages(spread, items, 0, new Set());
  expect(begun).toHaveLength(2);
  for (const { n, verdict, messageId } of begun) expect([verdict, messageId]).toEqual(["go", messages[n]!.messageId]);
  await spread.close();
});
