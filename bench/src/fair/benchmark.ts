import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { type Child, startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { addDestinations, hookUrls } from "../delivery/destinations.ts";
import { heraldConfig } from "../herald.ts";
import { joinVerdicts, judgeDeliveries } from "../judge.ts";
import { Meter } from "../meter.ts";
import { percentile } from "../percentile.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { badUrl, startBadReceivers } from "./bad-receivers.ts";
import type { FairCalls, FairSettings } from "./herald.ts";
import { fallIll, queueBacklog, rest } from "./setup.ts";

/**
 * A thousand destinations, of which ten answer after 29 s, ten never accept a connection, and ten answer 500, with 200,000
 * deliveries waiting for these (`--count`). Beside it, in turns, a Herald with 970 destinations that all are well. In each
 * round the ill ones fall ill anew, in turn as new destinations and as such that had all places there are.
 */
export const fair: Benchmark = {
  name: "fair",
  title: "deliveries to 970 destinations beside 30 that hang or fail, with a backlog that waits for these",
  targets: { ratio: 0.9, rssMb: 300, atMost: { p99Times: 2 } },
  run,
};

const healthy = 970;
/** Events a second that are offered while latency is measured. */
const offeredRate = 300;
/** Of the time for which they are offered, that in which the ill ones have just fallen ill. */
const fallingIllMs = (quick: boolean) => (quick ? 1_500 : 3_000);

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const receiver = await adopt(
    undo,
    startChild<ReceiverCalls>(new URL("../receiver.ts", import.meta.url), { secret: webhookSecret }),
  );
  const urls = hookUrls(await receiver.call("url", undefined), healthy);
  const bad = await adopt(undo, startBadReceivers());
  const waiting = options.count ?? (quick ? 30_000 : 200_000);
  progress(`storing ${waiting} deliveries that wait`);
  const plain = await side(undo, urls, []);
  const beside = await side(undo, urls, [bad.slow, bad.failing, bad.hanging]);
  await queueBacklog(beside.scratch, beside.ill, waiting);
  await rest(beside.scratch, beside.ill);
  const sides = { plain, beside };
  type Side = keyof typeof sides;

  /** One at a time: the other one has nothing to do meanwhile, the ill ones' deliveries are held. */
  async function turn<T>(name: Side, round: number, work: (herald: Child<FairCalls>) => Promise<T>): Promise<T> {
    const { scratch, ill, herald } = sides[name];
    if (ill.length > 0) await fallIll(scratch, ill, round % 2 === 1 ? "new" : "proven");
    const done = await work(herald);
    await settled(scratch, ill);
    await rest(scratch, ill);
    return done;
  }

  const verdicts: Verdict[] = [];
  const meters = { plain: new Meter(), beside: new Meter() };
  async function throughput(name: Side, round: number, count: number, measured = true): Promise<void> {
    const { scratch } = sides[name];
    await turn(name, round, async (herald) => {
      const ids = await herald.call("store", count);
      const cpu = new CpuMeter({
        sender: () => cpuOf(herald.pid),
        receiver: () => cpuOf(receiver.pid),
        postgres: () => scratch.postgresCpu(),
      });
      const began = performance.now();
      await herald.call("release", undefined);
      await receiver.call("waitFor", count);
      if (measured) meters[name].add({ count, seconds: (performance.now() - began) / 1000, cpu: cpu.read() });
      verdicts.push(judgeDeliveries(ids, await receiver.call("tally", undefined)));
    });
  }
  const delays: Record<Side, number[]> = { plain: [], beside: [] };
  /** Of the first seconds, in which the ill ones fall ill: told apart. */
  const first: Record<Side, number[]> = { plain: [], beside: [] };
  async function delay(name: Side, round: number, seconds: number): Promise<void> {
    await turn(name, round, async (herald) => {
      const committed = await herald.call("offer", { rate: offeredRate, seconds });
      await receiver.call("waitFor", committed.length);
      const tally = await receiver.call("tally", undefined);
      verdicts.push(
        judgeDeliveries(
          committed.map(([id]) => id),
          tally,
        ),
      );
      const began = committed[0]?.[1] ?? 0;
      for (const [id, at] of committed) {
        const into = at - began < fallingIllMs(quick) ? first : delays;
        into[name].push(Math.max(0, (tally.arrivedAt.get(id) ?? Number.NaN) - at));
      }
    });
  }

  // An even number: each side is the second one, beside whose turn the other's database still cleans up, as often as the first.
  const rounds = quick ? 4 : 6;
  // More than a second, so that the moment in which 30 fall ill (some 500 calls, and as many connections) isn't what is measured.
  const count = quick ? 12_000 : 20_000;
  progress("warming up");
  for (const name of ["plain", "beside"] as const) await throughput(name, 1, count, false);
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${count} events, and ${offeredRate} a second`);
    const order: Side[] = round % 2 === 1 ? ["plain", "beside"] : ["beside", "plain"];
    for (const name of order) await throughput(name, round, count);
    for (const name of order) await delay(name, round, quick ? 3 : 10);
  }
  const { peakMb } = await beside.herald.call("memory", undefined);
  const still = await waitingFor(beside.scratch);
  const p99 = { plain: percentile(delays.plain, 99), beside: percentile(delays.beside, 99) };
  return {
    bench: "fair",
    ...joinVerdicts(verdicts),
    ratio: meters.beside.medianPerSecond / meters.plain.medianPerSecond,
    perSecond: meters.beside.medianPerSecond,
    baselinePerSecond: meters.plain.medianPerSecond,
    baseline: `Herald with ${healthy} destinations that are well, and nothing waiting`,
    peers: {},
    rssMb: peakMb,
    cpuMicroseconds: meters.beside.cpuEach,
    figures: {
      p99Times: p99.beside / p99.plain,
      p50Ms: percentile(delays.beside, 50),
      p99Ms: p99.beside,
      p50PlainMs: percentile(delays.plain, 50),
      p99PlainMs: p99.plain,
      p99FallingIllMs: percentile(first.beside, 99),
      p99TimesFallingIll: percentile(first.beside, 99) / percentile(first.plain, 99),
      waiting: still,
    },
  };
}

async function side(undo: AsyncDisposableStack, urls: readonly string[], badPorts: readonly string[]) {
  const scratch = await adopt(undo, openScratch());
  const targets = await addDestinations(scratch, urls);
  const ill = await addDestinations(
    scratch,
    badPorts.flatMap((port) => Array.from({ length: 10 }, (_, n) => badUrl(port, n))),
  );
  const settings: FairSettings = { config: heraldConfig(scratch), targets };
  const herald = await adopt(undo, startChild<FairCalls>(new URL("herald.ts", import.meta.url), settings));
  await herald.call("start", undefined);
  return { scratch, ill, herald };
}

/** Deliveries in the outbox. */
async function waitingFor({ db }: Scratch): Promise<number> {
  return (await db.query<{ n: number }>("select count(*)::int as n from outbox")).rows[0]!.n;
}

/** Resolves when all that arrived at the healthy ones is settled. */
async function settled({ db }: Scratch, ill: readonly { destinationId: string }[]): Promise<void> {
  const sql = "select exists (select 1 from lane where leased > 0 and id <> all($1::text[])) as busy";
  const ids = ill.map(({ destinationId }) => destinationId);
  while ((await db.query<{ busy: boolean }>(sql, [ids])).rows[0]!.busy) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
