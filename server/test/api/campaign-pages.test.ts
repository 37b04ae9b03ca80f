import { afterAll, beforeAll, expect, test } from "vitest";
import { makeLead, makeSender } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

/** What a person who works with campaigns in a browser needs of the API, beyond what programs do. */
let api: Api;
let smsSender: string;
beforeAll(async () => {
  api = await setup();
  smsSender = await makeSender(api.db, api.workspaceId, "sms");
});
afterAll(async () => await api.close());

const create = async (more: object = {}) => {
  const steps = [{ channel: "sms", text: "Hi {{ firstName }}" }];
  const { body } = await api.call("POST", "/v1/campaigns", {
    body: { name: "Pages", senderIds: [smsSender], steps, ...more },
  });
  return body as { id: string; steps: { id: string }[] };
};
const lead = (more: object = {}) => makeLead(api.db, api.workspaceId, { firstName: "Ada", ...more });

test("an archived campaign is left out of the list, and whatever goes on leaves the archive", async () => {
  const { id } = await create({ name: "Put away" });
  const listed = async (query: string) =>
    (await api.call("GET", `/v1/campaigns?${query}`)).body.data.some((each: { id: string }) => each.id === id);
  const archived = await api.call("POST", `/v1/campaigns/${id}/archive`);
  expect([archived.status, archived.body.archivedAt]).toEqual([200, expect.any(String)]);
  // Again: the same.
  expect((await api.call("POST", `/v1/campaigns/${id}/archive`)).body.archivedAt).toBe(archived.body.archivedAt);
  expect([await listed("search=put%20AWAY"), await listed("archived=true")]).toEqual([false, true]);
  expect((await api.call("POST", `/v1/campaigns/${id}/start`)).status).toBe(200);
  expect((await api.call("GET", `/v1/campaigns/${id}`)).body).toMatchObject({ status: "active", archivedAt: null });
  const refused = await api.call("POST", `/v1/campaigns/${id}/archive`);
  expect([refused.status, refused.body.message]).toEqual([409, expect.stringContaining("Pause it before")]);
  expect([await listed("search=put%20AWAY"), await listed("search=nothing")]).toEqual([true, false]);
  expect((await api.call("POST", "/v1/campaigns/camp_x/archive")).status).toBe(404);
});

test("steps that are being written are checked by field, and the sound ones written for a lead", async () => {
  const { id, steps } = await create();
  const leadId = await lead({ firstName: "Zoë" });
  const draft = [
    { id: steps[0]!.id, channel: "sms", text: "Hi {{ firstName }} – ok?" },
    { channel: "sms", text: "Hi {{ firstName", delay: "2d" },
    { channel: "sms", text: "", delay: "soon" },
    { channel: "sms", text: "{{ nothing }}" },
  ];
  const { status, body } = await api.call("POST", `/v1/campaigns/${id}/preview`, { body: { leadId, steps: draft } });
  expect(status).toBe(200);
  expect(body.problems.map(({ field }: { field: string }) => field).sort()).toEqual([
    ...["steps.1.text", "steps.2.delay", "steps.2.text"],
  ]);
  expect(body.messages).toMatchObject([
    {
      ...{ stepId: steps[0]!.id, text: "Hi Zoë – ok?", to: expect.stringMatching(/^\+1202/), senderId: smsSender },
      size: { characters: 12, limit: 1_600, sms: { encoding: "UCS-2", segments: 1, left: 58 } },
    },
    { position: 4, blocked: { code: "missing_variable" } },
  ]);
  // Nothing was stored.
  expect((await api.call("GET", `/v1/campaigns/${id}`)).body.steps).toHaveLength(1);
  const checked = await api.call("POST", `/v1/campaigns/${id}/preview`, { body: { steps: draft.slice(0, 1) } });
  expect(checked.body).toEqual({ problems: [], messages: [] });
  const stranger = { body: { leadId: "lead_x", steps: [] } };
  expect((await api.call("POST", `/v1/campaigns/${id}/preview`, stranger)).status).toBe(404);
  expect((await api.call("POST", "/v1/campaigns/camp_x/preview", { body: { steps: [] } })).status).toBe(404);
});

test("leads are put in by a filter, page by page, and listed with who they are and how far all are", async () => {
  const { id, steps } = await create();
  const names = Array.from({ length: 3 }, (_, i) => `Filtered ${i}`);
  for (const firstName of names) await lead({ firstName });
  const filter = { search: "filtered" };
  const first = await api.call("POST", `/v1/campaigns/${id}/leads`, { body: { filter } });
  expect(first.body).toMatchObject({ enrolled: 3, notFound: [], nextCursor: null });
  const again = await api.call("POST", `/v1/campaigns/${id}/leads`, { body: { filter } });
  expect(again.body).toMatchObject({ enrolled: 0, alreadyEnrolled: 3 });
  const listed = await api.call("GET", `/v1/campaigns/${id}/leads?stepId=${steps[0]!.id}`);
  expect(listed.body.data.map((each: { lead: { firstName: string } }) => each.lead.firstName).sort()).toEqual(names);
  expect((await api.call("GET", `/v1/campaigns/${id}/leads?stepId=step_x`)).body.data).toEqual([]);
  const { body } = await api.call("GET", `/v1/campaigns/progress?ids=${id},camp_x`);
  const none = { held: 0, finished: 0, stopped: 0, contacted: 0, replied: 0 };
  expect(body.data).toEqual([{ campaignId: id, leads: 3, active: 3, ...none }]);
  expect((await api.call("POST", `/v1/campaigns/${id}/leads`, { body: { filter: {}, leadIds: ["x"] } })).status).toBe(
    400,
  );
});

test("the guard rails say how near a campaign is to being paused", async () => {
  const { id } = await create();
  const leadId = await lead();
  await api.db.query(
    `insert into message (workspace_id, id, conversation_id, campaign_id, lead_id, step_id, channel, sender_id, direction, source, status, status_code, text, to_address, created_at)
     select $1, 'msg_rail_' || n, 'conv_x', $2, $3, 'step_' || n, 'sms', $4, 'outbound', 'campaign', case when n < 9 then 'sent' else 'failed' end,
       case when n = 10 then 'invalid_number' end, 'x', '+15550100', now() from generate_series(1, 10) n`,
    [api.workspaceId, id, leadId, smsSender],
  );
  const { body } = await api.call("GET", `/v1/campaigns/${id}/health`);
  expect(body).toMatchObject({ days: 7, fewest: 50, messages: 10 });
  expect(body.rails).toEqual([
    { rail: "complaints", count: 0, share: 0, limit: 0.001 },
    { rail: "bounces", count: 1, share: 0.1, limit: 0.05 },
    { rail: "failures", count: 2, share: 0.2, limit: 0.2 },
  ]);
  expect((await api.call("GET", "/v1/campaigns/camp_x/health")).status).toBe(404);
});

test("the fields that templates can name are those of the leads", async () => {
  const custom = JSON.stringify({ favouriteTopic: "hiring" });
  await api.db.query("update lead set custom = $3 where workspace_id = $1 and id = $2", [
    ...[api.workspaceId, await lead(), custom],
  ]);
  const { body } = await api.call("GET", "/v1/leads/fields");
  expect(body.standard).toContain("firstName");
  expect(body.custom).toEqual([{ name: "favouriteTopic", leads: 1, example: "hiring" }]);
});

test("a task is somebody's while it is open", async () => {
  const { id } = await create();
  const leadId = await lead({ firstName: "Grace" });
  await api.db.query(
    `insert into task (workspace_id, id, campaign_id, lead_id, step_id, title, text)
     values ($1, 'task_a', $2, $3, 'step_a', 'Call', 'x'), ($1, 'task_b', $2, $3, 'step_b', 'Write', 'y')`,
    [api.workspaceId, id, leadId],
  );
  const assigned = await api.call("PATCH", "/v1/tasks/task_a", { body: { assignee: "ada@example.com" } });
  expect([assigned.status, assigned.body.assignee]).toEqual([200, "ada@example.com"]);
  const ids = async (query: string) =>
    (await api.call("GET", `/v1/tasks?${query}`)).body.data.map((task: { id: string }) => task.id);
  expect(await ids("assignee=ada@example.com")).toEqual(["task_a"]);
  expect(await ids("assignee=")).toEqual(["task_b"]);
  expect(await ids("order=newest")).toEqual(["task_b", "task_a"]);
  expect((await api.call("GET", "/v1/tasks/task_a")).body.lead).toMatchObject({ firstName: "Grace" });
  await api.call("POST", "/v1/tasks/task_a/complete", { body: {} });
  const late = await api.call("PATCH", "/v1/tasks/task_a", { body: { assignee: null } });
  expect([late.status, late.body.message]).toEqual([409, expect.stringContaining("done")]);
  expect((await api.call("PATCH", "/v1/tasks/task_x", { body: { assignee: null } })).status).toBe(404);
});
