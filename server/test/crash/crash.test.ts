import { randomInt } from "node:crypto";
import { afterEach, expect, inject, test } from "vitest";
import type { Database } from "../../src/db/pool.ts";
import { HeraldProcess } from "./herald-process.ts";
import { generator } from "./matrix/case.ts";
import { type Peers, personOf, setUpCampaign, startPeers } from "./peers.ts";

/**
 * The promises against a real process that is really killed. HERALD_CRASH_SEED repeats a run, HERALD_CRASH_KILLS and
 * HERALD_CRASH_LEADS make it longer.
 */
const seed = Number(process.env.HERALD_CRASH_SEED ?? 20_261);
const kills = Number(process.env.HERALD_CRASH_KILLS ?? 20);
const leads = Number(process.env.HERALD_CRASH_LEADS ?? 667);

let herald: HeraldProcess;
let peers: Peers;
afterEach(async () => {
  await herald?.end();
  await peers?.close();
});

/** Resolves when nothing more will happen by itself: all work is done, but for uncertain messages nobody can decide. */
async function settled(db: Database): Promise<void> {
  await expect
    .poll(
      async () => {
        const { rows } = await db.query<{ open: number }>(`
          select (select count(*) from outbox)
            + (select count(*) from message where status in ('queued', 'held', 'sending'))
            + (select count(*) from enrollment where state = 'active' and next_at is not null)
            -- The planner is about to close them, with an event.
            + (select count(*) from campaign c where c.status = 'active' and not exists (
                select 1 from enrollment e where e.campaign_id = c.id and e.state = 'active')) as open`);
        return rows[0]!.open;
      },
      { timeout: 120_000, interval: 200 },
    )
    .toBe(0)
    .catch(async (error: Error) => {
      const open = await db.query(`
        select m.id, m.channel, m.status, m.status_code, m.status_detail, m.attempts, m.attempted_at, o.due_at, o.attempts as rounds, o.lease
        from message m left join outbox o on o.ref = m.id where m.status in ('queued', 'held', 'sending') or o.id is not null limit 5`);
      const waiting = await db.query(`
        select o.lane_id, o.ref, o.due_at, o.attempts, o.lease, l.ready_at, l.leased, l.parked_until, l.parked_reason
        from outbox o join lane l on l.id = o.lane_id limit 5`);
      error.message += `\nstill open: ${JSON.stringify({ messages: open.rows, outbox: waiting.rows }, null, 1)}`;
      throw error;
    });
}

interface StoredMessage {
  to_address: string;
  sequence_step: number;
  channel: string;
  status: string;
}

/** Judges by what the peers hold. */
async function judge(db: Database, count: number): Promise<{ uncertain: number; repeatedWebhooks: number }> {
  const { rows: messages } = await db.query<StoredMessage>(
    "select to_address, sequence_step, channel, status from message",
  );
  const stored = new Map(messages.map((message) => [`${message.to_address} ${message.sequence_step}`, message]));
  const linkedin = peers.unipile.arrivals.counts();
  const sms = peers.twilio.arrivals.counts();
  const twice: string[] = [];
  const missing: string[] = [];
  for (let n = 0; n < count; n++) {
    const person = personOf(n);
    const steps = [
      { address: person.linkedinUrl, arrived: linkedin.get(`person-${n}\nFirst to Person${n}`) ?? 0 },
      { address: person.phone, arrived: sms.get(`${person.phone}\nSecond to Person${n}`) ?? 0 },
      { address: person.email, arrived: peers.smtp.count(person.email) },
    ];
    for (const [i, { address, arrived }] of steps.entries()) {
      const message = stored.get(`${address} ${i + 1}`);
      if (arrived > 1) twice.push(`${address}: ${arrived}`);
      if (arrived === 0 && message?.status !== "uncertain")
        missing.push(`${address}: ${message?.status ?? "never planned"}`);
      if (arrived === 1 && message?.status !== "sent" && message?.status !== "uncertain")
        missing.push(`${address} arrived, but is ${message?.status}`);
    }
  }
  expect(twice, "nobody gets a message twice").toEqual([]);
  expect(missing, "no message is missing, except those shown as uncertain").toEqual([]);
  const uncertain = messages.filter((message) => message.status === "uncertain");
  expect(
    new Set(uncertain.map((message) => message.channel)).difference(new Set(["email"])),
    "only SMTP can't be asked",
  ).toEqual(new Set());

  const { rows: events } = await db.query<{ id: string; type: string; formats: number }>(
    "select id, type, formats from event",
  );
  const sent = messages.filter((message) => message.status === "sent").length;
  expect(events.filter((event) => event.type === "message.sent")).toHaveLength(sent);
  const ids = (bit: number) => new Set(events.filter((event) => (event.formats & bit) !== 0).map((event) => event.id));
  const { herald: own, sendpilot, apten } = peers.receivers;
  expect(
    ids(1).symmetricDifference(new Set(own.byEventId.keys())),
    "each event reached the herald receiver, under its one ID",
  ).toEqual(new Set());
  expect(
    ids(2).symmetricDifference(new Set(sendpilot.byEventId.keys())),
    "each event that it can say reached the sendpilot receiver",
  ).toEqual(new Set());
  // Apten's format has no IDs: its receiver knows an event by its body.
  expect(apten.byEventId.size, "each event that it can say reached the apten receiver").toBe(ids(4).size);
  for (const receiver of [own, sendpilot, apten]) expect(receiver.stats().signaturesInvalid).toBe(0);
  const repeatedWebhooks = [own, sendpilot, apten].reduce(
    (sum, receiver) => sum + receiver.stats().received - receiver.byEventId.size,
    0,
  );
  return { uncertain: uncertain.length, repeatedWebhooks };
}

test(`killed ${kills} times during a campaign of ${leads * 3} messages: nothing twice, nothing lost (seed ${seed})`, {
  timeout: 240_000,
}, async () => {
  const random = generator(seed);
  peers = await startPeers();
  herald = new HeraldProcess({ HERALD_RECONCILE_AFTER_SECONDS: "1" }, { copyOf: inject("dataFolder") });
  await herald.start();
  const { campaignId } = await setUpCampaign(herald, peers, leads);

  let arrivals = 0;
  let waiting: { at: number; resolve: () => void } | null = null;
  peers.onArrival(() => {
    arrivals++;
    if (waiting && arrivals >= waiting.at) waiting.resolve();
  });
  await herald.call("POST", `/v1/campaigns/${campaignId}/start`);
  // Each kill comes after a random number of further arrivals, in about the first nine tenths of all there will be.
  const mean = (leads * 3 * 2 * 0.9) / kills;
  for (let kill = 0; kill < kills; kill++) {
    const at = arrivals + 1 + Math.floor(random() * 2 * mean);
    await new Promise<void>((resolve) => {
      waiting = { at, resolve };
      // The work may end earlier than the count says: then the process is killed idle, which must do no harm either.
      setTimeout(resolve, 5_000).unref();
    });
    await herald.kill();
    await herald.start();
  }
  expect(herald.starts).toBe(kills + 1);
  const db = herald.database();
  try {
    await settled(db);
    const { uncertain, repeatedWebhooks } = await judge(db, leads);
    console.log(
      `seed ${seed}: ${kills} kills, ${leads * 3} messages, ${uncertain} uncertain, ${repeatedWebhooks} webhooks delivered again`,
    );
  } finally {
    await db.close();
  }
});

test("the database is killed while a campaign runs: requests get 503, Herald starts it again, nothing is lost or sent twice", {
  timeout: 240_000,
}, async () => {
  const count = 60;
  peers = await startPeers();
  herald = new HeraldProcess({ HERALD_RECONCILE_AFTER_SECONDS: "1" }, { copyOf: inject("dataFolder") });
  await herald.start();
  const { campaignId } = await setUpCampaign(herald, peers, count);
  const some = peers.unipile.arrivals.reached(randomInt(10, 40));
  await herald.call("POST", `/v1/campaigns/${campaignId}/start`);
  await some;
  process.kill(herald.postgresPid, "SIGKILL");
  await expect
    .poll(async () => (await fetch(`${herald.url}/v1/campaigns`, { headers: { "x-api-key": herald.key } })).status, {
      timeout: 120_000,
      interval: 10,
    })
    .toBe(503);
  await expect
    .poll(async () => (await fetch(`${herald.url}/v1/campaigns`, { headers: { "x-api-key": herald.key } })).status, {
      timeout: 120_000,
      interval: 100,
    })
    .toBe(200);
  const db = herald.database();
  try {
    await settled(db);
    await judge(db, count);
  } finally {
    await db.close();
  }
});
