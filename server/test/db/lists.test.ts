import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AuditSealer } from "../../src/audit/sealer.ts";
import { listTurns } from "../../src/db/assistant-turn.ts";
import { listEnrollments } from "../../src/db/campaign.ts";
import { eventsOfLead, newestEvents } from "../../src/db/event-log.ts";
import { given } from "../../src/db/given.ts";
import { listLeadPage, listLeads } from "../../src/db/lead-list.ts";
import { lookThrough } from "../../src/db/look-through.ts";
import { listMessages, type MessageFilter } from "../../src/db/message.ts";
import type { Database } from "../../src/db/pool.ts";
import { listReceived } from "../../src/db/received.ts";
import { listTasks } from "../../src/db/task.ts";
import { testDatabase } from "../database.ts";
import { makeWorkspace } from "../factories.ts";
import { rowsRead } from "../rows-read.ts";

/** Lists find few among many by an index, and go on where the page before ended, without reading the others. */

let db: Database;
let workspaceId: string;
let close: () => Promise<void>;

const id = (kind: string, n: number) => `${kind}_${String(n).padStart(5, "0")}`;
/** Within the last hour, so that there is a partition for it. */
const begin = Date.now() - 3_600_000;
const eventId = (n: number) => `evt_${begin + n}_${String(n).padStart(9, "0")}`;

beforeAll(async () => {
  ({ db, close } = await testDatabase());
  workspaceId = await makeWorkspace(db);
  const fill = async (sql: string) => void (await db.query(sql, [workspaceId]));
  const no = (kind: string, n = "n") => `'${kind}_' || lpad((${n})::text, 5, '0')`;
  // Each third is blocked; the first are the others that never went out, and one that nobody is sure of.
  await fill(
    `with made as (select n, case n when 1 then 'failed' when 2 then 'cancelled' when 3 then 'uncertain' else
         case n % 3 when 0 then 'blocked' else 'sent' end end as status from generate_series(1, 6000) n),
     talk as (insert into conversation (workspace_id, id, lead_id, sender_id, channel)
       select $1, ${no("conv")}, ${no("lead")}, 'sender_1', 'sms' from generate_series(1, 1500) n)
     insert into message (workspace_id, id, lead_id, conversation_id, channel, source, campaign_id, sender_id, to_address, text, status, doubted_at)
     select $1, ${no("msg")}, ${no("lead", "(n + 3) / 4")}, ${no("conv", "(n + 3) / 4")}, 'sms', 'api',
       case when n < 7 then 'camp_few' when n % 2 = 0 then 'camp_many' end, case when n < 20 then 'sender_rare' else 'sender_1' end, '+1', 'Hi', status, case status when 'uncertain' then now() end from made`,
  );
  await fill(
    `insert into task (workspace_id, id, campaign_id, lead_id, step_id, title, text, status, ended_at)
     select $1, ${no("task")}, 'camp_1', ${no("lead", "(n + 3) / 4")}, 'step_' || n, 'Call', '', case when n < 3 then 'open' else 'done' end,
       case when n > 2 then now() end from generate_series(1, 6000) n`,
  );
  await fill(
    `insert into assistant_turn (workspace_id, id, lead_id, kind, state, profile_id, channel, due_at)
     select $1, ${no("turn")}, ${no("lead", "(n + 3) / 4")}, 'reply', case when n < 3 then 'draft' else 'sent' end, 'prof_1', 'sms', now()
     from generate_series(1, 6000) n`,
  );
  await fill(
    `insert into received (workspace_id, id, source_id, delivery_id, body, status, type)
     select $1, ${no("recv")}, 'source_1', n::text, '{}', case when n < 3 then 'unknown' else 'processed' end, 'x' from generate_series(1, 6000) n`,
  );
  await fill(
    `insert into enrollment (workspace_id, campaign_id, lead_id, state) select $1, 'camp_1', ${no("lead")}, 'finished'
     from generate_series(1, 6000) n`,
  );
  await fill(
    `insert into event (workspace_id, at, id, type, lead_id, formats, data)
     select $1, to_timestamp((${begin} + n) / 1000.0), 'evt_' || (${begin} + n) || '_' || lpad(n::text, 9, '0'),
       case when n < 3 then 'campaign.paused' else 'message.sent' end, ${no("lead", "(n + 3) / 4")}, 1, '{}' from generate_series(1, 6000) n`,
  );
  await fill(
    `insert into lead (workspace_id, id, email, last_name, status)
     select $1, ${no("lead")}, n || '@example.com', 'N' || n, case when n < 3 then 'OPPORTUNITY' else 'PENDING' end from generate_series(1, 6000) n`,
  );
  await fill(
    "insert into lead_standing (workspace_id, status, lead_id) select workspace_id, status, id from lead where workspace_id = $1",
  );
  await db.query("analyze");
});
afterAll(async () => await close());

test("leads of a rare status are found by it in whatever order, with their number and without; of none, at once", async () => {
  for (const by of ["createdAt", "name", "company"] as const) {
    const order = { by, descending: false };
    for (const [status, expected] of [
      ["OPPORTUNITY", [id("lead", 1), id("lead", 2)]],
      ["DONE", []],
    ] as const) {
      const rows = await rowsRead(db, "lead", (tx) => listLeads(tx, workspaceId, { status }, null, 51, order));
      expect(rows.result.map((lead) => lead.id)).toEqual(expected);
      expect(rows.read, `${status} by ${by}`).toBeLessThan(10);
      const page = await rowsRead(db, "lead", (tx) => listLeadPage(tx, workspaceId, { status }, 1, 50, order));
      expect(page.result).toMatchObject({ total: expected.length });
      expect(page.read, `${status} by ${by}, with the count`).toBeLessThan(10);
    }
  }
});

test("a whole address, however it is written, is its lead's alone, and found by its index; a part of one reads on", async () => {
  const [first, second, third] = [id("lead", 1), id("lead", 2), id("lead", 3)];
  await db.query("update lead set phone = '+12025550143' where workspace_id = $1 and id = $2", [workspaceId, first]);
  await db.query("update lead set linkedin_url = $3 where workspace_id = $1 and id = $2", [
    ...[workspaceId, second, "https://www.linkedin.com/in/jos%c3%a9"],
  ]);
  const found = (search: string) =>
    rowsRead(db, "lead", (tx) => listLeads(tx, workspaceId, { search }, null, 51, { by: "name", descending: true }));
  for (const [search, expected] of [
    // Ends that of the thirteenth, too.
    ["3@Example.com ", [third]],
    ["+1 (202) 555-0143", [first]],
    ["linkedin.com/in/José/", [second]],
  ] as const) {
    const { result, read } = await found(search);
    expect(result.map((lead) => lead.id)).toEqual(expected);
    expect(read, search).toBeLessThan(10);
  }
  const page = await rowsRead(db, "lead", (tx) => listLeadPage(tx, workspaceId, { search: "3@example.com" }, 1, 50));
  expect(page.result).toMatchObject({ total: 1, leads: [{ id: third }] });
  expect(page.read).toBeLessThan(10);
  expect((await found("5999@example.co")).result).toHaveLength(1);
  expect((await found("nobody@example.com")).result).toEqual([]);
});

describe("messages", () => {
  const listed = async (filter: Omit<MessageFilter, "limit">) => {
    const { result, read } = await rowsRead(db, "message", (tx) =>
      listMessages(tx, workspaceId, { ...filter, limit: 50 }),
    );
    return { ids: result.rows.map((row) => row.id), next: result.next, read };
  };

  test.each([
    ["failed", { status: "failed" }, [1]],
    ["cancelled", { status: "cancelled" }, [2]],
    ["uncertain", { status: "uncertain" }, [3]],
    ["a conversation's", { conversationId: id("conv", 1) }, [4, 3, 2, 1]],
    ["a conversation's, with a status", { conversationId: id("conv", 1), status: "failed" }, [1]],
    ["an unknown conversation's", { conversationId: "conv_none" }, []],
    ["a lead's", { leadId: id("lead", 2), channel: "sms" }, [8, 7, 6, 5]],
  ] as const)("%s are found without reading the others", async (_name, filter, numbers) => {
    const { ids, next, read } = await listed(filter);
    expect({ ids, next }).toEqual({ ids: numbers.map((n) => id("msg", n)), next: null });
    expect(read).toBeLessThan(10);
  });

  test("many of a status come page by page", async () => {
    const first = await listed({ status: "blocked" });
    expect(first.ids).toHaveLength(50);
    expect([first.ids[0], first.next]).toEqual([id("msg", 6_000), id("msg", 5_853)]);
    const second = await listed({ status: "blocked", before: first.next! });
    expect(second.ids[0]).toBe(id("msg", 5_850));
    expect(second.read).toBeLessThan(60);
  });

  test("of a campaign that has few, no others are read, whatever else is asked for", async () => {
    const { ids, next, read } = await listed({ campaignId: "camp_few" });
    expect({ ids, next }).toEqual({ ids: [6, 5, 4, 3, 2, 1].map((n) => id("msg", n)), next: null });
    expect(read).toBeLessThan(20);
    expect((await listed({ campaignId: "camp_few", before: id("msg", 3) })).ids).toEqual([id("msg", 2), id("msg", 1)]);
    expect((await listed({ campaignId: "camp_few", status: "sent", senderId: "sender_rare" })).ids).toEqual([
      ...[id("msg", 5), id("msg", 4)],
    ]);
    expect(await listed({ campaignId: "camp_none" })).toMatchObject({ ids: [], next: null, read: 0 });
    const many = await listed({ campaignId: "camp_many" });
    expect([many.ids.length, many.ids[0], many.next]).toEqual([50, id("msg", 6_000), id("msg", 5_902)]);
  });

  test("a rare sender's are looked for, and all are found", async () => {
    expect((await listed({ senderId: "sender_rare" })).ids).toHaveLength(19);
    expect(await listed({ senderId: "sender_none" })).toMatchObject({ ids: [], next: null });
  });
});

test("tasks that are open, and those of a lead, are found without reading the others", async () => {
  const list = (filter: object) => rowsRead(db, "task", (tx) => listTasks(tx, workspaceId, { ...filter, limit: 50 }));
  const open = await list({ status: "open" });
  expect(open.result.map((task) => task.id)).toEqual([id("task", 1), id("task", 2)]);
  expect(open.read).toBeLessThan(10);
  const ofLead = await list({ leadId: id("lead", 1_000) });
  expect(ofLead.result).toHaveLength(4);
  expect(ofLead.read).toBeLessThan(10);
  const far = await list({ after: id("task", 5_900) });
  expect(far.result[0]?.id).toBe(id("task", 5_901));
  expect(far.read).toBeLessThan(120);
});

test("turns that wait for a person, and those of a lead, are found without reading the others", async () => {
  const list = (filter: object) =>
    rowsRead(db, "assistant_turn", (tx) => listTurns(tx, workspaceId, { ...filter, limit: 50 }));
  const drafts = await list({ states: ["draft"] });
  expect(drafts.result.map((turn) => turn.id)).toEqual([id("turn", 2), id("turn", 1)]);
  expect(drafts.read).toBeLessThan(10);
  const ofLead = await list({ leadId: id("lead", 1_000) });
  expect(ofLead.result).toHaveLength(4);
  expect(ofLead.read).toBeLessThan(10);
});

test("a far page of what a source received, and of a campaign's leads, begins where the one before ended", async () => {
  const received = await rowsRead(db, "received", (tx) =>
    listReceived(tx, workspaceId, "source_1", { before: id("recv", 100), limit: 50 }),
  );
  expect(received.result[0]?.id).toBe(id("recv", 99));
  expect(received.read).toBeLessThan(60);
  const unknown = await rowsRead(db, "received", (tx) =>
    listReceived(tx, workspaceId, "source_1", { status: "unknown", limit: 50 }),
  );
  expect(unknown.result).toHaveLength(2);
  expect(unknown.read).toBeLessThan(10);
  const leads = await rowsRead(db, "enrollment", (tx) =>
    listEnrollments(tx, workspaceId, "camp_1", { after: id("lead", 5_900), limit: 50 }),
  );
  expect(leads.result[0]?.leadId).toBe(id("lead", 5_901));
  expect(leads.read).toBeLessThan(60);
});

describe("events", () => {
  test("a lead's are found by the audit trail, those that aren't sealed yet in the log, and each once", async () => {
    const list = (limit = 50, before: { at: number; id: string } | null = null) =>
      rowsRead(db, "event", (tx) => eventsOfLead(tx, workspaceId, { leadId: id("lead", 1), before, limit }));
    const ids = [4, 3, 2, 1].map(eventId);
    const unsealed = await list();
    expect(unsealed.result.map((event) => event.id)).toEqual(ids);
    const errors: unknown[] = [];
    await new AuditSealer({ db, onError: (_stage, error) => errors.push(error) }).runOnce(Date.now() + 120_000);
    expect(errors).toEqual([]);
    await db.query(
      `insert into event (workspace_id, at, id, type, lead_id, formats, data)
       select $1, to_timestamp($4::float8 / 1000), $2, 'lead.updated', $3, 1, '{}'`,
      [workspaceId, eventId(7_000), id("lead", 1), begin + 7_000],
    );
    const sealed = await list();
    expect(sealed.result.map((event) => event.id)).toEqual([eventId(7_000), ...ids]);
    expect(sealed.read).toBeLessThan(10);
    const [, last] = (await list(2)).result;
    expect(last?.id).toBe(ids[0]);
    const rest = await list(50, { at: last!.at.getTime(), id: last!.id });
    expect(rest.result.map((event) => event.id)).toEqual(ids.slice(1));
    const paused = await eventsOfLead(db, workspaceId, {
      ...{ leadId: id("lead", 1), types: ["campaign.paused"], before: null, limit: 50 },
    });
    expect(paused.map((event) => event.id)).toEqual(ids.slice(2));
  });

  test("few of many are looked for, and all are found", async () => {
    const { events, next } = await newestEvents(db, workspaceId, { types: ["campaign.paused"], limit: 1 });
    expect([events.map((event) => event.id), next]).toEqual([[eventId(2)], eventId(2)]);
    expect(await newestEvents(db, workspaceId, { campaignId: "camp_none", limit: 10 })).toEqual({
      events: [],
      next: null,
    });
  });
});

describe("looking through rows", () => {
  /** Rows 1 to 100, of which each tenth is wanted; 7 at once. */
  const look = async (from: number | null, wanted: number) => {
    const looked = Array.from({ length: 7 }, (_, n) => (from ?? 0) + n + 1).filter((n) => n <= 100);
    const rows = looked.filter((n) => n % 10 === 0).slice(0, wanted);
    return { rows, lookedTo: looked.length < 7 ? null : looked.at(-1)! };
  };
  const itself = (n: number) => n;

  test("goes on until the page is full, or to the end", async () => {
    expect(await lookThrough(null, 3, itself, look)).toEqual({ rows: [10, 20, 30], next: 30 });
    expect(await lookThrough(80, 3, itself, look)).toEqual({ rows: [90, 100], next: null });
    expect(await lookThrough(70, 3, itself, look)).toEqual({ rows: [80, 90, 100], next: null });
  });

  test("says how far it came when the time is over", async () => {
    expect(await lookThrough(null, 3, itself, look, -1)).toEqual({ rows: [], next: 7 });
    expect(await lookThrough(7, 3, itself, look, -1)).toEqual({ rows: [10], next: 14 });
  });
});

test("a statement for the filters that are given has their second halves only", () => {
  const text = "select 1 where ($1::text is null or a = $1) and ($2::text[] is null or (b = any($2) or c))";
  expect(given(text, ["x", null]).text).toBe("select 1 where (a = $1) and ($2::text[] is null or (b = any($2) or c))");
  expect(given(text, [null, []]).text).toBe("select 1 where ($1::text is null or a = $1) and ((b = any($2) or c))");
});
