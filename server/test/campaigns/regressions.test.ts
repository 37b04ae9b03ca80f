import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pauseCampaign, resumeCampaign, startCampaign } from "../../src/campaigns/control.ts";
import type { OutboundMessage, SendResult } from "../../src/channels/channel.ts";
import { rescueLeases } from "../../src/db/lease.ts";
import { claim, leasesPerWorker } from "../../src/db/outbox.ts";
import type { Schedule } from "../../src/domain/schedule/schedule.ts";
import { testDatabase } from "../database.ts";
import { makeCampaign, makeEngine, makeLead, makeSender, makeWorkspace, scriptedAdapter } from "../factories.ts";
import { VirtualClock } from "../virtual-clock.ts";

/** What went wrong in other tools, each under its name there: it must not happen here. */
let clock: VirtualClock;
let close: () => Promise<void>;
const hour = 3_600_000;
const day = 24 * hour;
/** A Monday, 09:00 UTC. */
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

/** A started campaign of two SMS steps, an hour apart, and a process that sends them; `answer` is the provider's. */
async function setup(options: {
  leads: number;
  limits?: object;
  answer?: (message: OutboundMessage) => SendResult | null;
  lead?: (id: string, n: number) => Promise<unknown>;
  schedule?: Schedule;
}) {
  const { db } = clock;
  for (const table of ["outbox", "lane", "enrollment", "campaign"]) await db.query(`delete from ${table}`);
  await clock.set(monday);
  const sent: { to: string; step: string; at: number }[] = [];
  const hire = () =>
    makeEngine(
      db,
      scriptedAdapter({
        onSend: (message) => {
          const answer = options.answer?.(message) ?? { outcome: "sent", providerMessageId: message.messageId };
          if (answer.outcome === "sent") sent.push({ to: message.to, step: message.text.slice(0, 6), at: clock.now() });
          return answer;
        },
      }),
    );
  const engine = await hire();
  const workspaceId = await makeWorkspace(db);
  const senderId = await makeSender(db, workspaceId, "sms", "scripted", 4);
  await db.query("update sender set limits = $2 where id = $1", [senderId, JSON.stringify(options.limits ?? {})]);
  const leadIds: string[] = [];
  for (let n = 0; n < options.leads; n++) {
    const id = await makeLead(db, workspaceId);
    await options.lead?.(id, n);
    leadIds.push(id);
  }
  const campaignId = await makeCampaign(db, workspaceId, {
    senderIds: [senderId],
    leadIds,
    steps: [{ channel: "sms" }, { channel: "sms", delay: { amount: 1, unit: "hours" }, delayMs: hour }],
  });
  await db.query("update campaign set schedule = $2 where id = $1", [
    campaignId,
    options.schedule ? JSON.stringify(options.schedule) : null,
  ]);
  await startCampaign(db, workspaceId, campaignId, "api");
  const steps = () => sent.map(({ step }) => step).sort();
  const places = async () =>
    (
      await db.query<{ position: number | null; state: string }>(
        `select s.position, e.state from enrollment e left join step s on s.id = e.next_step_id and s.campaign_id = e.campaign_id
         where e.campaign_id = $1 order by e.lead_id`,
        [campaignId],
      )
    ).rows;
  return { db, engine, hire, sent, steps, places, workspaceId, senderId, leadIds, campaignId };
}

const each = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe("regressions of other tools", () => {
  test("resume starts over from the top", async () => {
    const { db, engine, sent, steps, workspaceId, campaignId } = await setup({
      leads: 5,
      limits: { message: { perDay: 3 } },
    });
    for (const days of [0, 1, 2]) {
      await clock.set(monday + days * day);
      await engine.drain();
    }
    // Three have had both steps, two the first.
    const before = steps();
    expect(before).toEqual([...each(5, "Step 1"), ...each(3, "Step 2")]);
    await pauseCampaign(db, workspaceId, campaignId, "user");
    await clock.set(monday + 4 * day);
    await engine.drain();
    expect(steps()).toEqual(before);
    await resumeCampaign(db, workspaceId, campaignId, "user");
    await engine.drain();
    expect(steps()).toEqual([...each(5, "Step 1"), ...each(5, "Step 2")]);
    expect(new Set(sent.map(({ to, step }) => `${to} ${step}`)).size).toBe(10);
  });

  test("a checkpoint moves when rows are read instead of when they are sent", async () => {
    const { db, engine, hire, sent, steps, places } = await setup({ leads: 3 });
    // Read, written down, leased; and then the process dies, before anything has left it.
    await engine.planner.runOnce();
    const lease = engine.workerNo * leasesPerWorker;
    const claimed = { kind: "message" as const, lanes: 1, perLane: 9, limit: 9, lease, leaseSeconds: 60, ahead: 16 };
    expect(await claim(db, claimed)).toHaveLength(3);
    expect(await places()).toEqual(each(3, { position: 1, state: "active" }));
    expect(await rescueLeases(db, { deadWorkers: [engine.workerNo] })).toBe(3);
    const survivor = await hire();
    await survivor.drain();
    expect(steps()).toEqual(each(3, "Step 1"));
    // Only now has anybody come further.
    expect(await places()).toEqual(each(3, { position: 2, state: "active" }));
    await clock.set(monday + hour);
    await survivor.drain();
    expect(steps()).toEqual([...each(3, "Step 1"), ...each(3, "Step 2")]);
    expect(new Set(sent.map(({ to, step }) => `${to} ${step}`)).size).toBe(6);
  });

  test("an invalid zone on some leads silently stops the others", async () => {
    const office = { from: "09:00", to: "17:00" };
    const { engine, sent, places } = await setup({
      leads: 6,
      schedule: { windows: { monday: [office] }, holidays: [] },
      lead: (id, n) => {
        const zone = ["Mars/Olympus", "UTC", "", "Asia/Tokyo", "GMT+25", null][n];
        return clock.db.query("update lead set time_zone = $2 where id = $1", [id, zone]);
      },
    });
    await engine.drain();
    await clock.set(monday + hour);
    await engine.drain();
    // At 18:00 in Tokyo that one waits for its Monday; all others, those without a zone that is known too, go by the workspace's.
    expect(sent).toHaveLength(10);
    expect(engine.errors).toEqual([]);
    expect((await places()).map(({ state }) => state).sort()).toEqual(["active", ...each(5, "finished")]);
  });

  test("a counter drifts up and blocks everything", async () => {
    let calls = 0;
    const { db, engine, hire, sent, steps, senderId } = await setup({
      leads: 5,
      limits: { message: { perDay: 3 } },
      // Each message is refused at first, now because nobody answered, now by the provider.
      answer: (message) =>
        message.attempt > 1
          ? null
          : calls++ % 2 === 0
            ? { outcome: "retry", code: "busy", detail: "Try later." }
            : { outcome: "uncertain", code: "connection_lost", detail: "No answer." },
    });
    let worker = engine;
    for (let at = monday; at < monday + 6 * day; at += 2 * hour) {
      await clock.set(at);
      await worker.planner.runOnce();
      // Every process dies with what it has leased.
      const lease = worker.workerNo * leasesPerWorker + 1_000;
      await claim(db, { kind: "message", lanes: 9, perLane: 9, limit: 9, lease, leaseSeconds: 60, ahead: 16 });
      await rescueLeases(db, { deadWorkers: [worker.workerNo] });
      worker = await hire();
      await worker.drain();
      // A person finds that the uncertain ones did not go out.
      await db.query("update message set status = 'queued', counted_at = null where status = 'uncertain'");
      await db.query(
        `insert into outbox (workspace_id, lane_id, ref, due_at) select workspace_id, sender_id, id, clock.now() from message m
         where status = 'queued' and not exists (select 1 from outbox o where o.ref = m.id)`,
      );
      await db.query("update lane set ready_at = clock.now()");
      await worker.drain();
    }
    expect(steps()).toEqual([...each(5, "Step 1"), ...each(5, "Step 2")]);
    const byDay = Map.groupBy(sent, ({ at }) => new Date(at).toISOString().slice(8, 10));
    for (const [, list] of byDay) expect(list.length).toBeLessThanOrEqual(3);
    // Not later than the limit makes it: what was refused took nobody's place.
    expect([...byDay.values()].map((list) => list.length)).toEqual([3, 3, 3, 1]);
    const { rows } = await db.query("select leased from lane where id = $1", [senderId]);
    expect(rows).toEqual([{ leased: 0 }]);
  });

  test("one bad recipient rolls back a batch", async () => {
    const bad = { planned: "", refused: "", unwritable: "" };
    const { db, engine, sent, places } = await setup({
      leads: 7,
      lead: async (id, n) => {
        const name = Object.keys(bad)[n] as keyof typeof bad | undefined;
        if (!name) return;
        const { rows } = await clock.db.query<{ phone: string }>("select phone from lead where id = $1", [id]);
        bad[name] = rows[0]!.phone;
      },
      answer: ({ to }) => {
        if (to === bad.refused) return { outcome: "failed", code: "invalid_number", detail: "No such number." };
        // PostgreSQL has no text for this: the outcome can't be written.
        return to === bad.unwritable ? { outcome: "sent", providerMessageId: "\0" } : null;
      },
    });
    await db.query(
      `create function refuse() returns trigger language plpgsql as $$ begin
         if new.to_address = '${bad.planned}' then raise exception 'not this one'; end if; return new; end $$`,
    );
    await db.query("create trigger refuse before insert on message for each row execute function refuse()");
    try {
      await engine.drain();
      await clock.set(monday + hour);
      await engine.drain();
    } finally {
      await db.query("drop function refuse() cascade");
    }
    const good = sent.filter(({ to }) => !Object.values(bad).includes(to));
    expect(good.map(({ step }) => step).sort()).toEqual([...each(4, "Step 1"), ...each(4, "Step 2")]);
    expect(sent.filter(({ to }) => to === bad.unwritable)).toHaveLength(1);
    const states = (await places()).map(({ state }) => state);
    expect(states.sort()).toEqual(["active", ...each(4, "finished"), "stopped", "stopped"]);
  });

  test("a full disk takes leads out of their sequences and forgets what was sent", async () => {
    const { db, engine, sent, places } = await setup({ leads: 1 });
    await db.query("create sequence looks");
    await db.query(`create function refuse() returns trigger language plpgsql as $$ begin
      if tg_op = 'INSERT' or new.status = 'sent' and nextval('looks') <= 4 then
        raise exception 'could not extend file: No space left on device' using errcode = '53100';
      end if; return new; end $$`);
    await db.query("create trigger refuse before insert on message for each row execute function refuse()");
    try {
      await expect(engine.planner.runOnce()).rejects.toMatchObject({ code: "53100" });
      expect(await places()).toEqual([{ position: 1, state: "active" }]);
      await db.query("drop trigger refuse on message");
      // There is room to begin a message, and then for a while none for its outcome.
      await db.query("create trigger refuse before update on message for each row execute function refuse()");
      await engine.drain();
    } finally {
      await db.query("drop function refuse() cascade");
      await db.query("drop sequence looks");
    }
    expect(sent).toHaveLength(1);
    const { rows } = await db.query("select status, attempts from message where to_address = $1", [sent[0]!.to]);
    expect(rows).toEqual([{ status: "sent", attempts: 1 }]);
    expect(await places()).toEqual([{ position: 2, state: "active" }]);
  });
});
