import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeLead, makeSender } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

/** What the API takes and refuses of conditions, branches, variants and tasks. */
let api: Api;
let senderIds: string[];
beforeAll(async () => {
  api = await setup();
  senderIds = [
    await makeSender(api.db, api.workspaceId, "sms"),
    await makeSender(api.db, api.workspaceId, "linkedin"),
    await makeSender(api.db, api.workspaceId, "email"),
  ];
});
afterAll(async () => await api.close());

const create = (steps: object[], more: object = {}) =>
  api.call("POST", "/v1/campaigns", { body: { name: "Branches", senderIds, steps, ...more } });
const sms = (text: string, more: object = {}) => ({ channel: "sms", text, ...more });

test("steps are referred to by position, key or ID, and answered by ID; what was answered can be sent back", async () => {
  const { status, body } = await create([
    { channel: "linkedin", action: "connect", key: "invite" },
    { action: "wait_for_acceptance", timeLimit: "14d", else: { goTo: "by-email" } },
    { channel: "linkedin", text: "Thanks!", if: { all: [{ connected: true }, { not: { hasTag: "vip" } }] } },
    { channel: "email", key: "by-email", subject: "Hi", text: "x", if: { hasAddress: "email" }, else: { goTo: 6 } },
    { channel: "email", text: "y", if: { opened: { step: "by-email" } }, else: "stop" },
    { action: "task", title: "Call", text: "Call {{ firstName }}" },
  ]);
  expect(status).toBe(201);
  const ids = body.steps.map(({ id }: { id: string }) => id);
  expect(body.steps).toMatchObject([
    { key: "invite", if: null, else: null },
    { channel: "linkedin", timeLimit: { amount: 14, unit: "days" }, else: { goTo: ids[3] } },
    { if: { all: [{ connected: true }, { not: { hasTag: "vip" } }] }, else: "skip" },
    { key: "by-email", else: { goTo: ids[5] } },
    { if: { opened: { step: ids[3] } }, else: "stop" },
    { channel: null, action: "task", title: "Call", subject: null },
  ]);
  const change = (steps: object[]) => api.call("PATCH", `/v1/campaigns/${body.id}`, { body: { steps } });
  const edited = await change(body.steps);
  expect([edited.status, edited.body.steps]).toEqual([200, body.steps]);

  const [first, ...rest] = body.steps;
  const { delay, ...timed } = first;
  const later = await change([{ ...timed, delaySeconds: 90 }, ...rest]);
  expect(later.body.steps[0]).toMatchObject({ delay: { amount: 90, unit: "seconds" }, delaySeconds: 90 });
  const both = await change([{ ...first, delay: "2m" }, ...rest]);
  expect([both.status, both.body.details]).toEqual([
    400,
    [{ field: "steps.0.delaySeconds", reason: expect.stringMatching(/^The delay comes to 120 seconds: leave /) }],
  ]);
});

describe("refused, by field and reason:", () => {
  const cases: [what: string, steps: object[], field: string, reason: RegExp][] = [
    [
      "a circle",
      [sms("a", { key: "a" }), sms("b", { if: { replied: true }, else: { goTo: "a" } })],
      "steps.1.else.goTo",
      /Step 1 doesn't come after step 2: leads would go round in circles/,
    ],
    ["a branch to itself", [sms("a", { if: { replied: true }, else: { goTo: 1 } })], "steps.0.else.goTo", /circles/],
    [
      "a branch to nowhere",
      [sms("a", { if: { replied: true }, else: { goTo: "nowhere" } }), sms("b")],
      "steps.0.else.goTo",
      /There is no step nowhere/,
    ],
    [
      "a branch behind the end",
      [sms("a", { if: { replied: true }, else: { goTo: 2 } })],
      "steps.0.else.goTo",
      /no step 2/,
    ],
    ["an else without an if", [sms("a", { else: "stop" })], "steps.0.else", /give `if`/],
    [
      "variants without weight",
      [
        {
          channel: "sms",
          variants: [
            { text: "a", weight: 0 },
            { text: "b", weight: 0 },
          ],
        },
      ],
      "steps.0.variants",
      /All weights are 0/,
    ],
    ["a single variant", [{ channel: "sms", variants: [{ text: "a" }] }], "steps.0.variants", /2 to 6 variants/],
    [
      "seven variants",
      [{ channel: "sms", variants: Array.from({ length: 7 }, () => ({ text: "a" })) }],
      "steps.0.variants",
      /2 to 6 variants/,
    ],
    [
      "a negative weight",
      [{ channel: "sms", variants: [{ text: "a", weight: -1 }, { text: "b" }] }],
      "steps.0.variants.0.weight",
      /./,
    ],
    [
      "a variant without a text",
      [{ channel: "sms", variants: [{ text: "a" }, { text: " " }] }],
      "steps.0.variants.1.text",
      /must not be empty/,
    ],
    [
      "variants beside a text",
      [sms("a", { variants: [{ text: "a" }, { text: "b" }] })],
      "steps.0.text",
      /each of them/,
    ],
    [
      "two variants of one name",
      [{ channel: "sms", variants: [{ text: "a", key: "B" }, { text: "b" }] }],
      "steps.0.variants.1.key",
      /called B/,
    ],
    [
      "an email variant without a subject",
      [{ channel: "email", variants: [{ subject: "s", text: "a" }, { text: "b" }] }],
      "steps.0.variants.1.subject",
      /needs a subject/,
    ],
    ["a message without a channel", [{ text: "a" }], "steps.0.channel", /Give the channel/],
    ["a text missing for its channel", [{ channel: "linkedin" }], "steps.0.text", /must not be empty/],
    ["waiting without an end", [{ action: "wait_for_acceptance" }], "steps.0.timeLimit", /such as 14d/],
    [
      "waiting for 400 years",
      [{ action: "wait_for_acceptance", timeLimit: "146000d" }],
      "steps.0.timeLimit",
      /at most a year/,
    ],
    ["a delay of 400 years", [sms("a", { delay: "146000d" })], "steps.0.delay", /at most a year/],
    [
      "an invitation by SMS",
      [{ channel: "sms", action: "wait_for_acceptance", timeLimit: "1d" }],
      "steps.0.channel",
      /Only LinkedIn/,
    ],
    ["a time limit of a message", [sms("a", { timeLimit: "1d" })], "steps.0.timeLimit", /Only wait_for_acceptance/],
    ["a task without a text", [{ action: "task", title: "x" }], "steps.0.text", /what is to be done/],
    ["a template that doesn't parse in a task", [{ action: "task", title: "{{ x", text: "y" }], "steps.0.title", /./],
    ["two steps of one key", [sms("a", { key: "k" }), sms("b", { key: "k" })], "steps.1.key", /has this key/],
    ["a key like an ID", [sms("a", { key: "step_1" })], "steps.0.key", /A key is/],
    [
      "opened before it was sent",
      [{ channel: "email", subject: "s", text: "a", if: { opened: { step: 1 } } }],
      "steps.0.if.opened.step",
      /doesn't come before/,
    ],
    [
      "a field of which nothing is asked",
      [sms("a", { if: { field: { name: "title" } } })],
      "steps.0.if.field",
      /Say what/,
    ],
    [
      "never",
      [sms("a", { if: { daysSinceLastTouch: { atLeast: 5, atMost: 3 } } })],
      "steps.0.if.daysSinceLastTouch",
      /never holds/,
    ],
    ["an unknown condition", [sms("a", { if: { married: true } })], "steps.0.if", /./],
    [
      "a reply to an email that a lead may not have got",
      [
        { channel: "email", subject: "s", text: "a", if: { hasTag: "vip" } },
        { channel: "email", text: "b" },
      ],
      "steps.1.subject",
      /without having got an email before/,
    ],
  ];
  test.each(cases)("%s", async (_, steps, field, reason) => {
    const { status, body } = await create(steps);
    expect(status).toBe(400);
    const found = body.details.find((each: { field: string }) => each.field.startsWith(field));
    expect(found, JSON.stringify(body.details)).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  test("a key that a known step has is told once where two bear it", async () => {
    const { body } = await create([sms("a", { key: "k" })]);
    const steps = [sms("a", { key: "k" }), sms("b", { key: "k" })];
    const changed = await api.call("PATCH", `/v1/campaigns/${body.id}`, { body: { steps } });
    expect(changed.body.details).toEqual([{ field: "steps.1.key", reason: expect.stringContaining("has this key") }]);
  });
});

test("a preview shows a task as it will read; one that isn't there can't be completed", async () => {
  const { body: campaign } = await create([{ action: "task", text: "Call {{ firstName }}" }, sms("after")]);
  const leadId = await makeLead(api.db, api.workspaceId, { firstName: "Ada" });
  await api.call("POST", `/v1/campaigns/${campaign.id}/leads`, { body: { leadIds: [leadId] } });
  const { body: shown } = await api.call("GET", `/v1/campaigns/${campaign.id}/preview?leadId=${leadId}`);
  expect(shown.messages).toMatchObject([
    { action: "task", text: "Call Ada", channel: null, notFor: null },
    { action: "message", text: "after" },
  ]);
  const unknown = await api.call("POST", "/v1/tasks/task_01k9x2m4vye8qsa5h1b7d3n6fj/complete", { body: {} });
  expect(unknown.status).toBe(404);
  expect((await api.call("GET", `/v1/tasks?campaignId=${campaign.id}`)).body).toEqual({ data: [], nextCursor: null });
});

test("a pause is seven days unless a date is named, and no date that is no pause is taken", async () => {
  const leadId = await makeLead(api.db, api.workspaceId);
  const { body } = await api.call("POST", `/v1/leads/${leadId}/pause`, { body: {} });
  const days = (Date.parse(body.pausedUntil) - Date.now()) / 86_400_000;
  expect(days).toBeCloseTo(7, 2);
  for (const until of ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"]) {
    const refused = await api.call("POST", `/v1/leads/${leadId}/pause`, { body: { until } });
    expect([refused.status, refused.body.details[0].field]).toEqual([400, "until"]);
  }
  // Said with what comes next, as long as it lasts.
  const pauseNow = async () => (await api.call("GET", `/v1/leads/${leadId}/next`)).body.pause;
  expect(await pauseNow()).toEqual({ until: body.pausedUntil, reason: "out of office" });
  expect((await api.call("DELETE", `/v1/leads/${leadId}/pause`)).body).toEqual({
    leadId,
    pausedUntil: null,
    sequences: 0,
  });
  expect(await pauseNow()).toBe(null);
});

test("results name every variant, also one that nobody got yet", async () => {
  const { body: campaign } = await create([
    { channel: "sms", variants: [{ text: "a" }, { text: "b", weight: 3, key: "bold" }] },
  ]);
  const { body } = await api.call("GET", `/v1/campaigns/${campaign.id}/results`);
  expect(body.steps).toMatchObject([
    {
      position: 1,
      sent: 0,
      variants: [
        { key: "A", weight: 1, sent: 0 },
        { key: "bold", weight: 3, replied: 0 },
      ],
    },
  ]);
});

test("a suppression takes the leads with that address out of running campaigns, and says so", async () => {
  const { body: campaign } = await create([sms("a", { delay: "1d" })]);
  const leadId = await makeLead(api.db, api.workspaceId, { phone: "+12025550198" });
  await api.call("POST", `/v1/campaigns/${campaign.id}/leads`, { body: { leadIds: [leadId] } });
  await api.call("POST", `/v1/campaigns/${campaign.id}/start`);
  await api.call("POST", "/v1/suppressions", { body: { channel: "sms", address: "+1 202 555 0198", reason: "STOP" } });
  const { body } = await api.call("GET", `/v1/campaigns/${campaign.id}/leads`);
  expect(body.data).toMatchObject([{ leadId, state: "stopped", reason: "suppressed: STOP" }]);
});
