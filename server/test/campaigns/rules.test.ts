import { afterAll, beforeAll, expect, test } from "vitest";
import { cancelMessage, setLeadStatus, startCampaign } from "../../src/campaigns/control.ts";
import { getMessage } from "../../src/db/message.ts";
import type { Database } from "../../src/db/pool.ts";
import { addSuppression } from "../../src/db/suppression.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeLead } from "../factories.ts";
import { sentResult, setup } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(async () => await close());

test("an opt-out, a status or a cancellation that is recorded before the call prevents the message", async () => {
  const { engine, submit, calls, workspaceId, events } = await setup(db, sentResult);
  const suppressed = await makeLead(db, workspaceId, { phone: "+12025550777" });
  const first = await submit("no", { leadId: suppressed });
  await addSuppression(db, workspaceId, { channel: "all", address: "+12025550777", reason: "STOP", source: "lead" });
  const second = await submit("cancelled");
  expect(await cancelMessage(db, workspaceId, second.messageId)).toBe(true);
  await engine.drain();
  expect(calls).toEqual([]);
  expect(await getMessage(db, workspaceId, first.messageId)).toMatchObject({
    status: "blocked",
    statusCode: "suppressed",
    attempts: 0,
  });
  expect(await events("message.failed")).toMatchObject([{ code: "suppressed", messageId: first.messageId }]);
  await expect(submit("again", { leadId: suppressed })).rejects.toMatchObject({ code: "suppressed" });
});

test("a lead whose status says stop gets no more of its sequence", async () => {
  const { engine, calls, workspaceId, senderId, leadId } = await setup(db, sentResult);
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [leadId],
    steps: [{ channel: "sms" }, { channel: "sms" }],
  });
  await startCampaign(db, workspaceId, campaignId, "api");
  await engine.planner.runOnce();
  await db.transaction(async (tx) => await setLeadStatus(tx, workspaceId, leadId, "NOT_INTERESTED", "user", null));
  await engine.drain();
  expect(calls).toEqual([]);
  const { rows } = await db.query("select state, state_reason from enrollment where campaign_id = $1", [campaignId]);
  expect(rows).toEqual([{ state: "stopped", state_reason: "lead_status: The lead's status is NOT_INTERESTED." }]);
});

test("a recipient that the provider says has opted out is suppressed, and the failure is an event", async () => {
  const { engine, submit, events, leadId } = await setup(db, () => ({
    outcome: "failed",
    code: "21610",
    detail: "Unsubscribed",
    suppress: "opted_out",
  }));
  await submit("Hello");
  await engine.drain();
  expect(await events("message.failed")).toMatchObject([{ code: "21610", reason: "Unsubscribed", leadId }]);
  await expect(submit("Again")).rejects.toMatchObject({ code: "suppressed" });
});

test("a message goes to the lead's address as it is when it is sent", async () => {
  const { engine, submit, calls, workspaceId, leadId } = await setup(db, sentResult);
  const { messageId } = await submit("Hello");
  await db.query("update lead set phone = '+12025550888' where id = $1", [leadId]);
  await engine.drain();
  expect(calls).toEqual(["+12025550888 Hello"]);
  expect(await getMessage(db, workspaceId, messageId)).toMatchObject({ toAddress: "+12025550888" });
});
