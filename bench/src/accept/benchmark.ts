import { createApiKey } from "../../../server/src/db/api-key.ts";
import { insertSender } from "../../../server/src/db/sender.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { heraldConfig } from "../herald.ts";
import { joinVerdicts, judgeAccepted } from "../judge.ts";
import { Meter } from "../meter.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import type { ServerCalls } from "./herald.ts";
import type { LoadCalls } from "./load.ts";

/** Messages accepted by the API, each to a lead of its own, and each answered after its commit. */
export const accept: Benchmark = {
  name: "accept",
  title: "POST /v1/messages answered, each after its commit",
  targets: { perSecond: 3_000 },
  run,
};

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const start = async <C extends Record<string, (argument: never) => unknown>>(file: string, settings: unknown) =>
    await adopt(undo, startChild<C>(new URL(file, import.meta.url), settings));
  const herald = await start<ServerCalls>("herald.ts", heraldConfig(scratch));
  const bare = await start<ServerCalls>("bare.ts", null);
  const load = await start<LoadCalls>("load.ts", null);
  const { workspaceId, apiKey } = await addWorkspace(scratch);
  const urls = { herald: await herald.call("url", undefined), bare: await bare.call("url", undefined) };

  async function measure(which: "herald" | "bare", count: number) {
    const leadIds = await addLeads(scratch, workspaceId, count);
    const pid = which === "herald" ? herald.pid : bare.pid;
    const cpu = new CpuMeter({
      api: () => cpuOf(pid),
      clients: () => cpuOf(load.pid),
      postgres: () => scratch.postgresCpu(),
    });
    const answers = await load.call("run", { url: urls[which], apiKey, leadIds });
    return { count, cpu: cpu.read(), leadIds, ...answers };
  }

  async function measureBare(count: number) {
    const measured = await measure("bare", count);
    if (measured.refused > 0) throw new Error(`The baseline refused ${measured.refused} requests.`);
    return measured;
  }

  async function measureHerald(count: number) {
    const measured = await measure("herald", count);
    const { rows } = await scratch.db.query<{ id: string; leadId: string; queued: number }>(
      `select m.id, m.lead_id as "leadId", coalesce(q.n, 0)::int as queued from message m
       left join (select ref, count(*) as n from outbox where workspace_id = $1 group by ref) q on q.ref = m.id
       where m.workspace_id = $1 and m.lead_id = any($2)`,
      [workspaceId, measured.leadIds],
    );
    return { ...measured, verdict: judgeAccepted(measured.leadIds, measured.messageIds, rows) };
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
    (options.seconds ? Math.round((options.seconds * warmUp) / first.seconds / rounds) : quick ? 5_000 : 20_000);
  const baseline = new Meter();
  const meter = new Meter();
  const verdicts: Verdict[] = [];
  let [p50, p99] = [0, 0];
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${count} requests`);
    baseline.add(await measureBare(count));
    const measured = await measureHerald(count);
    meter.add(measured);
    verdicts.push(measured.verdict);
    p50 = Math.max(p50, measured.p50);
    p99 = Math.max(p99, measured.p99);
    baseline.add(await measureBare(count));
  }
  return {
    bench: "accept",
    ...joinVerdicts(verdicts),
    ratio: meter.perSecond / baseline.perSecond,
    perSecond: meter.perSecond,
    baselinePerSecond: baseline.perSecond,
    baseline: "Fastify with the same schemas, which answers 202 and stores nothing",
    peers: {},
    rssMb: await herald.call("peakRss", undefined),
    cpuMicroseconds: meter.cpuEach,
    figures: { requests: count * rounds, milliseconds50: p50, milliseconds99: p99 },
  };
}

async function addWorkspace({ db }: Scratch): Promise<{ workspaceId: string; apiKey: string }> {
  const workspaceId = newId("workspace");
  await db.query("insert into workspace (id, name) values ($1, 'bench')", [workspaceId]);
  const sender = {
    id: newId("sender"),
    name: "bench",
    channel: "sms" as const,
    provider: "sandbox",
    address: "+12025550100",
  };
  await insertSender(db, workspaceId, { ...sender, config: {}, credentials: null, concurrency: 64 });
  const { secret } = await createApiKey(db, workspaceId, { name: "bench", scopes: ["send"] });
  return { workspaceId, apiKey: secret };
}

async function addLeads({ db }: Scratch, workspaceId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId("lead"));
  await db.query(
    `insert into lead (workspace_id, id, first_name, phone)
     select $1, id, 'Jane', '+1303' || (2000000 + (select count(*) from lead) + n) from unnest($2::text[]) with ordinality as l (id, n)`,
    [workspaceId, ids],
  );
  return ids;
}
