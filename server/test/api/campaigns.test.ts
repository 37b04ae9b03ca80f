import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changeCampaignIn } from "../../src/api/campaigns.ts";
import { makeDestination, makeLead, makeSender } from "../factories.ts";
import { type Call, outreachApi } from "./outreach-api.ts";

let api: Awaited<ReturnType<typeof outreachApi>>;
beforeAll(async () => {
  api = await outreachApi();
});
afterAll(async () => await api.close());

async function setup() {
  const { workspaceId, call } = await api.workspace();
  const sms = await makeSender(api.db, workspaceId, "sms");
  const email = await makeSender(api.db, workspaceId, "email");
  const create = async (body: Record<string, unknown>) =>
    await call("POST", "/v1/campaigns", { name: "Spring", ...body });
  return { workspaceId, call, sms, email, create };
}

const detailsOf = (body: Record<string, unknown>) =>
  (body.details as { field: string; reason: string }[] | undefined)?.map((detail) => detail.field);
const eventsOf = async (workspaceId: string) =>
  (
    await api.db.query<{ type: string }>("select type from event where workspace_id = $1 order by at, id", [
      workspaceId,
    ])
  ).rows.map((row) => row.type);

describe("creating", () => {
  test("a campaign is created as a draft, with its steps in order and delays in any spelling", async () => {
    const { sms, email, create, call } = await setup();
    const { status, body } = await create({
      timeZone: "europe/berlin",
      senderIds: [sms, email, sms],
      steps: [
        { channel: "email", subject: "Hi {{ firstName }}", text: "Hello", html: "<p>Hello</p>" },
        { channel: "email", delay: "2d", text: "Again" },
        { channel: "sms", delay: 90, text: "Hi {{ firstName | default: 'there' }}" },
        { channel: "linkedin", action: "connect", delay: "1h" },
      ],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: "Spring", status: "draft", timeZone: "Europe/Berlin", senderIds: [sms, email] });
    expect(body.steps).toMatchObject([
      {
        position: 1,
        channel: "email",
        action: "message",
        delaySeconds: 0,
        subject: "Hi {{ firstName }}",
        html: "<p>Hello</p>",
      },
      { position: 2, channel: "email", delaySeconds: 172_800, subject: null, text: "Again" },
      { position: 3, channel: "sms", delaySeconds: 90, html: null },
      { position: 4, channel: "linkedin", action: "connect", delaySeconds: 3_600, text: "" },
    ]);
    const metrics = { connectionsSent: 0, connectionsAccepted: 0, messagesSent: 0, repliesReceived: 0 };
    expect((await call("GET", `/v1/campaigns/${body.id}`)).body).toEqual({ ...body, metrics });
  });

  test("a template that doesn't parse is refused with the step's field and the place in it", async () => {
    const { create, call } = await setup();
    const good = { channel: "sms", text: "fine" };
    const { status, body } = await create({
      steps: [good, good, { channel: "sms", text: "Hi\n{{ firstName | shout }}" }],
    });
    expect([status, body.code]).toEqual([400, "invalid_template"]);
    expect(body.details).toEqual([
      { field: "steps.2.text", reason: expect.stringMatching(/^line 2, column 1: .*shout/) },
    ]);
    expect((await call("GET", "/v1/campaigns")).body).toMatchObject({ meta: { total: 0 } });
  });

  test("a step's texts may stand in a template of its own, and problems name them there", async () => {
    const { create } = await setup();
    const template = { subject: "Hi {{ firstName }}", text: "Hello", html: "<p>Hello</p>" };
    const { status, body } = await create({ steps: [{ channel: "email", template }] });
    expect(status).toBe(201);
    const [step] = body.steps as object[];
    expect(step).toMatchObject(template);
    expect(step).not.toHaveProperty("template");
    const wrong = [
      { channel: "email", template: { text: "no subject" } },
      { channel: "sms", template: { text: "Hi" }, text: "Ho" },
      { channel: "sms", template: { text: "{{ x" } },
    ];
    expect(detailsOf((await create({ steps: wrong })).body)).toEqual([
      ...["steps.0.template.subject", "steps.1.text", "steps.2.template.text"],
    ]);
  });

  test("a link that no message should carry is refused with the step's field", async () => {
    const { create } = await setup();
    const html = '<a href="{{ link }}">one</a> <a href="javascript:alert(1)">two</a>';
    const { status, body } = await create({ steps: [{ channel: "email", subject: "Hi", text: "Hi", html }] });
    expect([status, body.code]).toEqual([400, "invalid_template"]);
    expect(body.details).toEqual([
      { field: "steps.0.html", reason: expect.stringContaining('"javascript:alert(1)" (href) does not begin with') },
    ]);
  });

  test("everything that a channel doesn't allow is named at once", async () => {
    const { create } = await setup();
    const { status, body } = await create({
      steps: [
        { channel: "email", text: "no subject" },
        { channel: "sms", text: "x".repeat(1_601), subject: "no" },
        { channel: "linkedin", text: "x".repeat(8_001) },
        { channel: "linkedin", action: "connect", text: "x".repeat(301) },
        { channel: "sms", action: "connect", text: "hi" },
        { channel: "sms", text: "  ", delay: "soon" },
        { channel: "email", subject: "a\r\nBcc: b", text: "x", html: "{% for %}" },
      ],
    });
    expect([status, body.code]).toEqual([400, "invalid_request"]);
    expect(detailsOf(body)).toEqual([
      ...["steps.0.subject", "steps.1.text", "steps.1.subject", "steps.2.text", "steps.3.text", "steps.4.action"],
      ...["steps.5.text", "steps.5.delay", "steps.6.subject", "steps.6.html"],
    ]);
  });

  test("the longest texts that a channel allows are taken", async () => {
    const { create } = await setup();
    const steps = [
      { channel: "sms", text: "x".repeat(1_600) },
      { channel: "linkedin", text: "x".repeat(8_000) },
      { channel: "linkedin", action: "connect", text: "x".repeat(300) },
      { channel: "email", subject: "s", text: "x".repeat(100_000) },
    ];
    expect((await create({ steps })).status).toBe(201);
  });

  test("an unknown time zone, a sender of another workspace, and a misspelt field are refused by name", async () => {
    const { create } = await setup();
    const { sms: theirs } = await setup();
    expect(detailsOf((await create({ timeZone: "Mars/Base" })).body)).toEqual(["timeZone"]);
    expect(detailsOf((await create({ senderIds: [theirs] })).body)).toEqual(["senderIds.0"]);
    expect(detailsOf((await create({ steps: [{ channel: "sms", texts: "x" }] })).body)).toEqual(["steps.0.texts"]);
  });
});

test("lists are paged in SendPilot's shape and filtered by status", async () => {
  const { create, call, sms } = await setup();
  const names = ["one", "two", "three"];
  for (const name of names) await create({ name, senderIds: [sms], steps: [{ channel: "sms", text: "x" }] });
  const { body } = await call("GET", "/v1/campaigns?page=2&limit=2");
  expect(body.meta).toEqual({ total: 3, page: 2, limit: 2, totalPages: 2 });
  expect(body.data).toHaveLength(1);
  const { id } = (body.data as { id: string }[])[0]!;
  await call("POST", `/v1/campaigns/${id}/start`);
  const active = await call("GET", "/v1/campaigns?status=active");
  expect(active.body).toMatchObject({ data: [{ id, status: "active" }], meta: { total: 1, totalPages: 1 } });
});

describe("running", () => {
  test("start, pause and resume change the status, record their events once, and wake the planner", async () => {
    const { workspaceId, call, sms, create } = await setup();
    await makeDestination(api.db, workspaceId);
    const { id } = (await create({ senderIds: [sms], steps: [{ channel: "sms", text: "x" }] })).body;
    api.woken.length = 0;
    expect(await call("PATCH", `/v1/campaigns/${id}`, { action: "start" })).toMatchObject({
      ...{ status: 400, body: { details: [{ field: "action", reason: expect.stringContaining("/{id}/start") }] } },
    });
    expect((await call("POST", `/v1/campaigns/${id}/start`)).body).toMatchObject({
      action: "start",
      newStatus: "active",
    });
    expect(api.woken).toEqual(["delivery", "planner"]);
    const pause = await call("PATCH", `/v1/campaigns/${id}`, { action: "pause" });
    expect(pause).toMatchObject({ status: 200 });
    expect(pause.body).toEqual({
      ...{ success: true, campaignId: id, action: "pause", newStatus: "paused", message: expect.any(String) },
    });
    expect((await call("POST", `/v1/campaigns/${id}/pause`)).body).toMatchObject({
      success: true,
      newStatus: "paused",
    });
    await call("PATCH", `/v1/campaigns/${id}`, { action: "resume" });
    expect((await call("POST", `/v1/campaigns/${id}/resume`)).body).toMatchObject({ newStatus: "active" });
    expect(await eventsOf(workspaceId)).toEqual(["campaign.started", "campaign.paused", "campaign.resumed"]);
  });

  test("a campaign without steps, or with a step that no sender can send, doesn't start and says why", async () => {
    const { call, sms, create } = await setup();
    const empty = (await create({ senderIds: [sms] })).body.id;
    expect((await call("POST", `/v1/campaigns/${empty}/start`)).body).toMatchObject({
      statusCode: 409,
      code: "invalid_state",
    });
    const steps = [
      { channel: "sms", text: "x" },
      { channel: "email", subject: "s", text: "x" },
    ];
    const mixed = (await create({ senderIds: [sms], steps })).body.id;
    const { body } = await call("POST", `/v1/campaigns/${mixed}/start`);
    expect([body.statusCode, detailsOf(body)]).toEqual([409, ["steps.1.channel"]]);
    expect((await call("POST", `/v1/campaigns/${mixed}/pause`)).status).toBe(409);
  });

  test("a draft can be edited as a whole; a started one keeps a sender for each of its steps, and names them by ID", async () => {
    const { call, sms, email, create } = await setup();
    const { id } = (
      await create({ timeZone: "Europe/Berlin", senderIds: [sms], steps: [{ channel: "sms", text: "old" }] })
    ).body;
    const edit = (body: Record<string, unknown>) => call("PATCH", `/v1/campaigns/${id}`, body);
    const edited = await edit({
      name: "Summer",
      timeZone: null,
      senderIds: [sms, email],
      steps: [{ channel: "sms", text: "new" }],
    });
    expect(edited.body).toMatchObject({
      name: "Summer",
      timeZone: null,
      senderIds: [sms, email],
      steps: [{ text: "new" }],
    });
    await call("POST", `/v1/campaigns/${id}/start`);
    const refused = await edit({ name: "Autumn", steps: [{ id: "step_x", channel: "sms", text: "newer" }] });
    expect([refused.status, detailsOf(refused.body)]).toEqual([400, ["steps.0.id"]]);
    expect(detailsOf((await edit({ steps: [] })).body)).toEqual(["steps"]);
    const linkedin = await edit({ steps: [{ channel: "linkedin", text: "no sender for it" }] });
    expect([linkedin.status, detailsOf(linkedin.body)]).toEqual([422, ["senderIds"]]);
    expect((await edit({ senderIds: [email] })).body).toMatchObject({
      statusCode: 422,
      details: [{ field: "senderIds" }],
    });
    expect((await edit({ senderIds: [sms], name: "Winter" })).body).toMatchObject({ name: "Winter", senderIds: [sms] });
    const { body } = await call("GET", `/v1/campaigns/${id}`);
    expect(body).toMatchObject({ name: "Winter", status: "active", steps: [{ text: "new" }] });
  });
});

describe("leads of a campaign", () => {
  test("of two who change the same state, the second one is told, and overwrites nothing", async () => {
    const { call, sms, create } = await setup();
    type State = { id: string; updatedAt: string; steps: { id: string }[] };
    const made = (await create({ senderIds: [sms], steps: [{ channel: "sms", text: "x" }] })).body as unknown as State;
    const path = `/v1/campaigns/${made.id}`;
    const write = (text: string, ifUpdatedAt?: string) =>
      call("PATCH", path, { steps: [{ id: made.steps[0]!.id, channel: "sms", text }], ifUpdatedAt });
    expect(await write("first", made.updatedAt)).toMatchObject({ status: 200 });
    expect(await write("second", made.updatedAt)).toMatchObject({
      status: 409,
      body: { code: "conflict", details: [{ field: "ifUpdatedAt", reason: expect.stringContaining("Get it again") }] },
    });
    const now = (await call("GET", path)).body as unknown as State;
    expect(now.steps).toMatchObject([{ text: "first" }]);
    expect(await write("second", now.updatedAt.replace("Z", "+00:00"))).toMatchObject({ status: 200 });
    expect(await write("third")).toMatchObject({ status: 200, body: { steps: [{ text: "third" }] } });
  });

  test("a campaign that was started, paused and resumed meanwhile is still the one that was seen; a change is not", async () => {
    const { workspaceId, call, sms, create } = await setup();
    const { id, updatedAt } = (await create({ senderIds: [sms], steps: [{ channel: "sms", text: "x" }] })).body;
    const path = `/v1/campaigns/${id}`;
    await call("POST", `${path}/leads`, { leadIds: [await makeLead(api.db, workspaceId)] });
    expect(await call("POST", `${path}/start`)).toMatchObject({ status: 200 });
    for (const action of ["pause", "resume", "pause"]) await call("PATCH", path, { action });
    const rename = (name: string, ifUpdatedAt: unknown) => call("PATCH", path, { name, ifUpdatedAt });
    const renamed = await rename("first", updatedAt);
    expect(renamed).toMatchObject({ status: 200, body: { name: "first", status: "paused" } });
    await call("PATCH", path, { action: "resume" });
    expect(await rename("second", updatedAt)).toMatchObject({ status: 409 });
    const { body: resumed } = await call("GET", path);
    expect(String(resumed.updatedAt) > String(renamed.body.updatedAt)).toBe(true);
    expect(await rename("second", resumed.updatedAt)).toMatchObject({ status: 200 });
  });

  test("of two changes the one that was made later has the later time, also where it began earlier", async () => {
    const { workspaceId, call, create } = await setup();
    const { id } = (await create({})).body;
    const path = `/v1/campaigns/${id}`;
    let seen: unknown;
    await api.db.transaction(async (tx) => {
      await tx.query("select now()");
      seen = (await call("PATCH", path, { name: "seen" })).body.updatedAt;
      await changeCampaignIn(tx, workspaceId, String(id), { name: "began before" });
    });
    expect(await call("PATCH", path, { name: "third", ifUpdatedAt: seen })).toMatchObject({ status: 409 });
    const { body } = await call("GET", path);
    expect(body.name).toBe("began before");
    expect(await call("PATCH", path, { name: "third", ifUpdatedAt: body.updatedAt })).toMatchObject({ status: 200 });
  });

  test("leads are enrolled once; those that were in it and IDs of nobody are told apart", async () => {
    const { workspaceId, call, create } = await setup();
    const { id } = (await create({ steps: [{ channel: "sms", text: "x" }] })).body;
    const [a, b] = [await makeLead(api.db, workspaceId), await makeLead(api.db, workspaceId)];
    const stranger = await makeLead(api.db, (await setup()).workspaceId);
    const enroll = (leadIds: string[]) => call("POST", `/v1/campaigns/${id}/leads`, { leadIds });
    api.woken.length = 0;
    expect((await enroll([a, a])).body).toEqual({
      ...{ enrolled: 1, alreadyEnrolled: 0, inOtherCampaign: 0, notFound: [] },
    });
    expect(api.woken).toEqual(["planner"]);
    expect((await enroll([a, b, stranger, "lead_x"])).body).toEqual({
      ...{ enrolled: 1, alreadyEnrolled: 1, inOtherCampaign: 0, notFound: [stranger, "lead_x"] },
    });
    expect((await enroll([])).status).toBe(400);
    expect((await enroll(Array.from({ length: 1_001 }, (_, n) => `lead_${n}`))).status).toBe(400);
  });

  test("the list says where each lead is, by cursor, each once", async () => {
    const { workspaceId, call, create } = await setup();
    const { id } = (await create({ steps: [{ channel: "sms", text: "x", delay: "1d" }] })).body;
    const leadIds = [];
    for (let n = 0; n < 3; n++) leadIds.push(await makeLead(api.db, workspaceId));
    await call("POST", `/v1/campaigns/${id}/leads`, { leadIds });
    const first = await call("GET", `/v1/campaigns/${id}/leads?limit=2`);
    const rest = await call("GET", `/v1/campaigns/${id}/leads?limit=2&cursor=${first.body.nextCursor}`);
    const rows = [first, rest].flatMap((answer) => answer.body.data as { leadId: string; nextAt: string }[]);
    expect(rows.map((row) => row.leadId)).toEqual(leadIds.sort());
    expect(rest.body.nextCursor).toBeNull();
    expect(rows[0]).toMatchObject({ state: "active", reason: null, nextStep: 1, nextAt: expect.stringMatching(/Z$/) });
    expect(Date.parse(rows[0]!.nextAt)).toBeGreaterThan(Date.now() + 86_000_000);
  });
});

test("a campaign of another workspace is as unknown as one that was never there, for every call", async () => {
  const theirs = (await (await setup()).create({})).body.id as string;
  const { call, workspaceId } = await setup();
  const lead = await makeLead(api.db, workspaceId);
  const calls = (id: string): Promise<Awaited<ReturnType<Call>>>[] => [
    call("GET", `/v1/campaigns/${id}`),
    call("PATCH", `/v1/campaigns/${id}`, { name: "mine" }),
    call("PATCH", `/v1/campaigns/${id}`, { action: "pause" }),
    call("POST", `/v1/campaigns/${id}/start`),
    call("POST", `/v1/campaigns/${id}/leads`, { leadIds: [lead] }),
    call("GET", `/v1/campaigns/${id}/leads`),
  ];
  for (const id of [theirs, "camp_00000000000000000000000000"]) {
    const answers = await Promise.all(calls(id));
    expect(answers.map(({ status, body }) => `${status} ${body.message}`)).toEqual(
      answers.map(() => `404 There is no campaign ${id} in this workspace.`),
    );
  }
});
