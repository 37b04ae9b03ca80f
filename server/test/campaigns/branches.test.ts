import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pauseCampaign, resumeCampaign, setLeadStatus, startCampaign } from "../../src/campaigns/control.ts";
import { explainLead } from "../../src/campaigns/explain.ts";
import { explainMessage } from "../../src/campaigns/explain-message.ts";
import { completeTask } from "../../src/campaigns/tasks.ts";
import type { OutboundMessage, SendResult } from "../../src/channels/channel.ts";
import { editSteps, getCampaign, type Step, updateCampaign } from "../../src/db/campaign.ts";
import { noteWriting } from "../../src/db/lead-rest.ts";
import { stepResults } from "../../src/db/results.ts";
import { markConnected, pauseLead, stopByTags, stopSequences } from "../../src/db/stopping.ts";
import { listTasks } from "../../src/db/task.ts";
import { newId } from "../../src/domain/id.ts";
import type { Condition } from "../../src/domain/sequence/condition.ts";
import { type Otherwise, pickVariant } from "../../src/domain/sequence/step.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";
import { VirtualClock } from "../virtual-clock.ts";

/** What a sequence asks, waits for and branches to: days within seconds, on a database with a clock of its own. */
let clock: VirtualClock;
let close: () => Promise<void>;
const hour = 3_600_000;
const day = 24 * hour;
const monday = Date.UTC(2026, 2, 2, 9);

beforeAll(async () => {
  const created = await testDatabase();
  clock = await VirtualClock.install(created.db, created.config, monday);
  close = async () => {
    await clock.close();
    await created.close();
  };
});
afterAll(async () => await close());

type Steps = Parameters<typeof makeCampaign>[2]["steps"];

async function setup(
  steps: Steps,
  options: { leads?: number; onSend?: (message: OutboundMessage) => SendResult } = {},
) {
  const { db } = clock;
  await db.query("delete from outbox");
  await db.query("delete from lane");
  await db.query("update enrollment set state = 'stopped' where state in ('active', 'held')");
  await db.query("update campaign set status = 'finished' where status in ('active', 'paused')");
  await clock.set(monday);
  const workspaceId = await makeWorkspace(db);
  await db.query(`update workspace set sms_hours = '{"from": "00:00", "to": "24:00"}' where id = $1`, [workspaceId]);
  const leadIds: string[] = [];
  for (let i = 0; i < (options.leads ?? 1); i++) {
    const id = await makeLead(db, workspaceId);
    await db.query("update lead set created_at = now() where id = $1", [id]);
    leadIds.push(id);
  }
  // Those of one millisecond have no order of their own.
  leadIds.sort();
  /** "lead, by its place: text" */
  const sent: string[] = [];
  const adapter = scriptedAdapter({
    onSend: (message) => {
      const result = options.onSend?.(message) ?? { outcome: "sent" as const, providerMessageId: message.messageId };
      if (result.outcome === "sent") sent.push(`${leadIds.indexOf(message.leadId)}: ${message.text}`);
      return result;
    },
  });
  const engine = await makeEngine(db, adapter);
  const senders = {
    linkedin: await makeSender(db, workspaceId, "linkedin", "scripted"),
    sms: await makeSender(db, workspaceId, "sms", "scripted"),
    email: await makeSender(db, workspaceId, "email", "scripted"),
  };
  const senderIds = Object.values(senders);
  const campaignId = await makeCampaign(db, workspaceId, { senderIds, leadIds, steps });
  const start = () => startCampaign(db, workspaceId, campaignId, "api");
  const runTo = async (until: number) => {
    for (;;) {
      await engine.drain();
      const { planned, nextAt } = await engine.planner.runOnce();
      if (planned > 0) continue;
      if (nextAt === null || nextAt >= until) break;
      await clock.set(Math.max(Math.ceil(nextAt), clock.now() + 1));
    }
    await clock.set(until);
    await engine.drain();
  };
  const states = async () =>
    (
      await db.query<{ state: string; reason: string | null }>(
        "select state, state_reason as reason from enrollment where campaign_id = $1 order by array_position($2::text[], lead_id)",
        [campaignId, leadIds],
      )
    ).rows.map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`));
  const passages = async () =>
    (
      await db.query<{ line: string }>(
        `select s.position || ' ' || p.outcome || coalesce(' ' || p.reason, '') as line from passage p
         join step s on s.id = p.step_id and s.campaign_id = p.campaign_id where p.campaign_id = $1
         order by array_position($2::text[], p.lead_id), s.position`,
        [campaignId, leadIds],
      )
    ).rows.map(({ line }) => line);
  const status = (leadId: string, to: "CONNECTION_ACCEPTED" | "REPLY_RECEIVED" | "OPPORTUNITY") =>
    db.transaction(async (tx) => await setLeadStatus(tx, workspaceId, leadId, to, "api", null));
  const eventsOf = async (type: string) =>
    (
      await db.query<{ data: string }>("select data from event where workspace_id = $1 and type = $2 order by at", [
        workspaceId,
        type,
      ])
    ).rows.map(({ data }) => JSON.parse(data));
  return {
    db,
    engine,
    sent,
    workspaceId,
    senders,
    leadIds,
    campaignId,
    start,
    runTo,
    states,
    passages,
    status,
    eventsOf,
  };
}

const text = (what: string, more: Partial<Step> = {}) => ({ channel: "sms" as const, text: what, ...more });
const only = (condition: Condition, otherwise: Otherwise = "skip") => ({ condition, otherwise });
const after = (amount: number, unit: "hours" | "days" = "days") => ({ delay: { amount, unit } });

describe("a condition", () => {
  test("lets those pass for whom it holds; the others skip the step, leave, or go to a later one", async () => {
    const goal = newId("step");
    const steps = [
      text("for VIPs", only({ hasTag: "vip" })),
      text("for founders", only({ field: { name: "title", contains: "founder" } }, { goTo: goal })),
      text("for founders alone"),
      { ...text("goal"), id: goal },
      text("last", only({ not: { hasTag: "gone" } }, "stop")),
      text("never for those who are gone"),
    ];
    const { db, leadIds, sent, start, runTo, states, passages } = await setup(steps, { leads: 3 });
    const [vip, founder, gone] = leadIds;
    await db.query("update lead set tags = '{VIP}' where id = $1", [vip]);
    await db.query("update lead set title = 'Co-Founder' where id = $1", [founder]);
    await db.query("update lead set tags = '{gone}' where id = $1", [gone]);
    await start();
    await runTo(monday + hour);
    const of = (n: number) => sent.filter((line) => line.startsWith(`${n}:`)).map((line) => line.slice(3));
    expect(of(0)).toEqual(["for VIPs", "goal", "last", "never for those who are gone"]);
    expect(of(1)).toEqual(["for founders", "for founders alone", "goal", "last", "never for those who are gone"]);
    expect(of(2)).toEqual(["goal"]);
    expect(await states()).toEqual(["finished", "finished", expect.stringMatching(/^stopped condition: /)]);
    expect((await passages()).filter((line) => line.startsWith("2 "))).toEqual([
      "2 jumped condition: it was asked that the field title contains founder",
      "2 jumped condition: it was asked that the field title contains founder",
    ]);
  });

  test("is asked when its time has come, with what is known then", async () => {
    const steps = [text("first"), text("no answer yet", { ...only({ replied: false }), ...after(2) })];
    const { db, leadIds, sent, start, runTo, status } = await setup(steps, { leads: 2 });
    await start();
    await runTo(monday + day);
    // A reply stops a sequence; somebody lets this one go on.
    await status(leadIds[0]!, "REPLY_RECEIVED");
    await status(leadIds[0]!, "OPPORTUNITY");
    await db.query("update enrollment set state = 'active', next_at = now() where lead_id = $1", [leadIds[0]]);
    await runTo(monday + 3 * day);
    expect(sent).toEqual(["0: first", "1: first", "1: no answer yet"]);
  });

  test("of days since the last touch counts what anybody sent", async () => {
    const steps = [
      text("nobody wrote lately", only({ daysSinceLastTouch: { atLeast: 3 } }, "stop")),
      text("at once", only({ daysSinceLastTouch: { atLeast: 1 } })),
      text("a day later", { ...after(1), ...only({ daysSinceLastTouch: { atMost: 1 } }) }),
    ];
    const { sent, start, runTo } = await setup(steps);
    await start();
    await runTo(monday + 2 * day);
    expect(sent).toEqual(["0: nobody wrote lately", "0: a day later"]);
  });

  test("doesn't wait for a sender that is at its limit to find out that the step isn't for a lead", async () => {
    const steps = [
      { channel: "linkedin" as const, text: "hello" },
      { channel: "linkedin" as const, text: "for VIPs", ...only({ hasTag: "vip" }) },
      text("by SMS instead"),
    ];
    const { db, leadIds, senders, sent, start, runTo } = await setup(steps, { leads: 3 });
    await db.query("update sender set limits = $2 where id = $1", [senders.linkedin, { message: { perDay: 3 } }]);
    await db.query("update lead set tags = '{vip}' where id = $1", [leadIds[0]]);
    await start();
    await runTo(monday + hour);
    expect(sent.toSorted()).toEqual(["0: hello", "1: by SMS instead", "1: hello", "2: by SMS instead", "2: hello"]);
    await runTo(monday + day);
    expect(sent.slice(5)).toEqual(["0: for VIPs", "0: by SMS instead"]);
  });

  test("is explained before its time", async () => {
    const { db, start, runTo, workspaceId, leadIds } = await setup([text("x", only({ hasAddress: "email" }))]);
    await start();
    const [action] = await explainLead(db, workspaceId, leadIds[0]!);
    expect(action).toMatchObject({ at: monday, reasons: [] });
    await db.query("update lead set email = null where id = $1", [leadIds[0]]);
    const [other] = await explainLead(db, workspaceId, leadIds[0]!);
    expect(other!.reasons).toMatchObject([
      {
        rule: "condition",
        detail: "Nothing goes out at this step: it was asked that the lead has an address for email.",
        change: "The step goes out if the lead has an address for email.",
      },
    ]);
    await runTo(monday + hour);
  });
});

describe("waiting for an invitation to be accepted", () => {
  const goal = newId("step");
  const steps = (): Steps => [
    { channel: "linkedin", action: "connect", text: "" },
    {
      channel: "linkedin",
      action: "wait_for_acceptance",
      text: "",
      timeLimit: { amount: 5, unit: "days" },
      otherwise: { goTo: goal },
    },
    { channel: "linkedin", text: "Thanks for connecting", ...after(1, "hours") },
    { ...text("by SMS"), id: goal },
  ];

  test("ends when it is, and with the else when its time is over", async () => {
    const { db, sent, start, runTo, status, leadIds, passages, workspaceId } = await setup(steps(), { leads: 2 });
    await start();
    await runTo(monday + 2 * day);
    expect(sent).toEqual(["0: ", "1: "]);
    const [action] = await explainLead(db, workspaceId, leadIds[1]!);
    expect(action).toMatchObject({
      at: expect.closeTo(monday + 5 * day, -3),
      reasons: [{ rule: "schedule", detail: "the invitation has not been accepted yet" }],
    });
    await status(leadIds[0]!, "CONNECTION_ACCEPTED");
    await runTo(monday + 2 * day + 2 * hour);
    expect(sent.slice(2)).toEqual(["0: Thanks for connecting", "0: by SMS"]);
    await runTo(monday + 5 * day - hour);
    expect(sent).toHaveLength(4);
    await runTo(monday + 5 * day + hour);
    expect(sent.slice(4)).toEqual(["1: by SMS"]);
    expect(await passages()).toEqual([
      "2 accepted accepted: the invitation was accepted",
      "2 jumped time_limit: the invitation was not accepted in time",
    ]);
  });

  test("is none for who was connected before", async () => {
    const onSend = ({ messageId, action }: OutboundMessage): SendResult => ({
      outcome: "sent",
      providerMessageId: messageId,
      ...(action === "connect" && { note: "already_connected" }),
    });
    const { sent, start, runTo } = await setup(steps(), { onSend });
    await start();
    await runTo(monday + 2 * hour);
    expect(sent).toEqual(["0: ", "0: Thanks for connecting", "0: by SMS"]);
  });

  test("counts the campaign's own account: a connection with a stranger's says nothing", async () => {
    const { db, sent, start, runTo, leadIds, workspaceId, senders } = await setup(steps());
    await start();
    await runTo(monday + hour);
    const stranger = await makeSender(db, workspaceId, "linkedin", "scripted");
    await db.query(
      "insert into conversation (workspace_id, id, lead_id, channel, sender_id) values ($1, $2, $3, 'linkedin', $4)",
      [...[workspaceId, newId("conversation"), leadIds[0], stranger]],
    );
    await markConnected(db, workspaceId, leadIds[0]!, stranger);
    await runTo(monday + 2 * hour);
    expect(sent).toEqual(["0: "]);
    await markConnected(db, workspaceId, leadIds[0]!, senders.linkedin);
    await runTo(monday + 4 * hour);
    expect(sent.slice(1)).toEqual(["0: Thanks for connecting", "0: by SMS"]);
  });
});

describe("variants", () => {
  const variants = (weights: number[]) =>
    weights.map((weight, i) => ({ key: "ABC"[i]!, weight, subject: null, text: `variant ${"ABC"[i]}`, html: null }));

  test("are shared out by weight, independently at each step", () => {
    const [first, second] = ["step_1", "step_2"].map((stepId) => ({ stepId, variants: variants([3, 1, 0]) }));
    // Always the same leads, so that chance decides nothing.
    const picked = Array.from({ length: 4_000 }, (_, n) =>
      [first!, second!].map((step) => pickVariant(step, `lead_${n}`)!.key).join(""),
    );
    const part = (keys: RegExp) => picked.filter((both) => keys.test(both)).length / picked.length;
    expect(part(/^A/)).toBeCloseTo(3 / 4, 1);
    expect(part(/B$/)).toBeCloseTo(1 / 4, 1);
    expect(part(/AA/)).toBeCloseTo(9 / 16, 1);
    expect(part(/C/)).toBe(0);
  });

  test("are given to a lead once, whatever becomes of the weights", async () => {
    const steps: Steps = [{ ...text(""), variants: variants([3, 1, 0]) }];
    const { db, engine, workspaceId, sent, start, campaignId } = await setup(steps, { leads: 60 });
    await start();
    await engine.planner.runOnce();
    const chosen = async () =>
      (await db.query("select lead_id, variant from message where campaign_id = $1 order by lead_id", [campaignId]))
        .rows;
    const before = await chosen();
    const { rows } = await db.query<{ id: string }>("select id from step where campaign_id = $1", [campaignId]);
    const step = { stepId: rows[0]!.id, variants: variants([3, 1, 0]) };
    expect(before).toHaveLength(60);
    for (const { lead_id, variant } of before) expect(variant).toBe(pickVariant(step, lead_id)!.key);
    const a = before.filter(({ variant }) => variant === "A").length;
    // Held, and written again after all weight has gone to another.
    await pauseCampaign(db, workspaceId, campaignId, "user");
    await engine.drain();
    await db.query("update step set variants = $2 where campaign_id = $1", [
      campaignId,
      JSON.stringify(variants([0, 0, 1])),
    ]);
    await resumeCampaign(db, workspaceId, campaignId, "user");
    await engine.drain();
    expect(await chosen()).toEqual(before);
    expect(sent).toHaveLength(60);
    expect(sent.filter((line) => line.endsWith("variant A"))).toHaveLength(a);
  });

  test("have results of their own", async () => {
    const steps: Steps = [{ ...text(""), variants: variants([1, 1]) }, text("second", after(1))];
    const { db, workspaceId, start, runTo, status, leadIds, campaignId } = await setup(steps, { leads: 12 });
    await start();
    await runTo(monday + hour);
    const { rows } = await db.query<{ variant: string }>(
      "select variant from message where campaign_id = $1 and lead_id = $2",
      [campaignId, leadIds[0]],
    );
    await status(leadIds[0]!, "REPLY_RECEIVED");
    await runTo(monday + 2 * day);
    await status(leadIds[1]!, "REPLY_RECEIVED");
    const results = await stepResults(db, workspaceId, campaignId);
    const ofVariants = results.filter(({ variant }) => variant !== null);
    expect(ofVariants.reduce((sum, { sent }) => sum + sent, 0)).toBe(12);
    // The second reply came after the second step's message.
    expect(ofVariants.filter(({ replied }) => replied > 0)).toMatchObject([{ variant: rows[0]!.variant, replied: 1 }]);
    expect(results.filter(({ variant }) => variant === null)).toMatchObject([{ sent: 11, replied: 1 }]);
  });
});

describe("a task", () => {
  const steps: Steps = [
    { channel: null, action: "task", subject: "Call {{ firstName }}", text: "Ask {{ firstName }} about {{ topic }}" },
    text("after the call", after(1, "hours")),
  ];

  test("waits for a person, as long as it takes; then the lead goes on", async () => {
    const { db, sent, start, runTo, workspaceId, leadIds, campaignId, eventsOf, states } = await setup(steps);
    await start();
    await runTo(monday + 30 * day);
    const [task, ...more] = await listTasks(db, workspaceId, { limit: 10 });
    expect(more).toEqual([]);
    // The lead has no topic: a person can see that.
    expect(task).toMatchObject({ title: expect.stringMatching(/^Call Person/), text: steps[0]!.text, status: "open" });
    expect([sent, await states()]).toEqual([[], ["active"]]);
    expect(await eventsOf("task.created")).toMatchObject([{ taskId: task!.id, leadId: leadIds[0], sequenceStep: 1 }]);
    const [action] = await explainLead(db, workspaceId, leadIds[0]!);
    expect(action).toMatchObject({ at: null, reasons: [{ rule: "task", change: expect.stringContaining(task!.id) }] });
    await db.transaction(
      async (tx) => await completeTask(tx, workspaceId, task!.id, { outcome: "done", note: "Nice", by: "key_1" }),
    );
    await runTo(monday + 30 * day + 2 * hour);
    expect(sent).toEqual(["0: after the call"]);
    expect(await eventsOf("task.completed")).toMatchObject([{ outcome: "done", note: "Nice", campaignId }]);
    const twice = db.transaction(
      async (tx) => await completeTask(tx, workspaceId, task!.id, { outcome: "done", note: null, by: "key_1" }),
    );
    await expect(twice).rejects.toThrow(/is done; only an open one/);
  });

  test("is called off when its lead leaves, and doesn't stand in the way of others", async () => {
    const { db, sent, start, runTo, workspaceId, leadIds, status } = await setup(steps, { leads: 2 });
    await start();
    await runTo(monday + hour);
    await status(leadIds[0]!, "REPLY_RECEIVED");
    const tasks = await listTasks(db, workspaceId, { limit: 10 });
    const [called, open] = leadIds.map((leadId) => tasks.find((task) => task.leadId === leadId));
    expect([called, open]).toMatchObject([{ status: "cancelled", endedBy: "system" }, { status: "open" }]);
    await db.transaction(
      async (tx) => await completeTask(tx, workspaceId, open!.id, { outcome: "skipped", note: null, by: "key_1" }),
    );
    await runTo(monday + 3 * hour);
    expect(sent).toEqual(["1: after the call"]);
  });

  test("that is taken out of the campaign lets its leads go on", async () => {
    const { db, sent, start, runTo, workspaceId, campaignId } = await setup(steps);
    await start();
    await runTo(monday + hour);
    await db.transaction(async (tx) => {
      const { steps: before } = (await getCampaign(tx, workspaceId, campaignId))!;
      await editSteps(tx, workspaceId, campaignId, before, [{ ...before[1]!, position: 1 }]);
    });
    await runTo(monday + 3 * hour);
    expect(sent).toEqual(["0: after the call"]);
    expect(await listTasks(db, workspaceId, { limit: 10 })).toMatchObject([{ status: "cancelled" }]);
  });
});

describe("stopping", () => {
  test("by a tag, at once and for what is on its way", async () => {
    const { db, engine, sent, start, workspaceId, leadIds, campaignId, runTo, states } = await setup(
      [text("first"), text("second", after(1))],
      { leads: 2 },
    );
    await db.query("update campaign set stop_tags = '{Customer}' where id = $1", [campaignId]);
    await start();
    await engine.planner.runOnce();
    // It waits for its turn: found when the attempt would be recorded.
    await db.query("update lead set tags = '{customer}' where id = $1", [leadIds[0]]);
    await engine.drain();
    expect(sent).toEqual(["1: first"]);
    await db.query("update lead set tags = '{customer}' where id = $1", [leadIds[1]]);
    expect(await stopByTags(db, workspaceId, leadIds[1]!)).toBe(1);
    await runTo(monday + 2 * day);
    expect(sent).toEqual(["1: first"]);
    expect(await states()).toEqual([
      "stopped stop_tag: The lead has the tag Customer, at which the campaign stops.",
      "stopped stop_tag: The lead has the tag Customer.",
    ]);
  });

  test("for all of a company, where the campaign asks for it, also when the reply came after the last message", async () => {
    const { db, engine, sent, start, status, leadIds, campaignId, runTo, states } = await setup(
      [
        text("first", only({ hasTag: "early" })),
        text("second", { ...after(1), ...only({ not: { hasTag: "early" } }) }),
      ],
      { leads: 4 },
    );
    await db.query("update campaign set stop_company = true where id = $1", [campaignId]);
    await db.query("update lead set company = 'Acme' where id = any($1)", [leadIds.slice(0, 2)]);
    await db.query("update lead set company = 'ACME', tags = '{early}' where id = $1", [leadIds[2]]);
    await db.query("update lead set company = 'Other' where id = $1", [leadIds[3]]);
    await start();
    await engine.drain();
    expect(sent).toEqual(["2: first"]);
    await status(leadIds[2]!, "REPLY_RECEIVED");
    await runTo(monday + 2 * day);
    expect(sent).toEqual(["2: first", "3: second"]);
    const company = expect.stringMatching(/^stopped company: A colleague stopped \(lead_status/);
    expect(await states()).toEqual([company, company, expect.stringMatching(/^stopped lead_status/), "finished"]);
  });

  test("by hand, of one campaign, with all of the company", async () => {
    const { db, workspaceId, leadIds, campaignId } = await setup([text("x")], { leads: 3 });
    await db.query("update lead set company = 'Acme' where id = any($1)", [leadIds.slice(0, 2)]);
    const by = { workspaceId, leadId: leadIds[0]!, campaignId, reason: "by hand" };
    expect(await stopSequences(db, { ...by, colleagues: "always" })).toEqual({ stopped: 1, colleagues: 1 });
    expect(await stopSequences(db, by)).toEqual({ stopped: 0, colleagues: 0 });
  });
});

test("who is away is written to when the time is over, and what was on its way waits, too", async () => {
  const { db, engine, sent, start, runTo, workspaceId, leadIds } = await setup([
    text("first"),
    text("second", after(1)),
  ]);
  await start();
  await engine.planner.runOnce();
  const until = new Date(monday + 5 * day);
  expect(await pauseLead(db, workspaceId, leadIds[0]!, { until, reason: "out of office" })).toBe(1);
  await engine.drain();
  expect(sent).toEqual([]);
  const [action] = await explainLead(db, workspaceId, leadIds[0]!);
  expect(action).toMatchObject({ at: monday + 5 * day, reasons: [{ detail: "paused: out of office" }] });
  await runTo(monday + 4 * day);
  expect(sent).toEqual([]);
  await runTo(monday + 5 * day + hour);
  expect(sent).toEqual(["0: first"]);
  await pauseLead(db, workspaceId, leadIds[0]!, { until: new Date(monday + 30 * day), reason: "away" });
  await runTo(monday + 8 * day);
  await pauseLead(db, workspaceId, leadIds[0]!, null);
  await runTo(monday + 8 * day + hour);
  expect(sent).toEqual(["0: first", "0: second"]);
});

test("a message on its way says what will hold it: its campaign's pause, or its lead's", async () => {
  const { db, engine, start, workspaceId, leadIds, campaignId } = await setup([text("first")]);
  await start();
  await engine.planner.runOnce();
  const { rows } = await db.query<{ id: string }>("select id from message where campaign_id = $1", [campaignId]);
  const until = new Date(monday + day);
  await pauseLead(db, workspaceId, leadIds[0]!, { until, reason: "out of office" });
  const explained = await explainMessage(db, workspaceId, rows[0]!.id);
  expect(explained).toMatchObject({ at: until.getTime(), reasons: [{ detail: "The lead is away: out of office." }] });
  await pauseCampaign(db, workspaceId, campaignId, "user");
  const paused = await explainMessage(db, workspaceId, rows[0]!.id);
  expect(paused).toMatchObject({ at: null, reasons: [{ rule: "campaign", change: "Resume the campaign." }] });
});

test("a lead whose sender left the campaign goes on with another one", async () => {
  const { db, sent, start, runTo, workspaceId, campaignId, senders } = await setup([
    text("first"),
    { channel: "email", text: "between" },
    text("third", after(1)),
  ]);
  const other = await makeSender(db, workspaceId, "sms", "scripted");
  await start();
  await runTo(monday + hour);
  const senderIds = [senders.email, other];
  await db.transaction(async (tx) => await updateCampaign(tx, workspaceId, campaignId, { senderIds }));
  await runTo(monday + 2 * day);
  expect(sent).toEqual(["0: first", "0: between", "0: third"]);
});

test("while somebody writes to a lead nothing goes out by campaign, also for two at once, and a pause outlasts both", async () => {
  const { db, engine, sent, start, runTo, workspaceId, leadIds } = await setup([
    text("first"),
    text("second", after(1)),
  ]);
  const writes = (writer: string, until: number | null) =>
    noteWriting(db, workspaceId, leadIds[0]!, { writer, until, now: monday });
  await start();
  await engine.planner.runOnce();
  // What is in the outbox already waits, too.
  expect(await writes("ada", monday + 2 * hour)).toBe(true);
  await writes("bob", monday + hour);
  await engine.drain();
  expect(sent).toEqual([]);
  const [action] = await explainLead(db, workspaceId, leadIds[0]!);
  expect(action).toMatchObject({
    at: monday + 2 * hour,
    reasons: [{ detail: "paused: somebody is writing to the lead", change: expect.stringContaining("by itself") }],
  });
  // Ada is done, Bob still writes; then he stops, and nobody says so.
  await writes("ada", null);
  await runTo(monday + hour / 2);
  expect(sent).toEqual([]);
  await runTo(monday + hour + hour / 2);
  expect(sent).toEqual(["0: first"]);
  // The end of writing ends no pause that was set.
  await pauseLead(db, workspaceId, leadIds[0]!, { until: new Date(monday + 5 * day), reason: "away" });
  await writes("ada", monday + 2 * day);
  await writes("ada", null);
  await runTo(monday + 4 * day);
  expect(sent).toEqual(["0: first"]);
  await runTo(monday + 5 * day + hour);
  expect(sent).toEqual(["0: first", "0: second"]);
  expect(await noteWriting(db, workspaceId, newId("lead"), { writer: "ada", until: monday, now: monday })).toBe(false);
});
