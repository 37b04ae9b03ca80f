import { afterAll, beforeAll, expect, test } from "vitest";
import { referenceTables } from "../../src/db/distribute.ts";
import * as due from "../../src/db/due.ts";
import * as enrollment from "../../src/db/enrollment.ts";
import * as event from "../../src/db/event.ts";
import * as eventLog from "../../src/db/event-log.ts";
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
import * as task from "../../src/db/task.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { anyEvent, makeDestination, makeLead, makeSender, makeWorkspace } from "../factories.ts";

let db: Database;
let config: DatabaseConfig;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, config, close } = await testDatabase());
});
afterAll(async () => await close());

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  Alias?: string;
  Plans?: Plan[];
  [condition: string]: unknown;
}

/** Scans of tables that have a workspace, and don't say which by `workspace_id = $n`. */
function unnamed(plan: Plan, parameter: string): string[] {
  const table = plan["Relation Name"];
  const conditions = ["Index Cond", "Filter", "Recheck Cond", "Tid Cond"].map((key) => plan[key] ?? "").join(" ");
  const named = new RegExp(`workspace_id = \\(?\\$${parameter}\\b`).test(conditions);
  // What an update or delete writes is what it scans; an insert reads nothing.
  const scans = table !== undefined && plan["Node Type"] !== "ModifyTable" && !referenceTables.includes(table);
  // A bitmap's condition is said by the scan above it.
  const here = scans && !named ? [`${plan["Node Type"]} of ${table} ${plan.Alias}: ${conditions}`] : [];
  return [...here, ...(plan.Plans ?? []).flatMap((below) => unnamed(below, parameter))];
}

async function unnamedIn(text: string, parameter: string): Promise<string[]> {
  const { rows } = await db.query<{ "QUERY PLAN": { Plan: Plan }[] }>(
    `explain (generic_plan, verbose, costs off, format json) ${text}`,
  );
  return unnamed(rows[0]!["QUERY PLAN"][0]!.Plan, parameter);
}

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
}).filter((value): value is Forms => typeof value === "object" && value !== null && "one" in value && "set" in value);

test("for one workspace, each hot statement names it by equality at every table that it reads or writes", async () => {
  const hot = "claim settle rescue extend wake wakeAll".split(" ").map((name) => `outbox.${name}`);
  expect(forms.map(({ set }) => set.name)).toEqual(
    expect.arrayContaining([
      ...hot,
      "event.record",
      "event.load",
      "message.begin",
      "message.outcome",
      "enrollment.store",
    ]),
  );
  for (const { one, set } of forms) {
    const parameter = String(Math.max(...[...one.text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]))));
    expect(await unnamedIn(one.text, parameter), one.name).toEqual([]);
    // And what finds nothing wrong there finds it here.
    expect(await unnamedIn(set.text, parameter), set.name).not.toEqual([]);
    // A function that reads tables can't be called on a node.
    expect(one.text, one.name).not.toContain("arrange_order");
  }
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
  for (const text of statements) expect(await unnamedIn(text, "1"), text).toEqual([]);
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
