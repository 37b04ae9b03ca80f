import { afterAll, beforeAll, expect, test } from "vitest";
import {
  cancelMessage,
  pauseCampaign,
  releaseHeldLead,
  resumeCampaign,
  setLeadStatus,
  startCampaign,
} from "../../src/campaigns/control.ts";
import { explainLead } from "../../src/campaigns/explain.ts";
import { hoursApart } from "../../src/campaigns/sender-hours.ts";
import { simulate } from "../../src/campaigns/simulation.ts";
import { loadSimulation } from "../../src/campaigns/simulation-input.ts";
import type { OutboundMessage, SendResult } from "../../src/channels/channel.ts";
import { changeRules, editSteps, getCampaign } from "../../src/db/campaign.ts";
import { updateLead } from "../../src/db/lead.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import { claim, leasesPerWorker } from "../../src/db/outbox.ts";
import type { Database } from "../../src/db/pool.ts";
import { updateSender } from "../../src/db/sender.ts";
import { changeWorkspace } from "../../src/db/workspace.ts";
import type { Delay } from "../../src/domain/schedule/delay.ts";
import type { Schedule } from "../../src/domain/schedule/schedule.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";
import { VirtualClock } from "../virtual-clock.ts";

/** Days of pacing within seconds: a real database with a clock of its own. */
let clock: VirtualClock;
let close: () => Promise<void>;
const hour = 3_600_000;
/** A Monday, 09:00 in Berlin. */
const monday = Date.UTC(2026, 2, 2, 8);
const hours: Delay = { amount: 1, unit: "hours" };
const workdays = ["monday", "tuesday", "wednesday", "thursday", "friday"] as const;
const nineToFive: Schedule = {
  windows: Object.fromEntries(workdays.map((day) => [day, [{ from: "09:00", to: "17:00" }]])),
  holidays: [],
};

beforeAll(async () => {
  const created = await testDatabase();
  clock = await VirtualClock.install(created.db, created.config, monday);
  close = async () => {
    await clock.close();
    await created.close();
  };
});
afterAll(async () => await close());

interface Sent {
  to: string;
  text: string;
  at: number;
}

async function setup(options: {
  at?: number;
  leads?: number;
  senders?: number;
  limits?: object;
  schedule?: Schedule | null;
  steps?: Parameters<typeof makeCampaign>[2]["steps"];
  onSend?: (message: OutboundMessage, n: number) => SendResult;
  beginDb?: Database;
}) {
  const { db } = clock;
  await db.query("delete from outbox");
  await db.query("delete from lane");
  await db.query("update enrollment set state = 'stopped' where state in ('active', 'held')");
  await db.query("update campaign set status = 'finished' where status in ('active', 'paused')");
  await clock.set(options.at ?? monday);
  const sent: Sent[] = [];
  const adapter = scriptedAdapter({
    onSend: (message) => {
      const result = options.onSend?.(message, sent.length) ?? {
        outcome: "sent",
        providerMessageId: `${message.messageId}`,
      };
      if (result.outcome === "sent") sent.push({ to: message.to, text: message.text, at: clock.now() });
      return result;
    },
  });
  const engine = await makeEngine(db, adapter, options.beginDb && { beginDb: options.beginDb });
  const workspaceId = await makeWorkspace(db);
  await db.query(
    'update workspace set time_zone = \'Europe/Berlin\', sms_hours = \'{"from": "00:00", "to": "24:00"}\' where id = $1',
    [workspaceId],
  );
  const senderIds: string[] = [];
  for (let i = 0; i < (options.senders ?? 1); i++) {
    const id = await makeSender(db, workspaceId, "sms", "scripted");
    await db.query("update sender set limits = $2, created_at = to_timestamp($3::float8 / 1000) where id = $1", [
      id,
      JSON.stringify(options.limits ?? {}),
      clock.now(),
    ]);
    senderIds.push(id);
  }
  const leadIds: string[] = [];
  for (let i = 0; i < (options.leads ?? 1); i++) leadIds.push(await makeLead(db, workspaceId));
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds,
    leadIds,
    steps: options.steps ?? [{ channel: "sms" }],
  });
  await db.query("update campaign set schedule = $2 where id = $1", [
    campaignId,
    options.schedule ? JSON.stringify(options.schedule) : null,
  ]);
  const set = (assignments: string) => db.query(`update campaign set ${assignments} where id = $1`, [campaignId]);
  const start = () => startCampaign(db, workspaceId, campaignId, "api");
  /** Runs until the time comes, jumping from one event to the next. */
  const runTo = async (until: number) => {
    for (;;) {
      await engine.drain();
      const { nextAt } = await engine.planner.runOnce();
      const { rows } = await db.query<{ at: number | null }>(
        "select (extract(epoch from min(due_at)) * 1000)::float8 as at from outbox where lease is null",
      );
      // A millisecond on: times in the database have microseconds.
      const next = Math.ceil(Math.min(nextAt ?? until, rows[0]!.at ?? until)) + 1;
      if (next >= until) break;
      await clock.set(Math.max(next, clock.now() + 1));
      // Meanwhile somebody has looked every second.
      await db.query("update campaign set planned_at = clock.now() where status = 'active'");
      await db.query(
        "update lane set ready_at = least(ready_at, clock.now()) where exists (select 1 from outbox o where o.lane_id = lane.id)",
      );
    }
    await clock.set(until);
    await engine.drain();
  };
  return { db, engine, sent, workspaceId, senderIds, leadIds, campaignId, set, start, runTo };
}

const local = (at: number) => new Date(at + hour).toISOString().slice(0, 16);

test("a day's cap holds over campaigns and API sends, and the rest goes out on the next days", async () => {
  const { engine, start, runTo, sent, workspaceId, leadIds } = await setup({
    leads: 7,
    limits: { message: { perDay: 3 } },
    schedule: nineToFive,
  });
  const submit = {
    workspaceId,
    leadId: leadIds[0]!,
    channel: "sms" as const,
    action: "message" as const,
    senderId: null,
  };
  await engine.desk.submit(
    { ...submit, subject: null, text: "By API", html: null, scheduledAt: null, source: "api" },
    null,
  );
  await engine.drain();
  await start();
  await runTo(monday + 3 * 24 * hour);
  const byDay = Map.groupBy(sent, ({ at }) => local(at).slice(0, 10));
  expect([...byDay].map(([day, list]) => [day, list.length])).toEqual([
    ["2026-03-02", 3],
    ["2026-03-03", 3],
    ["2026-03-04", 2],
  ]);
  expect(sent[0]!.text).toBe("By API");
  for (const { at } of sent) expect(local(at).slice(11) >= "09:00" && local(at).slice(11) < "17:00").toBe(true);
});

test("between two messages of a sender lies its gap, also between those that came by API at once", async () => {
  const { engine, runTo, sent, workspaceId, leadIds } = await setup({
    leads: 1,
    limits: { message: { minGapSeconds: 60, jitter: 0.5 } },
  });
  for (let i = 0; i < 5; i++) {
    await engine.desk.submit(
      {
        workspaceId,
        leadId: leadIds[0]!,
        channel: "sms",
        action: "message",
        senderId: null,
        subject: null,
        text: `Number ${i}`,
        html: null,
        scheduledAt: null,
        source: "api",
      },
      null,
    );
  }
  await runTo(monday + hour);
  expect(sent).toHaveLength(5);
  for (let i = 1; i < 5; i++) {
    expect(sent[i]!.at - sent[i - 1]!.at).toBeGreaterThanOrEqual(60_000);
    expect(sent[i]!.at - sent[i - 1]!.at).toBeLessThan(95_000);
  }
});

test("what surely did not go out does not count against the day", async () => {
  const { start, runTo, sent, engine } = await setup({
    leads: 3,
    limits: { message: { perDay: 2 } },
    onSend: (message, n) =>
      n === 0 && message.attempt === 1
        ? { outcome: "failed", code: "invalid_number", detail: "No such number." }
        : { outcome: "sent", providerMessageId: message.messageId },
  });
  await start();
  await runTo(monday + hour);
  expect(engine.errors).toEqual([]);
  // The first provider call of each lead fails as long as nothing went out: all three fail, none counts.
  expect(sent).toHaveLength(0);
});

test("a step in days keeps its hour, and moves over weekend and holiday to the next open day at the same hour", async () => {
  const friday = Date.UTC(2026, 2, 6, 13, 20);
  const { start, runTo, sent } = await setup({
    at: friday,
    schedule: { ...nineToFive, holidays: ["2026-03-09"] },
    steps: [{ channel: "sms" }, { channel: "sms", delay: { amount: 1, unit: "days" }, delayMs: 0 }],
  });
  await start();
  await runTo(friday + 6 * 24 * hour);
  // Saturday and Sunday are closed, Monday is a holiday.
  expect(sent.map(({ at }) => local(at))).toEqual(["2026-03-06T14:20", "2026-03-10T14:20"]);
});

test("a message that is still waiting when its window closes is not sent after it, but planned again", async () => {
  const evening = Date.UTC(2026, 2, 2, 15, 59);
  const { db, engine, start, sent, runTo, campaignId } = await setup({ at: evening, schedule: nineToFive });
  await start();
  await engine.planner.runOnce();
  await clock.set(evening + 2 * 60_000);
  await engine.drain();
  expect(sent).toEqual([]);
  const { rows } = await db.query("select status, status_code from message where campaign_id = $1", [campaignId]);
  expect(rows).toEqual([{ status: "held", status_code: "window_closed" }]);
  await runTo(evening + 24 * hour);
  expect(sent.map(({ at }) => local(at))).toEqual(["2026-03-03T09:00"]);
});

/** Gives a sender hours, as the API does: what waits is judged by them. */
const giveHours = (
  { db, workspaceId, senderIds }: Awaited<ReturnType<typeof setup>>,
  schedule: Schedule | null,
  timeZone: string | null = null,
) => updateSender(db, workspaceId, senderIds[0]!, { schedule, timeZone });
const daily = (from: string, to: string, days: readonly string[] = workdays): Schedule => ({
  windows: Object.fromEntries(days.map((day) => [day, [{ from, to }]])),
  holidays: [],
});
const byApi = ({ workspaceId, leadIds, senderIds }: Awaited<ReturnType<typeof setup>>, text: string) => ({
  ...({ workspaceId, leadId: leadIds[0]!, channel: "sms", action: "message", senderId: senderIds[0]! } as const),
  ...({ subject: null, text, html: null, scheduledAt: null, source: "api" } as const),
});

test("a campaign sends within its windows and its sender's hours; what comes by API goes out at once", async () => {
  const world = await setup({ leads: 3, schedule: nineToFive, limits: { message: { minGapSeconds: 1_800 } } });
  const { db, engine, start, sent, runTo, workspaceId, leadIds, campaignId } = world;
  // By London's clock, which is an hour behind.
  await giveHours(world, daily("09:30", "10:15"), "Europe/London");
  await start();
  await engine.planner.runOnce();
  const [next] = await explainLead(db, workspaceId, leadIds.toSorted()[0]!);
  expect(next!.reasons[0]).toMatchObject({
    rule: "sender",
    detail: "outside of the sender's hours; zone Europe/London",
    change: expect.stringContaining("Widen the schedule of the sender"),
  });
  expect(local(next!.at!)).toBe("2026-03-02T10:30");
  const foreseen = simulate(await loadSimulation(db, workspaceId, campaignId, {}));
  await engine.desk.submit(byApi(world, "By API"), null);
  await runTo(monday + 3 * 24 * hour);
  expect(sent.map(({ at, text }) => `${local(at)} ${text === "By API"}`)).toEqual([
    "2026-03-02T09:00 true",
    "2026-03-02T10:30 false",
    "2026-03-02T11:00 false",
    "2026-03-03T10:30 false",
  ]);
  expect([0, 1, 2].map((n) => local(foreseen.messages.at(n)))).toEqual(sent.slice(1).map(({ at }) => local(at)));
});

test("who waits for the workspace's day, or for a sender that rests for a while, is told what would help", async () => {
  const { db, engine, start, workspaceId, leadIds, senderIds } = await setup({ leads: 3 });
  await changeWorkspace(db, workspaceId, { messagesPerDay: 1 });
  await start();
  await engine.planner.runOnce();
  await engine.drain();
  const changes = async () => {
    const places = await Promise.all(leadIds.map((id) => explainLead(db, workspaceId, id)));
    return new Set(places.flatMap(([next]) => next?.reasons.map(({ change }) => change) ?? []));
  };
  expect(await changes()).toEqual(new Set(["Raise the workspace's messagesPerDay (PATCH /v1/workspace)."]));
  await db.query("update lane set parked_until = $2, parked_reason = 'Too many requests.' where id = $1", [
    ...[senderIds[0], new Date(monday + hour)],
  ]);
  expect(await changes()).toContain(`Nothing: the sender ${senderIds[0]} goes on by itself then, or add senders.`);
});

test("messages begin on the one connection that is theirs, also in the transaction that a workspace's cap makes of it", async () => {
  const beginDb = clock.db.beside(1);
  try {
    const { db, engine, start, workspaceId, sent } = await setup({ leads: 2, beginDb });
    await changeWorkspace(db, workspaceId, { messagesPerDay: 1 });
    await start();
    await engine.drain();
    expect(sent).toHaveLength(1);
    // A session tells its own alone.
    const { rows } = await beginDb.query("select name from pg_prepared_statements where name = 'message.begin'");
    expect(rows).toHaveLength(1);
  } finally {
    await beginDb.close();
  }
});

test("what waits in the outbox goes by its sender's hours as they are; what may go is not kept back by it", async () => {
  const world = await setup({ leads: 2 });
  const { db, engine, start, sent, runTo, campaignId, workspaceId, leadIds } = world;
  await start();
  await engine.planner.runOnce();
  await engine.desk.submit(byApi(world, "By API"), null);
  await giveHours(world, daily("11:00", "12:00", ["tuesday"]));
  await engine.drain();
  expect(sent.map(({ text }) => text)).toEqual(["By API"]);
  const stored = "select status, status_code, attempts from message where campaign_id = $1";
  const held = { status: "held", status_code: "window_closed", attempts: 0 };
  expect((await db.query(stored, [campaignId])).rows).toEqual([held, held]);
  // The planner waits for the opening, and looks at nothing before it.
  const { planned, nextAt } = await engine.planner.runOnce();
  expect([planned, local(nextAt!)]).toEqual([0, "2026-03-03T11:00"]);
  const [next] = await explainLead(db, workspaceId, leadIds[0]!);
  expect(local(next!.at!)).toBe("2026-03-03T11:00");
  // Hours that come earlier hold at once.
  await giveHours(world, daily("14:00", "15:00", ["monday"]));
  await runTo(monday + 48 * hour);
  expect(sent.slice(1).map(({ at }) => local(at))).toEqual(["2026-03-02T14:00", "2026-03-02T14:00"]);
});

test("what still waits when its sender's hours end is planned again for the next ones", async () => {
  const world = await setup({ leads: 1 });
  await giveHours(world, daily("08:00", "10:00"));
  await world.start();
  await world.engine.planner.runOnce();
  await clock.set(monday + hour);
  await world.runTo(monday + 48 * hour);
  expect(world.sent.map(({ at }) => local(at))).toEqual(["2026-03-03T08:00"]);
});

test("an attempt that failed for now is repeated within the sender's hours", async () => {
  const world = await setup({
    onSend: (_, n) =>
      n === 0 && clock.now() < monday + 2 * hour
        ? { outcome: "retry", code: "busy", detail: "Busy", retryAfterMs: 3 * hour }
        : { outcome: "sent", providerMessageId: `P${clock.now()}` },
  });
  await giveHours(world, daily("08:00", "10:00"));
  await world.start();
  await world.runTo(monday + 48 * hour);
  expect(world.sent.map(({ at }) => local(at))).toEqual(["2026-03-03T08:00"]);
});

test("windows and hours that are never open together are said to be so, and keep nobody busy", async () => {
  const world = await setup({ leads: 2, schedule: daily("00:00", "24:00", ["saturday", "sunday"]) });
  const { db, engine, start, sent, workspaceId, leadIds, campaignId, senderIds } = world;
  await giveHours(world, daily("09:00", "17:00"));
  const words = [
    expect.stringMatching(/campaign "Test" for SMS and the hours of the sender .* never open at the same time/),
  ];
  expect(await hoursApart(db, workspaceId, { campaignId })).toEqual(words);
  expect(await hoursApart(db, workspaceId, { senderId: senderIds[0]! })).toEqual(words);
  await start();
  let rounds = 0;
  const end = monday + 14 * 24 * hour;
  for (; clock.now() < end; rounds++) {
    const { planned, nextAt } = await engine.planner.runOnce();
    await engine.drain();
    if (planned === 0) await clock.set(Math.max(clock.now() + 1, Math.min(nextAt ?? end, end)));
  }
  expect(sent).toEqual([]);
  expect(rounds).toBeLessThan(60);
  const [next] = await explainLead(db, workspaceId, leadIds[0]!);
  expect(next!.at).toBeNull();
  expect(next!.reasons[0]!.detail).toMatch(/^no_window: the campaign's windows .* never open at the same time$/);
  const { totals, messages } = simulate(await loadSimulation(db, workspaceId, campaignId, { horizonDays: 60 }));
  expect([messages.count, totals.unfinished]).toEqual([0, 2]);
  await giveHours(world, null);
  expect(await hoursApart(db, workspaceId, { campaignId })).toEqual([]);
});

test("what was missed while nobody looked is held where the campaign says so, and can be released", async () => {
  const { db, start, runTo, sent, engine, set, workspaceId, campaignId, leadIds } = await setup({
    steps: [{ channel: "sms" }, { channel: "sms", delay: hours, delayMs: hour }],
  });
  await set("max_lateness_seconds = 7200");
  await start();
  await runTo(monday + 60_000);
  // Nobody plans for two days.
  await clock.set(monday + 48 * hour);
  await engine.drain();
  expect(sent).toHaveLength(1);
  const { rows } = await db.query("select state, state_reason from enrollment where campaign_id = $1", [campaignId]);
  expect(rows[0]).toMatchObject({ state: "held", state_reason: expect.stringMatching(/^too_late: /) });
  const [explained] = await explainLead(db, workspaceId, leadIds[0]!);
  expect(explained).toMatchObject({ at: null, reasons: [{ rule: "held" }] });
  await db.transaction((tx) => releaseHeldLead(tx, workspaceId, campaignId, leadIds[0]!));
  await engine.drain();
  expect(sent).toHaveLength(2);
});

test("waiting for a sender's cap is not being late", async () => {
  const { start, runTo, sent, set } = await setup({ leads: 4, limits: { message: { perDay: 1 } } });
  await set("max_lateness_seconds = 3600");
  await start();
  await runTo(monday + 4 * 24 * hour);
  expect(sent).toHaveLength(4);
});

test("an outage holds what was due in it, and not those who had been waiting for a sender's turn", async () => {
  const { db, start, engine, set, campaignId, runTo } = await setup({ leads: 4, limits: { message: { perDay: 1 } } });
  await set("max_lateness_seconds = 3600");
  await start();
  await runTo(monday + 60_000);
  await clock.set(monday + 26 * hour);
  await engine.drain();
  const { rows } = await db.query(
    "select state, count(*)::int as n from enrollment where campaign_id = $1 group by 1",
    [campaignId],
  );
  expect(rows.filter(({ state }) => state === "held")).toEqual([]);
});

test("an explanation names the campaign's own cap", async () => {
  const { db, start, engine, set, workspaceId, leadIds } = await setup({ leads: 3 });
  await set(`limits = '{"newLeadsPerDay": 1}'`);
  await start();
  await engine.drain();
  const [next] = await explainLead(db, workspaceId, leadIds.toSorted()[2]!);
  expect(next!.reasons.map(({ detail }) => detail)).toContain("the campaign is at 1 of 1 new leads today");
  expect(new Date(next!.at!).toISOString()).toBe("2026-03-02T23:00:00.000Z");
});

test("the campaign's own caps hold: messages a day, and new leads a day", async () => {
  const { start, runTo, sent, set } = await setup({
    leads: 5,
    steps: [{ channel: "sms" }, { channel: "sms", delay: hours, delayMs: hour }],
  });
  await set(`limits = '{"newLeadsPerDay": 2, "messagesPerDay": 3}'`);
  await start();
  await runTo(monday + 5 * 24 * hour);
  const byDay = Map.groupBy(sent, ({ at }) => local(at).slice(0, 10));
  for (const [, list] of byDay) {
    expect(list.length).toBeLessThanOrEqual(3);
    expect(list.filter(({ text }) => text.startsWith("Step 1")).length).toBeLessThanOrEqual(2);
  }
  expect(sent).toHaveLength(10);
  expect(new Set(sent.map(({ to, text }) => to + text)).size).toBe(10);
});

test("follow-ups stay with the sender that wrote first; new leads go to the one that is idle longest", async () => {
  const { db, start, runTo, set, campaignId, senderIds } = await setup({
    leads: 6,
    senders: 3,
    limits: { message: { minGapSeconds: 600 } },
    steps: [{ channel: "sms" }, { channel: "sms", delay: hours, delayMs: hour }],
  });
  await set("rotation = 'longest_idle'");
  await start();
  await runTo(monday + 12 * hour);
  const { rows } = await db.query<{ lead_id: string; senders: number; messages: number }>(
    "select lead_id, count(distinct sender_id)::int as senders, count(*)::int as messages from message where campaign_id = $1 group by 1",
    [campaignId],
  );
  expect(rows.map(({ senders, messages }) => [senders, messages])).toEqual(Array.from({ length: 6 }, () => [1, 2]));
  const { rows: load } = await db.query(
    "select count(*)::int as n from message where sender_id = any($1) and sequence_step = 1 group by sender_id",
    [senderIds],
  );
  expect(load.map(({ n }) => n)).toEqual([2, 2, 2]);
});

test("leads of a paused sender wait, or move to another one if nothing was sent to them", async () => {
  const { db, engine, start, sent, set, senderIds } = await setup({ leads: 8, senders: 2 });
  await db.query("update lane set parked_until = 'infinity', parked_reason = 'Paused by Ada.' where id = $1", [
    senderIds[0],
  ]);
  await start();
  await engine.drain();
  const waiting = 8 - sent.length;
  expect(waiting).toBeGreaterThan(0);
  await set("on_sender_paused = 'move'");
  await engine.drain();
  expect(sent).toHaveLength(8);
});

test("an explanation names the sender's limit, the leads before, and when the turn comes", async () => {
  const { db, engine, start, workspaceId, leadIds, sent } = await setup({
    leads: 3,
    limits: { message: { perDay: 1 } },
  });
  await start();
  await engine.drain();
  expect(sent).toHaveLength(1);
  // Of leads that came at the same moment the lower ID is first.
  const last = leadIds.toSorted()[2]!;
  const [next] = await explainLead(db, workspaceId, last);
  expect(next!.reasons.map(({ rule }) => rule)).toEqual(expect.arrayContaining(["sender", "queue"]));
  expect(next!.reasons.find(({ rule }) => rule === "sender")!.detail).toBe("the sender is at 1 of 1 today");
  expect(new Date(next!.at!).toISOString()).toBe("2026-03-02T23:00:00.000Z");
});

test("a status that stops takes the lead out at once, not when its next message comes", async () => {
  const { db, start, engine, sent, workspaceId, leadIds, campaignId } = await setup({
    leads: 1,
    steps: [{ channel: "sms" }, { channel: "sms", delay: { amount: 30, unit: "days" }, delayMs: 29 * 24 * hour }],
  });
  await start();
  await engine.drain();
  await db.transaction((tx) => setLeadStatus(tx, workspaceId, leadIds[0]!, "MEETING_BOOKED", "user", null));
  await engine.drain();
  const { rows } = await db.query("select status from campaign where id = $1", [campaignId]);
  expect(rows).toEqual([{ status: "finished" }]);
  expect(sent).toHaveLength(1);
});

test("a slot that is taken by a queued message is planned for nobody else, however often the planner looks", async () => {
  const { db, start, engine, campaignId, sent, runTo } = await setup({
    leads: 6,
    limits: { message: { perDay: 3, minGapSeconds: 600 } },
  });
  await start();
  for (let round = 0; round < 8; round++) await engine.planner.runOnce();
  const { rows } = await db.query("select 1 from message where campaign_id = $1", [campaignId]);
  expect(rows).toHaveLength(1);
  await runTo(monday + 2 * hour);
  expect(sent).toHaveLength(3);
});

test("what was queued on the day before counts against the cap of the day on which it goes out", async () => {
  const { db, start, engine, sent, set, runTo } = await setup({
    at: Date.UTC(2026, 2, 2, 22, 50),
    leads: 4,
    steps: [{ channel: "sms" }],
  });
  await set(`limits = '{"messagesPerDay": 2}'`);
  await start();
  await engine.planner.runOnce();
  expect((await db.query("select 1 from message where status = 'queued'")).rowCount).toBe(2);
  // Nobody sends before midnight in Berlin.
  await clock.set(Date.UTC(2026, 2, 2, 23, 10));
  await runTo(Date.UTC(2026, 2, 4, 12));
  const byDay = Map.groupBy(sent, ({ at }) => local(at).slice(0, 10));
  expect([...byDay].map(([day, list]) => [day, list.length])).toEqual([
    ["2026-03-03", 2],
    ["2026-03-04", 2],
  ]);
});

test("a lead whose first message was held is a new one still, on the day on which it gets it", async () => {
  const { db, start, engine, sent, set, runTo, workspaceId, campaignId } = await setup({ leads: 2 });
  await set(`limits = '{"newLeadsPerDay": 1}'`);
  await start();
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, campaignId, "user");
  await runTo(monday + 24 * hour);
  await resumeCampaign(db, workspaceId, campaignId, "user");
  await runTo(monday + 3 * 24 * hour);
  expect(sent.map(({ at }) => local(at).slice(0, 10))).toEqual(["2026-03-03", "2026-03-04"]);
});

test("a lead whose first message was cancelled, or its step removed, is a new one on the day on which it gets another", async () => {
  const withdraw = {
    cancelled: async ({ db, workspaceId }: Awaited<ReturnType<typeof setup>>) => {
      const { rows } = await db.query<{ id: string }>("select id from message where status = 'queued'");
      await db.transaction((tx) => cancelMessage(tx, workspaceId, rows[0]!.id));
    },
    removed: async ({ db, workspaceId, campaignId }: Awaited<ReturnType<typeof setup>>) => {
      const { steps } = (await getCampaign(db, workspaceId, campaignId))!;
      await db.transaction((tx) => editSteps(tx, workspaceId, campaignId, steps, [{ ...steps[1]!, position: 1 }]));
    },
  };
  for (const how of Object.values(withdraw)) {
    const world = await setup({
      leads: 2,
      steps: [{ channel: "sms" }, { channel: "sms", delay: { amount: 1, unit: "days" }, delayMs: 0 }],
    });
    await world.set(`limits = '{"newLeadsPerDay": 1}'`);
    await world.start();
    await world.engine.planner.runOnce();
    await how(world);
    await world.runTo(monday + 4 * 24 * hour);
    const firsts = new Map(world.sent.toReversed().map(({ to, at }) => [to, local(at).slice(0, 10)]));
    expect(firsts.size).toBe(2);
    expect(new Set(firsts.values()).size).toBe(2);
  }
});

test("what waits in the outbox goes by the windows as they are, not as they were when it was planned", async () => {
  const mornings: Schedule = { windows: { tuesday: [{ from: "06:00", to: "08:00" }] }, holidays: [] };
  const changes = {
    campaign: ({ db, workspaceId, campaignId }: Awaited<ReturnType<typeof setup>>) =>
      changeRules(db, workspaceId, campaignId, { schedule: mornings }),
    lead: ({ db, workspaceId, leadIds }: Awaited<ReturnType<typeof setup>>) =>
      updateLead(db, workspaceId, leadIds[0]!, { timeZone: "Asia/Tokyo" }),
    workspace: ({ db, workspaceId }: Awaited<ReturnType<typeof setup>>) =>
      changeWorkspace(db, workspaceId, { smsHours: { from: "10:00", to: "12:00" } }),
  };
  const firstAt: Record<string, string> = {};
  for (const [name, change] of Object.entries(changes)) {
    const world = await setup({ schedule: nineToFive });
    await world.start();
    await world.engine.planner.runOnce();
    await change(world);
    await world.runTo(monday + 48 * hour);
    firstAt[name] = world.sent.map(({ at }) => local(at)).join();
  }
  expect(firstAt).toEqual({ campaign: "2026-03-03T06:00", lead: "2026-03-03T01:00", workspace: "2026-03-02T10:00" });
});

test("a cap that is set while more messages wait holds for those too", async () => {
  const { db, start, engine, sent, runTo, workspaceId, campaignId } = await setup({ leads: 5 });
  await start();
  await engine.planner.runOnce();
  await changeRules(db, workspaceId, campaignId, { limits: { newLeadsPerDay: 2 } });
  await runTo(monday + 3 * 24 * hour);
  expect(sent.map(({ at }) => local(at).slice(0, 10))).toEqual([
    "2026-03-02",
    "2026-03-02",
    "2026-03-03",
    "2026-03-03",
    "2026-03-04",
  ]);
});

test("when the clock is set back to before a message was planned, what a dead process had of it waits again", async () => {
  const { db, start, engine, sent, runTo } = await setup({ schedule: nineToFive });
  await start();
  await engine.planner.runOnce();
  const lease = engine.workerNo * leasesPerWorker;
  const claimed = { kind: "message" as const, lanes: 1, perLane: 1, limit: 1, lease, leaseSeconds: 60, ahead: 16 };
  expect(await claim(db, claimed)).toHaveLength(1);
  await clock.set(monday - hour);
  expect(await rescueLeases(db, { deadWorkers: [engine.workerNo] })).toBe(1);
  await runTo(monday + hour);
  expect(sent.map(({ at }) => local(at))).toEqual(["2026-03-02T09:00"]);
});
