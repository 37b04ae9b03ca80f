import { insertDestination } from "../../../server/src/db/destination.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { type Child, startChild } from "../child.ts";
import type { ContestantCalls } from "../contestant.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { heraldConfig } from "../herald.ts";
import { joinVerdicts, judgeDeliveries } from "../judge.ts";
import { Meter } from "../meter.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { redisServer } from "./redis.ts";
import { connections, type DeliverySettings, type Target } from "./settings.ts";

/**
 * Events that are stored, then signed and POSTed to a receiver, each attempt recorded with request and answer. Stored
 * beforehand, so that the figure is that of the delivery; what storing takes is told beside it. The contestants take turns;
 * of each, the median of its rounds counts.
 */
export const delivery: Benchmark = {
  name: "delivery",
  title: "webhooks signed, delivered and logged",
  targets: { ratio: 0.45, peers: { graphileWorker: 1.3 } },
  run,
};

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const receiver = await adopt(
    undo,
    startChild<ReceiverCalls>(new URL("../receiver.ts", import.meta.url), { secret: webhookSecret }),
  );
  progress(`setting up ${options.destinations} destinations`);
  const settings: DeliverySettings = {
    config: heraldConfig(scratch),
    database: scratch.embedded.config,
    connectionString: scratch.connectionString,
    targets: await addDestinations(scratch, await receiver.call("url", undefined), options.destinations),
    secret: webhookSecret,
  };
  const start = async (file: string, more = {}) =>
    await adopt(undo, startChild<ContestantCalls>(new URL(file, import.meta.url), { ...settings, ...more }));
  const undici = await start("undici.ts");
  const herald = await start("herald.ts");
  const peers: Record<string, Child<ContestantCalls>> = { graphileWorker: await start("graphile-worker.ts") };
  const redis = await redisServer(scratch.dataDir);
  if (redis) {
    undo.use(redis);
    peers.bullmq = await start("bullmq.ts", { redisSocket: redis.socket });
  }

  /** One measurement of one contestant, from an idle machine to an empty queue. */
  async function measure(contestant: Child<ContestantCalls>, count: number): Promise<Measurement> {
    const stored = await contestant.call("store", count);
    const cpu = new CpuMeter({
      sender: () => cpuOf(contestant.pid),
      receiver: () => cpuOf(receiver.pid),
      postgres: () => scratch.postgresCpu(),
    });
    await contestant.call("start", undefined);
    await receiver.call("waitFor", count);
    const seconds = await contestant.call("finished", undefined);
    const spent = cpu.read();
    await contestant.call("halt", undefined);
    const verdict = judgeDeliveries(stored.ids, await receiver.call("tally", undefined));
    return { count, seconds, cpu: spent, storeSeconds: stored.seconds, verdict };
  }

  // Each of them as long as it takes to be compiled: of their first thousands of items, all take several times as long.
  progress("warming up");
  const warmUp = quick ? 8_000 : 20_000;
  const contestants = { undici, ...peers, herald };
  let last = { count: warmUp, seconds: 1 };
  for (const contestant of Object.values(contestants)) last = await measure(contestant, warmUp);

  const rate = last.count / last.seconds;
  const rounds = quick ? 3 : 5;
  const count =
    options.count ?? (options.seconds ? Math.round((options.seconds * rate) / rounds) : quick ? 10_000 : 20_000);
  const meters = Object.fromEntries(Object.keys(contestants).map((name) => [name, new Meter()]));
  const verdicts: Verdict[] = [];
  const storing = new Meter();
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${count} events`);
    // Back and forth, so that nobody always has the machine as a certain other one left it.
    const order = Object.entries(contestants);
    for (const [name, contestant] of round % 2 === 1 ? order : order.toReversed()) {
      const measured = await measure(contestant, count);
      meters[name]!.add(measured);
      if (name === "herald") {
        verdicts.push(measured.verdict);
        storing.add({ count, seconds: measured.storeSeconds, cpu: {} });
      } else if (name !== "undici" && !measured.verdict.ok)
        throw new Error(`${name} did not do the work: ${measured.verdict.problems.join(" ")}`);
    }
  }
  const perSecond = meters.herald!.medianPerSecond;
  const baselinePerSecond = meters.undici!.medianPerSecond;
  const figures: Record<string, number> = {
    storedPerSecond: storing.perSecond,
    events: count * rounds,
    destinations: options.destinations,
  };
  // All processes together: the one comparison that other programs on the machine don't disturb.
  for (const [name, meter] of Object.entries(meters)) {
    const total = Object.values(meter.cpuEach).reduce((sum, microseconds) => sum + microseconds, 0);
    if (total > 0) figures[`cpuMicroseconds_${name}`] = total;
  }
  return {
    bench: "delivery",
    ...joinVerdicts(verdicts),
    ratio: perSecond / baselinePerSecond,
    perSecond,
    baselinePerSecond,
    baseline: `undici.request alone, ${connections} connections, same body and headers`,
    peers: Object.fromEntries(Object.keys(peers).map((name) => [name, { perSecond: meters[name]!.medianPerSecond }])),
    rssMb: await herald.call("peakRss", undefined),
    cpuMicroseconds: meters.herald!.cpuEach,
    figures,
  };
}

interface Measurement {
  count: number;
  seconds: number;
  cpu: Record<string, number>;
  storeSeconds: number;
  verdict: Verdict;
}

/** One workspace a destination, as one customer each. */
async function addDestinations(scratch: Scratch, receiverUrl: string, count: number): Promise<Target[]> {
  const targets = Array.from({ length: count }, (_, i) => ({
    workspaceId: newId("workspace"),
    destinationId: newId("destination"),
    url: `${receiverUrl}/hook/${i}`,
  }));
  await scratch.db.transaction(async (tx) => {
    const ids = targets.map(({ workspaceId }) => workspaceId);
    await tx.query("insert into workspace (id, name) select id, id from unnest($1::text[]) as w (id)", [ids]);
    for (const { workspaceId, destinationId, url } of targets) {
      const secret = scratch.box.seal(webhookSecret, `${workspaceId}/${destinationId}`);
      const destination = {
        id: destinationId,
        name: "bench",
        url,
        format: "herald" as const,
        formatBit: 1,
        eventTypes: null,
        secret,
      };
      await insertDestination(tx, workspaceId, destination);
    }
  });
  // As autovacuum would after a while; tables that were just filled have no statistics.
  await scratch.db.query("analyze");
  return targets;
}
