import { insertDestination } from "../../../server/src/db/destination.ts";
import { leasesPerWorker } from "../../../server/src/db/outbox.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { type Child, startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { heraldConfig } from "../herald.ts";
import { joinVerdicts, judgeDeliveries, judgeInterrupted } from "../judge.ts";
import { sampleEventData, webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { until } from "../until.ts";
import type { ReceiversCalls } from "./receivers.ts";
import type { WorkerCalls } from "./worker.ts";

/**
 * Processes that share one PostgreSQL, as `herald worker` does, with receivers that answer after 100 ms: one destination,
 * where a process is limited by its connections to it, and 50, where it is limited by its processor. What is compared is
 * one process with two, and four. In the end one of two is killed in the middle: nothing may be lost, and only what it had
 * under way may come again.
 */
export const workers: Benchmark = {
  name: "workers",
  title: "webhooks delivered by two processes that share a database, to one destination that answers in 100 ms",
  targets: { ratio: 1.4 },
  run,
};

const delayMs = 100;
const manyDestinations = 50;

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const one = options.count ?? (options.seconds ? Math.round(options.seconds * 640) : quick ? 2_500 : 10_000);
  // Four on two cores are for the full run: they only wait for each other there.
  const counts = quick ? [1, 2] : [1, 2, 4];
  const verdicts: Verdict[] = [];
  const figures: Record<string, number> = {};
  const cpu: Record<string, number> = {};
  let rssMb = 0;
  const shapes = [
    { name: "one", destinations: 1, count: one },
    { name: "many", destinations: manyDestinations, count: options.count ?? (quick ? 8_000 : 60_000) },
  ];
  for (const { name, destinations, count } of shapes) {
    const scene = await openScene(destinations, undo);
    for (const n of counts) {
      progress(
        `${name} destination${destinations === 1 ? "" : "s"}, ${n} process${n === 1 ? "" : "es"}, ${count} events`,
      );
      const measured = await measure(scene, n, count);
      verdicts.push(measured.verdict);
      figures[`${name}Destination${n}`] = count / measured.seconds;
      for (const [i, share] of measured.shares.entries()) figures[`${name}Destination${n}Share${i + 1}`] = share;
      if (name === "one" && n === 2) Object.assign(cpu, measured.cpu);
      rssMb = Math.max(rssMb, measured.rssMb);
    }
    if (name === "one") {
      progress("killing one of two");
      const killed = await kill(scene, Math.min(one, 4_000));
      verdicts.push(killed.verdict);
      figures.killedUnderWay = killed.underWay;
      figures.killedDuplicates = killed.duplicates;
      figures.killedTakenOverSeconds = killed.seconds;
    }
    await scene.close();
  }
  for (const n of counts.slice(1))
    figures[`manyDestinationRatio${n}`] = figures[`manyDestination${n}`]! / figures.manyDestination1!;
  if (!quick) figures.oneDestinationRatio4 = figures.oneDestination4! / figures.oneDestination1!;
  return {
    bench: "workers",
    ...joinVerdicts(verdicts),
    ratio: figures.oneDestination2! / figures.oneDestination1!,
    perSecond: figures.oneDestination2!,
    baselinePerSecond: figures.oneDestination1!,
    baseline: "one process",
    peers: {},
    rssMb,
    cpuMicroseconds: cpu,
    figures,
  };
}

/** A database with destinations, and their receivers. */
interface Scene {
  scratch: Scratch;
  receivers: Child<ReceiversCalls>;
  close(): Promise<void>;
}

async function openScene(destinations: number, undo: AsyncDisposableStack): Promise<Scene> {
  const all = undo.use(new AsyncDisposableStack());
  const scratch = await adopt(all, openScratch());
  const settings = { secret: webhookSecret, count: destinations, delayMs };
  const receivers = await adopt(all, startChild<ReceiversCalls>(new URL("receivers.ts", import.meta.url), settings));
  for (const url of await receivers.call("urls", undefined)) {
    const workspaceId = newId("workspace");
    const id = newId("destination");
    await scratch.db.query("insert into workspace (id, name) values ($1, 'bench')", [workspaceId]);
    await insertDestination(scratch.db, workspaceId, {
      ...{ id, name: "bench", url: `${url}/hook`, format: "herald" as const, formatBit: 1, eventTypes: null },
      secret: scratch.box.seal(webhookSecret, `${workspaceId}/${id}`),
    });
  }
  await scratch.db.query("analyze");
  return { scratch, receivers, close: () => all.disposeAsync() };
}

type Worker = Child<WorkerCalls>;

/** Processes that work, and have done enough for their code to be compiled. */
async function startWorkers({ scratch, receivers }: Scene, n: number, undo: AsyncDisposableStack): Promise<Worker[]> {
  const file = new URL("worker.ts", import.meta.url);
  const processes = await Promise.all(
    Array.from({ length: n }, async () => await adopt(undo, startChild<WorkerCalls>(file, heraldConfig(scratch)))),
  );
  await Promise.all(processes.map((worker) => worker.call("start", undefined)));
  await store(scratch, 1_500 * n);
  await empty(scratch);
  await receivers.call("tally", undefined);
  return processes;
}

interface Measured {
  verdict: Verdict;
  seconds: number;
  /** Of each process, which part of the deliveries it made; the largest first. */
  shares: number[];
  cpu: Record<string, number>;
  rssMb: number;
}

async function measure(scene: Scene, n: number, count: number): Promise<Measured> {
  await using undo = new AsyncDisposableStack();
  const { scratch, receivers } = scene;
  const processes = await startWorkers(scene, n, undo);
  const attempted = () => Promise.all(processes.map((worker) => worker.call("attempted", undefined)));
  const before = await attempted();
  const meter = new CpuMeter({
    ...Object.fromEntries(processes.map(({ pid }, i) => [`process${i + 1}`, () => cpuOf(pid)])),
    receivers: () => cpuOf(receivers.pid),
    postgres: () => scratch.postgresCpu(),
  });
  const ids = await store(scratch, count);
  const began = performance.now();
  await empty(scratch);
  const seconds = (performance.now() - began) / 1000;
  const cpu = Object.fromEntries(Object.entries(meter.read()).map(([name, spent]) => [name, spent / count]));
  const after = await attempted();
  const verdict = judgeDeliveries(ids, await receivers.call("tally", undefined));
  const rss = await Promise.all(processes.map((worker) => worker.call("peakRss", undefined)));
  const shares = after.map((made, i) => (made - before[i]!) / count).toSorted((a, b) => b - a);
  return { verdict, seconds, shares, cpu, rssMb: Math.max(...rss) };
}

/** One of two processes is killed when a third has arrived; the other has to do the rest, and what was leased. */
async function kill(
  scene: Scene,
  count: number,
): Promise<{ verdict: Verdict; underWay: number; duplicates: number; seconds: number }> {
  await using undo = new AsyncDisposableStack();
  const { scratch, receivers } = scene;
  const processes = await startWorkers(scene, 2, undo);
  const leased = async (pid: number) =>
    (
      await scratch.db.query<{ n: number }>(
        `select count(*)::int as n from outbox o join worker w on w.no = o.lease / ${leasesPerWorker} where o.lease is not null and w.pid = $1`,
        [pid],
      )
    ).rows[0]!.n;
  const ids = await store(scratch, count);
  await receivers.call("waitFor", Math.floor(count / 3));
  // The one that has more: the other may have nothing.
  const [a = 0, b = 0] = await Promise.all(processes.map((worker) => leased(worker.pid)));
  const { pid } = processes[a >= b ? 0 : 1]!;
  process.kill(pid, "SIGSTOP");
  const underWay = await leased(pid);
  process.kill(pid, "SIGKILL");
  const began = performance.now();
  await until(async () => (await leased(pid)) === 0);
  const seconds = (performance.now() - began) / 1000;
  await empty(scratch);
  const tally = await receivers.call("tally", undefined);
  const verdict = judgeInterrupted(ids, tally, underWay);
  return { verdict, underWay, duplicates: tally.requests - tally.events.size, seconds };
}

/** Nothing waits, nothing is under way, and the lanes know it. */
async function empty({ db }: Scratch): Promise<void> {
  const sql = "select exists (select 1 from outbox) or exists (select 1 from lane where leased <> 0) as busy";
  await until(async () => !(await db.query<{ busy: boolean }>(sql)).rows[0]!.busy);
}

let batch = 0;

/** Queues events, to all destinations in turn and by one commit, and tells the processes. Returns their IDs. */
async function store({ db }: Scratch, count: number): Promise<string[]> {
  // Each batch in seconds of its own.
  const began = Date.now() - 3_600_000 + ++batch * 100_000;
  const { rows } = await db.query<{ id: string }>(
    `with target as (select workspace_id, id, row_number() over (order by id) - 1 as n, count(*) over () as all_of from destination),
     stored as (
       insert into event (workspace_id, at, id, type, channel, formats, data)
       select t.workspace_id, to_timestamp(($1::bigint + g.i) / 1000.0), 'evt_' || ($1::bigint + g.i) || '_' || lpad(to_hex(g.i), 9, '0'),
         'message.sent', 'sms', 7, $3
       from generate_series(0, $2::bigint - 1) g (i) join target t on t.n = g.i % t.all_of
       returning workspace_id, id
     ),
     queued as (
       insert into outbox (workspace_id, lane_id, ref, due_at)
       select s.workspace_id, t.id, s.id, now() from stored s join target t on t.workspace_id = s.workspace_id
     ),
     ready as (update lane set ready_at = now())
     select id from stored`,
    [began, count, sampleEventData()],
  );
  await db.query(`select pg_notify('herald', '["0","delivery",null]')`);
  return rows.map(({ id }) => id);
}
