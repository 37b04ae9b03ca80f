import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report } from "../benchmark.ts";
import { startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { addDestinations, hookUrls } from "../delivery/destinations.ts";
import type { FairCalls, FairSettings } from "../fair/herald.ts";
import { heraldConfig } from "../herald.ts";
import { judgeDeliveries } from "../judge.ts";
import { Meter } from "../meter.ts";
import { percentile } from "../percentile.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { webhookSecret } from "../sample.ts";
import { openScratch } from "../scratch.ts";

/** How long an event takes from its commit to its receiver, at 500 events a second, each committed by itself. */
export const latency: Benchmark = {
  name: "latency",
  title: "events from their commit to their receiver, at 500 a second",
  targets: { atMost: { p99Ms: 50 } },
  run,
};

const rate = 500;

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const receiver = await adopt(
    undo,
    startChild<ReceiverCalls>(new URL("../receiver.ts", import.meta.url), { secret: webhookSecret }),
  );
  const targets = await addDestinations(scratch, hookUrls(await receiver.call("url", undefined), options.destinations));
  const settings: FairSettings = { config: heraldConfig(scratch), targets };
  const herald = await adopt(undo, startChild<FairCalls>(new URL("../fair/herald.ts", import.meta.url), settings));
  await herald.call("start", undefined);
  const offer = async (seconds: number) => {
    const committed = await herald.call("offer", { rate, seconds });
    await receiver.call("waitFor", committed.length);
    return { committed, tally: await receiver.call("tally", undefined) };
  };
  progress("warming up");
  await offer(quick ? 3 : 10);
  const seconds = options.count ? options.count / rate : (options.seconds ?? (quick ? 5 : 30));
  progress(`${rate} events a second for ${seconds} s`);
  const cpu = new CpuMeter({
    sender: () => cpuOf(herald.pid),
    receiver: () => cpuOf(receiver.pid),
    postgres: () => scratch.postgresCpu(),
  });
  const { committed, tally } = await offer(seconds);
  const meter = new Meter();
  const arrivals = [...tally.arrivedAt.values()];
  const from = Math.min(...arrivals.slice(0, 1));
  const took = (arrivals.reduce((last, at) => Math.max(last, at), from) - from) / 1_000;
  meter.add({ count: committed.length, seconds: took, cpu: cpu.read() });
  const delays = committed.map(([id, at]) => Math.max(0, (tally.arrivedAt.get(id) ?? Number.NaN) - at));
  return {
    bench: "latency",
    ...judgeDeliveries(
      committed.map(([id]) => id),
      tally,
    ),
    ratio: meter.perSecond / rate,
    perSecond: meter.perSecond,
    baselinePerSecond: rate,
    baseline: "what was offered",
    peers: {},
    rssMb: (await herald.call("memory", undefined)).peakMb,
    cpuMicroseconds: meter.cpuEach,
    figures: {
      p50Ms: percentile(delays, 50),
      p95Ms: percentile(delays, 95),
      p99Ms: percentile(delays, 99),
      destinations: options.destinations,
    },
  };
}
