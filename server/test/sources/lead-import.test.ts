import { afterAll, beforeAll, expect, test } from "vitest";
import { enrollLeads } from "../../src/campaigns/control.ts";
import { updateLead } from "../../src/db/lead.ts";
import { getLeadImport, startUndo } from "../../src/db/lead-import.ts";
import { countUndo } from "../../src/db/lead-import-undo.ts";
import { insertLeads } from "../../src/db/lead-insert.ts";
import { listLeadPage } from "../../src/db/lead-list.ts";
import type { Database } from "../../src/db/pool.ts";
import { newId } from "../../src/domain/id.ts";
import { normaliseLead } from "../../src/domain/lead.ts";
import { ImportUndoer } from "../../src/sources/import-undo.ts";
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

test("a workspace that was just filled is known to the planner: leads in it are looked up one by one, not by walking over all", async () => {
  const own = await testDatabase();
  try {
    await makeLead(own.db, await makeWorkspace(own.db), { email: "first@example.com" });
    // As an hour after the first start: the planner believes that a workspace has one lead.
    await own.db.query("analyze lead");
    const workspaceId = await makeWorkspace(own.db);
    const stream = () => file("firstName,email", ...rows(0, 3_000));
    expect(await importLeads({ db: own.db, workspaceId, stream: stream() })).toMatchObject({ added: 3_000 });
    const { rows: plan } = await own.db.query<{ "QUERY PLAN": string }>(
      `explain select id from lead l where workspace_id = '${workspaceId}' and email = 'n7@example.com'`,
    );
    expect(plan.map((line) => line["QUERY PLAN"]).join("\n")).toContain("lead_email");
    expect(await importLeads({ db: own.db, workspaceId, stream: stream() })).toMatchObject({ duplicates: 3_000 });
  } finally {
    await own.close();
  }
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

test("an undo removes what the import added and nothing came of, counts what stays by reason, and goes on after a crash", async () => {
  const workspaceId = await makeWorkspace(db);
  const known = await makeLead(db, workspaceId, { email: "ann0@example.com" });
  const steps = [{ channel: "email" as const }];
  const campaignId = await makeCampaign(db, workspaceId, { senderIds: [], leadIds: [], steps });
  const other = await makeCampaign(db, workspaceId, { senderIds: [], leadIds: [], steps });
  const options = { db, workspaceId, enroll: into(workspaceId, campaignId), startedBy: "key_1" };
  const report = await importLeads({ ...options, stream: file("firstName,email", ...rows(0, 40)) });
  await importLeads({ db, workspaceId, stream: file("firstName,email", ...rows(40, 45)) });
  const of = async (n: number) =>
    (await listLeadPage(db, workspaceId, { search: `ann${n}@example.com` }, 1, 10)).leads[0]!.id;
  const [sent, queued, byHand, changed, enrolled] = await Promise.all([1, 2, 3, 4, 5].map(of));
  const message = (leadId: string, status: string, source: string, attempts: number) =>
    db.query(
      `insert into message (workspace_id, id, lead_id, conversation_id, channel, source, sender_id, to_address, text, status, attempts)
       values ($1, $2, $3, 'conv_1', 'email', $4, 'sender_1', 'to', 'words', $5, $6)`,
      [workspaceId, newId("message"), leadId, source, status, attempts],
    );
  await message(sent!, "sent", "campaign", 1);
  await message(queued!, "queued", "campaign", 0);
  await message(byHand!, "queued", "api", 0);
  await updateLead(db, workspaceId, changed!, { title: "CTO" });
  // It left the import's campaign, and was put into another one.
  await db.query("update enrollment set state = 'stopped' where lead_id = $1", [enrolled]);
  await db.transaction((tx) => enrollLeads(tx, workspaceId, other, [enrolled!]));

  const id = report.importId!;
  const kept = { written: 2, changed: 1, enrolled: 1 };
  expect(await countUndo(db, (await getLeadImport(db, workspaceId, id))!)).toEqual({ removable: 35, kept });
  await startUndo(db, workspaceId, id, "key_1");
  const undoer = new ImportUndoer({ db, batch: 10, onError: (_, error) => expect.unreachable(String(error)) });
  await undoer.part(id);
  // Another process, and two at once.
  const next = new ImportUndoer({ db, batch: 10, onError: (_, error) => expect.unreachable(String(error)) });
  await Promise.all([next.runOnce(id), undoer.runOnce(id)]);
  await next.runOnce(id);
  const after = await getLeadImport(db, workspaceId, id);
  expect(after).toMatchObject({ undoState: "done", removed: 35, kept, undoBy: "key_1" });
  const { leads, total } = await listLeadPage(db, workspaceId, {}, 1, 100);
  expect(total).toBe(1 + 4 + 5);
  for (const stays of [known, sent, byHand, changed, enrolled]) expect(leads.map((lead) => lead.id)).toContain(stays);
  const { rows: messages } = await db.query("select status, text from message where lead_id = $1", [queued]);
  expect(messages).toEqual([{ status: "cancelled", text: "" }]);
  const { rows: places } = await db.query<{ lead_id: string }>(
    "select lead_id from enrollment where workspace_id = $1",
    [workspaceId],
  );
  // The lead that was known stays where the import put it.
  expect(new Set(places.map((place) => place.lead_id))).toEqual(new Set([known, sent, byHand, changed, enrolled]));
  const { rows: acts } = await db.query<{ content: string }>(
    "select c.content from audit_entry a join audit_content c using (workspace_id, id) where a.action = 'import.undone' and a.target = $1",
    [id],
  );
  expect(acts.map(({ content }) => JSON.parse(content))).toEqual([{ removed: 35, kept, askedBy: "key_1" }]);
  // The same file again adds what is gone.
  expect(await importLeads({ ...options, stream: file("firstName,email", ...rows(0, 40)) })).toMatchObject({
    added: 35,
  });
});

test("an import that is undone while it runs stores nothing more, and what came of a cut-off one can be undone", async () => {
  const workspaceId = await makeWorkspace(db);
  const lines = ["firstName,email", ...rows(0, 1_700)];
  const stream = file(...lines);
  let undone: Promise<void> | null = null;
  const running = importLeads({
    ...{ db, workspaceId, stream },
    onProgress: () => {
      undone ??= (async () => {
        await db.query("update lead_import set moved_at = now() - interval '1 hour' where workspace_id = $1", [
          workspaceId,
        ]);
        const { rows: found } = await db.query<{ id: string }>("select id from lead_import where workspace_id = $1", [
          workspaceId,
        ]);
        await startUndo(db, workspaceId, found[0]!.id, null);
      })();
    },
  }).then(
    () => "whole",
    (error: unknown) => (error as { code: string }).code,
  );
  const how = await running;
  await undone;
  await new ImportUndoer({ db, onError: (_, error) => expect.unreachable(String(error)) }).runOnce();
  expect(["whole", "invalid_state"]).toContain(how);
  expect(await totalOf(workspaceId)).toBe(0);
});
