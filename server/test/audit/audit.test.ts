import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AuditSealer } from "../../src/audit/sealer.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { lastSeal, recordActs } from "../../src/db/audit.ts";
import { recordEvents } from "../../src/db/event.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Database } from "../../src/db/pool.ts";
import { eventSample } from "../../src/domain/event-samples.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { makeDestination, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(() => close());

const day = 24 * 3_600_000;
const actor = { kind: "key" as const, id: "key_1", requestId: "r1", ip: "203.0.113.7" };

/** A workspace whose trail has acts and events, sealed as if it were two days later. */
async function trail(options: { acts?: number; events?: number } = {}) {
  const workspaceId = await makeWorkspace(db);
  const sealer = new AuditSealer({ db, onError: (_stage, error) => expect.unreachable(String(error)) });
  const act = (n: number) => ({
    workspaceId,
    actor,
    action: "POST /v1/senders",
    target: `sender_${n}`,
    content: { n },
  });
  for (let n = 0; n < (options.acts ?? 3); n++) await recordActs(db, [act(n)]);
  for (let n = 0; n < (options.events ?? 3); n++) {
    const { data } = eventSample(workspaceId, "message.sent");
    await recordEvents(db, [newEvent(workspaceId, "message.sent", data as never, { leadId: "lead_1" } as never)]);
  }
  const seal = (now = Date.now() + 2 * day) => sealer.runOnce(now);
  return {
    workspaceId,
    seal,
    act,
    verify: (knownSeal?: string) => verifyAudit(db, workspaceId, knownSeal ? { knownSeal } : {}),
  };
}

/** As somebody who owns the tables could. */
async function tamper(sql: string, values: unknown[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query("set local session_replication_role = replica");
    await tx.query(sql, values);
  });
}

const entries = async (workspaceId: string) =>
  (
    await db.query<{ id: string; kind: string }>(
      "select id, kind from audit_entry where workspace_id = $1 order by at, id",
      [workspaceId],
    )
  ).rows;

test("acts and events are sealed once, by minutes and days, and verify", async () => {
  const t = await trail();
  await t.seal();
  expect(await t.verify()).toMatchObject({ entries: 6, days: 1, erased: 0, findings: [] });
  await t.seal();
  expect(await entries(t.workspaceId)).toHaveLength(6);
  const { hash } = (await lastSeal(db, t.workspaceId, "minute"))!;
  await recordActs(db, [t.act(9)]);
  expect(await t.verify()).toMatchObject({ entries: 6, unsealed: 1, unsealedSince: expect.any(Date), findings: [] });
  await t.seal(Date.now() + 3 * day);
  expect(await t.verify()).toMatchObject({ unsealed: 0, unsealedSince: null });
  expect(await t.verify(hash.toString("hex"))).toMatchObject({ entries: 7, findings: [] });
});

test("entries are hashed alike where they are sealed and where they are verified, whatever is in them", async () => {
  const t = await trail({ acts: 0, events: 1 });
  const text = '", \\ \t\u0001\u007f\u2028 ünï 🧵';
  const odd = { kind: "cli" as const, id: text, requestId: text, ip: null };
  await recordActs(db, [{ ...t.act(1), actor: odd, action: text, target: text, leadId: null }]);
  await recordActs(db, [{ ...t.act(2), actor: { kind: "system", id: null }, target: null, leadId: text }]);
  await t.seal();
  expect(await t.verify()).toMatchObject({ entries: 3, findings: [] });
});

test("a minute that isn't over is not sealed", async () => {
  const t = await trail();
  await t.seal(Date.now() - 60_000);
  expect(await lastSeal(db, t.workspaceId, "minute")).toBeNull();
  expect(await t.verify()).toMatchObject({ entries: 0, unsealed: 6, seal: null });
});

test("the program itself can't change or remove an entry", async () => {
  const t = await trail();
  await t.seal();
  for (const sql of [
    "update audit_entry set actor = 'x'",
    "delete from audit_entry",
    "truncate audit_entry",
    "update audit_seal set count = 0",
    "delete from audit_seal",
    "update audit_content set content = '{}'",
  ])
    await expect(db.query(sql)).rejects.toThrow(/only added to/);
  expect(await t.verify()).toMatchObject({ findings: [] });
});

test.each([
  ["a changed field", "update audit_entry set actor = 'key_2' where workspace_id = $1 and id = $2", "act", "changed"],
  [
    "a changed event's entry",
    "update audit_entry set action = 'x' where workspace_id = $1 and id = $2",
    "event",
    "changed",
  ],
  ["a removed act", "delete from audit_entry where workspace_id = $1 and id = $2", "act", "removed"],
  ["a removed event", "delete from audit_entry where workspace_id = $1 and id = $2", "event", "removed"],
  [
    "a moved act",
    "update audit_entry set at = at - interval '1 ms' where workspace_id = $1 and id = $2",
    "act",
    "changed",
  ],
  [
    "a changed content",
    "update audit_content set content = '{}' where workspace_id = $1 and id = $2",
    "act",
    "content_changed",
  ],
  [
    "a content of which a part is passed off as salt",
    `update audit_content set salt = salt || convert_to(left(content, 3), 'UTF8'), content = substr(content, 4)
     where workspace_id = $1 and id = $2`,
    "act",
    "content_changed",
  ],
  [
    "a content that is passed off as salt",
    "update audit_content set salt = salt || convert_to(content, 'UTF8'), content = '' where workspace_id = $1 and id = $2",
    "act",
    "content_changed",
  ],
  ["a removed content", "delete from audit_content where workspace_id = $1 and id = $2", "act", "content_removed"],
  [
    "a text put over an event's",
    "update audit_entry set detail = '{}' where workspace_id = $1 and id = $2",
    "event",
    "content_changed",
  ],
  [
    "an event under whose ID there is a content, by which another lead's search finds it",
    `insert into audit_content (workspace_id, id, at, salt, content, about)
     select workspace_id, id, at, sha256('x'), '{}', '{lead_2}' from event where workspace_id = $1 and id = $2`,
    "event",
    "inserted",
  ],
  [
    "an event that is said of another lead",
    "update event set lead_id = 'lead_2' where workspace_id = $1 and id = $2",
    "event",
    "content_changed",
  ],
  [
    "a second entry with an act's ID",
    `insert into audit_entry select (jsonb_populate_record(a, jsonb_build_object('at', a.at - interval '1 ms'))).*
     from audit_entry a where workspace_id = $1 and id = $2`,
    "act",
    "inserted",
  ],
  ["a changed event", "update event set data = '{}' where workspace_id = $1 and id = $2", "event", "content_changed"],
  ["a removed event of the log", "delete from event where workspace_id = $1 and id = $2", "event", "content_removed"],
] as const)("%s is found, and named", async (_name, sql, kind, what) => {
  const t = await trail();
  await t.seal();
  const { id } = (await entries(t.workspaceId)).filter((entry) => entry.kind === kind)[1]!;
  await tamper(sql, [t.workspaceId, id]);
  const { findings } = await t.verify();
  expect(findings).toMatchObject([{ what, id }]);
});

test("a text that stands in its entry can't be passed off as salt and content", async () => {
  const t = await trail({ acts: 0, events: 0 });
  const detail = JSON.stringify({ after: { messageId: newId("message"), leadId: "lead_1" } });
  await db.query(
    `insert into audit_entry (workspace_id, at, id, kind, actor_kind, action, content_hash, detail)
     values ($1, now(), 'audit_told', 'act', 'key', 'POST /v1/messages', sha256(convert_to($2, 'UTF8')), $2)`,
    [t.workspaceId, detail],
  );
  await t.seal();
  expect((await t.verify()).findings).toEqual([]);
  // Nor is a content put beside it, by whose leads it would be found.
  await tamper(
    `insert into audit_content (workspace_id, id, at, salt, content, about)
     select workspace_id, id, at, sha256('x'), '{}', '{lead_2}' from audit_entry where workspace_id = $1`,
    [t.workspaceId],
  );
  expect((await t.verify()).findings).toMatchObject([{ what: "content_changed", id: "audit_told" }]);
  await tamper("delete from audit_content where workspace_id = $1", [t.workspaceId]);
  await tamper(
    `insert into audit_content (workspace_id, id, at, salt, content)
     select workspace_id, id, at, convert_to(left(detail, 16), 'UTF8'), substr(detail, 17) from audit_entry where workspace_id = $1`,
    [t.workspaceId],
  );
  await tamper("update audit_entry set detail = null where workspace_id = $1", [t.workspaceId]);
  expect((await t.verify()).findings).toMatchObject([{ what: "content_changed", id: "audit_told" }]);
});

test("an inserted entry is found", async () => {
  const t = await trail();
  await t.seal();
  await tamper(
    `insert into audit_entry (workspace_id, at, id, kind, actor_kind, action, content_hash)
     select workspace_id, at - interval '1 ms', 'audit_forged', 'act', 'key', 'POST /v1/x', content_hash from audit_entry
     where workspace_id = $1 and kind = 'event' order by at desc limit 1`,
    [t.workspaceId],
  );
  expect((await t.verify()).findings).toMatchObject([
    { what: "inserted", id: "audit_forged" },
    { what: "content_removed", id: "audit_forged" },
  ]);
});

test("an entry before the first one is found, two that changed places are named, and so is an end that was cut off", async () => {
  const t = await trail();
  const [one, other] = await entries(t.workspaceId);
  // Of the same moment they would have no other places; of two minutes they would be in two seals.
  await tamper(
    `update audit_entry a set at = date_trunc('minute', b.at) from audit_entry b
     where a.workspace_id = $1 and b.workspace_id = $1 and a.id = $2 and b.id = $3`,
    [t.workspaceId, one!.id, other!.id],
  );
  await tamper(
    `update audit_content c set at = a.at from audit_entry a
     where c.workspace_id = $1 and a.workspace_id = $1 and a.id = c.id and a.id = $2`,
    [t.workspaceId, one!.id],
  );
  await t.seal();
  await recordActs(db, [t.act(9)]);
  await t.seal(Date.now() + 4 * day);
  const what = async () => (await t.verify()).findings.map((finding) => `${finding.what} ${finding.id}`);
  expect(await what()).toEqual([]);

  await tamper(
    `insert into audit_entry (workspace_id, at, id, kind, actor_kind, action, content_hash, detail)
     values ($1, '1954-07-29', 'audit_early', 'act', 'key', 'x', sha256('{}'), '{}')`,
    [t.workspaceId],
  );
  expect(await what()).toEqual(["inserted audit_early"]);
  await tamper("delete from audit_entry where workspace_id = $1 and id = 'audit_early'", [t.workspaceId]);

  const swap = () =>
    tamper(
      `update audit_entry a set at = b.at from audit_entry b
       where a.workspace_id = $1 and b.workspace_id = $1 and (a.id, b.id) in (($2, $3), ($3, $2))`,
      [t.workspaceId, one!.id, other!.id],
    );
  await swap();
  expect((await what()).sort()).toEqual([`changed ${one!.id}`, `changed ${other!.id}`].sort());
  await swap();
  expect(await what()).toEqual([]);

  // The last minute, with its entries, and the day that has it.
  const last = (await lastSeal(db, t.workspaceId, "minute"))!;
  const lastDay = (await lastSeal(db, t.workspaceId, "day"))!;
  expect([last.count, lastDay.no]).toEqual([1, 2]);
  await tamper("delete from audit_entry where workspace_id = $1 and id = $2", [t.workspaceId, last.ids![0]]);
  for (const { level, no } of [last, lastDay])
    await tamper("delete from audit_seal where workspace_id = $1 and level = $2 and no = $3", [
      ...[t.workspaceId, level, no],
    ]);
  expect(await what()).toEqual([`seal_missing minute ${last.no}`, "seal_missing day 2"]);
});

test("a removed seal, a changed one, and a chain made anew are found", async () => {
  const t = await trail();
  await t.seal();
  await recordActs(db, [t.act(9)]);
  await t.seal(Date.now() + 4 * day);
  const kept = (await lastSeal(db, t.workspaceId, "minute"))!.hash.toString("hex");
  await tamper("update audit_seal set count = count + 1 where workspace_id = $1 and level = 'minute' and no = 1", [
    t.workspaceId,
  ]);
  expect((await t.verify()).findings.map(({ what }) => what)).toContain("seal_changed");
  await tamper("update audit_seal set count = count - 1 where workspace_id = $1 and level = 'minute' and no = 1", [
    t.workspaceId,
  ]);
  expect((await t.verify()).findings).toEqual([]);
  await tamper("delete from audit_seal where workspace_id = $1 and level = 'minute' and no = 1", [t.workspaceId]);
  expect((await t.verify()).findings).toContainEqual(expect.objectContaining({ what: "seal_missing", id: "minute 1" }));
  // Everything thrown away and sealed again: the chain is sound in itself, but not the one of which a seal was kept.
  for (const table of ["audit_seal", "audit_head"])
    await tamper(`delete from ${table} where workspace_id = $1`, [t.workspaceId]);
  await tamper("delete from audit_entry where workspace_id = $1 and kind = 'event'", [t.workspaceId]);
  await tamper("update audit_entry set actor = 'key_2' where workspace_id = $1", [t.workspaceId]);
  await t.seal(Date.now() + 4 * day);
  expect((await t.verify()).findings).toEqual([]);
  expect((await t.verify(kept)).findings).toMatchObject([{ what: "seal_unknown" }]);
});

test("an event that was put into the log behind the seals is found", async () => {
  const t = await trail();
  await t.seal();
  await tamper(
    `insert into event select (jsonb_populate_record(e, jsonb_build_object('at', e.at - interval '1 ms', 'id', 'evt_forged'))).*
     from event e where workspace_id = $1 limit 1`,
    [t.workspaceId],
  );
  expect((await t.verify()).findings).toMatchObject([{ what: "inserted", id: "evt_forged" }]);
  await tamper("delete from event where workspace_id = $1 and id = 'evt_forged'", [t.workspaceId]);
});

test("of what isn't sealed yet a changed or removed content is found", async () => {
  const t = await trail();
  await t.seal();
  await recordActs(db, [t.act(7), t.act(8), t.act(9)]);
  const late = (await entries(t.workspaceId)).slice(-3).map(({ id }) => id);
  await tamper("update audit_content set content = '{}' where workspace_id = $1 and id = $2", [t.workspaceId, late[0]]);
  await tamper("delete from audit_content where workspace_id = $1 and id = $2", [t.workspaceId, late[2]]);
  expect(await t.verify()).toMatchObject({
    unsealed: 3,
    findings: [
      { what: "content_changed", id: late[0] },
      { what: "content_removed", id: late[2] },
    ],
  });
});

/** Three acts with leads: about one and others, about many, and a lead's erasure. */
async function actsOnLeads() {
  const t = await trail({ acts: 0, events: 0 });
  const leads = [1, 2, 3, 4].map(() => newId("lead"));
  const [lead, other, third, stranger] = leads as [string, string, string, string];
  const erased = {
    action: "lead.erased",
    target: stranger,
    leadId: stranger,
    lasting: true,
    content: { leadId: stranger },
  };
  const odd = `they wrote "${newId("lead")}", '"${newId("lead")}', "lead_short", "${stranger}x"`;
  await recordActs(db, [
    { ...t.act(1), leadId: lead, content: { id: lead, odd, mergedWith: other, [third]: lead } },
    { ...t.act(2), content: { leadIds: [lead, other, third] } },
    { ...t.act(3), ...erased },
    { ...t.act(4), leadId: lead, content: { id: lead } },
  ]);
  const ids = (await entries(t.workspaceId)).map(({ id }) => id);
  const found = async () => (await t.verify()).findings.map(({ what, id, detail }) => ({ what, id, detail }));
  return { ...t, lead, other, third, stranger, ids, found };
}

test.each([true, false])(
  "a changed column by which an act is found, exported or erased is named, sealed (%s) or not",
  async (sealed) => {
    const t = await actsOnLeads();
    if (sealed) await t.seal();
    expect(await t.found()).toEqual([]);
    const { lead, other, third, stranger } = t;
    const [one, many, erasure, plain] = t.ids as [string, string, string, string];
    const keep = {
      name: "kept",
      text: "select at, lead_id, about from audit_content where workspace_id = $1 and id = $2",
    };
    for (const [id, set, value, said] of [
      [one, "about", [other], `about lacks ${third}`],
      [one, "about", null, "lacks"],
      [one, "about", [other, third, stranger], `about has ${stranger}`],
      [one, "lead_id", null, `lead_id is null in place of ${lead}`],
      [one, "lead_id", stranger, `lead_id is ${stranger} in place of ${lead}`],
      [one, "at", new Date("2001-02-03T04:05:06.789Z"), "at is 2001-02-03T04:05:06.789Z in place of 20"],
      [many, "about", null, "lacks"],
      [
        many,
        "about",
        [lead, other, stranger],
        `about lacks ${third}, whose searches don't find it; about has ${stranger}`,
      ],
      [many, "lead_id", lead, `lead_id is ${lead} in place of null`],
      [erasure, "lead_id", stranger, `lead_id is ${stranger} in place of null`],
      [erasure, "about", [other], `about has ${other}`],
      [plain, "about", [other], `about has ${other}`],
      [plain, "lead_id", null, `lead_id is null in place of ${lead}`],
      [plain, "at", new Date(0), "at is 1970"],
    ] as const) {
      const was = (await db.query<Record<string, unknown>>({ ...keep, values: [t.workspaceId, id] })).rows[0]!;
      const put = (to: unknown) =>
        tamper(`update audit_content set ${set} = $3 where workspace_id = $1 and id = $2`, [t.workspaceId, id, to]);
      await put(value);
      expect(await t.found()).toEqual([{ what: "search_changed", id, detail: expect.stringContaining(said) }]);
      expect((await t.found())[0]!.detail).toContain(`the entry ${id} `);
      await put(was[set]);
    }
    expect(await t.found()).toEqual([]);
  },
);

test("acts of before there was a list of their leads get it by the update, and verify", async () => {
  const t = await actsOnLeads();
  await t.seal();
  const about = async () =>
    (
      await db.query("select id, about from audit_content where workspace_id = $1 order by id", [t.workspaceId])
    ).rows.map((row) => row.about?.toSorted() ?? null);
  const was = await about();
  expect(was).toEqual([[t.other, t.third].sort(), [t.lead, t.other, t.third].sort(), null, null]);
  await tamper("update audit_content set about = null where workspace_id = $1", [t.workspaceId]);
  expect((await t.found()).map(({ id }) => id)).toEqual(t.ids.slice(0, 2));
  const migration = new URL("../../src/db/migrations/0098_leads_of_old_acts.sql", import.meta.url);
  await db.query(await readFile(migration, "utf8"));
  expect(await about()).toEqual(was);
  expect(await t.found()).toEqual([]);
});

test("a place of sealing that was moved before there was a seal, or a day's, is found", async () => {
  const t = await trail();
  const change = (sql: string) => tamper(`${sql} where workspace_id = $1`, [t.workspaceId]);
  const none = "decode(repeat('00', 32), 'hex')";
  const expectFound = async (set: string, back: string) => {
    await change(`update audit_head set ${set}`);
    const { findings } = await t.verify();
    expect(findings, set).toMatchObject([{ what: "head_changed", id: "head" }]);
    await change(`update audit_head set ${back}`);
    expect(await t.verify(), set).toMatchObject({ findings: [] });
  };
  await tamper(`insert into audit_head values ($1, 'epoch', '', 0, ${none}, 0, ${none}, 0)`, [t.workspaceId]);
  await expectFound("at = 'epoch'::timestamptz + interval '100 years'", "at = 'epoch'");
  await expectFound("day_last_no = 1", "day_last_no = 0");
  await t.seal();
  // As it is within the first day, whose minutes are sealed.
  await tamper("delete from audit_seal where workspace_id = $1 and level = 'day'", [t.workspaceId]);
  await change(`update audit_head set day_no = 0, day_hash = ${none}, day_last_no = 0`);
  await expectFound("day_last_no = 1", "day_last_no = 0");
  await expectFound("day_hash = sha256('x')", `day_hash = ${none}`);
});

test("a place of sealing that was moved, so that what comes is passed over or sealed anew, is found", async () => {
  const t = await trail();
  await t.seal();
  const found = async () => (await t.verify()).findings.map(({ what, id }) => `${what} ${id}`);
  const change = (set: string) => tamper(`update audit_head set ${set} where workspace_id = $1`, [t.workspaceId]);
  for (const [set, back] of [
    ["at = at + interval '1 year'", "at = at - interval '1 year'"],
    ["id = id || 'z'", "id = left(id, -1)"],
    ["day_last_no = day_last_no - 1", "day_last_no = day_last_no + 1"],
  ] as const) {
    await change(set);
    expect(await found()).toEqual(["head_changed head"]);
    await change(back);
    expect(await found()).toEqual([]);
  }
  await change("day_hash = sha256('x')");
  expect(await found()).toEqual(["seal_changed day 1"]);
  await tamper("delete from audit_head where workspace_id = $1", [t.workspaceId]);
  expect(await found()).toEqual(["head_changed head"]);
  // It would be sealed anew, which can't be.
  await tamper("delete from audit_seal where workspace_id = $1", [t.workspaceId]);
  await tamper("delete from audit_entry where workspace_id = $1 and kind = 'event'", [t.workspaceId]);
});

test("two processes at once seal each entry once", async () => {
  const t = await trail({ acts: 20, events: 20 });
  await Promise.all([t.seal(), t.seal(), t.seal()]);
  await t.seal();
  expect(await t.verify()).toMatchObject({ entries: 40, findings: [] });
});

test("where many entries take too long fewer are tried, and a workspace that can't be sealed keeps no other waiting", async () => {
  const workspaces = [await makeWorkspace(db), await makeWorkspace(db)];
  for (const workspaceId of workspaces) {
    for (let n = 0; n < 5; n++)
      await recordActs(db, [{ workspaceId, actor, action: "POST /v1/senders", target: `sender_${n}`, content: { n } }]);
  }
  let failures = 0;
  const slow: Database = Object.create(db);
  slow.transaction = async (work) => {
    if (failures-- > 0) throw new Error("Query read timeout");
    return await db.transaction(work);
  };
  const errors: unknown[] = [];
  const sealer = new AuditSealer({ db: slow, most: 4, onError: (_stage, error) => errors.push(error) });
  /** How many entries are sealed and how many the largest seal has, by workspace; the minute may change while they come. */
  const sealed = async () => {
    const { rows } = await db.query<{ entries: number; largest: number }>(
      `select coalesce(sum(s.count), 0)::int as entries, coalesce(max(s.count), 0)::int as largest from unnest($1::text[]) w (id)
       left join audit_seal s on s.workspace_id = w.id and s.level = 'minute' group by w.id order by 1, 2`,
      [workspaces],
    );
    return rows;
  };
  const later = Date.now() + 2 * 24 * 3_600_000;
  // Of 4, of 2 and of 1: the first workspace fails, the other one is sealed.
  failures = 3;
  await sealer.runOnce(later);
  expect(errors).toEqual([new Error("Query read timeout")]);
  expect(await sealed()).toMatchObject([{ entries: 0 }, { entries: 5 }]);
  failures = 1;
  await sealer.runOnce(later);
  expect((await sealed()).map(({ entries }) => entries)).toEqual([5, 5]);
  expect(Math.min(...(await sealed()).map(({ largest }) => largest))).toBeLessThanOrEqual(2);
  expect(errors).toHaveLength(1);
});

test("a message that was sent by the API names whose call it was", async () => {
  const t = await trail({ acts: 0, events: 0 });
  const { data } = eventSample(t.workspaceId, "message.sent");
  const [byApi, byCampaign] = [newId("message"), newId("message")];
  for (const target of [byApi, byCampaign])
    await recordActs(db, [{ ...t.act(1), action: "POST /v1/messages", target }]);
  const text = 'it says "source":"api"';
  for (const more of [
    { messageId: byApi, source: "api" },
    { messageId: byCampaign, source: "campaign", content: { subject: null, text } },
  ])
    await recordEvents(db, [newEvent(t.workspaceId, "message.sent", { ...data, ...more } as never, {})]);
  await t.seal();
  const { rows } = await db.query(
    "select actor_kind, actor from audit_entry where workspace_id = $1 and kind = 'event' order by at, id",
    [t.workspaceId],
  );
  expect(rows).toEqual([
    { actor_kind: "key", actor: "key_1" },
    { actor_kind: "system", actor: null },
  ]);
  expect((await t.verify()).findings).toEqual([]);
});

test("a destination that names audit.sealed gets each day's seal, with which the trail verifies; others get nothing", async () => {
  const t = await trail();
  await t.seal();
  const sealed = async () =>
    (
      await db.query<{ data: string }>("select data from event where workspace_id = $1 and type = 'audit.sealed'", [
        t.workspaceId,
      ])
    ).rows.map(({ data }) => JSON.parse(data));
  expect(await sealed()).toEqual([]);

  const { id } = await makeDestination(db, t.workspaceId, { eventTypes: ["audit.*"] });
  await makeDestination(db, t.workspaceId);
  await recordActs(db, [t.act(8)]);
  const lanes: { laneId: string }[] = [];
  const options = { db, onError: (_: string, error: unknown) => expect.unreachable(String(error)) };
  await new AuditSealer({ ...options, wakeDeliveries: (woken) => lanes.push(...woken) }).runOnce(Date.now() + 3 * day);
  const { hash } = (await lastSeal(db, t.workspaceId, "day"))!;
  expect(await sealed()).toEqual([expect.objectContaining({ no: 2, hash: hash.toString("hex"), minutes: 1 })]);
  expect(lanes).toMatchObject([{ laneId: id }]);
  expect((await t.verify((await sealed())[0].hash)).findings).toEqual([]);
});
