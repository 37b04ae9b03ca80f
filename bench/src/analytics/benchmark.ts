import { countNext } from "../../../server/src/analytics/counter.ts";
import { DimensionSets } from "../../../server/src/analytics/dimension-sets.ts";
import { analyticsState, breakdown, quarters, totals } from "../../../server/src/db/analytics.ts";
import { insertWorkspace } from "../../../server/src/db/workspace.ts";
import { counters } from "../../../server/src/domain/analytics/counters.ts";
import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { joinVerdicts } from "../judge.ts";
import { Meter, median } from "../meter.ts";
import type { Scratch } from "../scratch.ts";
import { sendContest } from "../send/contest.ts";
import { beginOf, days, dropDay, storeDay } from "./seed.ts";

/**
 * What the figures of analytics cost, and how fast they are answered. An item is an SMS as in `send`, with the figures kept up;
 * the clock runs until the last one is counted. The baseline is the same without counting, in turn.
 *
 * Then 10,000,000 events of 90 days (`--count`) are counted, and the overview of all of them is asked for.
 */
export const analytics: Benchmark = {
  name: "analytics",
  title: "SMS sent as in send, with the figures of analytics kept up; then the overview of 90 days",
  targets: { ratio: 0.9, atMost: { overviewMs: 100 } },
  run,
};

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const contest = await sendContest("twilio", undo);
  const { scratch, measureHerald } = contest;
  progress("warming up");
  await measureHerald(quick ? 2_000 : 4_000);
  await scratch.db.query("analyze");
  const messages = quick ? 2_000 : 15_000;
  const rounds = 3;
  const meter = new Meter();
  const baseline = new Meter();
  const verdicts: Verdict[] = [];
  const measure = async (into: Meter, counting: boolean) => {
    const measured = await measureHerald(messages, counting);
    into.add(measured);
    verdicts.push(measured.verdict);
  };
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${messages} messages four times`);
    // What one leaves uncounted the next would count: it is counted between them.
    await measure(baseline, false);
    await countAll(scratch, contest.workspaceId);
    await measure(meter, true);
    await measure(meter, true);
    await measure(baseline, false);
    await countAll(scratch, contest.workspaceId);
  }
  const verdict = joinVerdicts(verdicts);
  const { figures, problems } = await overview(scratch, options);
  return {
    bench: "analytics",
    ...verdict,
    ok: verdict.ok && problems.length === 0,
    problems: [...verdict.problems, ...problems],
    ratio: meter.perSecond / baseline.perSecond,
    perSecond: meter.perSecond,
    baselinePerSecond: baseline.perSecond,
    baseline: "the same messages by Herald without counting",
    peers: {},
    rssMb: await contest.peakRss(),
    cpuMicroseconds: meter.cpuEach,
    figures: {
      ...Object.fromEntries(
        Object.entries(baseline.cpuEach).map(([name, each]) => [`uncountedMicroseconds_${name}`, each]),
      ),
      ...figures,
    },
  };
}

async function countAll({ db }: Scratch, workspaceId: string): Promise<void> {
  const sets = new DimensionSets();
  while ((await countNext(db, workspaceId, Date.now(), sets)).more);
}

export async function overview(scratch: Scratch, { quick, count: given, progress }: BenchmarkOptions) {
  const { db } = scratch;
  const wanted = given ?? (quick ? 20_000 : 10_000_000);
  const { id } = await insertWorkspace(db, { name: "Counted" });
  const sets = new DimensionSets();
  const counting = new Meter();
  let events = 0;
  for (let day = 0; day < days; day++) {
    events += await storeDay(db, id, day, Math.ceil(wanted / days));
    if (day % 15 === 0) progress(`counting day ${day + 1} of ${days}`);
    const cpu = new CpuMeter({ herald: () => cpuOf(process.pid), postgres: () => scratch.postgresCpu() });
    const began = performance.now();
    let added = 0;
    for (let more = true; more; ) {
      const batch = await countNext(db, id, beginOf(day + 1), sets);
      added += batch.added;
      more = batch.more;
    }
    counting.add({ count: added, seconds: (performance.now() - began) / 1000, cpu: cpu.read() });
    // As retention does, and so that a disk is enough for it.
    await dropDay(db, day);
  }
  await db.query("analyze");
  const { edition } = (await analyticsState(db, id))!;
  const range = { from: beginOf(0), to: beginOf(days) };
  const timed = async (ask: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let n = 0; n < 11; n++) {
      const began = performance.now();
      await ask();
      times.push(performance.now() - began);
    }
    return median(times);
  };
  progress("asking");
  const counts = await totals(db, id, edition, range, {});
  const problems: string[] = [];
  const told = counts.sent + counts.delivered + counts.opened + counts.replies;
  if (told !== events) problems.push(`${events} events were stored, and the overview has ${told}.`);
  const campaign = { campaign: "camp_01k9d3v0x5e0rb1v6m2z8q4w7" };
  const figures = {
    countedEvents: events,
    countedPerSecond: counting.perSecond,
    ...Object.fromEntries(Object.entries(counting.cpuEach).map(([name, each]) => [`countMicroseconds_${name}`, each])),
    overviewMs: await timed(() => totals(db, id, edition, range, {})),
    overviewOfCampaignMs: await timed(() => totals(db, id, edition, range, campaign)),
    overviewOfThreeMs: await timed(() =>
      totals(db, id, edition, range, { ...campaign, channel: "sms", profile: "profile-2" }),
    ),
    timeseriesMs: await timed(() => quarters(db, id, edition, range, {}, counters)),
    byCampaignMs: await timed(() => breakdown(db, id, edition, range, {}, "campaign", 100)),
    bySenderOfCampaignMs: await timed(() => breakdown(db, id, edition, range, campaign, "sender", 100)),
  };
  return { figures, problems };
}
