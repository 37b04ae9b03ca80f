import { afterAll, beforeAll, expect, test } from "vitest";
import { insertSender } from "../../src/db/sender.ts";
import { newId } from "../../src/domain/id.ts";
import { makeCampaign, makeLead } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());

async function draft(): Promise<{ campaignId: string; leadIds: string[] }> {
  const { db, workspaceId } = api;
  const senderId = newId("sender");
  const sender = {
    id: senderId,
    name: "Test",
    channel: "email" as const,
    provider: "sandbox",
    address: "a@example.com",
  };
  await insertSender(db, workspaceId, { ...sender, config: {}, credentials: null, concurrency: 1 });
  const leadIds: string[] = [];
  for (let n = 0; n < 3; n++) leadIds.push(await makeLead(db, workspaceId, n === 2 ? { email: null } : {}));
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "email" }, { channel: "email", delay: { amount: 2, unit: "hours" }, delayMs: 7_200_000 }],
  });
  return { campaignId, leadIds };
}

test("a dry run says what goes out and when, what is blocked, when it ends, and each lead's steps by page", async () => {
  const { campaignId, leadIds } = await draft();
  const startAt = "2126-03-04T10:30:00.000Z";
  const path = `/v1/campaigns/${campaignId}/simulate`;
  const body = { startAt, leads: true, limit: 2 };
  const { status, body: found } = await api.call("POST", path, { body, key: api.keys.read });
  expect(status).toBe(200);
  expect(found).toMatchObject({
    startsAt: startAt,
    endsAt: "2126-03-04T12:30:00.000Z",
    totals: { sent: 4, blocked: 2, held: 0, unfinished: 0 },
    days: [{ date: "2126-03-04", channel: "email", messages: 4 }],
    hours: [
      { hour: "2126-03-04T10:00:00.000Z", messages: 2 },
      { hour: "2126-03-04T12:00:00.000Z", messages: 2 },
    ],
    blocked: [{ code: "no_address", count: 2, examples: [leadIds[2]] }],
  });
  const [first, second] = leadIds.toSorted();
  expect(found.leads.data.map((lead: { leadId: string }) => lead.leadId)).toEqual([first, second]);
  expect(found.leads.nextCursor).toBe(second);
  const next = await api.call("POST", path, { body: { ...body, cursor: second } });
  expect(next.body.leads).toMatchObject({ data: [{ leadId: leadIds.toSorted()[2] }], nextCursor: null });
  const { rows } = await api.db.query("select status from campaign where id = $1", [campaignId]);
  expect(rows).toEqual([{ status: "draft" }]);
  const messages = await api.db.query("select 1 from message");
  expect(messages.rowCount).toBe(0);
});

test("a campaign of another workspace, and one that doesn't exist, can't be simulated; nor with a wrong horizon", async () => {
  const path = `/v1/campaigns/${newId("campaign")}/simulate`;
  expect(await api.call("POST", path, { body: {} })).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(await api.call("POST", path, { body: { horizonDays: 401 } })).toMatchObject({ status: 400 });
  expect(await api.call("POST", path, { body: {}, key: api.keys.send })).toMatchObject({ status: 403 });
});
