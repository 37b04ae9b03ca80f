import { afterAll, beforeAll, expect, test } from "vitest";
import { deleteOldApprovals } from "../../src/db/approval.ts";
import { deleteOldKeys } from "../../src/db/idempotency.ts";
import { makeCampaign, makeLead, makeSender } from "../factories.ts";
import { type Call, outreachApi } from "./outreach-api.ts";

let given: Awaited<ReturnType<typeof outreachApi>>;
beforeAll(async () => {
  given = await outreachApi();
});
afterAll(() => given.close());

/** A workspace with an agent that may send, one that may only read, and a person's key. */
async function workspace() {
  const { workspaceId, call: agent } = await given.workspace();
  const [reader, person] = [await given.callAs(workspaceId, ["read"]), await given.callAs(workspaceId, ["admin"])];
  const senderId = await makeSender(given.db, workspaceId, "sms");
  const leadId = await makeLead(given.db, workspaceId);
  const sent = async () => {
    const { body } = await person("GET", `/v1/messages?leadId=${leadId}`);
    return (body.data as { text: string; id: string }[]).map(({ text }) => text);
  };
  const request = { leadId, channel: "sms", text: "Are you free on Tuesday?" };
  const ask = async (by: Call, about: object = {}) =>
    await by("POST", "/v1/approvals", { action: "send_message", request, ...about });
  return { workspaceId, agent, reader, person, senderId, leadId, sent, request, ask };
}

const decide = (by: Call, id: unknown, how: "approve" | "reject", body?: object) =>
  by("POST", `/v1/approvals/${id}/${how}`, body);

test("what an agent asks for goes out when a person has approved it, and only once, however often and however many approve", async () => {
  const { agent, person, sent, ask, workspaceId } = await workspace();
  const asked = await ask(agent, { note: "She asked for a date." });
  expect(asked).toMatchObject({
    status: 202,
    body: { status: "waiting", outcome: null, note: "She asked for a date." },
  });
  expect(await sent()).toEqual([]);
  expect((await person("GET", "/v1/approvals/waiting")).body).toEqual({ waiting: 1 });
  const listed = (await person("GET", "/v1/approvals?status=waiting")).body.data as { names: object }[];
  expect(listed[0]!.names).toMatchObject({ askedBy: expect.any(String), lead: expect.any(String), campaign: null });
  const other = await given.callAs(workspaceId, ["admin"]);
  const answers = await Promise.all([person, other, person, other].map((by) => decide(by, asked.body.id, "approve")));
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 200, body: { status: "done", outcome: { status: 202 } } });
  }
  expect(await sent()).toEqual(["Are you free on Tuesday?"]);
  expect((await decide(person, asked.body.id, "approve")).body).toEqual(answers[0]!.body);
  expect((await decide(person, asked.body.id, "reject")).status).toBe(409);
  // Told once each, and only to destinations that name them.
  const { rows: told } = await given.db.query<{ type: string }>(
    "select type from event where workspace_id = $1 and type like 'approval.%' order by id",
    [workspaceId],
  );
  expect(told.map(({ type }) => type)).toEqual(["approval.created", "approval.decided"]);
  expect((await person("GET", "/v1/approvals/waiting")).body).toEqual({ waiting: 0 });
  // Both acts are on record, in the name of who approved.
  const { body: trail } = await person("GET", "/v1/audit?kind=act&limit=20");
  const actions = (trail.data as { action: string }[]).map(({ action }) => action);
  expect(actions).toEqual(
    expect.arrayContaining(["POST /v1/approvals", "POST /v1/approvals/{id}/approve", "POST /v1/messages"]),
  );
});

test("what was rejected, or nobody decided about in time, never goes out", async () => {
  const { agent, person, sent, ask } = await workspace();
  const one = await ask(agent, { requestId: "one" });
  expect((await decide(person, one.body.id, "reject", { note: "Not now" })).body).toMatchObject({
    ...{ status: "rejected", decisionNote: "Not now" },
  });
  expect((await decide(person, one.body.id, "approve")).status).toBe(409);
  const two = await ask(agent, { requestId: "two" });
  await given.db.query("update approval set expires_at = now() where id = $1", [two.body.id]);
  expect((await decide(person, two.body.id, "approve")).body.message).toContain("is expired since");
  expect((await agent("GET", `/v1/approvals/${two.body.id}`)).body.status).toBe("expired");
  const listed = async (status: string) =>
    ((await agent("GET", `/v1/approvals?status=${status}`)).body.data as { id: string }[]).map(({ id }) => id);
  expect([await listed("waiting"), await listed("expired"), await listed("rejected")]).toEqual([
    [],
    [two.body.id],
    [one.body.id],
  ]);
  expect(await sent()).toEqual([]);
  // What is over leaves with the rest of the history; what waits never does.
  const three = await ask(agent, { requestId: "three" });
  const old = "update approval set created_at = now() - interval '31 days', expires_at = now() + interval '1 day'";
  await given.db.query(`${old} where id = any($1)`, [[one.body.id, two.body.id, three.body.id]]);
  await given.db.query("update approval set decided_at = now() - interval '31 days' where id = $1", [one.body.id]);
  await given.db.query("update approval set expires_at = now() - interval '29 days' where id = $1", [two.body.id]);
  const there = async () => [await listed("waiting"), await listed("expired"), await listed("rejected")];
  await deleteOldApprovals(given.db, 30);
  expect(await there()).toEqual([[three.body.id], [two.body.id], []]);
  await deleteOldApprovals(given.db, 28);
  expect(await there()).toEqual([[three.body.id], [], []]);
});

test("only who may administer decides, and nobody about what they asked for or what a revoked key asked for", async () => {
  const { agent, reader, person, sent, ask } = await workspace();
  const asked = await ask(agent);
  for (const by of [agent, reader]) expect((await decide(by, asked.body.id, "approve")).status).toBe(403);
  const own = await ask(person);
  expect(await decide(person, own.body.id, "approve")).toMatchObject({ status: 403 });
  expect((await person("DELETE", `/v1/api-keys/${asked.body.askedBy}`)).status).toBe(200);
  expect((await decide(person, asked.body.id, "approve")).body.message).toContain("was revoked since");
  expect(await sent()).toEqual([]);
});

test("a key that only reads can draft; a person changes the words, and both stay", async () => {
  const { reader, person, sent, request } = await workspace();
  expect((await reader("POST", "/v1/approvals", { action: "send_message", request })).status).toBe(403);
  const draft = await reader("POST", "/v1/approvals/drafts", { action: "send_message", request });
  expect(draft).toMatchObject({ status: 201, body: { draft: true, status: "waiting" } });
  expect((await reader("POST", "/v1/approvals/drafts", { action: "start_campaign", request: {} })).status).toBe(400);
  // Words that the channel doesn't take use nothing up.
  const tooLong = await decide(person, draft.body.id, "approve", { change: { text: "x".repeat(1_601) } });
  expect(tooLong.body).toMatchObject({
    statusCode: 400,
    message: "change.text: 1,601 characters; at most 1,600.",
  });
  const done = await decide(person, draft.body.id, "approve", { change: { text: "Tuesday?" } });
  expect(done.body).toMatchObject({
    ...{ status: "done", request: { text: "Are you free on Tuesday?" }, changedRequest: { text: "Tuesday?" } },
  });
  expect(await sent()).toEqual(["Tuesday?"]);
});

test("asking again for what waits, or under the same name, stores nothing new", async () => {
  const { agent, ask } = await workspace();
  const first = await ask(agent);
  expect((await ask(agent)).body.id).toBe(first.body.id);
  const [one, two] = await Promise.all([ask(agent, { requestId: "a" }), ask(agent, { requestId: "a" })]);
  expect(one!.body.id).toBe(two!.body.id);
  expect(one!.body.id).not.toBe(first.body.id);
});

test("what is wrong is said when it is asked for, and what became impossible when it is approved", async () => {
  const { agent, person, leadId, request, sent } = await workspace();
  const ask = (action: string, given: object) => agent("POST", "/v1/approvals", { action, request: given });
  expect((await ask("send_message", { ...request, leadId: "lead_x" })).status).toBe(404);
  expect((await ask("send_message", { ...request, channel: "fax" })).body.message).toContain("request.channel");
  expect((await ask("send_message", { recipient: { phone: "+12025550143" }, channel: "sms", text: "x" })).status).toBe(
    400,
  );
  expect((await ask("start_campaign", { campaignId: "camp_x" })).status).toBe(404);
  expect((await ask("start_campaign", {})).body.message).toContain("request.campaignId");
  expect((await ask("reply", { conversationId: "conv_x", text: "x" })).status).toBe(404);
  const wrongWords = [
    [{ text: "x".repeat(1_601) }, "request.text: 1,601 characters; at most 1,600."],
    [{ text: " " }, "request.text: This must not be empty."],
    [{ subject: "Roof" }, "request.subject: Only an email has a subject."],
    [{ scheduledAt: "2199-01-01T00:00:00Z" }, "request.scheduledAt: This is more than 366 days ahead."],
    [
      { channel: "email", smsHoursOverride: { reason: "Asked for it" } },
      "request.smsHoursOverride: Only SMS keep hours.",
    ],
  ] as const;
  for (const [words, message] of wrongWords) {
    expect((await ask("send_message", { ...request, ...words })).body).toMatchObject({ statusCode: 400, message });
  }
  const asked = await ask("send_message", request);
  await person("POST", `/v1/leads/${leadId}/do-not-contact`, { reason: "Asked for it" });
  expect((await decide(person, asked.body.id, "approve")).body).toMatchObject({
    ...{ status: "failed", outcome: { status: 422, body: { code: "suppressed" } } },
  });
  expect(await sent()).toEqual([]);
});

test("a campaign is started by an approval; when its process ends before the answer is noted, it isn't started again", async () => {
  const { workspaceId, agent, person, senderId, leadId } = await workspace();
  const steps = [{ channel: "sms" as const }];
  const campaignId = await makeCampaign(given.db, workspaceId, { senderIds: [senderId], leadIds: [leadId], steps });
  const asked = await agent("POST", "/v1/approvals", { action: "start_campaign", request: { campaignId } });
  expect((await decide(person, asked.body.id, "approve")).body).toMatchObject({
    ...{ status: "done", campaignId, outcome: { body: { newStatus: "active" } } },
  });
  await given.db.query("update approval set status = 'approved', outcome_status = null, outcome = null where id = $1", [
    asked.body.id,
  ]);
  await agent("POST", `/v1/campaigns/${campaignId}/pause`);
  expect((await decide(person, asked.body.id, "approve")).body.message).toContain("nobody knows");
  expect((await agent("GET", `/v1/campaigns/${campaignId}`)).body.status).toBe("paused");
});

test("a message whose answer was not noted is not sent a second time by approving again", async () => {
  const { agent, person, ask, sent } = await workspace();
  const asked = await ask(agent);
  const first = await decide(person, asked.body.id, "approve");
  await given.db.query("update approval set status = 'approved', outcome_status = null, outcome = null where id = $1", [
    asked.body.id,
  ]);
  expect((await decide(person, asked.body.id, "approve")).body).toEqual(first.body);
  expect(await sent()).toHaveLength(1);
});

test("a message whose answer was not noted is not sent a second time when its key is forgotten", async () => {
  const { agent, person, sent, ask } = await workspace();
  const asked = await ask(agent);
  await decide(person, asked.body.id, "approve");
  // Its process was killed before it wrote the answer, and somebody comes back to it days later.
  await given.db.query(
    "update approval set status = 'approved', outcome_status = null, outcome = null, decided_at = now() - interval '3 days' where id = $1",
    [asked.body.id],
  );
  await given.db.query("update idempotency_key set created_at = now() - interval '3 days'");
  await deleteOldKeys(given.db);
  const again = await decide(person, asked.body.id, "approve");
  expect(again.status).toBe(409);
  expect(again.body.message).toContain("look at the conversation or the campaign");
  expect(await sent()).toHaveLength(1);
});

test("where the workspace lets agents act, what they ask for is done at once, is listed, and the setting is on record", async () => {
  const { agent, person, ask, sent } = await workspace();
  expect((await agent("PATCH", "/v1/workspace", { agentsNeedApproval: false })).status).toBe(403);
  await person("PATCH", "/v1/workspace", { agentsNeedApproval: false });
  const { body: changes } = await person("GET", "/v1/workspace/setting-changes");
  expect((changes.data as object[])[0]).toMatchObject({ setting: "agentsNeedApproval", before: true, after: false });
  const asked = await ask(agent, { requestId: "one" });
  expect(asked).toMatchObject({ status: 200, body: { status: "done", decidedBy: null, outcome: { status: 202 } } });
  expect((await ask(agent, { requestId: "one" })).body).toEqual(asked.body);
  expect(await sent()).toHaveLength(1);
});

test("another workspace's approvals are not there", async () => {
  const [mine, theirs] = [await workspace(), await workspace()];
  const asked = await mine.ask(mine.agent);
  expect((await theirs.agent("GET", `/v1/approvals/${asked.body.id}`)).status).toBe(404);
  for (const how of ["approve", "reject"] as const) {
    expect((await decide(theirs.person, asked.body.id, how)).status).toBe(404);
  }
  expect((await theirs.agent("GET", "/v1/approvals")).body.data).toEqual([]);
});
