import { afterAll, beforeAll, expect, test } from "vitest";
import {
  enrollLeads,
  pauseCampaign,
  resumeCampaign,
  retryBlockedSteps,
  startCampaign,
} from "../../src/campaigns/control.ts";
import { explainLead } from "../../src/campaigns/explain.ts";
import { explainMessage } from "../../src/campaigns/explain-message.ts";
import { limits, Planner } from "../../src/campaigns/planner.ts";
import { simulate } from "../../src/campaigns/simulation.ts";
import { loadSimulation } from "../../src/campaigns/simulation-input.ts";
import type { OutboundMessage, SendResult } from "../../src/channels/channel.ts";
import { changeRules, updateCampaign } from "../../src/db/campaign.ts";
import { keepWatch, loadQueues } from "../../src/db/due.ts";
import type { Database, Queryable } from "../../src/db/pool.ts";
import { replanWaiting } from "../../src/db/replan.ts";
import { updateSender } from "../../src/db/sender.ts";
import { changeWorkspace } from "../../src/db/workspace.ts";
import { leastMs } from "../../src/domain/schedule/delay.ts";
import type { Schedule } from "../../src/domain/schedule/schedule.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";
import { VirtualClock } from "../virtual-clock.ts";

/** Rules hold at the moment of the attempt, whatever was true when a message was planned. */
let clock: VirtualClock;
let close: () => Promise<void>;
const minute = 60_000;
const hour = 60 * minute;
/** A Monday, 09:00 UTC. */
const monday = Date.UTC(2026, 2, 2, 9);
const week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const daily = (from: string, to: string): Schedule => ({
  windows: Object.fromEntries(week.map((day) => [day, [{ from, to }]])),
  holidays: [],
});

beforeAll(async () => {
  const created = await testDatabase();
  clock = await VirtualClock.install(created.db, created.config, monday);
  close = async () => {
    await clock.close();
    await created.close();
  };
});
afterAll(async () => await close());

async function setup(
  options: {
    at?: number;
    leads?: number;
    senders?: number;
    steps?: Parameters<typeof makeCampaign>[2]["steps"];
    onSend?: (message: OutboundMessage, senders: string[]) => SendResult;
  } = {},
) {
  const { db } = clock;
  await db.query("delete from outbox");
  await db.query("delete from lane");
  await db.query("update enrollment set state = 'stopped' where state in ('active', 'held')");
  await db.query("update campaign set status = 'finished' where status in ('active', 'paused')");
  await clock.set(options.at ?? monday);
  const sent: { to: string; text: string; at: number }[] = [];
  const senderIds: string[] = [];
  const adapter = scriptedAdapter({
    onSend: (message) => {
      const result = options.onSend?.(message, senderIds) ?? {
        outcome: "sent",
        providerMessageId: message.messageId,
      };
      if (result.outcome === "sent") sent.push({ to: message.to, text: message.text, at: clock.now() });
      return result;
    },
  });
  const engine = await makeEngine(db, adapter);
  const workspaceId = await makeWorkspace(db);
  for (let i = 0; i < (options.senders ?? 1); i++) senderIds.push(await makeSender(db, workspaceId, "sms", "scripted"));
  senderIds.sort();
  const leadIds: string[] = [];
  for (let i = 0; i < (options.leads ?? 1); i++) leadIds.push(await makeLead(db, workspaceId));
  const steps = options.steps ?? [{ channel: "sms" as const }];
  const campaignId = await makeCampaign(db, workspaceId, { senderIds, leadIds, steps });
  const start = () => startCampaign(db, workspaceId, campaignId, "api");
  const set = (assignments: string) => db.query(`update campaign set ${assignments} where id = $1`, [campaignId]);
  const limit = (limits: object) =>
    db.query("update sender set limits = $2 where id = any($1)", [senderIds, JSON.stringify(limits)]);
  /** Everything that became due by then. */
  const go = async (at: number) => {
    await clock.set(at);
    await db.query("update lane set ready_at = least(ready_at, now()) where ready_at is not null");
    await engine.drain();
  };
  return { db, engine, sent, workspaceId, senderIds, leadIds, campaignId, start, set, limit, go };
}

/** Resolves when a session waits for another one. */
async function lockedBy(db: Database): Promise<void> {
  for (;;) {
    const { rowCount } = await db.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rowCount) return;
  }
}

test("of two campaigns that have a lead due at once one waits the workspace's time between touches", async () => {
  const { db, engine, sent, workspaceId, senderIds, leadIds, set, start } = await setup();
  await set("allow_parallel = true");
  const other = await makeCampaign(db, workspaceId, { senderIds, leadIds, steps: [{ channel: "sms" }] });
  await changeWorkspace(db, workspaceId, { minTouchGapSeconds: 3_600 });
  await start();
  await startCampaign(db, workspaceId, other, "api");
  await engine.drain();
  expect(sent).toHaveLength(1);
});

test("a message that still waits counts as a touch when it goes out, not when it was planned", async () => {
  const { db, engine, sent, workspaceId, senderIds, leadIds, set, start, go } = await setup();
  await set("allow_parallel = true");
  const second = await makeSender(db, workspaceId, "sms", "scripted");
  const other = await makeCampaign(db, workspaceId, { senderIds: [second], leadIds, steps: [{ channel: "sms" }] });
  await changeWorkspace(db, workspaceId, { minTouchGapSeconds: 3_600 });
  await start();
  await engine.planner.runOnce();
  await db.query("update lane set parked_until = now() + interval '90 minutes' where id = $1", [senderIds[0]]);
  await go(monday + 65 * minute);
  await startCampaign(db, workspaceId, other, "api");
  for (let i = 65; i < 300; i += 5) await go(monday + i * minute);
  expect(sent).toHaveLength(2);
  expect(sent[1]!.at - sent[0]!.at).toBeGreaterThanOrEqual(hour);
});

test("what became too late is held, also if the first one to see it ends in the middle", async () => {
  const { db, engine, sent, set, start, campaignId } = await setup({
    steps: [{ channel: "sms" }, { channel: "sms", delay: { amount: 1, unit: "hours" }, delayMs: hour }],
  });
  await set("max_lateness_seconds = 7200");
  await start();
  await engine.drain();
  await clock.set(monday + 48 * hour);
  const dying = (real: Queryable): Queryable => ({
    query: (async (...args: Parameters<Queryable["query"]>) => {
      if (String(args[0]).includes("too_late")) throw new Error("Connection terminated");
      return await real.query(...args);
    }) as Queryable["query"],
  });
  const transaction: Database["transaction"] = (work) => db.transaction((tx) => work(dying(tx)));
  const planner = new Planner({
    db: Object.assign(Object.create(db), { ...dying(db), transaction }) as Database,
    wakeMessages: () => {},
    wakeDeliveries: () => {},
    onError: () => {},
  });
  await expect(planner.runOnce()).rejects.toThrow("terminated");
  await engine.drain();
  expect(sent).toHaveLength(1);
  const { rows } = await db.query("select state from enrollment where campaign_id = $1", [campaignId]);
  expect(rows).toEqual([{ state: "held" }]);
});

test("while one planner looks after what became too late, another one plans nothing of it", async () => {
  const { db, engine, sent, set, start, campaignId } = await setup({
    steps: [{ channel: "sms" }, { channel: "sms", delay: { amount: 1, unit: "hours" }, delayMs: hour }],
  });
  await set("max_lateness_seconds = 7200");
  await start();
  await engine.drain();
  await clock.set(monday + 48 * hour);
  await db.transaction(async (tx) => {
    await tx.query("select 1 from campaign where id = $1 for no key update", [campaignId]);
    await engine.planner.runOnce();
  });
  await engine.drain();
  expect(sent).toHaveLength(1);
});

test.each([
  ["is over before it is due: it is sent in time", 60, false],
  ["ends after it was due: it is held", 80, true],
])("a step of three days whose first look falls into an outage that %s", async (_, ends, held) => {
  const days = { amount: 3, unit: "days" } as const;
  const steps = [{ channel: "sms" as const }, { channel: "sms" as const, delay: days, delayMs: leastMs(days) }];
  const { db, engine, sent, set, start, campaignId, workspaceId } = await setup({ steps });
  await set("max_lateness_seconds = 3600");
  await start();
  await engine.drain();
  await clock.set(monday + ends * hour);
  const foreseen = simulate(await loadSimulation(db, workspaceId, campaignId));
  await engine.drain();
  const { rows } = await db.query<{ state: string; state_reason: string | null }>(
    "select state, state_reason from enrollment where campaign_id = $1",
    [campaignId],
  );
  expect(foreseen.held.map(({ code }) => code)).toEqual(held ? ["too_late"] : []);
  if (held) {
    expect(rows).toEqual([{ state: "held", state_reason: expect.stringContaining("was due at 2026-03-05T09:00:00Z") }]);
    return;
  }
  await clock.set(monday + 73 * hour);
  await engine.drain();
  expect(sent).toHaveLength(2);
});

test("many that became too late are held in several goes, and none of them is planned in between", async () => {
  const { db, engine, sent, set, start } = await setup({
    leads: 3,
    steps: [{ channel: "sms" }, { channel: "sms", delay: { amount: 1, unit: "hours" }, delayMs: hour }],
  });
  await set("max_lateness_seconds = 7200");
  await start();
  await engine.drain();
  await clock.set(monday + 48 * hour);
  expect(await db.transaction((tx) => keepWatch(tx, clock.now(), async () => [], 2))).toBe(2);
  expect(await loadQueues(db)).toEqual([]);
  await engine.drain();
  expect(sent).toHaveLength(3);
});

test("a campaign's messages of a day are those that go out on it, also those that were planned the day before", async () => {
  const late = Date.UTC(2026, 2, 2, 23, 59);
  const { engine, sent, set, start, go } = await setup({ at: late, leads: 4 });
  await set(`limits = '{"messagesPerDay": 2}'`);
  await start();
  await engine.planner.runOnce();
  await go(late + 2 * minute);
  await go(late + 10 * minute);
  expect(sent).toHaveLength(2);
});

test("new leads that were held before anything was sent to them are new leads of the day on which they are", async () => {
  const { db, engine, sent, set, start, workspaceId, campaignId, go } = await setup({ leads: 4 });
  await set(`limits = '{"newLeadsPerDay": 2}'`);
  await start();
  await engine.planner.runOnce();
  await pauseCampaign(db, workspaceId, campaignId, "user");
  await engine.drain();
  await clock.set(monday + 24 * hour);
  await resumeCampaign(db, workspaceId, campaignId, "user");
  await go(monday + 24 * hour);
  expect(sent).toHaveLength(2);
});

test("leads whose first message waits at a sender that breaks move to another one, where the campaign says so", async () => {
  const { db, engine, sent, set, start, go, senderIds } = await setup({ leads: 32, senders: 2 });
  // Which one a lead has is a matter of its ID: of 32 some have each.
  await start();
  await engine.planner.runOnce();
  await db.query("update lane set parked_until = 'infinity', parked_reason = 'Login refused.' where id = $1", [
    senderIds[0],
  ]);
  await go(monday + minute);
  expect(sent.length).toBeLessThan(32);
  await set("on_sender_paused = 'move'");
  await go(monday + 2 * minute);
  expect(sent).toHaveLength(32);
  await db.query("update lane set parked_until = null, ready_at = now() where id = $1", [senderIds[0]]);
  await go(monday + 3 * minute);
  expect(sent).toHaveLength(32);
});

test("who was written to stays with the sender that breaks", async () => {
  const { db, engine, sent, set, start, go, senderIds } = await setup({
    senders: 2,
    steps: [{ channel: "sms" }, { channel: "sms", delay: { amount: 1, unit: "hours" }, delayMs: hour }],
  });
  await set("on_sender_paused = 'move'");
  await start();
  await engine.drain();
  await clock.set(monday + hour);
  await engine.planner.runOnce();
  await db.query("update lane set parked_until = 'infinity' where id = any($1)", [senderIds]);
  await go(monday + hour + minute);
  expect(sent).toHaveLength(1);
  const { rows } = await db.query("select status from message where text like 'Step 2%' and sender_id = any($1)", [
    senderIds,
  ]);
  expect(rows).toEqual([{ status: "queued" }]);
});

test("a shorter time between touches lets those go that wait for the longer one", async () => {
  const { db, engine, sent, workspaceId, senderIds, leadIds, set, start } = await setup();
  await set("allow_parallel = true");
  const other = await makeCampaign(db, workspaceId, { senderIds, leadIds, steps: [{ channel: "sms" }] });
  await changeWorkspace(db, workspaceId, { minTouchGapSeconds: 31_536_000 });
  await start();
  await engine.drain();
  await startCampaign(db, workspaceId, other, "api");
  await engine.drain();
  expect(sent).toHaveLength(1);
  await changeWorkspace(db, workspaceId, { minTouchGapSeconds: 0 });
  expect(await replanWaiting(db, workspaceId, null, 1)).toBe(1);
  await engine.drain();
  expect(sent).toHaveLength(2);
});

test("a holiday that is added while a message waits keeps it back", async () => {
  const { db, engine, sent, workspaceId, campaignId, set, start } = await setup();
  await set(`schedule = '${JSON.stringify(daily("00:00", "24:00"))}'`);
  await start();
  await engine.planner.runOnce();
  await db.transaction((tx) =>
    changeRules(tx, workspaceId, campaignId, {
      schedule: { ...daily("00:00", "24:00"), holidays: ["2026-03-02"] },
    }),
  );
  await engine.drain();
  expect(sent).toEqual([]);
});

test("hours for SMS that become stricter while a message waits keep it back", async () => {
  const { db, engine, sent, workspaceId, start } = await setup();
  await start();
  await engine.planner.runOnce();
  await changeWorkspace(db, workspaceId, { smsHours: { from: "12:00", to: "13:00" } });
  await engine.drain();
  expect(sent).toEqual([]);
});

test("another zone of the campaign keeps back what waits, and lets those go who wait for the old one", async () => {
  const { db, engine, sent, workspaceId, campaignId, set, start } = await setup({ leads: 1 });
  await set(`schedule = '${JSON.stringify(daily("09:00", "10:00"))}', time_zone = 'UTC'`);
  await start();
  await engine.planner.runOnce();
  await db.transaction((tx) => updateCampaign(tx, workspaceId, campaignId, { timeZone: "Asia/Tokyo" }));
  await engine.drain();
  expect(sent).toEqual([]);
  await db.transaction((tx) => updateCampaign(tx, workspaceId, campaignId, { timeZone: "UTC" }));
  await replanWaiting(db, workspaceId, campaignId);
  await engine.drain();
  expect(sent).toHaveLength(1);
});

test("two campaigns that enrol a lead at the same moment don't both get it", async () => {
  const { db, workspaceId, senderIds } = await setup();
  const leadId = await makeLead(db, workspaceId);
  const steps = [{ channel: "sms" as const }];
  const [a, b] = [
    await makeCampaign(db, workspaceId, { senderIds, leadIds: [], steps }),
    await makeCampaign(db, workspaceId, { senderIds, leadIds: [], steps }),
  ];
  let second: Promise<{ enrolled: number; busy: number }> | null = null;
  const first = await db.transaction(async (tx) => {
    const done = await enrollLeads(tx, workspaceId, a, [leadId]);
    second = db.transaction((other) => enrollLeads(other, workspaceId, b, [leadId]));
    // It has looked, or waits for the first one.
    await Promise.race([second, lockedBy(db)]);
    return done;
  });
  expect([first.enrolled, (await second!).enrolled]).toEqual([1, 0]);
});

test("a lead that is mended doesn't go on in a second campaign while another one has it", async () => {
  const { db, engine, workspaceId, senderIds } = await setup();
  const leadId = await makeLead(db, workspaceId, { firstName: null });
  const one = await makeCampaign(db, workspaceId, { senderIds, leadIds: [leadId], steps: [{ channel: "sms" }] });
  await startCampaign(db, workspaceId, one, "api");
  await engine.drain();
  const two = await makeCampaign(db, workspaceId, { senderIds, leadIds: [leadId], steps: [{ channel: "sms" }] });
  await db.query("update lead set first_name = 'Ada' where id = $1", [leadId]);
  await db.transaction((tx) => retryBlockedSteps(tx, workspaceId, leadId));
  const { rows } = await db.query("select campaign_id from enrollment where lead_id = $1 and state = 'active'", [
    leadId,
  ]);
  expect(rows).toEqual([{ campaign_id: two }]);
});

test("a simulation holds as too late what resuming holds: what became due in the pause", async () => {
  const { db, engine, set, start, workspaceId, campaignId, limit } = await setup({ leads: 4 });
  await set("max_lateness_seconds = 3600");
  await limit({ message: { perDay: 1 } });
  await start();
  await engine.drain();
  await clock.set(monday + minute);
  await engine.drain();
  await pauseCampaign(db, workspaceId, campaignId, "user");
  await clock.set(monday + 26 * hour);
  const found = simulate(await loadSimulation(db, workspaceId, campaignId));
  await resumeCampaign(db, workspaceId, campaignId, "user");
  await engine.drain();
  const { rows } = await db.query("select 1 from enrollment where campaign_id = $1 and state = 'held'", [campaignId]);
  expect(found.totals.held).toBe(rows.length);
});

test("the workspace's cap of a day holds over the processes that send", async () => {
  const { db, engine, workspaceId, senderIds, leadIds } = await setup({ leads: 2, senders: 2 });
  await changeWorkspace(db, workspaceId, { messagesPerDay: 1 });
  const submit = (senderId: string, leadId: string) =>
    engine.desk.submit(
      {
        ...{ workspaceId, leadId, senderId, channel: "sms", action: "message", subject: null, html: null },
        ...{ text: "Hello", scheduledAt: null, source: "api" },
      },
      null,
    );
  await submit(senderIds[0]!, leadIds[0]!);
  await submit(senderIds[1]!, leadIds[1]!);
  const other = await makeEngine(db, scriptedAdapter({ onSend: () => ({ outcome: "sent", providerMessageId: "X" }) }));
  const { rows } = await db.query<{ id: number; ref: string; lane_id: string }>(
    "update outbox set lease = 1, lease_until = now() + interval '1 minute' returning id, ref, lane_id",
  );
  const items = rows.map(({ id, ref, lane_id }) => ({
    ...{ workspaceId, id, laneId: lane_id, laneVersion: 1, ref, attempts: 0, places: 1, lease: 1 },
  }));
  await db.query("update lane set version = 1");
  const prepared = await Promise.all([engine.sending.prepare([items[0]!]), other.sending.prepare([items[1]!])]);
  expect(prepared.flatMap(({ go }) => go)).toHaveLength(1);
});

test("what waits by the sender's limits goes out when those are raised", async () => {
  const { db, engine, workspaceId, sent, leadIds, limit, senderIds } = await setup();
  await limit({ message: { perWeek: 1 } });
  for (let i = 0; i < 3; i++) {
    await engine.desk.submit(
      {
        ...{ workspaceId, leadId: leadIds[0]!, senderId: null, channel: "sms", action: "message", subject: null },
        ...{ html: null, text: `Hello ${i}`, scheduledAt: null, source: "api" },
      },
      null,
    );
  }
  await engine.drain();
  await clock.set(monday + 2_000);
  await engine.drain();
  expect(sent).toHaveLength(1);
  await updateSender(db, workspaceId, senderIds[0]!, { limits: {} });
  engine.messages.wakeAll();
  await engine.drain();
  expect(sent).toHaveLength(3);
});

test("what waits by the workspace's cap goes out when that is raised, and not before what it is scheduled for", async () => {
  const { db, engine, workspaceId, sent, leadIds } = await setup();
  await changeWorkspace(db, workspaceId, { messagesPerDay: 1 });
  for (const scheduledAt of [null, null, new Date(monday + 2 * hour)]) {
    await engine.desk.submit(
      {
        ...{ workspaceId, leadId: leadIds[0]!, senderId: null, channel: "sms", action: "message", subject: null },
        ...{ html: null, text: "Hello", scheduledAt, source: "api" },
      },
      null,
    );
  }
  await engine.drain();
  expect(sent).toHaveLength(1);
  const { rows } = await db.query<{ id: string }>(
    "select id from message where lead_id = $1 and status = 'queued' and scheduled_at is null",
    [leadIds[0]],
  );
  // It was never attempted: nothing is said of a next attempt.
  expect((await explainMessage(db, workspaceId, rows[0]!.id))!.reasons).toMatchObject([
    { rule: "sender", detail: "the workspace is at 1 of 1 today", change: expect.stringContaining("messagesPerDay") },
  ]);
  await changeWorkspace(db, workspaceId, { messagesPerDay: null });
  engine.messages.wakeAll();
  await engine.drain();
  expect(sent).toHaveLength(2);
});

test("an explanation says when the planner looks again, not when it could", async () => {
  const { db, engine, sent, workspaceId, leadIds, set, start, go } = await setup();
  await set(`schedule = '${JSON.stringify(daily("08:00", "08:30"))}'`);
  await start();
  await engine.drain();
  // By its zone it could go out three hours from now, but it was put off until tomorrow.
  await db.query("update lead set time_zone = 'America/New_York' where id = $1", [leadIds[0]]);
  const [next] = await explainLead(db, workspaceId, leadIds[0]!);
  await go(next!.at! - 1);
  expect(sent).toEqual([]);
  await go(next!.at! + 1);
  const [later] = await explainLead(db, workspaceId, leadIds[0]!);
  await go(later!.at! + 1);
  expect(sent).toHaveLength(1);
});

test("messages that wait at a sender which can't send don't use up what a campaign may have on its way", async () => {
  const { db, engine, sent, set, start, senderIds } = await setup({ leads: 6, senders: 2 });
  const usual = limits.maxOpen;
  limits.maxOpen = 2;
  try {
    await set(`rotation = 'weighted', sender_weights = '{"${senderIds[1]}": 0}'`);
    await start();
    await engine.planner.runOnce();
    await db.query("update lane set parked_until = 'infinity' where id = $1", [senderIds[0]]);
    await set(`sender_weights = '{"${senderIds[0]}": 0}'`);
    await engine.drain();
    expect(sent).toHaveLength(4);
  } finally {
    limits.maxOpen = usual;
  }
});

test("messages that go one at a time have their turns one after the other, not all at once again and again", async () => {
  const { db, engine, workspaceId, leadIds, limit } = await setup();
  await limit({ message: { perWeek: 100 } });
  for (let i = 0; i < 10; i++) {
    await engine.desk.submit(
      {
        ...{ workspaceId, leadId: leadIds[0]!, senderId: null, channel: "sms", action: "message", subject: null },
        ...{ html: null, text: `Hello ${i}`, scheduledAt: null, source: "api" },
      },
      null,
    );
  }
  await engine.drain();
  const { rows } = await db.query("select count(distinct due_at)::int as turns from outbox");
  expect(rows).toEqual([{ turns: 9 }]);
});
