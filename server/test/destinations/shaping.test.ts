import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveriesOfEvent } from "../../src/db/delivery.ts";
import { type DestinationChange, updateDestination } from "../../src/db/destination.ts";
import { recordEvents } from "../../src/db/event.ts";
import { newEvent } from "../../src/db/new-event.ts";
import type { Database } from "../../src/db/pool.ts";
import { insertReplay } from "../../src/db/replay.ts";
import { countMatching } from "../../src/db/replay-feed.ts";
import { registerWorker } from "../../src/db/worker.ts";
import { sealHeaders } from "../../src/destinations/webhook/custom-headers.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import type { EventType, HeraldEvent } from "../../src/domain/event.ts";
import { eventSample } from "../../src/domain/event-samples.ts";
import { newId } from "../../src/domain/id.ts";
import { Evaluator } from "../../src/expressions/evaluator.ts";
import { startReceiver } from "../../src/loopback/receiver.ts";
import { OutboxLoop } from "../../src/outbox/loop.ts";
import { testDatabase } from "../database.ts";
import { box, makeDestination, makeLead, makeWorkspace } from "../factories.ts";

let db: Database;
let close: () => Promise<void>;
const evaluator = new Evaluator({ timeoutMs: 200 });
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => {
  evaluator.close();
  await close();
});

/** A destination with these settings at a receiver that checks signatures, and a loop that is driven by hand. */
async function setup(change: DestinationChange) {
  await db.query("truncate outbox, lane, destination");
  const workspaceId = await makeWorkspace(db);
  const { id, secret } = await makeDestination(db, workspaceId);
  const receiver = await startReceiver({ format: "herald", secret });
  await updateDestination(db, workspaceId, id, { url: new URL("/hook", receiver.url).href, ...change });
  const client = new HttpClient({ timeoutMs: 60_000 });
  const errors: unknown[] = [];
  const loop = new OutboxLoop(new WebhookDeliveries({ db, box, client, evaluator }), {
    ...{ db, workerNo: await registerWorker(db), maxInFlight: 100 },
    onError: (_stage, error) => errors.push(error),
  });
  const rows = async () =>
    (await db.query("select * from attempt where workspace_id = $1 order by started_at, n", [workspaceId])).rows;
  return {
    ...{ workspaceId, id, receiver, rows },
    /** Stores a sample; returns its ID. */
    async record(type: EventType = "message.sent", about = {}, data: Partial<HeraldEvent["data"]> = {}) {
      const sample = eventSample(workspaceId, type);
      const event = newEvent(workspaceId, type, { ...sample.data, ...data } as never, about);
      await recordEvents(db, [event]);
      return event.id;
    },
    async round() {
      await db.query("update outbox set due_at = now()");
      await db.query("update lane set ready_at = now(), parked_until = null");
      await loop.runOnce();
      await loop.idle();
      expect(errors).toEqual([]);
    },
    async end() {
      await client.close();
      await receiver.close();
    },
  };
}

test("a transform makes the body that is sent and signed; the filter holds back without a call, and says so", async () => {
  const t = await setup({
    filter: "data.content.text != 'secret'",
    transform: "{ 'text': data.content.text, 'id': eventId }",
  });
  const sent = await t.record();
  const held = await t.record("message.sent", {}, { content: { subject: null, text: "secret" } });
  await t.round();
  expect(t.receiver.requests).toHaveLength(1);
  expect(t.receiver.requests[0]).toMatchObject({ valid: true, headers: { "webhook-id": sent } });
  expect(t.receiver.requests[0]!.payload).toEqual({ text: "This is a sample message from Herald.", id: sent });
  expect(await deliveriesOfEvent(db, t.workspaceId, sent)).toMatchObject([{ status: "delivered" }]);
  expect(await deliveriesOfEvent(db, t.workspaceId, held)).toMatchObject([
    { status: "filtered", attempts: 1, lastCode: "filter_false", lastDetail: expect.stringContaining("filter") },
  ]);
  const { rows } = await db.query("select failures, leased from lane");
  expect(rows).toEqual([{ failures: 0, leased: 0 }]);
  await t.end();
});

test("a transform that gives nothing skips; one that fails is a failed attempt, tried again and explained", async () => {
  const skip = await setup({ transform: "data.channel = 'sms' ? $ : null" });
  const id = await skip.record();
  await skip.round();
  expect(await deliveriesOfEvent(db, skip.workspaceId, id)).toMatchObject([
    { status: "filtered", lastCode: "transform_nothing" },
  ]);
  expect(skip.receiver.requests).toEqual([]);
  await skip.end();

  for (const [change, code] of [
    [{ transform: "$error('no \\u0000 luck')" }, "transform_error"],
    [{ filter: "$number(data.channel)" }, "filter_error"],
    [{ transform: "($f := function($x) { $f($x) }; $f(1))" }, "transform_timeout"],
  ] as const) {
    const t = await setup(change);
    const failed = await t.record();
    await t.round();
    const [delivery] = await deliveriesOfEvent(db, t.workspaceId, failed);
    expect(delivery).toMatchObject({ status: "pending", attempts: 1, lastCode: code });
    expect(delivery!.nextAttemptAt).not.toBeNull();
    // Mended, it arrives.
    await updateDestination(db, t.workspaceId, t.id, { filter: null, transform: null });
    await t.round();
    expect(t.receiver.requests).toHaveLength(1);
    await t.end();
  }
});

test("custom headers go with each request and stand in no log; a thin payload holds IDs only", async () => {
  const t = await setup({ thin: true });
  await updateDestination(db, t.workspaceId, t.id, {
    headers: sealHeaders(box, `${t.workspaceId}/${t.id}`, { "x-token": "hush", "user-agent": "Ours" }),
    headerNames: ["x-token", "user-agent"],
  });
  const id = await t.record();
  await t.round();
  const [request] = t.receiver.requests;
  expect(request!.valid).toBe(true);
  expect(request!.headers).toMatchObject({
    "x-token": "hush",
    "user-agent": "Ours",
    "content-type": "application/json",
  });
  const { data, ...envelope } = request!.payload as { data: object };
  expect(envelope).toMatchObject({ eventId: id, eventType: "message.sent", workspaceId: t.workspaceId });
  expect(Object.keys(data)).toEqual(["messageId", "leadId", "campaignId", "senderId", "conversationId", "stepId"]);
  expect(JSON.stringify(await t.rows())).not.toContain("hush");
  await t.end();
});

test("types, channels, campaigns, tags and statuses are judged where events are stored, and by replays alike", async () => {
  const t = await setup({});
  const leadId = await makeLead(db, t.workspaceId);
  await db.query("update lead set tags = '{vip,eu}', status = 'CONNECTION_SENT' where id = $1", [leadId]);
  const [campaignId, other] = [newId("campaign"), newId("campaign")];
  const events: [EventType, object][] = [
    ["message.sent", { leadId, campaignId, channel: "sms" }],
    ["message.failed", { leadId: newId("lead"), campaignId: other, channel: "email" }],
    ["lead.updated", { leadId, campaignId: null }],
    ["campaign.started", { campaignId }],
  ];
  const none = { eventTypes: null, channels: null, campaigns: null, tags: null, statuses: null };
  const cases: [DestinationChange, EventType[]][] = [
    [{}, ["message.sent", "message.failed", "lead.updated", "campaign.started"]],
    [{ eventTypes: ["*"] }, ["message.sent", "message.failed", "lead.updated", "campaign.started"]],
    [{ eventTypes: ["message.*", "lead.updated"] }, ["message.sent", "message.failed", "lead.updated"]],
    [{ eventTypes: ["messag.*", "mess*"] }, []],
    [{ channels: ["sms", "linkedin"] }, ["message.sent"]],
    [{ campaigns: [campaignId] }, ["message.sent", "campaign.started"]],
    [{ tags: ["vip", "us"] }, ["message.sent", "lead.updated"]],
    [{ tags: ["us"] }, []],
    // What the event makes of it: the lead itself has the status CONNECTION_SENT.
    [{ statuses: ["MESSAGE_SENT"] }, ["message.sent"]],
    [{ statuses: ["MEETING_BOOKED", "DONE"] }, ["lead.updated"]],
    [{ statuses: ["CONNECTION_SENT"] }, []],
    [{ statuses: ["MEETING_BOOKED", "MESSAGE_SENT"], tags: ["vip"], campaigns: [campaignId] }, ["message.sent"]],
    [{ eventTypes: ["message.*"], tags: ["eu"], campaigns: [campaignId], channels: ["sms"] }, ["message.sent"]],
  ];
  for (const [filters, expected] of cases) {
    await updateDestination(db, t.workspaceId, t.id, { ...none, ...filters });
    await db.query("delete from outbox");
    await db.query("delete from event");
    const ids = new Map<string, EventType>();
    for (const [type, about] of events)
      ids.set(await t.record(type, about, type === "lead.updated" ? { newStatus: "MEETING_BOOKED" } : {}), type);
    const { rows } = await db.query<{ ref: string }>("select ref from outbox");
    expect(new Set(rows.map((row) => ids.get(row.ref))), JSON.stringify(filters)).toEqual(new Set(expected));
    await db.query("delete from outbox");
    const filter = {
      ...{ workspaceId: t.workspaceId, destinationId: t.id, selection: "all" as const },
      ...{ eventId: null, eventTypes: null, leadId: null, campaignId: null },
    };
    const end = { at: Date.now() + 60_000, id: "" };
    const { matching } = await countMatching(db, filter, { at: 0, id: "" }, end, 100);
    expect(matching, JSON.stringify(filters)).toBe(expected.length);
  }
  await t.end();
});

test("what a filter held back counts as dropped in its replay, and is offered to the next one again", async () => {
  const t = await setup({ filter: "false" });
  const id = await t.record();
  await t.round();
  const matching = async (selection: "failed" | "never_attempted" | "undelivered") =>
    (
      await countMatching(
        db,
        {
          ...{ workspaceId: t.workspaceId, destinationId: t.id, selection },
          ...{ eventId: id, eventTypes: null, leadId: null, campaignId: null },
        },
        { at: 0, id: "" },
        { at: Date.now() + 60_000, id: "" },
        100,
      )
    ).matching;
  expect([await matching("failed"), await matching("never_attempted"), await matching("undelivered")]).toEqual([
    0, 1, 1,
  ]);
  const replay = newId("replay");
  await db.transaction((tx) =>
    insertReplay(
      tx,
      t.workspaceId,
      {
        ...{ id: replay, origin: "request", eventId: id, from: null, to: new Date(), eventTypes: null },
        ...{ leadId: null, campaignId: null, selection: "all", rate: null },
      },
      [t.id],
    ),
  );
  await db.query(
    `insert into outbox (workspace_id, lane_id, ref, due_at, replay_no)
     select $1, $2, $3, now(), no from replay_target where replay_id = $4`,
    [t.workspaceId, t.id, id, replay],
  );
  await t.round();
  const { rows } = await db.query(
    "select y.delivered, y.failed, y.dropped from replay_tally y where workspace_id = $1",
    [t.workspaceId],
  );
  expect(rows).toEqual([{ delivered: 0, failed: 0, dropped: 1 }]);
  await t.end();
});
