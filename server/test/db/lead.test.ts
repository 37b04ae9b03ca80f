import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deleteLead } from "../../src/db/erasure.ts";
import { getLead, getLeads, updateLead } from "../../src/db/lead.ts";
import { removeLeads } from "../../src/db/lead-import-undo.ts";
import { insertLeads, type NewLead } from "../../src/db/lead-insert.ts";
import { listLeadPage, listLeads } from "../../src/db/lead-list.ts";
import { writeStatus } from "../../src/db/lead-told.ts";
import type { Database } from "../../src/db/pool.ts";
import { advanceLeads } from "../../src/db/sending.ts";
import { HeraldError } from "../../src/domain/error.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

function newLead(fields: Partial<NewLead>): NewLead {
  const empty = {
    firstName: null,
    lastName: null,
    company: null,
    title: null,
    linkedinUrl: null,
    phone: null,
    email: null,
  };
  const rest = { timeZone: null, externalLeadId: null, profile: null, tags: [], custom: {} };
  return { id: newId("lead"), ...empty, ...rest, ...fields };
}

describe("insertLeads", () => {
  test("stores every field as it was given, whatever characters are in it", async () => {
    const workspaceId = await makeWorkspace(db);
    const lead = newLead({
      firstName: 'Zoë "Z" \\ {Null}',
      lastName: "NULL",
      company: "a,b\n{}",
      title: "",
      linkedinUrl: "https://www.linkedin.com/in/zoe",
      phone: "+12025550143",
      email: "zoe@example.com",
      timeZone: "Europe/Berlin",
      externalLeadId: "00Q\t1",
      profile: "founder",
      tags: ['say "hi"', "a,b", "back\\slash", "NULL", "{x}"],
      custom: { topic: 'quo"te \\ {}', "a.b-c_d": "😀" },
    });
    await insertLeads(db, workspaceId, [lead]);
    expect(await getLead(db, workspaceId, lead.id)).toMatchObject({ ...lead, status: "PENDING" });
  });

  test("of two leads with one address the first is inserted, and the second is told whose it is", async () => {
    const workspaceId = await makeWorkspace(db);
    const first = newLead({ phone: "+12025550101", email: "a@example.com" });
    const second = newLead({ linkedinUrl: "https://www.linkedin.com/in/b", email: "a@example.com" });
    const third = newLead({ linkedinUrl: "https://www.linkedin.com/in/b" });
    const result = await insertLeads(db, workspaceId, [first, second, third]);
    expect([...result.inserted].sort()).toEqual([first.id, third.id].sort());
    expect([...result.duplicates]).toEqual([[second.id, expect.objectContaining({ leadId: expect.any(String) })]]);
    // Both others have one of its addresses; the profile counts most.
    expect(result.duplicates.get(second.id)).toEqual({ leadId: third.id, field: "linkedinUrl" });
  });

  test("a lead that the database has is named with the address that gave it away, and is left as it is", async () => {
    const workspaceId = await makeWorkspace(db);
    const known = newLead({ firstName: "Old", phone: "+12025550102" });
    await insertLeads(db, workspaceId, [known]);
    const again = newLead({ firstName: "New", phone: "+12025550102", email: "new@example.com" });
    const { inserted, duplicates } = await insertLeads(db, workspaceId, [again]);
    expect(inserted.size).toBe(0);
    expect(duplicates.get(again.id)).toEqual({ leadId: known.id, field: "phone" });
    expect(await getLead(db, workspaceId, known.id)).toMatchObject({ firstName: "Old", email: null });
  });

  test("the same address in two workspaces is two leads", async () => {
    const [one, other] = [await makeWorkspace(db), await makeWorkspace(db)];
    const email = "shared@example.com";
    await insertLeads(db, one, [newLead({ email })]);
    const mine = newLead({ email });
    expect((await insertLeads(db, other, [mine])).inserted).toEqual(new Set([mine.id]));
    expect(await getLead(db, one, mine.id)).toBeNull();
  });

  test("a lead that another transaction is adding at the same time is a duplicate once that one commits", async () => {
    const workspaceId = await makeWorkspace(db);
    const theirs = newLead({ email: "race@example.com" });
    const mine = newLead({ email: "race@example.com" });
    let result: ReturnType<typeof insertLeads> | undefined;
    await db.transaction(async (tx) => {
      await insertLeads(tx, workspaceId, [theirs]);
      result = insertLeads(db, workspaceId, [mine]);
      // Until the other insert waits for this transaction.
      while ((await waiting()) === 0);
    });
    expect((await result!).duplicates.get(mine.id)).toEqual({ leadId: theirs.id, field: "email" });
  });

  const waiting = async () => {
    const { rowCount } = await db.query(
      "select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid' and query like '%insert into lead%'",
    );
    return rowCount;
  };
});

describe("lists of leads", () => {
  async function setup() {
    const workspaceId = await makeWorkspace(db);
    const leads = Array.from({ length: 7 }, (_, n) =>
      newLead({
        id: newId("lead", 1_700_000_000_000 + n),
        firstName: `Ann${n}`,
        company: n % 2 ? "50%_off" : "Acme",
        email: `ann${n}@example.com`,
        tags: n < 3 ? ["vip", "q1"] : ["q2"],
      }),
    );
    await insertLeads(db, workspaceId, leads);
    const ids = leads.map((lead) => lead.id).reverse();
    return { workspaceId, ids };
  }
  const idsOf = (leads: readonly { id: string }[]) => leads.map((lead) => lead.id);

  test("pages by number and by cursor give every lead once, newest first", async () => {
    const { workspaceId, ids } = await setup();
    const pages = [];
    for (let page = 1; page <= 4; page++) pages.push(await listLeadPage(db, workspaceId, {}, page, 3));
    expect(pages.flatMap((page) => idsOf(page.leads))).toEqual(ids);
    expect(pages.map((page) => page.total)).toEqual([7, 7, 7, 7]);
    const first = await listLeads(db, workspaceId, {}, null, 4);
    const second = await listLeads(db, workspaceId, {}, { id: first.at(-1)!.id, value: null }, 4);
    expect(idsOf([...first, ...second])).toEqual(ids);
  });

  test("filters by status, tag and campaign narrow the list and its total", async () => {
    const { workspaceId, ids } = await setup();
    const campaignId = await makeCampaign(db, workspaceId, { senderIds: [], leadIds: ids.slice(0, 2), steps: [] });
    const told = { leadId: ids[0]!, status: "DONE" as const, repliedAt: null, told: null, held: false };
    await db.transaction((tx) => writeStatus(tx, workspaceId, told));
    expect(idsOf(await listLeads(db, workspaceId, { campaignId }, null, 10))).toEqual(ids.slice(0, 2));
    expect((await listLeadPage(db, workspaceId, { campaignId, status: "DONE" }, 1, 10)).total).toBe(1);
    expect(idsOf(await listLeads(db, workspaceId, { tag: "vip" }, null, 10))).toEqual(ids.slice(4));
    expect(await listLeads(db, workspaceId, { tag: "vi" }, null, 10)).toEqual([]);
  });

  test("whatever moves a lead's status moves its place in lists by status", async () => {
    const { workspaceId, ids } = await setup();
    const [first, second, third] = ids as [string, string, string];
    const placed = async () => {
      const { rows } = await db.query<{ id: string; status: string; listed: string[] | null }>(
        `select coalesce(l.id, s.lead_id) as id, l.status, array_agg(s.status) filter (where s.status is not null) as listed
         from (select * from lead where workspace_id = $1) l
         full join (select * from lead_standing where workspace_id = $1) s on s.lead_id = l.id group by 1, 2`,
        [workspaceId],
      );
      for (const { status, listed } of rows) expect(listed).toEqual([status]);
      return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
    };
    expect(await placed()).toEqual(Object.fromEntries(ids.map((id) => [id, "PENDING"])));
    await advanceLeads(db, [
      { workspaceId, leadId: first, next: "CONNECTION_SENT" },
      { workspaceId, leadId: second, next: "MESSAGE_SENT" },
    ]);
    await advanceLeads(db, [{ workspaceId, leadId: first, next: "MESSAGE_SENT" }]);
    const told = { leadId: second, status: "REPLY_RECEIVED" as const, repliedAt: null, told: null, held: false };
    await db.transaction((tx) => writeStatus(tx, workspaceId, told));
    expect(await placed()).toMatchObject({ [first]: "MESSAGE_SENT", [second]: "REPLY_RECEIVED", [third]: "PENDING" });
    expect(idsOf(await listLeads(db, workspaceId, { status: "REPLY_RECEIVED" }, null, 10))).toEqual([second]);
    await db.transaction((tx) => removeLeads(tx, workspaceId, [second, third]));
    await db.transaction((tx) => deleteLead(tx, workspaceId, first));
    expect(Object.keys(await placed()).sort()).toEqual(ids.slice(3).sort());
  });

  test("a message that is told late changes the lead for those who ask for changes, as its conversation's time doesn't tell", async () => {
    const { workspaceId, ids } = await setup();
    const [late, now] = ids as [string, string];
    await db.query("update lead set updated_at = '2026-01-01' where workspace_id = $1", [workspaceId]);
    await advanceLeads(db, [
      { workspaceId, leadId: late, next: "MESSAGE_SENT", late: true },
      { workspaceId, leadId: now, next: "MESSAGE_SENT" },
    ]);
    const { rows } = await db.query<{ id: string }>(
      "select id from lead where workspace_id = $1 and updated_at > '2026-02-01'",
      [workspaceId],
    );
    expect(rows).toEqual([{ id: late }]);
  });

  // Else each message writes all indexes of both rows (heap-only tuples): a sixth of what sending costs the database.
  test("what every message changes of a message and of a lead stands in no index", async () => {
    const { rows } = await db.query<{ place: string }>(
      `select distinct d.objid::regclass || ': ' || a.attname as place
       from pg_index i join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refobjid = i.indrelid
       join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
       where i.indrelid = 'message'::regclass and a.attname in ('status', 'status_code', 'to_address', 'attempts', 'begun_by', 'attempted_at', 'updated_at')
         or i.indrelid = 'lead'::regclass and a.attname in ('status', 'status_at', 'stop_no', 'hold_until')`,
    );
    expect(rows).toEqual([]);
  });

  test("a search finds part of a name, company or address in any case, and takes % and _ as characters", async () => {
    const { workspaceId, ids } = await setup();
    expect(idsOf(await listLeads(db, workspaceId, { search: "aNN3" }, null, 10))).toEqual([ids[3]]);
    expect(await listLeads(db, workspaceId, { search: "50%_" }, null, 10)).toHaveLength(3);
    expect(await listLeads(db, workspaceId, { search: "5%off" }, null, 10)).toEqual([]);
    expect(await listLeads(db, workspaceId, { search: "ann_@" }, null, 10)).toEqual([]);
  });
});

describe("updateLead", () => {
  async function setup() {
    const workspaceId = await makeWorkspace(db);
    const lead = newLead({
      firstName: "Ann",
      phone: "+12025550111",
      tags: ["a", "b"],
      custom: { topic: "x", plan: "pro" },
    });
    const other = newLead({ email: "other@example.com", linkedinUrl: "https://www.linkedin.com/in/other" });
    await insertLeads(db, workspaceId, [lead, other]);
    return { workspaceId, lead, other };
  }

  test("changes what is given and nothing else; null empties a field", async () => {
    const { workspaceId, lead, other } = await setup();
    const changed = await updateLead(db, workspaceId, lead.id, { firstName: null, email: "ann@example.com" });
    expect(changed).toMatchObject({ ...lead, firstName: null, email: "ann@example.com" });
    expect(await getLead(db, workspaceId, other.id)).toMatchObject(other);
  });

  test("custom fields are merged, and null deletes one", async () => {
    const { workspaceId, lead } = await setup();
    const changed = await updateLead(db, workspaceId, lead.id, { custom: { topic: null, size: "9", gone: null } });
    expect(changed?.custom).toEqual({ plan: "pro", size: "9" });
  });

  test("tags are added once and in order, removed, or replaced", async () => {
    const { workspaceId, lead } = await setup();
    const tags = async (change: Parameters<typeof updateLead>[3]) =>
      (await updateLead(db, workspaceId, lead.id, change))?.tags;
    expect(await tags({ addTags: ["c", "a"], removeTags: ["b", "z"] })).toEqual(["a", "c"]);
    expect(await tags({ tags: ["y", "x", "y"] })).toEqual(["y", "x"]);
    expect(await tags({ removeTags: ["x", "y"] })).toEqual([]);
  });

  test("an address of another lead is refused with the field and that lead's ID; its own is not", async () => {
    const { workspaceId, lead, other } = await setup();
    const refused = updateLead(db, workspaceId, lead.id, { email: "other@example.com", phone: lead.phone });
    await expect(refused).rejects.toMatchObject({
      code: "conflict",
      details: [{ field: "email", reason: expect.stringContaining(other.id) }],
    });
    expect(await updateLead(db, workspaceId, lead.id, { phone: lead.phone })).toMatchObject({ phone: lead.phone });
  });

  test("an address that another transaction takes at the same moment is a conflict too", async () => {
    const { workspaceId, lead } = await setup();
    let change: Promise<unknown> | undefined;
    await db.transaction(async (tx) => {
      await insertLeads(tx, workspaceId, [newLead({ email: "late@example.com" })]);
      change = updateLead(db, workspaceId, lead.id, { email: "late@example.com" }).catch((error: unknown) => error);
      for (let blocked = 0; blocked === 0; ) {
        const { rowCount } = await db.query(
          "select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid' and query like 'update lead%'",
        );
        blocked = rowCount ?? 0;
      }
    });
    const error = await change;
    expect(error).toBeInstanceOf(HeraldError);
    expect(error).toMatchObject({ code: "conflict", details: [{ field: "email" }] });
  });

  test("a lead of another workspace is not found, not read and not changed", async () => {
    const { workspaceId, lead } = await setup();
    const stranger = await makeWorkspace(db);
    expect(await updateLead(db, stranger, lead.id, { firstName: "X" })).toBeNull();
    expect(await getLeads(db, stranger, [lead.id])).toEqual([]);
    expect((await getLead(db, workspaceId, lead.id))?.firstName).toBe("Ann");
  });
});
