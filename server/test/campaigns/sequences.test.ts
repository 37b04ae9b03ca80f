import { afterAll, beforeAll, expect, test } from "vitest";
import {
  cancelMessage,
  enrollLeads,
  pauseCampaign,
  resumeCampaign,
  retryBlockedSteps,
  startCampaign,
} from "../../src/campaigns/control.ts";
import { updateCampaign } from "../../src/db/campaign.ts";
import { loadQueues, takeDue } from "../../src/db/due.ts";
import type { Database } from "../../src/db/pool.ts";
import { deleteSender, senderInUse } from "../../src/db/sender.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeLead, makeSender } from "../factories.ts";
import { rowsRead } from "../rows-read.ts";
import { sentResult, setup } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

test("pausing holds what is queued, resuming goes on from there and starts nothing over", async () => {
  const { engine, calls, workspaceId, senderId, events } = await setup(db, sentResult);
  const leadIds = await Promise.all(Array.from({ length: 5 }, () => makeLead(db, workspaceId)));
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "sms" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, campaignId, "user");
  await engine.drain();
  expect(calls).toEqual([]);
  const held = await db.query("select 1 from message where campaign_id = $1 and status = 'held'", [campaignId]);
  expect(held.rowCount).toBe(5);
  await resumeCampaign(db, workspaceId, campaignId, "user");
  await engine.drain();
  expect(calls).toHaveLength(10);
  expect(new Set(calls).size).toBe(10);
  expect(await events("campaign.finished")).toHaveLength(1);
  expect((await events("message.sent")).filter((data) => data.isFollowUp).map((data) => data.followUpStep)).toEqual([
    1, 1, 1, 1, 1,
  ]);
});

test("a message that a lead's data leaves a hole in is blocked with the reason, and written once the data is there", async () => {
  const { engine, calls, workspaceId, senderId, events } = await setup(db, sentResult);
  const leadId = await makeLead(db, workspaceId, { firstName: null });
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toEqual([]);
  expect(await events("message.failed")).toMatchObject([
    { code: "missing_variable", reason: expect.stringContaining("firstName") },
  ]);
  await db.query("update lead set first_name = 'Ada' where id = $1", [leadId]);
  expect(await events("campaign.finished")).toHaveLength(1);
  expect(await db.transaction(async (tx) => await retryBlockedSteps(tx, workspaceId, leadId))).toMatchObject({
    retried: 1,
  });
  await engine.drain();
  expect(calls).toEqual([expect.stringContaining("Step 1 for Ada")]);
});

test("custom fields are named alone and in `custom`, as the API has them", async () => {
  const { engine, calls, workspaceId, senderId } = await setup(db, sentResult);
  const custom = { topic: "onboarding", "job.level": "VP", firstName: "Eve" };
  const leadId = await makeLead(db, workspaceId, { firstName: "Ada" });
  await db.query("update lead set custom = $2 where id = $1", [leadId, custom]);
  const text = `{{ firstName }}: {{ topic }}, {{ custom.topic | default: "hiring" }}, {{ custom["job.level"] }}, {{ custom.size | default: "-" }}`;
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms", text }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toEqual([expect.stringContaining("Ada: onboarding, onboarding, VP, -")]);
});

test("a lead's unsafe link blocks the HTML that would carry it, with the reason, until the lead is mended", async () => {
  const { engine, workspaceId, leadId, events } = await setup(db, sentResult);
  const sender = await makeSender(db, workspaceId, "email");
  const custom = (link: string) => db.query("update lead set custom = $2 where id = $1", [leadId, { link }]);
  await custom("JavaScript:alert(1)");
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [sender],
    leadIds: [leadId],
    steps: [{ channel: "email", html: '<a href="{{ link }}">Look</a>' }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(await events("message.failed")).toMatchObject([
    { code: "unsafe_link", reason: expect.stringContaining('"JavaScript:alert(1)"') },
  ]);
  const again = () => db.transaction(async (tx) => await retryBlockedSteps(tx, workspaceId, leadId));
  expect(await again()).toMatchObject({ retried: 0 });
  await custom("https://example.com");
  expect(await again()).toMatchObject({ retried: 1 });
  await engine.drain();
  const { rows } = await db.query("select status, html from message where campaign_id = $1", [campaignId]);
  expect(rows).toEqual([{ status: "sent", html: '<a href="https://example.com">Look</a>' }]);
});

test("a step whose channel the lead has no address for is skipped, with the reason on record", async () => {
  const { engine, calls, workspaceId, senderId } = await setup(db, sentResult);
  const leadId = await makeLead(db, workspaceId, { email: null });
  const email = await makeSender(db, workspaceId, "email");
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId, email],
    leadIds: [leadId],
    steps: [{ channel: "email" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toHaveLength(1);
  const { rows } = await db.query(
    "select status, status_code from message where campaign_id = $1 order by sequence_step",
    [campaignId],
  );
  expect(rows).toEqual([
    { status: "blocked", status_code: "no_address" },
    { status: "sent", status_code: null },
  ]);
});

test("a cancelled step is skipped: its lead goes on to the next one", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(db, sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  const { rows } = await db.query<{ id: string }>("select id from message where campaign_id = $1", [campaignId]);
  expect(await db.transaction(async (tx) => await cancelMessage(tx, workspaceId, rows[0]!.id))).toBe(true);
  await engine.drain();
  expect(calls).toEqual([expect.stringContaining("Step 2")]);
});

test("a campaign does not finish while leads are being enrolled, and a finished one goes on with new leads", async () => {
  const { engine, calls, workspaceId, senderId, leadId, events } = await setup(db, sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  const second = await makeLead(db, workspaceId);
  await db.transaction(async (tx) => {
    await enrollLeads(tx, workspaceId, campaignId, [second]);
    await engine.drain();
    expect(await events("campaign.finished")).toEqual([]);
  });
  await engine.drain();
  expect(calls).toHaveLength(2);
  expect(await events("campaign.finished")).toHaveLength(1);
  const third = await makeLead(db, workspaceId);
  await db.transaction(async (tx) => await enrollLeads(tx, workspaceId, campaignId, [third, third, second]));
  await engine.drain();
  expect(calls).toHaveLength(3);
  expect(await events("campaign.resumed")).toHaveLength(1);
  expect(await events("campaign.finished")).toHaveLength(2);
});

test("a lead whose data makes no valid text, too long a text or none blocks itself and nobody else", async () => {
  const { engine, calls, workspaceId, senderId, events } = await setup(db, sentResult);
  const lead = (firstName: string) => makeLead(db, workspaceId, { firstName });
  const four = async () => [await lead("😀Bob"), await lead("Ada"), await lead("x".repeat(1_700)), await lead("Eve")];
  const half = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: await four(),
    steps: [{ channel: "sms", text: '{{ firstName | split: "" | first }}' }],
  });
  const whole = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: await four(),
    steps: [{ channel: "sms", text: "{{ firstName }}" }],
  });
  const empty = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: await four(),
    steps: [{ channel: "sms", text: '{{ nobody | default: "" }}' }],
  });
  for (const id of [half, whole, empty]) await startCampaign(db, workspaceId, id, "api");
  await engine.drain();
  expect(calls.map((call) => call.split(" ").slice(1).join(" ")).sort()).toEqual(
    ["A", "Ada", "E", "Eve", "x", "😀Bob"].sort(),
  );
  const reasons = (await events("message.failed")).map((data) => data.code).sort();
  expect(reasons).toEqual([
    "invalid_content",
    "invalid_content",
    "invalid_content",
    "invalid_content",
    "invalid_content",
    "render_failed",
  ]);
});

test("what was held is written anew when its campaign goes on, from the lead's data of that day", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(db, sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms", text: "Hi {{ firstName }}" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  await db.query("update lead set first_name = 'Grace' where id = $1", [leadId]);
  await resumeCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toHaveLength(1);
  const { rows } = await db.query("select text, status, attempts from message where campaign_id = $1", [campaignId]);
  expect(rows).toEqual([{ text: "Hi Grace", status: "sent", attempts: 1 }]);
});

test("a change of a lead that doesn't bring what is missing tries nothing again", async () => {
  const { engine, workspaceId, senderId, events } = await setup(db, sentResult);
  const leadId = await makeLead(db, workspaceId, { firstName: null });
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(await db.transaction(async (tx) => await retryBlockedSteps(tx, workspaceId, leadId))).toMatchObject({
    retried: 0,
  });
  expect(await events("campaign.resumed")).toEqual([]);
});

test("editing a draft's first delay reaches the leads that are in it already", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(db, sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms", delayMs: 30 * 86_400_000 }],
  });
  const step = {
    id: newId("step"),
    position: 1,
    channel: "sms" as const,
    action: "message" as const,
    subject: null,
    html: null,
    ...{ key: null, condition: null, otherwise: null, timeLimit: null, variants: null },
  };
  await db.transaction(
    async (tx) =>
      await updateCampaign(tx, workspaceId, campaignId, {
        steps: [{ ...step, delay: { amount: 0, unit: "seconds" }, delayMs: 0, text: "Now" }],
      }),
  );
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.drain();
  expect(calls).toHaveLength(1);
});

test("what waits in the lane of a sender that is taken out of the campaign and deleted goes out by another one", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(db, sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  const other = await makeSender(db, workspaceId, "sms", "scripted");
  await db.transaction((tx) => updateCampaign(tx, workspaceId, campaignId, { senderIds: [other] }));
  await db.transaction(async (tx) => {
    expect(await senderInUse(tx, workspaceId, senderId)).toBeNull();
    expect(await deleteSender(tx, workspaceId, senderId)).toBe(true);
  });
  await engine.drain();
  expect(calls).toHaveLength(2);
  const { rows } = await db.query(
    `select m.sender_id, m.status, v.sender_id as thread from message m join conversation v on v.id = m.conversation_id
     where m.campaign_id = $1`,
    [campaignId],
  );
  expect(rows).toEqual(Array.from({ length: 2 }, () => ({ sender_id: other, status: "sent", thread: other })));
});

test("leads whose turn has come are read without looking up their campaign's senders for each", async () => {
  const { workspaceId, senderId } = await setup(db, sentResult);
  const leadIds = await Promise.all(Array.from({ length: 5 }, () => makeLead(db, workspaceId)));
  const steps = [{ channel: "sms" as const }];
  const campaignId = await makeCampaign(db, workspaceId, { senderIds: [senderId], leadIds, steps });
  await startCampaign(db, workspaceId, campaignId, "api");
  const [queue] = await loadQueues(db);
  const { result, read } = await rowsRead(db, "sender", (tx) => takeDue(tx, queue!, Date.now() + 60_000, 10));
  expect(result.map(({ leadId }) => leadId).toSorted()).toEqual(leadIds.toSorted());
  expect(read).toBe(0);
});
