import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report } from "../benchmark.ts";
import { startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { Meter } from "../meter.ts";
import { openScratch } from "../scratch.ts";
import type { SimulateCalls } from "./herald.ts";
import { judgeSimulation } from "./judge.ts";
import { addCampaign, stepCount } from "./sample.ts";

/**
 * A campaign with 100,000 leads and five steps, read from the database and simulated to its end. An item is a message.
 * The aim, less than 20 s for all of it, is 25,000 a second.
 *
 * The baseline is what reading alone would cost: the rows of the leads, by one query, with nothing done to them.
 */
export const simulating: Benchmark = {
  name: "simulate",
  title: "messages of a campaign foreseen: 100,000 leads with five steps",
  targets: { perSecond: 25_000, rssMb: 1_500 },
  run,
};

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const leads = options.count ?? (options.seconds ? Math.round(options.seconds * 5_000) : quick ? 10_000 : 100_000);
  progress(`storing ${leads} leads`);
  const campaign = await addCampaign(scratch, leads);
  await scratch.db.query("analyze");
  const child = await adopt(
    undo,
    startChild<SimulateCalls>(new URL("herald.ts", import.meta.url), scratch.embedded.config),
  );
  const read = async () => {
    const startedAt = performance.now();
    const { rows } = await scratch.db.query<{ id: string; zone: string }>(
      "select l.id, l.time_zone as zone, l.* from lead l where l.workspace_id = $1",
      [campaign.workspaceId],
    );
    return { seconds: (performance.now() - startedAt) / 1000, rows };
  };

  progress("simulating");
  const baseline = new Meter();
  const { seconds: first, rows } = await read();
  baseline.add({ count: leads * stepCount, seconds: first });
  const cpu = new CpuMeter({ simulation: () => cpuOf(child.pid), postgres: () => scratch.postgresCpu() });
  const simulated = await child.call("run", { ...campaign, startsAt: Date.now() });
  const meter = new Meter();
  meter.add({ count: leads * stepCount, seconds: simulated.seconds, cpu: cpu.read() });
  baseline.add({ count: leads * stepCount, seconds: (await read()).seconds });
  return {
    bench: "simulate",
    ...judgeSimulation(new Map(rows.map(({ id, zone }) => [id, zone])), simulated),
    ratio: meter.perSecond / baseline.perSecond,
    perSecond: meter.perSecond,
    baselinePerSecond: baseline.perSecond,
    baseline: "the rows of the leads read by one query, and nothing done with them",
    peers: {},
    rssMb: await child.call("peakRss", undefined),
    cpuMicroseconds: meter.cpuEach,
    figures: { leads, seconds: simulated.seconds, secondsReading: simulated.loadSeconds },
  };
}
