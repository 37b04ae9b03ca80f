import { afterAll, beforeAll, expect, test } from "vitest";
import { pauseCampaign, releaseHeldLead, resumeCampaign, startCampaign } from "../../src/campaigns/control.ts";
import { editSteps, getCampaign, type Step, updateCampaign } from "../../src/db/campaign.ts";
import { moveOn } from "../../src/db/enrollment.ts";
import type { Database } from "../../src/db/pool.ts";
import { deleteSender, senderInUse } from "../../src/db/sender.ts";
import { bringBackStrays, recallFromStuck } from "../../src/db/strays.ts";
import { newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeLead, makeSender } from "../factories.ts";
import { sentResult, setup as setUp } from "./setup.ts";

/** Whatever is changed while a campaign runs: no lead is left in a place at which nobody looks. */
let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

async function setup(count = 3) {
  const { engine, workspaceId, senderId, calls } = await setUp(db, sentResult);
  const other = await makeSender(db, workspaceId, "sms", "scripted");
  const leadId = await makeLead(db, workspaceId);
  const id = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: Array.from({ length: count }, () => ({ channel: "sms" as const })),
  });
  const start = () => startCampaign(db, workspaceId, id, "api");
  const steps = (await getCampaign(db, workspaceId, id))!.steps;
  const edit = (after: readonly Step[], tx: Parameters<typeof editSteps>[0] | null = null) => {
    const placed = after.map((step, i) => ({ ...step, position: i + 1 }));
    return tx
      ? editSteps(tx, workspaceId, id, steps, placed)
      : db.transaction((own) => editSteps(own, workspaceId, id, steps, placed));
  };
  const sent = () => calls.map((call) => call.split(" ").slice(1, 3).join(" "));
  const setSenders = (senderIds: string[]) =>
    db.transaction((tx) => updateCampaign(tx, workspaceId, id, { senderIds }));
  return { engine, workspaceId, senderId, other, leadId, id, start, steps, edit, sent, setSenders };
}

test("a step that is removed while its message waits and the campaign is paused holds nobody up", async () => {
  const { engine, workspaceId, id, start, steps, edit, sent } = await setup();
  await start();
  await engine.planner.runOnce();
  await edit(steps.slice(1));
  await pauseCampaign(db, workspaceId, id, "user");
  await engine.drain();
  await resumeCampaign(db, workspaceId, id, "user");
  await engine.drain();
  expect(sent()).toEqual(["Step 2", "Step 3"]);
});

test("a sender that is taken out while its message is on its way is followed by another one", async () => {
  const { engine, other, start, sent, setSenders } = await setup();
  await start();
  await engine.planner.runOnce();
  await setSenders([other]);
  await engine.drain();
  expect(sent()).toEqual(["Step 1", "Step 2", "Step 3"]);
});

test("a held lead whose sender has left the campaign is sent to by another one when it is released", async () => {
  const { engine, workspaceId, id, leadId, senderId, other, start, sent, setSenders } = await setup(1);
  await start();
  await db.query("update enrollment set state = 'held', next_at = null, next_sender = $2 where campaign_id = $1", [
    id,
    senderId,
  ]);
  await setSenders([other]);
  await db.transaction((tx) => releaseHeldLead(tx, workspaceId, id, leadId));
  await engine.drain();
  expect(sent()).toEqual(["Step 1"]);
});

test("a sender that is deleted with messages of a campaign that it has left leaves their leads to the others", async () => {
  const { engine, workspaceId, senderId, other, start, sent, setSenders } = await setup(2);
  await start();
  await engine.planner.runOnce();
  await setSenders([other]);
  await db.transaction(async (tx) => {
    expect(await senderInUse(tx, workspaceId, senderId)).toBeNull();
    await deleteSender(tx, workspaceId, senderId);
  });
  await engine.drain();
  expect(sent()).toEqual(["Step 1", "Step 2"]);
});

test("leads at a last step that is replaced by a new one go on to that, as those whose message is on its way do", async () => {
  const { engine, start, steps, edit, sent } = await setup(2);
  await start();
  await db.query("update step set delay_ms = 3600000 where id = $1", [steps[1]!.id]);
  await engine.drain();
  await edit([steps[0]!, { ...steps[1]!, id: newId("step"), text: "Step new" }]);
  await engine.drain();
  expect(sent()).toEqual(["Step 1", "Step new"]);
});

test("a lead that comes to a step at the moment at which that is removed goes on", async () => {
  const { engine, workspaceId, id, leadId, start, steps, edit, sent } = await setup();
  await start();
  await engine.planner.runOnce();
  await db.transaction(async (tx) => {
    await edit([steps[0]!, steps[2]!], tx);
    // The message has gone out meanwhile; its outcome is written by somebody who doesn't see the edit yet.
    await db.query("update message set status = 'sent' where campaign_id = $1", [id]);
    await moveOn(db, [{ workspaceId, campaignId: id, leadId, move: "advance", reason: null }]);
  });
  expect(await bringBackStrays(db)).toBe(1);
  expect(await bringBackStrays(db)).toBe(0);
  await engine.drain();
  expect(sent()).toEqual(["Step 3"]);
});

test("a lead that comes to a sender at the moment at which that leaves the campaign is sent to by another one", async () => {
  const { engine, workspaceId, id, leadId, other, start, sent } = await setup(2);
  await start();
  await engine.planner.runOnce();
  await db.query("update message set status = 'sent' where campaign_id = $1", [id]);
  await db.transaction(async (tx) => {
    await updateCampaign(tx, workspaceId, id, { senderIds: [other] });
    await moveOn(db, [{ workspaceId, campaignId: id, leadId, move: "advance", reason: null }]);
  });
  expect(await bringBackStrays(db)).toBe(1);
  await engine.drain();
  expect(sent()).toEqual(["Step 2"]);
});

test("a step whose channel is changed while its message is held goes out on the new channel", async () => {
  const { engine, workspaceId, senderId, leadId, id, start, steps, edit, setSenders } = await setup(1);
  const email = await makeSender(db, workspaceId, "email", "scripted");
  await start();
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, id, "user");
  await engine.drain();
  await setSenders([senderId, email]);
  await edit([{ ...steps[0]!, channel: "email", subject: "Hello" }]);
  await resumeCampaign(db, workspaceId, id, "user");
  await engine.drain();
  const { rows } = await db.query(
    `select m.channel, m.status, m.sender_id, m.to_address = l.email as to_email, v.channel as thread, v.sender_id = m.sender_id as same
     from message m join lead l on l.id = m.lead_id join conversation v on v.id = m.conversation_id where m.lead_id = $1`,
    [leadId],
  );
  expect(rows).toEqual([
    { channel: "email", status: "sent", sender_id: email, to_email: true, thread: "email", same: true },
  ]);
});

test("a step whose channel is changed while its message waits to go out goes out on the new channel", async () => {
  const { engine, workspaceId, senderId, leadId, start, steps, edit, setSenders } = await setup(1);
  const email = await makeSender(db, workspaceId, "email", "scripted");
  await start();
  await engine.planner.runOnce();
  await setSenders([senderId, email]);
  await edit([{ ...steps[0]!, channel: "email", subject: "Hello" }]);
  await engine.drain();
  const { rows } = await db.query("select channel, status, sender_id from message where lead_id = $1", [leadId]);
  expect(rows).toEqual([{ channel: "email", status: "sent", sender_id: email }]);
});

test("what waits at a sender that is taken out goes out by another one, also where it waits for somebody to mend that sender", async () => {
  for (const stuck of [false, true]) {
    const { engine, senderId, other, leadId, start, setSenders, sent } = await setup(2);
    await start();
    await engine.planner.runOnce();
    if (stuck) await db.query("update lane set parked_until = 'infinity' where id = $1", [senderId]);
    await setSenders([other]);
    await engine.drain();
    await bringBackStrays(db);
    await engine.drain();
    expect(sent(), `stuck: ${stuck}`).toEqual(["Step 1", "Step 2"]);
    const { rows } = await db.query("select distinct sender_id from message where lead_id = $1", [leadId]);
    expect(rows).toEqual([{ sender_id: other }]);
    expect((await db.query("select 1 from outbox where lane_id = $1", [senderId])).rowCount).toBe(0);
  }
});

test("a lead whose message waits at a sender that is taken out, by a step that is removed, goes on, whichever comes first", async () => {
  for (const first of ["step", "sender"]) {
    const { engine, other, leadId, id, start, steps, edit, setSenders, sent } = await setup(3);
    await start();
    await engine.planner.runOnce();
    if (first === "sender") await setSenders([other]);
    await edit(steps.slice(1));
    if (first === "step") await setSenders([other]);
    await engine.drain();
    expect(sent(), first).toEqual(["Step 2", "Step 3"]);
    const { rows } = await db.query("select state from enrollment where campaign_id = $1", [id]);
    expect(rows).toEqual([{ state: "finished" }]);
    expect((await db.query("select 1 from message where lead_id = $1 and status = 'queued'", [leadId])).rowCount).toBe(
      0,
    );
  }
});

test("a message of a removed step at a sender that can't send is not recalled: its lead would be at no step to go back to", async () => {
  const { engine, senderId, id, start, steps, edit, sent } = await setup(2);
  await db.query("update campaign set on_sender_paused = 'move' where id = $1", [id]);
  await start();
  await engine.planner.runOnce();
  await db.query("update lane set parked_until = 'infinity' where id = $1", [senderId]);
  await edit(steps.slice(1));
  expect(await recallFromStuck(db)).toBe(0);
  await db.query("update lane set parked_until = null, ready_at = now() where id = $1", [senderId]);
  await engine.drain();
  expect(sent()).toEqual(["Step 2"]);
});
