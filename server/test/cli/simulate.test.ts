import { expect, test } from "vitest";
import { insertWorkspace } from "../../src/db/workspace.ts";
import { makeCampaign, makeLead, makeSender } from "../factories.ts";
import { callCli } from "./call.ts";
import { databaseSettings } from "./run.ts";

test("herald simulate shows the messages of each day, what is blocked and why, and when it ends; and sends nothing", async () => {
  const { db, env } = await databaseSettings();
  const { id: workspaceId } = await insertWorkspace(db, { name: "Test" });
  const senderId = await makeSender(db, workspaceId, "email");
  const leadIds = [await makeLead(db, workspaceId), await makeLead(db, workspaceId, { firstName: null })];
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "email" }, { channel: "email", delay: { amount: 1, unit: "days" }, delayMs: 79_200_000 }],
  });
  const args = ["simulate", campaignId, "--at", "2126-03-04T10:30:00Z"];
  const { code, stdout } = await callCli(args, { env });
  expect(code).toBe(0);
  expect(stdout).toContain("From 2126-03-04 10:30Z: 2 messages to 2 leads.");
  expect(stdout).toMatch(new RegExp(`2126-03-04 +email +${senderId} +1\n2126-03-05 +email +${senderId} +1\n`));
  expect(stdout).toMatch(new RegExp(`missing_variable +1 +${leadIds[1]} +.*firstName`));
  expect(stdout).toContain("It ends on 2126-03-05 10:30Z.");
  const json = await callCli([...args, "--json"], { env });
  expect(JSON.parse(json.stdout)).toMatchObject({
    totals: { sent: 2, blocked: 1 },
    endsAt: "2126-03-05T10:30:00.000Z",
  });
  expect((await db.query("select 1 from message")).rowCount).toBe(0);
  expect(await callCli(["simulate", "camp_none"], { env })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("camp_none"),
  });
  expect(await callCli(["simulate", campaignId, "--at", "tomorrow"], { env })).toMatchObject({ code: 2 });
});
