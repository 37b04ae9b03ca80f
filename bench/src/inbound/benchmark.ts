import { randomBytes } from "node:crypto";
import { insertDestination } from "../../../server/src/db/destination.ts";
import { insertSource } from "../../../server/src/db/source.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { heraldConfig } from "../herald.ts";
import { joinVerdicts, judgeDeliveries } from "../judge.ts";
import { Meter } from "../meter.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { addStanding } from "../standing.ts";
import type { BareCalls } from "./bare.ts";
import type { InboundCalls } from "./herald.ts";
import type { InboundLoadCalls } from "./load.ts";
import { eventTypes, itemsALead, linkedinUrlOf, sourceSecret } from "./settings.ts";

/**
 * Webhooks of SendPilot: each is stored before it is answered, then processed (messages, replies, tags of leads), and what
 * comes of it is delivered as a webhook. The clock runs until the last delivery is on record.
 */
export const inbound: Benchmark = {
  name: "inbound",
  title: "webhooks taken in, each stored before it is answered, processed, and delivered as a webhook of Herald's",
  targets: { perSecond: 2_000 },
  run,
};

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const start = async <C extends Record<string, (argument: never) => unknown>>(file: string, settings: unknown) =>
    await adopt(undo, startChild<C>(new URL(file, import.meta.url), settings));
  const receiver = await start<ReceiverCalls>("../receiver.ts", { secret: webhookSecret });
  const { workspaceId, path } = await addSource(scratch, await receiver.call("url", undefined));
  const herald = await start<InboundCalls>("herald.ts", heraldConfig(scratch));
  const bare = await start<BareCalls>("bare.ts", null);
  const load = await start<InboundLoadCalls>("load.ts", null);
  const heraldUrl = (await herald.call("url", undefined)) + path;
  const bareUrl = (await bare.call("url", undefined)) + path;

  async function measureBare(count: number) {
    const leads = Math.ceil(count / itemsALead);
    await load.call("prepare", { url: bareUrl, run: "bare", leads });
    const { accepted, seconds } = await load.call("run", undefined);
    if (accepted !== leads * itemsALead) throw new Error(`The baseline accepted ${accepted} requests.`);
    return { count: accepted, seconds };
  }

  async function measureHerald(count: number) {
    const leads = Math.ceil(count / itemsALead);
    const items = leads * itemsALead;
    const run = `bench-${randomBytes(4).toString("hex")}`;
    await addLeads(scratch, workspaceId, run, leads);
    await load.call("prepare", { url: heraldUrl, run, leads });
    const from = await latestEvent(scratch, workspaceId);
    const cpu = new CpuMeter({
      herald: () => cpuOf(herald.pid),
      sender: () => cpuOf(load.pid),
      receiver: () => cpuOf(receiver.pid),
      postgres: () => scratch.postgresCpu(),
    });
    const startedAt = performance.now();
    const arrived = receiver.call("waitFor", items);
    const answers = await load.call("run", undefined);
    await arrived;
    await herald.call("done", undefined);
    const seconds = (performance.now() - startedAt) / 1000;
    const spent = cpu.read();
    const { rows } = await scratch.db.query<{ id: string }>(
      "select id from event where workspace_id = $1 and id > $2 and type = any($3)",
      [workspaceId, from, eventTypes],
    );
    const verdict = judgeDeliveries(
      rows.map(({ id }) => id),
      await receiver.call("tally", undefined),
    );
    if (answers.accepted !== items) verdict.problems.push(`${items - answers.accepted} requests were refused.`);
    if (rows.length !== items) verdict.problems.push(`Of ${items} items ${rows.length} events came.`);
    return { ...answers, count: items, accepting: answers.seconds, seconds, cpu: spent, verdict };
  }

  progress("warming up");
  const warmUp = quick ? 2_000 : 10_000;
  await measureBare(warmUp);
  const first = await measureHerald(warmUp);
  // What autovacuum does within a minute: without it, the plans of empty tables would be measured.
  await scratch.db.query("analyze");
  const rounds = 3;
  const count =
    options.count ??
    (options.seconds ? Math.round((options.seconds * first.count) / first.seconds / rounds) : quick ? 6_000 : 20_000);
  const baseline = new Meter();
  const meter = new Meter();
  const accepting = new Meter();
  const verdicts: Verdict[] = [];
  let [p50, p99] = [0, 0];
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${count} webhooks`);
    baseline.add(await measureBare(count));
    const measured = await measureHerald(count);
    meter.add(measured);
    accepting.add({ count: measured.count, seconds: measured.accepting });
    verdicts.push({ ...measured.verdict, ok: measured.verdict.problems.length === 0 });
    p50 = Math.max(p50, measured.p50);
    p99 = Math.max(p99, measured.p99);
    baseline.add(await measureBare(count));
  }
  return {
    bench: "inbound",
    ...joinVerdicts(verdicts),
    ratio: meter.perSecond / baseline.perSecond,
    perSecond: meter.perSecond,
    baselinePerSecond: baseline.perSecond,
    baseline: "the same route of Fastify, which verifies the signature, answers, and stores nothing",
    peers: {},
    rssMb: await herald.call("peakRss", undefined),
    cpuMicroseconds: meter.cpuEach,
    figures: {
      webhooks: verdicts.reduce((sum, { checked }) => sum + checked.sent, 0),
      acceptedPerSecond: accepting.perSecond,
      milliseconds50: p50,
      milliseconds99: p99,
    },
  };
}

async function addSource({ db, box }: Scratch, receiverUrl: string): Promise<{ workspaceId: string; path: string }> {
  const workspaceId = newId("workspace");
  await db.query("insert into workspace (id, name) values ($1, 'bench')", [workspaceId]);
  const destinationId = newId("destination");
  await insertDestination(db, workspaceId, {
    ...{ id: destinationId, name: "bench", url: `${receiverUrl}/hook`, format: "herald", formatBit: 1 },
    ...{ eventTypes: [...eventTypes], secret: box.seal(webhookSecret, `${workspaceId}/${destinationId}`) },
  });
  const id = newId("source");
  const token = randomBytes(24).toString("base64url");
  await insertSource(db, workspaceId, {
    ...{ id, kind: "sendpilot", name: "bench", token, createLeads: true, config: {}, mapping: null },
    secret: box.seal(sourceSecret, `${workspaceId}/${id}`),
  });
  return { workspaceId, path: `/in/${token}` };
}

/** They have been leads for a day: what comes in tells of the last minute. */
async function addLeads({ db }: Scratch, workspaceId: string, run: string, leads: number): Promise<void> {
  await db.query(
    `insert into lead (workspace_id, id, first_name, linkedin_url, created_at) select $1, l.id, 'Jane', l.url, now() - interval '1 day'
     from unnest($2::text[], $3::text[]) as l (id, url)`,
    [
      workspaceId,
      Array.from({ length: leads }, () => newId("lead")),
      Array.from({ length: leads }, (_, n) => linkedinUrlOf(run, n)),
    ],
  );
  await addStanding(db, workspaceId);
}

async function latestEvent({ db }: Scratch, workspaceId: string): Promise<string> {
  const { rows } = await db.query<{ id: string | null }>("select max(id) as id from event where workspace_id = $1", [
    workspaceId,
  ]);
  return rows[0]!.id ?? "";
}
