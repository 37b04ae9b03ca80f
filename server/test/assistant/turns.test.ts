import { afterAll, beforeAll, expect, test } from "vitest";
import { testDatabase } from "../database.ts";
import { world } from "./setup.ts";

let test_: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  test_ = await testDatabase();
});
afterAll(async () => await test_.close());

test("a lead's message is answered under its profile, and the message says so", async () => {
  const w = await world(test_.db, {
    script: () => ({ message: { text: "Yes, we install on flat roofs." }, summary: "Asks about flat roofs." }),
  });
  await w.says("Do you install on flat roofs?");
  await w.settle();
  expect(w.sent.map(({ text, to }) => [to, text])).toEqual([[w.lead.phone, "Yes, we install on flat roofs."]]);
  const [event] = await w.events("message.sent");
  expect(event).toMatchObject({
    source: "assistant",
    profile: "Solar",
    isFollowUp: false,
    followUpStep: null,
    campaignId: null,
  });
  const [turn] = await w.turns();
  expect(turn).toMatchObject({
    state: "sent",
    profileVersion: 1,
    inbound: 1,
    model: "scripted",
    messageId: event.messageId,
  });
  expect(turn!.costMicros).toBeGreaterThan(0);
  expect(
    (await test_.db.query("select turn_id, profile_version from message where id = $1", [event.messageId])).rows,
  ).toEqual([{ turn_id: turn!.id, profile_version: 1 }]);
  await w.close();
});
