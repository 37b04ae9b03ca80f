import { afterAll, beforeAll, expect, test } from "vitest";
import { makeLead, makeSender } from "../factories.ts";
import { type Browser, invited, owner } from "./browser.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
let ada: Browser;
beforeAll(async () => {
  api = await setup();
  ada = await owner(api);
});
afterAll(() => api.close());

test("a member approves in their session what an agent drafted, and is who sent it; a viewer can't", async () => {
  await makeSender(api.db, api.workspaceId, "sms");
  const leadId = await makeLead(api.db, api.workspaceId);
  const body = { action: "send_message", request: { leadId, channel: "sms", text: "Hi" } };
  const draft = await api.call("POST", "/v1/approvals/drafts", { body, key: api.keys.read });
  const path = `/v1/approvals/${draft.body.id}/approve`;
  const [viewer, member] = [await invited(api, ada, "viewer"), await invited(api, ada, "member")];
  const refused = await viewer.call("POST", path);
  expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining("approvals.decide")]);
  const { user } = await member.session();
  expect((await member.call("POST", path)).body).toMatchObject({
    ...{ status: "done", decidedBy: user.id, outcome: { status: 202 } },
  });
  const { body: trail } = await api.call("GET", `/v1/audit?kind=act&leadId=${leadId}`);
  const acts = trail.data.map(({ action, actor }: { action: string; actor: { id: string } }) => [action, actor.id]);
  expect(acts).toContainEqual(["POST /v1/messages", user.id]);
});

test("a person's own draft is theirs to send", async () => {
  const leadId = await makeLead(api.db, api.workspaceId);
  const request = { leadId, channel: "sms", text: "Hello" };
  const draft = await ada.call("POST", "/v1/approvals/drafts", { action: "send_message", request });
  expect((await ada.call("POST", `/v1/approvals/${draft.body.id}/approve`)).body).toMatchObject({ status: "done" });
});
