import { afterAll, expect, test } from "vitest";
import { makeCampaign, makeLead, makeSender } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

const api: Api = await setup();
afterAll(async () => await api.close());

test("a change of what decides about times lets those be looked at who wait by the old ones, and no other change does", async () => {
  const { db, workspaceId, call } = api;
  const senderId = await makeSender(db, workspaceId, "sms");
  const lead = await makeLead(db, workspaceId);
  const id = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds: [lead],
    steps: [{ channel: "sms" }],
  });
  await db.query("update campaign set status = 'active' where id = $1", [id]);
  const waitsAfter = async (path: string, body: object, method = "PATCH", of = id) => {
    await db.query(
      "update enrollment set next_at = now() + interval '1 week', wait_reason = 'closed' where campaign_id = $1",
      [of],
    );
    expect((await call(method, path, { body })).status).toBe(200);
    const { rows } = await db.query<{ waits: boolean }>(
      "select next_at > now() as waits from enrollment where campaign_id = $1",
      [of],
    );
    return rows[0]!.waits;
  };
  const campaign = `/v1/campaigns/${id}`;
  const schedule = { windows: { monday: [{ from: "09:00", to: "10:00" }] }, holidays: [] };
  expect(await waitsAfter(campaign, { schedule })).toBe(false);
  expect(await waitsAfter(campaign, { timeZone: "Asia/Tokyo" })).toBe(false);
  expect(await waitsAfter(campaign, { limits: { newLeadsPerDay: 5 } })).toBe(false);
  expect(await waitsAfter(campaign, { name: "Other" })).toBe(true);
  expect(await waitsAfter("/v1/workspace", { timeZone: "Asia/Tokyo" })).toBe(false);
  expect(await waitsAfter("/v1/workspace", { minTouchGapSeconds: 0 })).toBe(false);
  expect(await waitsAfter("/v1/workspace", { smsHours: { from: "09:00", to: "20:00" } })).toBe(false);
  expect(await waitsAfter("/v1/workspace", { name: "Other" })).toBe(true);
  expect(await waitsAfter(`/v1/leads/${lead}`, { timeZone: "Asia/Tokyo" })).toBe(false);
  expect(await waitsAfter(`/v1/leads/${lead}`, { title: "CTO" })).toBe(true);

  // A file says all of it.
  await db.query("update campaign set key = 'file' where id = $1", [id]);
  const file = { name: "File", senders: [senderId], steps: [{ key: "one", channel: "sms", text: "Hi" }] };
  const byFile = (more: object) => waitsAfter("/v1/campaigns/by-key/file", { ...file, ...more }, "PUT");
  expect((await call("PUT", "/v1/campaigns/by-key/file", { body: file })).status).toBe(200);
  await db.query("update enrollment set state = 'active' where campaign_id = $1", [id]);
  expect(await byFile({ schedule })).toBe(false);
  expect(await byFile({ schedule, timeZone: "Asia/Tokyo" })).toBe(false);
  expect(await byFile({ schedule, timeZone: "Asia/Tokyo", name: "Other" })).toBe(true);

  const content = { instructions: "Be kind.", followUps: { 1: { hours: 24, channel: "sms" } } };
  const profile = (await call("POST", "/v1/profiles", { body: { name: "Solar", content } })).body.id;
  const followUps = (await db.query("select id from campaign where profile_id = $1", [profile])).rows[0]!.id;
  await db.query("update enrollment set campaign_id = $2 where campaign_id = $1", [id, followUps]);
  const byProfile = (change: object) => waitsAfter(`/v1/profiles/${profile}`, { content: change }, "PATCH", followUps);
  expect(await byProfile({ schedule })).toBe(false);
  expect(await byProfile({ tone: "Short." })).toBe(true);
});
