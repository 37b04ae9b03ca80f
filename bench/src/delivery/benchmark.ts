import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { type Calls, type Child, startChild } from "../child.ts";
import type { ContestantCalls } from "../contestant.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { heraldConfig } from "../herald.ts";
import { joinVerdicts, judgeDeliveries } from "../judge.ts";
import { Meter } from "../meter.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { addDestinations, hookUrls } from "./destinations.ts";
import type { HeraldCalls } from "./herald.ts";
import { fillPast, holdSnapshot } from "./past.ts";
import { redisServer } from "./redis.ts";
import { connections, type DeliverySettings } from "./settings.ts";
import type { StoreCalls } from "./store.ts";

/**
 * Events that are stored, then signed and POSTed to a receiver, each attempt recorded with request and answer. Stored
 * beforehand, so that the figure is that of the delivery; what storing takes is told beside it. The contestants take turns;
 * of each, the median of its rounds counts. A round is long enough that their start, which is part of it (a tenth of a second of Herald's),
 * isn't what is measured.
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
  const { fanout } = options;
  const urls = hookUrls(await receiver.call("url", undefined), Math.ceil(options.destinations / fanout) * fanout);
  const settingsFor = async (each: Scratch, leads = 0): Promise<DeliverySettings> => ({
    config: heraldConfig(each),
    database: each.embedded.config,
    connectionString: each.connectionString,
    targets: await addDestinations(each, urls, fanout, leads > 0 ? "lead" : "none"),
    fanout,
    leads,
    secret: webhookSecret,
  });
  const settings = await settingsFor(scratch, options.leads);
  // A second one without a past, a snapshot and an order, to be compared with.
  const plain = options.past > 0 || options.snapshot || options.leads > 0 ? await adopt(undo, openScratch()) : null;
  const plainSettings = plain && (await settingsFor(plain));
  if (options.past > 0) {
    progress(`filling the log with ${options.past} events and attempts`);
    await fillPast(scratch, settings.targets[0]!, options.past);
  }
  const start = async <C extends Calls = ContestantCalls>(file: string, more = {}) =>
    await adopt(undo, startChild<C>(new URL(file, import.meta.url), { ...settings, ...more }));
  const startHerald = async (more = {}): Promise<Contestant> => {
    const store = await start<StoreCalls>("store.ts", more);
    const herald = await start<HeraldCalls>("herald.ts", more);
    return { store: (count) => store.call("store", count), child: herald };
  };
  const startOther = async (file: string, more = {}): Promise<Contestant> => {
    const child = await start(file, more);
    return { store: (count) => child.call("store", count), child: child as unknown as Child<HeraldCalls> };
  };
  const undici = await startOther("undici.ts");
  const herald = await startHerald();
  const others: Record<string, Contestant> = plainSettings ? { heraldPlain: await startHerald(plainSettings) } : {};
  const peers: Record<string, Contestant> = { graphileWorker: await startOther("graphile-worker.ts") };
  const redis = await redisServer(scratch.dataDir);
  if (redis) {
    undo.use(redis);
    peers.bullmq = await startOther("bullmq.ts", { redisSocket: redis.socket });
  }

  /** One measurement of one contestant, from an idle machine to an empty queue. */
  async function measure(contestant: Contestant, count: number): Promise<Measurement> {
    const server = contestant === others.heraldPlain && plain ? plain : scratch;
    const stored = await contestant.store(count);
    const cpu = new CpuMeter({
      sender: () => cpuOf(contestant.child.pid),
      receiver: () => cpuOf(receiver.pid),
      postgres: () => server.postgresCpu(),
    });
    await contestant.child.call("start", undefined);
    await receiver.call("waitFor", count);
    const seconds = await contestant.child.call("finished", undefined);
    const spent = cpu.read();
    await contestant.child.call("halt", undefined);
    const each = stored.ids.length < count ? fanout : 1;
    const verdict = judgeDeliveries(stored.ids, await receiver.call("tally", undefined), each);
    return { count, seconds, cpu: spent, storeSeconds: stored.seconds, verdict };
  }

  // Each of them as long as it takes to be compiled: of their first thousands of items, all take several times as long.
  progress("warming up");
  const warmUp = quick ? 8_000 : 20_000;
  const contestants = { undici, ...peers, ...others, herald };
  let last = { count: warmUp, seconds: 1 };
  for (const contestant of Object.values(contestants)) last = await measure(contestant, warmUp);

  if (options.snapshot) undo.use(await holdSnapshot(scratch));
  const rate = last.count / last.seconds;
  const rounds = options.rounds ?? (quick ? 3 : 5);
  const count =
    options.count ?? (options.seconds ? Math.round((options.seconds * rate) / rounds) : quick ? 30_000 : 50_000);
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
    ...(fanout > 1 ? { fanout } : {}),
  };
  if (meters.heraldPlain) {
    figures.past = options.past;
    figures.leads = options.leads;
    figures.timesPlain = perSecond / meters.heraldPlain.medianPerSecond;
    figures.timesPlainAtTheEnd = meters.herald!.lastPerSecond / meters.heraldPlain.lastPerSecond;
  }
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
    rssMb: await herald.child.call("peakRss", undefined),
    cpuMicroseconds: meters.herald!.cpuEach,
    figures,
  };
}

/** Who delivers, in a process of its own, and who gives it what to deliver. */
interface Contestant {
  store: (count: number) => Promise<{ ids: string[]; seconds: number }>;
  child: Child<HeraldCalls>;
}

interface Measurement {
  count: number;
  seconds: number;
  cpu: Record<string, number>;
  storeSeconds: number;
  verdict: Verdict;
}
