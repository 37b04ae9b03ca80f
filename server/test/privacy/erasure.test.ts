import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AnalyticsCounter } from "../../src/analytics/counter.ts";
import { rebuildAnalytics } from "../../src/analytics/rebuild.ts";
import { KeyRing } from "../../src/api/auth.ts";
import { allEndpoints } from "../../src/api/routes.ts";
import { AuditSealer } from "../../src/audit/sealer.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { recordActs } from "../../src/db/audit.ts";
import { type Place, start } from "../../src/db/erasure.ts";
import { findActs, searchReceived } from "../../src/db/erasure-sweep.ts";
import { readLog } from "../../src/db/event-log.ts";
import { eventsOfNobody } from "../../src/db/person-export.ts";
import type { Database, Queryable } from "../../src/db/pool.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { mentionPattern } from "../../src/domain/erasure.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { eraseLead } from "../../src/privacy/erase.ts";
import { Eraser } from "../../src/privacy/eraser.ts";
import { exportLead } from "../../src/privacy/export.ts";
import {
  anyEvent,
  box,
  makeCampaign,
  makeDestination,
  makeEngine,
  makeLead,
  makeSender,
  makeWorkspace,
  scriptedAdapter,
  storePastEvents,
} from "../factories.ts";
import { rowsRead } from "../rows-read.ts";
import { inboundSms, sourceApi, twilioSender } from "../sources/source-setup.ts";
import { placesOf } from "./planted.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let db: Database;
let engine: Awaited<ReturnType<typeof makeEngine>>;
let twilio: Awaited<ReturnType<typeof given.create>>;
let smsSender: string;
/** What a provider does with a message; scripted by tests. */
let onSend = async () => {};
beforeAll(async () => {
  given = await sourceApi();
  db = given.db;
  await db.query(`update workspace set sms_hours = '{"from": "00:00", "to": "24:00"}'`);
  twilio = await given.create("twilio");
  await twilioSender(given.call);
  const adapter = scriptedAdapter({
    onSend: async () => {
      await onSend();
      return { outcome: "sent", providerMessageId: `P${Math.random()}` };
    },
  });
  engine = await makeEngine(db, adapter);
  smsSender = await makeSender(db, given.workspaceId, "sms", "scripted");
});
afterAll(async () => {
  await engine.stop();
  await given.close();
});

const newEraser = (on = db) =>
  new Eraser({ db: on, lateMs: 0, onError: (_, error) => expect.unreachable(String(error)) });
/** Goes on until nothing is left, without waiting for what is due later. */
async function finish(id: string, eraser = newEraser()) {
  for (;;) {
    await eraser.runOnce();
    const { body } = await given.call("GET", `/v1/erasures/${id}`);
    if (body.state === "finished") return body;
    await db.query("update erasure set due_at = now()");
  }
}
const erase = async (leadId: string) =>
  await given.call("POST", `/v1/leads/${leadId}/erase`, { body: { confirm: leadId, reason: "Ticket 1" } });
const seal = () =>
  new AuditSealer({ db, onError: (_, error) => expect.unreachable(String(error)) }).runOnce(Date.now() + 120_000);

/** A person about whom there is something everywhere. Every text about them has `zzplant`, or the number's digits. */
async function plant() {
  const { workspaceId, call } = given;
  const [phone, email] = ["+12025550177", "zzplant@example.com"];
  const linkedinUrl = "https://www.linkedin.com/in/zzplant-x";
  const other = await given.create("twilio", { createLeads: false });
  // Before there is a lead: what came in and matched nobody, and what the log and the trail say of an address.
  await given.tell(other, inboundSms({ MessageSid: "SMz0", From: phone, Body: "zzplant was here" }));
  const note = { note: "zzplant note", by: "Ada", evidence: { text: "zzplant words" }, reason: "zzplant reason" };
  await call("POST", "/v1/suppressions", { body: { address: email, channel: "email", ...note } });
  const sandbox = await makeSender(db, workspaceId, "sms");
  const leadId = await makeLead(db, workspaceId, { firstName: "Zzplant", phone, email, linkedinUrl });
  const people = { lastName: "Zzplant", company: "Zzplant Inc", title: "zzplant", externalLeadId: "zzplant-crm" };
  await call("PATCH", `/v1/leads/${leadId}`, { body: { ...people, tags: ["vip"], custom: { topic: "zzplant" } } });
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [sandbox],
    leadIds: [leadId],
    steps: [
      { channel: "sms", text: "Hello {{ firstName }}" },
      { channel: "sms", action: "task", text: "Call {{ firstName }}" },
      { channel: "sms", text: "Again {{ firstName }}" },
    ],
  });
  await call("PATCH", `/v1/campaigns/${campaignId}`, { body: { action: "start" } });
  await db.query("update campaign set status = 'active', started_at = now(), not_before = now() where id = $1", [
    campaignId,
  ]);
  await engine.drain();
  const scheduledAt = new Date(Date.now() + 86_400_000).toISOString();
  const queued = await call("POST", "/v1/messages", {
    body: { leadId, channel: "sms", senderId: sandbox, text: "zzplant later", scheduledAt },
  });
  expect(queued.status).toBe(202);
  await given.tell(twilio, inboundSms({ MessageSid: "SMz1", From: phone, Body: "zzplant answers" }));
  const [conversation] = (await call("GET", "/v1/conversations")).body.data as { id: string }[];
  await call("PATCH", `/v1/conversations/${conversation!.id}`, { body: { note: "zzplant is nice" } });
  await call("POST", `/v1/leads/${leadId}/pause`, { body: { reason: "zzplant is away" } });
  // What takes a provider, a receiver or a CRM to come about.
  const { rows } = await db.query<{ id: string }>("select id from event where lead_id = $1 order by id", [leadId]);
  const { rows: messages } = await db.query<{ id: string }>("select id from message where lead_id = $1", [leadId]);
  // An act of before, which shows an event in whole and names no lead.
  await call("PUT", "/v1/consumers/zz", { body: { after: "2026-01-05T09:00:00Z" } });
  await db.transaction(async (tx) => {
    await tx.query("set local session_replication_role = replica");
    const { rowCount } = await tx.query(
      `update audit_content set content = $2 where id = (select max(id) from audit_content where workspace_id = $1 and lead_id is null)`,
      [workspaceId, JSON.stringify({ before: { data: { leadId, reason: "zzplant was told" } } })],
    );
    expect(rowCount).toBe(1);
  });
  const destination = await makeDestination(db, workspaceId);
  await db.query("update destination set kind = 'hubspot', config = '{}' where id = $1", [destination.id]);
  for (const [kind, ref] of [
    ["event", rows[0]!.id],
    ["person", leadId],
    ["person", email],
  ])
    await db.query(
      "insert into crm_record (workspace_id, destination_id, kind, ref, claim, ask_at, crm_id) values ($1, $2, $3, $4, '', now(), 'zzplant-9')",
      [workspaceId, destination.id, kind, ref],
    );
  await db.query(
    `insert into crm_import (workspace_id, id, destination_id, list, fields, status, counts, findings)
     values ($1, 'list_1', $2, '{}', '{}', 'done', '{}', '[{"detail": "zzplant@example.com is odd"}]')`,
    [workspaceId, destination.id],
  );
  await db.query(
    `insert into crm_import_person (workspace_id, import_id, crm_id, lead_id, came, seen_in_run)
     values ($1, 'list_1', 'zzplant 7', $2, '{"title": "zzplant"}', 1), ($1, 'list_1', '8', 'lead_other', '{"title": "other"}', 1)`,
    [workspaceId, leadId],
  );
  for (const [kind, ref] of [
    ["delivery", rows[0]!.id],
    ["message", messages[0]!.id],
  ])
    await db.query(
      `insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final, detail, response_body, request_headers)
       values ($1, $2, $3, $4, 1, now(), 1, 'succeeded', true, 'zzplant', 'zzplant', 'x: zzplant')`,
      [workspaceId, destination.id, ref, kind],
    );
  await db.query(
    `insert into flight (workspace_id, message_id, attempts, handed_over, result) values ($1, $2, 1, true, '{"a": "zzplant"}')`,
    [workspaceId, messages[0]!.id],
  );
  await db.query("update sender set status_reason = '550 no zzplant@example.com here' where id = $1", [sandbox]);
  await db.query(
    `update message set html = 'zzplant', subject = 'zzplant', visible_text = 'zzplant', attachments = '[{"url": "zzplant"}]',
       external = '{"a": "zzplant"}', status_detail = 'zzplant' where id = $1`,
    [messages[0]!.id],
  );
  await db.query("update passage set reason = 'zzplant' where lead_id = $1", [leadId]);
  // What the assistant was told and wrote, what an agent asked for, and what providers and CRMs say of themselves.
  await db.query(
    `insert into assistant_turn (workspace_id, id, lead_id, kind, state, profile_id, due_at, instruction, subject, text, final_subject,
       final_text, reason, problems, notes)
     values ($1, 'turn_1', $2, 'command', 'draft', 'profile_1', now(), 'zzplant', 'zzplant', 'zzplant', 'zzplant', 'zzplant', 'zzplant',
       '[{"detail": "zzplant"}]', '["zzplant"]')`,
    [workspaceId, leadId],
  );
  await db.query(
    `insert into assistant_lead (workspace_id, lead_id, handed_over_reason, context, summary, follow_ups)
     values ($1, $2, 'zzplant', '["zzplant"]', 'zzplant', '["zzplant"]')`,
    [workspaceId, leadId],
  );
  await db.query("insert into tag_reason (workspace_id, lead_id, tag, reason) values ($1, $2, 'vip', 'zzplant')", [
    workspaceId,
    leadId,
  ]);
  await db.query("insert into lead_context (workspace_id, id, lead_id, text) values ($1, 'ctx_1', $2, 'zzplant')", [
    workspaceId,
    leadId,
  ]);
  for (const [approval, of] of [
    ["approval_1", leadId],
    ["approval_2", null],
  ])
    await db.query(
      `insert into approval (workspace_id, id, action, draft, request, lead_id, note, asked_by, expires_at, outcome, decision_note)
       values ($1, $2, 'send_message', true, '{"text": "zzplant@example.com"}', $3, 'zzplant', 'key_1', now(), '{"a": "zzplant"}', 'zzplant')`,
      [workspaceId, approval, of],
    );
  await db.query(
    `insert into mailbox (workspace_id, sender_id, source_id, error) values ($1, $2, 'source_1', 'no zzplant@example.com')`,
    [workspaceId, sandbox],
  );
  await db.query("update crm_import set problem = 'zzplant@example.com is odd'");
  await db.query("update received set detail = 'zzplant@example.com' where lead_id = $1", [leadId]);
  return { leadId, phone, email, linkedinUrl, campaignId, queuedId: queued.body.messageId ?? queued.body.id };
}

test("after an erasure nothing about the person is left, in no column of any table, and the trail still verifies", async () => {
  const person = await plant();
  await seal();
  // What comes after the seal, and the search sees that it finds what there is.
  await given.tell(twilio, inboundSms({ MessageSid: "SMz2", From: person.phone, Body: "zzplant once more" }));
  const before = await placesOf(db, "zzplant");
  for (const place of [
    ...["lead.first_name", "message.text", "message.external", "conversation.note", "conversation.last_message_text"],
    ...[
      "event.data",
      "audit_content.content",
      "received.body",
      "task.text",
      "suppression.note",
      "consent_change.address",
    ],
    ...[
      "attempt.response_body",
      "crm_record.crm_id",
      "crm_import_person.came",
      "flight.result",
      "sandbox_message.text",
      "sender.status_reason",
      ...["assistant_turn.instruction", "assistant_turn.final_text", "assistant_turn.notes", "assistant_lead.context"],
      ...[
        "tag_reason.reason",
        "lead_context.text",
        "approval.request",
        "approval.outcome",
        "mailbox.error",
        "crm_import.problem",
      ],
      ...["received.detail", "crm_import.findings", "message.attachments", "attempt.request_headers"],
    ],
  ])
    expect(before).toContain(place);

  // Counted before, the figures are to be the same when they are counted anew after it.
  const onError = (_: string, error: unknown) => expect.unreachable(String(error));
  await new AnalyticsCounter({ db, onError }).runOnce();

  const begun = await erase(person.leadId);
  expect(begun).toMatchObject({ status: 202, body: { state: "running", counts: { messagesCancelled: 1 } } });
  expect((await given.call("GET", `/v1/leads/${person.leadId}`)).status).toBe(404);
  const done = await finish(begun.body.id);
  expect(done.counts).toMatchObject({ messages: expect.any(Number), conversations: expect.any(Number) });
  await seal();

  // The CRM's ID of the person stands in lead.erased: its receivers know them by it.
  const { rows } = await db.query<{ type: string }>("select type from event where strpos(lower(data), 'zzplant') > 0");
  expect(rows).toEqual([{ type: "lead.erased" }]);
  await db.query("update event set data = replace(data, 'zzplant-crm', '') where type = 'lead.erased'");
  expect(await placesOf(db, "zzplant")).toEqual([]);
  expect(await placesOf(db, "2025550177")).toEqual([]);
  await db.query(
    `update event set data = replace(data, '"externalLeadId":""', '"externalLeadId":"zzplant-crm"') where type = 'lead.erased'`,
  );

  const { rows: messages } = await db.query<{ status: string }>("select status from message where id = $1", [
    person.queuedId,
  ]);
  expect(messages).toEqual([{ status: "cancelled" }]);
  const report = await verifyAudit(db, given.workspaceId);
  expect(report.findings).toEqual([]);
  expect(report.erased).toBeGreaterThan(5);
  // Figures that are counted by the log stay: that a message went out, by which campaign.
  const { rows: sent } = await db.query<{ data: string }>(
    "select data from event where type = 'message.sent' and lead_id = $1",
    [person.leadId],
  );
  expect(JSON.parse(sent[0]!.data)).toMatchObject({ erased: true, campaignId: person.campaignId, sequenceStep: 1 });
  expect((await given.call("GET", "/v1/conversations/unread")).body).toMatchObject({ messages: 0 });

  const recount = await rebuildAnalytics(db, given.workspaceId, { check: true });
  expect(recount.facts).toBeGreaterThan(2);
  expect(recount.differences).toEqual([]);
  expect((await db.query("select crm_id from crm_import_person")).rows).toEqual([{ crm_id: "8" }]);

  // Whoever imports the address again: it is still refused.
  const again = await makeLead(db, given.workspaceId, { phone: person.phone, email: null, linkedinUrl: null });
  const refused = await given.call("POST", "/v1/messages", { body: { leadId: again, channel: "sms", text: "Hi" } });
  expect(refused).toMatchObject({ status: 422, body: { code: "suppressed" } });
}, 180_000);

test("what names no lead is erased with its address, and counts as erased, not as tampered with", async () => {
  const address = "nolead.zz@example.com";
  await given.call("POST", "/v1/suppressions", { body: { address, note: "nolead words" } });
  await given.call("POST", "/v1/suppressions", { body: { address: `x${address}`, note: "another person" } });
  await seal();
  const { status, body } = await given.call("POST", "/v1/erasures", {
    body: { addresses: [address], confirm: "Nolead.ZZ@example.com" },
  });
  expect({ status, leadId: body.data[0].leadId }).toEqual({ status: 202, leadId: null });
  await finish(body.data[0].id);
  expect(await placesOf(db, "nolead words")).toEqual([]);
  // Of the longer address, which is another person's, all is there.
  expect(await placesOf(db, "another person")).toEqual(
    expect.arrayContaining(["audit_content.content", "consent_change.note", "event.data", "suppression.note"]),
  );
  await db.query("update event set data = replace(data, 'xnolead', 'x') where lead_id is null").catch(() => {});
  const { rows } = await db.query("select 1 from suppression where address_hash = sha256($1)", [Buffer.from(address)]);
  expect(rows.length).toBeGreaterThan(0);
});

test("what is erased while the trail is verified counts as erased", async () => {
  const leadId = await makeLead(db, given.workspaceId, { email: "meanwhile.zz@example.com" });
  await given.call("PATCH", `/v1/leads/${leadId}`, { body: { firstName: "Meanwhile" } });
  await seal();
  // All is erased before the first entry is read, and after it was looked what is on record.
  let erased: Promise<unknown> | null = null;
  const meanwhile = async () => finish((await erase(leadId)).body.id);
  const reading = {
    query: async (...asked: Parameters<Queryable["query"]>) => {
      const [statement] = asked;
      if (typeof statement !== "string" && statement.name === "audit.within") {
        erased ??= meanwhile();
        await erased;
      }
      return await db.query(...asked);
    },
  } as Queryable;
  // What other tests here have changed is found each time.
  const before = await verifyAudit(db, given.workspaceId);
  const report = await verifyAudit(reading, given.workspaceId);
  expect(report.findings).toEqual(before.findings);
  expect(report.erased).toBeGreaterThan(before.erased);
});

test("who asks must confirm whom, and needs the scope admin", async () => {
  const leadId = await makeLead(db, given.workspaceId, {});
  const path = `/v1/leads/${leadId}/erase`;
  const wrong = await given.call("POST", path, { body: { confirm: "somebody@else.com" } });
  expect(wrong).toMatchObject({ status: 400, body: { details: [{ field: "confirm" }] } });
  expect((await given.call("POST", path, { body: { confirm: leadId }, key: given.api.keys.send })).status).toBe(403);
  for (const url of [`/v1/leads/${leadId}/export`, "/v1/person-export?address=a@b.co", "/v1/erasures"])
    expect((await given.call("GET", url, { key: given.api.keys.read })).status).toBe(403);
  expect((await given.call("POST", "/v1/leads/lead_none/erase", { body: { confirm: "lead_none" } })).status).toBe(404);
  expect((await given.call("GET", `/v1/leads/${leadId}`)).status).toBe(200);
});

test("an erasure waits for a message that is just being sent, and nothing goes out after it", async () => {
  const leadId = await makeLead(db, given.workspaceId, {});
  let release = () => {};
  const underWay = new Promise<void>((called) => {
    onSend = () => {
      called();
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    };
  });
  const submit = (text: string) =>
    given.call("POST", "/v1/messages", { body: { leadId, channel: "sms", senderId: smsSender, text } });
  await submit("first");
  await engine.messages.runOnce();
  await underWay;
  await submit("second");
  const erasing = erase(leadId);
  // It is held back before it is answered: no attempt begins any more.
  await expect
    .poll(async () => (await db.query("select 1 from lead where id = $1 and hold_until > now()", [leadId])).rowCount)
    .toBe(1);
  onSend = async () => expect.unreachable("Nothing may be sent any more.");
  release();
  expect((await erasing).status).toBe(202);
  await engine.drain();
  await finish((await erasing).body.id);
  const { rows } = await db.query<{ status: string; text: string }>(
    "select status, text from message where lead_id = $1 order by id",
    [leadId],
  );
  expect(rows).toEqual([
    { status: "sent", text: "" },
    { status: "cancelled", text: "" },
  ]);
  onSend = async () => {};
});

test("a reply that was written before the erasure brings nobody back; one that is written after it makes a lead that is not written to", async () => {
  const phone = "+12025550188";
  const leadId = await makeLead(db, given.workspaceId, { phone, email: null, linkedinUrl: null });
  const say = async (sid: string, text: string) =>
    await given.post(given.signed(twilio, inboundSms({ MessageSid: sid, From: phone, Body: text })));
  await say("SMlate1", "written before");
  const { body } = await erase(leadId);
  await given.drain();
  await finish(body.id);
  expect(await placesOf(db, "written before")).toEqual([]);
  const leads = async () =>
    (await given.call("GET", `/v1/leads?search=${encodeURIComponent(phone)}`)).body.leads as {
      doNotContact: boolean;
    }[];
  expect(await leads()).toEqual([]);
  await say("SMlate2", "written after");
  await given.drain();
  expect(await leads()).toMatchObject([{ doNotContact: true }]);
});

test("what was said before the erasure is not kept either where the address was imported again since", async () => {
  const [phone, linkedinUrl] = ["+12025550171", "https://www.linkedin.com/in/imported-again"];
  const fields = { phone, linkedinUrl, email: null };
  const { body } = await erase(await makeLead(db, given.workspaceId, fields));
  await finish(body.id);
  const leadId = await makeLead(db, given.workspaceId, fields);
  const [apten, sendpilot] = [await given.create("apten"), await given.create("sendpilot")];
  const timestamp = "2026-01-15T14:30:00Z";
  const of = { phone, channel: "sms", profile: "zzpast profile", content: { text: "zzpast words" } };
  const theirs = { leadId: "l", campaignId: null, linkedinUrl, senderId: "s" };
  const event = (eventType: string, data: object) => ({
    ...{ eventId: `evt_1708456789${eventType.length}00_abc123def`, eventType, timestamp, workspaceId: "w" },
    data: { ...theirs, ...data },
  });
  await given.tell(
    apten,
    ...["message.received", "message.sent"].map((name) => ({ event: name, data: of, timestamp })),
    { event: "leadTagged", data: { phone, tag: "zzpast tag" }, timestamp },
  );
  await given.tell(
    sendpilot,
    event("message.sent", { message: "zzpast words" }),
    event("connection_request.sent", { note: "zzpast note" }),
  );
  expect(await given.received(sendpilot, "processed")).toHaveLength(2);
  expect(await placesOf(db, "zzpast")).toEqual([]);
  // What they say now is theirs.
  await given.tell(apten, { event: "message.received", data: of, timestamp: new Date().toISOString() });
  expect((await given.messages(leadId)).map(({ text }: { text: string }) => text)).toEqual(["zzpast words"]);
});

test("an import of the address while the erasure is about to commit makes a lead that is not written to", async () => {
  const phone = "+12025550166";
  const leadId = await makeLead(db, given.workspaceId, { phone, email: null, linkedinUrl: null });
  const request = { actor: { kind: "key" as const, id: null }, reason: null };
  const importing = await db.transaction(async (tx) => {
    const { erasure } = (await eraseLead(tx, given.workspaceId, leadId, request))!;
    const imported = given.call("POST", "/v1/leads/import", {
      body: `phone\n${phone}\n`,
      headers: { "content-type": "text/csv" },
    });
    // It waits for this transaction, since it finds the address taken.
    await expect.poll(async () => (await db.query("select 1 from pg_locks where not granted")).rowCount).toBe(1);
    return { imported, erasure };
  });
  expect((await importing.imported).body).toMatchObject({ added: 1 });
  const { rows } = await db.query<{ id: string }>("select id from lead where phone = $1", [phone]);
  expect(rows[0]!.id).not.toBe(leadId);
  const body = { leadId: rows[0]!.id, channel: "sms", senderId: smsSender, text: "Hi" };
  expect(await given.call("POST", "/v1/messages", { body })).toMatchObject({
    status: 422,
    body: { code: "suppressed" },
  });
  await finish(importing.erasure.id);
  // What was imported after it is the new lead's, and stays.
  expect((await db.query("select 1 from lead where phone = $1", [phone])).rowCount).toBe(1);
});

test("a crash in any part is made up for: what was done stays, the rest is done", async () => {
  const leadId = await makeLead(db, given.workspaceId, { firstName: "Zzcrash" });
  await db.query(
    `insert into message (workspace_id, id, lead_id, conversation_id, channel, source, sender_id, to_address, text, status)
     select $1, 'msg_crash' || lpad(n::text, 6, '0'), $2, 'conv_1', 'sms', 'api', $3, 'zzcrash', 'zzcrash ' || n, 'sent'
     from generate_series(1, 1200) n`,
    [given.workspaceId, leadId, smsSender],
  );
  const { body } = await erase(leadId);
  let calls = 0;
  // Every second transaction is lost when it is about to commit.
  const failing = Object.create(db) as Database;
  failing.transaction = (work) =>
    db.transaction(async (tx) => {
      const result = await work(tx);
      if (++calls % 2 === 0) throw new Error("crash");
      return result;
    });
  for (let lost = 0; lost < 8; ) {
    await newEraser(failing)
      .runOnce()
      .catch(() => lost++);
    await db.query("update erasure set due_at = now() where finished_at is null");
  }
  const done = await finish(body.id);
  expect(done.counts.messages).toBe(1_200);
  expect(await placesOf(db, "zzcrash")).toEqual([]);
});

test("deliveries about the person that wait are dropped, and the destination gets lead.erased", async () => {
  const bodies: string[] = [];
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      bodies.push(text);
      response.end("ok");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
  const { id } = await makeDestination(db, given.workspaceId, { url });
  const leadId = await makeLead(db, given.workspaceId, { firstName: "Zzwait" });
  await given.call("PATCH", `/v1/leads/${leadId}`, { body: { title: "zzwait" } });
  await finish((await erase(leadId)).body.id);
  const client = new HttpClient({ timeoutMs: 60_000 });
  const loop = new OutboxLoop(new WebhookDeliveries({ db, box, client }), {
    ...{ db, workerNo: engine.workerNo, maxInFlight: 100, onError: (_, error) => expect.unreachable(String(error)) },
  });
  while ((await loop.runOnce()) > 0) await loop.idle();
  const told = bodies.map((text) => JSON.parse(text) as { eventType: string; data: { leadId: string } });
  expect(told.filter(({ data }) => data.leadId === leadId).map(({ eventType }) => eventType)).toEqual(["lead.erased"]);
  const { rows } = await db.query("select code from attempt where lane_id = $1 and outcome = 'filtered'", [id]);
  expect(rows).toEqual([{ code: "erased" }]);
  await client.close();
  server.close();
  // Who asks for one of them is told, in whatever format.
  const { body } = await given.call("GET", `/v1/events?leadId=${leadId}`);
  const [first, ...others] = body.data.toReversed() as { eventId: string; eventType: string; data: object }[];
  expect(first!.data).toEqual({ erased: true, leadId, ...("campaignId" in first!.data && { campaignId: null }) });
  expect(others.at(-1)!.eventType).toBe("lead.erased");
  expect((await given.call("GET", `/v1/events/${first!.eventId}`)).body.data).toMatchObject({ erased: true });
  const other = await given.call("GET", `/v1/events/${first!.eventId}?format=apten`);
  expect(other).toMatchObject({ status: 422, body: { error: "Unprocessable Entity" } });
  expect(other.body.message).toContain("was erased");
  const tried = await given.call("POST", `/v1/destinations/${id}/test`, { body: { eventId: first!.eventId } });
  expect(tried).toMatchObject({ status: 422 });
  // Nor does anybody who follows the log get it.
  const followed = await readLog(db, given.workspaceId, { at: 0, id: null }, Date.now() + 60_000, { leadId }, 100);
  expect(followed.events.map(({ type }) => type)).toEqual(["lead.erased"]);
});

test("the export has all about a lead, with what came in and where it went, and is on record", async () => {
  const { leadId } = await plantForExport();
  const response = await given.api.app.inject({
    url: `/v1/leads/${leadId}/export`,
    headers: { "x-api-key": given.api.keys.admin },
  });
  const all = JSON.parse(response.body);
  // The reference says each part by its name: the answer's JSON is nowhere held against it.
  const described = allEndpoints(new KeyRing({ query: () => Promise.reject(new Error("unused")) })).find(
    ({ path }) => path === "/v1/leads/{id}/export",
  )!.responses[200] as unknown as { shape: object };
  expect(Object.keys(all)).toEqual(Object.keys(described.shape));
  expect(all.lead).toMatchObject({ id: leadId, first_name: "Zzexport" });
  expect(all.messages.map(({ text }: { text: string }) => text)).toEqual(["Hello Zzexport", "zzexport answers"]);
  expect(all.received.map(({ body }: { body: string }) => body)).toEqual([expect.stringContaining("zzexport+answers")]);
  expect(all.events.map(({ eventType }: { eventType: string }) => eventType)).toEqual(
    expect.arrayContaining(["message.sent", "message.received"]),
  );
  expect(all.conversations).toHaveLength(2);
  // Of an address that the lead has no more, too.
  expect(all.consentChanges.map(({ note }: { note: string }) => note)).toEqual(["zzexport note", "zzexport formerly"]);
  expect(all.suppressions).toMatchObject([{ note: "zzexport note" }]);
  expect(all.deliveries).toMatchObject([
    {
      destination: "Test",
      url: "http://127.0.0.1:9/",
      outcome: "retry",
      responseBody: "zzexport?",
      crmId: "zzexport-9",
    },
  ]);
  expect(all.sendAttempts.flatMap(({ attempts }: { attempts: object[] }) => attempts)).toContainEqual(
    expect.objectContaining({ outcome: "succeeded", responseBody: "zzexport accepted" }),
  );
  expect(all.approvals).toMatchObject([{ note: "zzexport wanted" }]);
  expect(all.crmImportFindings).toMatchObject([{ findings: [{ detail: "zzexport@example.com is odd" }] }]);
  expect(all.reasons).toEqual([{ of: "sender", text: "550 no zzexport@example.com here" }]);
  // What was done to the address is on record as the lead's own.
  expect(all.acts.map(({ action }: { action: string }) => action).toSorted()).toEqual([
    ...["PATCH /v1/leads/{id}", "POST /v1/messages", "POST /v1/suppressions", "lead.exported"],
  ]);
  const { body } = await given.call("GET", `/v1/audit?leadId=${leadId}&action=lead.exported`);
  expect(body.data).toMatchObject([{ actor: { kind: "key" }, target: leadId }]);
  // Nothing is given out by HEAD, and so nothing is on record of it.
  for (const path of [`/v1/leads/${leadId}/export`, "/v1/person-export?address=zzexport%40example.com"]) {
    const head = await given.call("HEAD", path);
    expect([head.status, head.headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
  }
  const after = await given.call("GET", `/v1/audit?leadId=${leadId}&action=lead.exported`);
  expect(after.body.data).toEqual(body.data);
});

test("a person is found among many items with few statements, in small and in large ones, to be exported and to be erased", async () => {
  const workspaceId = await makeWorkspace(db);
  const leadId = await makeLead(db, workspaceId, { email: "zzmany@example.com" });
  // Forms, and some of the largest bodies that there are (which don't fit into one look together); the person is in one of each seven.
  await db.query(
    `insert into received (workspace_id, id, source_id, delivery_id, body, status)
     select $1, 'recv_' || lpad(n::text, 26, '0'), 's', n::text, convert_to(
       case when n % 7 = 0 then 'from=ZZmany%40example.com&x=' else 'from=other' end || repeat('x', case when n > 3990 then 1000000 else 1 end),
       'UTF8'), 'processed'
     from generate_series(1, 4010) n`,
    [workspaceId],
  );
  const asked: string[] = [];
  const counting = {
    query: (text: unknown, values: unknown[]) => {
      asked.push(String((text as { text?: string }).text ?? text));
      return db.query(text as string, values);
    },
  } as unknown as Queryable;
  let json = "";
  for await (const piece of (await exportLead(counting, workspaceId, leadId))!) json += piece;
  const { received } = JSON.parse(json) as { received: { id: string; body: string }[] };
  expect(received.map(({ id }) => Number(id.slice(5)))).toEqual(Array.from({ length: 572 }, (_, n) => 7 * (n + 1)));
  expect(received.at(-1)!.body).toHaveLength("from=ZZmany%40example.com&x=".length + 1_000_000);
  expect(asked.filter((text) => /from received/.test(text)).length).toBeLessThan(30);
  // Those that name nobody, and what the audit trail hasn't copied yet: nothing.
  expect(asked.filter((text) => /from event\b/.test(text)).length).toBe(2);
  const whom = { workspaceId, leadId, addresses: [], hashes: [], pattern: mentionPattern(["zzmany@example.com"]) };
  let parts = 0;
  for (let place: Place | null = start; place !== null; parts++)
    place = (await db.transaction((tx) => searchReceived(tx, whom, place!))).next;
  expect(parts).toBeLessThan(10);
  const { rows } = await db.query("select count(*)::int as n from received where workspace_id = $1", [workspaceId]);
  expect(rows).toEqual([{ n: 4010 - 572 }]);
});

test("an export reads of the log the lead's events, those that name nobody, and what isn't sealed yet", async () => {
  const workspaceId = await makeWorkspace(db);
  const leadId = await makeLead(db, workspaceId, { email: "zzfew@example.com" });
  const at = Date.now() - 60_000;
  const events = Array.from({ length: 1_500 }, (_, n) => {
    const event = anyEvent(workspaceId, n, at + n);
    if (n % 500 === 7) return { ...event, leadId };
    // Of each three of nobody one mentions the address.
    if (n % 100 === 9) return { ...event, data: JSON.stringify({ note: n % 300 === 9 ? "ZZfew@example.com" : "x" }) };
    return { ...event, leadId: "lead_other" };
  });
  await storePastEvents(db, events);
  await seal();
  const late = { ...anyEvent(workspaceId), leadId };
  await storePastEvents(db, [late, { ...anyEvent(workspaceId), leadId: "lead_other" }]);
  // Where the search of the whole log begins.
  const searchedFrom: Date[] = [];
  const watching = {
    query: (text: unknown, values: unknown[]) => {
      if (/with looked as .* from event/s.test(String(text))) searchedFrom.push(values[1] as Date);
      return db.query(text as string, values);
    },
  } as unknown as Queryable;
  let json = "";
  for await (const piece of (await exportLead(watching, workspaceId, leadId))!) json += piece;
  const expected = [7, 507, 1_007, 9, 309, 609, 909, 1_209].map((n) => events[n]!.id);
  const found = (JSON.parse(json) as { events: { eventId: string }[] }).events.map(({ eventId }) => eventId);
  expect(found).toEqual([...expected, late.id]);
  expect(searchedFrom).toEqual([new Date(at + 1_499)]);
  const person = { workspaceId, leadId, addresses: [], pattern: mentionPattern(["zzfew@example.com"]) };
  const end = { at: new Date(), id: "" };
  const { result, read } = await rowsRead(db, "event", (tx) => eventsOfNobody(tx, person, start, end, 2_000));
  expect([result.ids.length, read]).toEqual([5, 15]);
});

test("an export and an erasure look for a person in what acts say about no lead, and read nothing of what is about others", async () => {
  const workspaceId = await makeWorkspace(db);
  const act = (n: number) => ({
    ...{ workspaceId, actor: { kind: "key" as const, id: "key_1" }, action: "POST /v1/x", target: null },
    leadId: n % 100 === 0 ? null : "lead_other",
    content: { note: n % 300 === 0 ? "ZZacts@example.com" : "x" },
  });
  await recordActs(
    db,
    Array.from({ length: 1_500 }, (_, n) => act(n)),
  );
  await db.query("analyze audit_content");
  const whom = { workspaceId, leadId: "lead_zz", pattern: mentionPattern(["zzacts@example.com"]) };
  const { result, read } = await rowsRead(db, "audit_content", (tx) => findActs(tx, whom, start));
  expect(result).toMatchObject({ ids: { length: 5 }, next: null });
  // Each of the fifteen is found, and then read; and the planner may look at some of other workspaces.
  expect(read).toBeLessThan(100);
});

async function plantForExport() {
  const { workspaceId, call } = given;
  const [phone, email] = ["+12025550199", "zzexport@example.com"];
  const leadId = await makeLead(db, workspaceId, { firstName: "Zzexport", phone, email });
  await call("PATCH", `/v1/leads/${leadId}`, { body: { title: "zzexport" } });
  const body = { leadId, channel: "sms", senderId: smsSender, text: "Hello Zzexport" };
  await call("POST", "/v1/messages", { body });
  await engine.drain();
  await given.tell(twilio, inboundSms({ MessageSid: "SMx1", From: phone, Body: "zzexport answers" }));
  await call("POST", "/v1/suppressions", { body: { address: email, channel: "email", note: "zzexport note" } });
  const { id } = await makeDestination(db, workspaceId);
  const { rows } = await db.query<{ id: string }>("select id from event where lead_id = $1 order by id limit 1", [
    leadId,
  ]);
  await db.query(
    `insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final, response_body)
     values ($1, $2, $3, 'delivery', 1, now(), 1, 'retry', false, 'zzexport?')`,
    [workspaceId, id, rows[0]!.id],
  );
  await db.query(
    "update attempt set response_body = 'zzexport accepted' where lane_id = $1 and outcome = 'succeeded'",
    [smsSender],
  );
  await db.query(
    "insert into crm_record (workspace_id, destination_id, kind, ref, claim, ask_at, crm_id) values ($1, $2, 'event', $3, '', now(), 'zzexport-9')",
    [workspaceId, id, rows[0]!.id],
  );
  await db.query(
    `insert into approval (workspace_id, id, action, draft, request, lead_id, note, asked_by, expires_at)
     values ($1, 'approval_3', 'send_message', true, '{}', $2, 'zzexport wanted', 'key_1', now())`,
    [workspaceId, leadId],
  );
  await db.query(
    `insert into consent_change (workspace_id, id, change, channel, address_hash, address, lead_id, kind, reason, source, note)
     values ($1, 'consent_zz', 'opted_out', 'sms', 'old', '+12025550198', $2, 'manual', 'manual', 'api', 'zzexport formerly')`,
    [workspaceId, leadId],
  );
  await db.query(
    `insert into crm_import (workspace_id, id, destination_id, list, fields, status, counts, findings)
     values ($1, 'list_2', $2, '{}', '{}', 'done', '{}', '[{"detail": "zzexport@example.com is odd"}, {"detail": "other"}]')`,
    [workspaceId, id],
  );
  await db.query("update sender set status_reason = '550 no zzexport@example.com here' where id = $1", [smsSender]);
  return { leadId };
}

test("the papers say of each table what an erasure does to it", async () => {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = current_schema()::regnamespace`,
  );
  const paper = readFileSync(new URL("../../../docs/erasure.md", import.meta.url), "utf8");
  const listed = new Set([...paper.matchAll(/^\| (`.*?`) \|/gm)].flatMap((row) => row[1]!.match(/\w+/g) ?? []));
  expect(rows.map(({ name }) => name).filter((name) => !listed.has(name))).toEqual([]);
});
