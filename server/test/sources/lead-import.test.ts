import { afterAll, beforeAll, expect, test } from "vitest";
import { enrollLeads } from "../../src/campaigns/control.ts";
import { insertLeads } from "../../src/db/lead-insert.ts";
import { listLeadPage } from "../../src/db/lead-list.ts";
import type { Database } from "../../src/db/pool.ts";
import { newId } from "../../src/domain/id.ts";
import { normaliseLead } from "../../src/domain/lead.ts";
import {
  type Enroll,
  importLeads,
  reportedFindings,
  type StoredLeads,
  storeLeads,
} from "../../src/sources/lead-import.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeLead, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

async function* file(...lines: string[]) {
  yield Buffer.from(`${lines.join("\n")}\n`);
}
const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `Ann${from + i},ann${from + i}@example.com`);
const into = (workspaceId: string, campaignId: string): Enroll => ({
  campaignId,
  enroll: (tx, ids) => enrollLeads(tx, workspaceId, campaignId, ids),
});
const totalOf = async (workspaceId: string) => (await listLeadPage(db, workspaceId, {}, 1, 1)).total;

test("every row is accounted for: added, duplicate with the lead that has the address, or rejected with line and reason", async () => {
  const workspaceId = await makeWorkspace(db);
  const known = await makeLead(db, workspaceId, { email: "known@example.com" });
  const report = await importLeads({
    db,
    workspaceId,
    stream: file(
      "First Name,Email,Phone,Time Zone,Favourite Topic",
      "Ann,ann@example.com,+12025550143,Europe/Berlin,hiring",
      "Bob,KNOWN@example.com,,,",
      "Cid,cid@example,,,",
      "",
      "Dot,dot@example.com,+1 (202) 555-0143,,",
      "Eve,eve@example.com,,Mars/Base,",
    ),
  });
  expect(report).toMatchObject({ rows: 5, added: 2, duplicates: 2, rejected: 1, warnings: 1, enrolled: null });
  const ann = (await listLeadPage(db, workspaceId, { search: "ann@example.com" }, 1, 10)).leads[0]!;
  expect(ann).toMatchObject({ firstName: "Ann", timeZone: "Europe/Berlin", custom: { favouriteTopic: "hiring" } });
  expect(report.duplicateRows).toEqual([
    { line: 3, leadId: known, field: "email" },
    { line: 6, leadId: ann.id, field: "phone" },
  ]);
  expect(report.errors).toEqual([{ line: 4, field: "email", reason: expect.any(String), raw: "Cid,cid@example,,," }]);
  expect(report.warningRows).toEqual([{ line: 7, field: "timeZone", reason: expect.any(String) }]);
});

test("the same file again adds nothing, and what a failed import left out is added by the next", async () => {
  const workspaceId = await makeWorkspace(db);
  const broken = async function* () {
    yield* file("firstName,email", ...rows(0, 40_000));
    throw new Error("connection lost");
  };
  await expect(importLeads({ db, workspaceId, stream: broken() })).rejects.toThrow("connection lost");
  const before = await totalOf(workspaceId);
  expect(before).toBeGreaterThan(0);
  const whole = () => file("firstName,email", ...rows(0, 2_000));
  const second = await importLeads({ db, workspaceId, stream: whole() });
  expect(second.added + second.duplicates).toBe(2_000);
  expect(await importLeads({ db, workspaceId, stream: whole() })).toMatchObject({ added: 0, duplicates: 2_000 });
});

test("known leads enter the campaign with the new ones, once each", async () => {
  const workspaceId = await makeWorkspace(db);
  const known = await makeLead(db, workspaceId, { email: "known@example.com" });
  const campaignId = await makeCampaign(db, workspaceId, { senderIds: [], leadIds: [], steps: [{ channel: "email" }] });
  const options = { db, workspaceId, enroll: into(workspaceId, campaignId) };
  const lines = ["email", "known@example.com", "new@example.com", "new@example.com"];
  expect(await importLeads({ ...options, stream: file(...lines) })).toMatchObject({
    added: 1,
    duplicates: 2,
    enrolled: 2,
  });
  expect(await importLeads({ ...options, stream: file(...lines) })).toMatchObject({ added: 0, enrolled: 0 });
  const { rows: enrolled } = await db.query("select lead_id from enrollment where campaign_id = $1", [campaignId]);
  expect(enrolled).toHaveLength(2);
  expect(enrolled).toContainEqual({ lead_id: known });
});

test("leads are stored only together with their enrollment: for a campaign of another workspace nothing is", async () => {
  const [workspaceId, other] = [await makeWorkspace(db), await makeWorkspace(db)];
  const campaignId = await makeCampaign(db, other, { senderIds: [], leadIds: [], steps: [] });
  const stream = file("email", "a@example.com");
  await expect(importLeads({ db, workspaceId, stream, enroll: into(workspaceId, campaignId) })).rejects.toMatchObject({
    code: "not_found",
  });
  expect(await totalOf(workspaceId)).toBe(0);
});

test("progress counts only what is committed", async () => {
  const workspaceId = await makeWorkspace(db);
  const seen: Promise<boolean>[] = [];
  await importLeads({
    ...{ db, workspaceId, stream: file("firstName,email", ...rows(0, 1_700)) },
    onProgress: ({ rows, added }) => {
      expect(added).toBe(rows);
      seen.push(totalOf(workspaceId).then((total) => total >= added));
    },
  });
  expect(seen.length).toBeGreaterThan(1);
  expect(await Promise.all(seen)).not.toContain(false);
});

test("an aborted import ends with the signal's reason, stores nothing after that, and lets the file go", async () => {
  const workspaceId = await makeWorkspace(db);
  const controller = new AbortController();
  let closed = false;
  const endless = async function* () {
    try {
      yield Buffer.from("firstName,email\n");
      for (let n = 0; ; n += 1_000) yield Buffer.from(`${rows(n, n + 1_000).join("\n")}\n`);
    } finally {
      closed = true;
    }
  };
  let committed = 0;
  const stopped = importLeads({
    ...{ db, workspaceId, stream: endless(), signal: controller.signal },
    onProgress: ({ added }) => {
      committed = added;
      if (added >= 1_000) controller.abort(new Error("enough"));
    },
  });
  await expect(stopped).rejects.toThrow("enough");
  expect(closed).toBe(true);
  expect(await totalOf(workspaceId)).toBe(committed);
});

test("a report lists a thousand findings and counts all", async () => {
  const workspaceId = await makeWorkspace(db);
  const stream = file("email", ...Array.from({ length: 1_500 }, () => "nobody"));
  const report = await importLeads({ db, workspaceId, stream });
  expect(report).toMatchObject({ rows: 1_500, rejected: 1_500, added: 0 });
  expect(report.errors).toHaveLength(reportedFindings);
});

test("two transactions that add the same leads in opposite orders both succeed, and each lead is there once", async () => {
  const workspaceId = await makeWorkspace(db);
  const leads = (...names: string[]) =>
    names.map((name) => {
      const result = normaliseLead({ email: `${name}@example.com` });
      if (!result.ok) throw new Error("not a lead");
      return { ...result.lead, id: newId("lead") };
    });
  const store = (...names: string[]) =>
    db.transaction(async (tx) => {
      await tx.query("set local deadlock_timeout = '20ms'");
      return await storeLeads(tx, workspaceId, leads(...names), "import", undefined);
    });
  const waiting = async (count: number) => {
    const sql = `select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'
      and query like '%insert into lead%'`;
    while ((await db.query(sql)).rowCount !== count);
  };
  // One has `first` and waits for `middle`, the other has `last` and waits for `first`; then `middle` is free again.
  let both: Promise<[unknown, unknown]> | undefined;
  const holder = db.transaction(async (tx) => {
    await insertLeads(tx, workspaceId, leads("middle"));
    const one = store("first", "middle", "last");
    await waiting(1);
    both = Promise.all([one, store("last", "first")]);
    await waiting(2);
    throw new Error("rolled back");
  });
  await expect(holder).rejects.toThrow("rolled back");
  const [one, other] = (await both) as [StoredLeads, StoredLeads];
  expect(one.inserted.size + other.inserted.size).toBe(3);
  expect(one.duplicates.size + other.duplicates.size).toBe(2);
  expect(await totalOf(workspaceId)).toBe(3);
});
