import { pauseCampaign } from "../../../server/src/campaigns/control.ts";
import { Planner } from "../../../server/src/campaigns/planner.ts";
import { insertSender } from "../../../server/src/db/sender.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report } from "../benchmark.ts";
import { peakRss } from "../contestant.ts";
import { openScratch, type Scratch } from "../scratch.ts";

/**
 * The planner in this process, on campaigns of many leads of whom few are due. It plans real steps of real rows; nobody
 * sends what it queues.
 */
export const due: Benchmark = {
  name: "due",
  title: "steps found and planned, of 1,000 that are due among many enrolled leads",
  targets: {},
  run: runDue,
};

export const plan: Benchmark = {
  name: "plan",
  title: "steps planned: judged, written, queued and stored",
  targets: { perSecond: 10_000 },
  run: runPlan,
};

interface Enrolled {
  workspaceId: string;
  campaignId: string;
}

/** An active campaign with `leads` leads, the first `ready` of them due now, the others in a year. */
async function enroll(
  { db }: Scratch,
  leads: number,
  ready: number,
  progress: (text: string) => void,
): Promise<Enrolled> {
  progress(`enrolling ${leads} leads`);
  const workspaceId = newId("workspace");
  const campaignId = newId("campaign");
  const stepId = newId("step");
  const senderId = newId("sender");
  await db.query(
    `insert into workspace (id, name, sms_hours) values ($1, 'bench', '{"from": "00:00", "to": "24:00"}')`,
    [workspaceId],
  );
  const sender = { id: senderId, name: "bench", channel: "sms" as const, provider: "sandbox", address: "sandbox" };
  await insertSender(db, workspaceId, { ...sender, config: {}, credentials: null, concurrency: 64 });
  await db.query(
    "insert into campaign (workspace_id, id, name, status, sender_ids, started_at) values ($1, $2, 'bench', 'active', $3, now())",
    [workspaceId, campaignId, [senderId]],
  );
  await db.query(
    `insert into step (workspace_id, campaign_id, id, position, channel, delay_ms, text, delay)
     values ($1, $2, $3, 1, 'sms', 0, 'Hi {{ firstName }}, are you free on Tuesday?', '{"amount": 0, "unit": "seconds"}')`,
    [workspaceId, campaignId, stepId],
  );
  for (let from = 0; from < leads; from += 50_000) {
    const to = Math.min(leads, from + 50_000);
    await db.query(
      `with people as (
         insert into lead (workspace_id, id, first_name, phone)
         select $1, 'lead_' || $2 || '_' || lpad(n::text, 8, '0'), 'Jane', '+1' || (2000000000 + n) from generate_series($3::bigint, $4::bigint - 1) n
         returning id
       )
       insert into enrollment (workspace_id, campaign_id, lead_id, next_step_id, next_at)
       select $1, $5, id, $6, case when right(id, 8)::int < $7 then now() else now() + interval '1 year' end from people`,
      [workspaceId, campaignId.slice(5), from, to, campaignId, stepId, ready],
    );
  }
  await db.query("analyze");
  return { workspaceId, campaignId };
}

/** Plans until nothing is due; answers in seconds, and what was queued. */
async function planAll(
  { db }: Scratch,
  { campaignId }: Enrolled,
): Promise<{ seconds: number; queued: number; leads: number }> {
  const planner = new Planner({
    db,
    wakeMessages: () => {},
    wakeDeliveries: () => {},
    onError: (_stage, error) => {
      throw error;
    },
  });
  const begin = performance.now();
  while ((await planner.runOnce()).planned > 0) {
    // On with the next round. What is on its way is bounded, and nobody sends here: it counts as gone.
    await db.query(
      "update enrollment set state = 'finished' where campaign_id = $1 and state = 'active' and next_at is null",
      [campaignId],
    );
  }
  const seconds = (performance.now() - begin) / 1000;
  const { rows } = await db.query<{ queued: number; leads: number }>(
    "select count(*)::int as queued, count(distinct lead_id)::int as leads from message where campaign_id = $1 and status = 'queued'",
    [campaignId],
  );
  return { seconds, ...rows[0]! };
}

async function runDue(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const ready = 1_000;
  const [few, many] = quick ? [20_000, 200_000] : [100_000, 1_000_000];
  const problems: string[] = [];
  const measure = async (leads: number) => {
    const scratch = await adopt(undo, openScratch());
    // The first round compiles templates and opens connections.
    await planAll(scratch, await enroll(scratch, 2_000, ready, () => {}));
    const campaign = await enroll(scratch, leads, ready, progress);
    const planned = await planAll(scratch, campaign);
    if (planned.queued !== ready || planned.leads !== ready)
      problems.push(
        `Of ${leads} leads ${planned.queued} messages for ${planned.leads} leads were planned, not ${ready}.`,
      );
    const begin = performance.now();
    await pauseCampaign(scratch.db, campaign.workspaceId, campaign.campaignId, "api");
    return { ...planned, pauseSeconds: (performance.now() - begin) / 1000 };
  };
  const small = await measure(few);
  const large = await measure(many);
  if (large.pauseSeconds >= 1) problems.push(`Pausing took ${large.pauseSeconds} s.`);
  return {
    bench: "due",
    ok: problems.length === 0,
    problems,
    checked: { sent: 2 * ready, arrivedOnce: small.leads + large.leads, signaturesValid: null },
    // As it is asked for: time with many leads by time with few. At most 1.5.
    ratio: large.seconds / small.seconds,
    perSecond: ready / large.seconds,
    baselinePerSecond: ready / small.seconds,
    baseline: `the same with ${few} enrolled leads in place of ${many}; the ratio is of times, at most 1.5`,
    peers: {},
    rssMb: peakRss(),
    cpuMicroseconds: {},
    figures: { pauseMilliseconds: large.pauseSeconds * 1000 },
  };
}

async function runPlan(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const count = options.count ?? (quick ? 5_000 : 50_000);
  const scratch = await adopt(undo, openScratch());
  await planAll(scratch, await enroll(scratch, 2_000, 1_000, () => {}));
  const campaign = await enroll(scratch, count, count, progress);
  const planned = await planAll(scratch, campaign);
  const ok = planned.queued === count && planned.leads === count;
  const { db } = scratch;
  const begin = performance.now();
  await db.query("create table bare (like message including defaults)");
  await db.query("insert into bare select * from message where campaign_id = $1", [campaign.campaignId]);
  const bare = (performance.now() - begin) / 1000;
  return {
    bench: "plan",
    ok,
    problems: ok ? [] : [`${planned.queued} messages for ${planned.leads} leads were planned, not ${count}.`],
    checked: { sent: count, arrivedOnce: planned.leads, signaturesValid: null },
    ratio: bare / planned.seconds,
    perSecond: count / planned.seconds,
    baselinePerSecond: count / bare,
    baseline: "one INSERT ... SELECT of the same messages into a table without indexes",
    peers: {},
    rssMb: peakRss(),
    cpuMicroseconds: {},
    figures: {},
  };
}
