import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { joinVerdicts } from "../judge.ts";
import { Meter } from "../meter.ts";
import { sendContest } from "./contest.ts";
import { type Route, routes } from "./settings.ts";

/**
 * Messages to as many leads, through a real adapter to a provider on loopback, each with its events, a webhook among them.
 * They were accepted beforehand; the clock runs until the last webhook's delivery is on record.
 */
export const send: Benchmark = {
  name: "send",
  title: "SMS sent through Twilio's adapter, each with its events and a signed webhook",
  targets: { perSecond: 2_000 },
  run: (options, undo) => run("send", "twilio", options, undo),
};

export const smtp: Benchmark = {
  name: "smtp",
  title: "emails sent through the SMTP adapter, each with its events and a signed webhook",
  targets: { ratio: 0.8 },
  run: (options, undo) => run("smtp", "smtp", options, undo),
};

const baselines: { readonly [R in Route]: string } = {
  twilio: `the same POSTs to the provider by undici.request alone, ${routes.twilio.connections} connections`,
  smtp: `the same mails by nodemailer's pool alone, ${routes.smtp.connections} connections`,
};

/** Mails take longer to come to an even pace: of 2,000 a tenth of the time was the start and the end. */
const quickCount: { readonly [R in Route]: number } = { twilio: 2_000, smtp: 5_000 };

async function run(
  bench: string,
  route: Route,
  options: BenchmarkOptions,
  undo: AsyncDisposableStack,
): Promise<Report> {
  const { quick, progress } = options;
  const { scratch, measureBare, measureHerald, peakRss } = await sendContest(route, undo);
  progress("warming up");
  const warmUp = quick ? 2_000 : 4_000;
  await measureBare(warmUp);
  const { seconds } = await measureHerald(warmUp);
  // What autovacuum does within a minute: without it, the plans of empty tables would be measured.
  await scratch.db.query("analyze");
  const rounds = 3;
  const count =
    options.count ??
    (options.seconds ? Math.round((options.seconds * warmUp) / seconds / rounds) : quick ? quickCount[route] : 15_000);
  const baseline = new Meter();
  const meter = new Meter();
  const accepting = new Meter();
  const verdicts: Verdict[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round} of ${rounds}, ${count} messages`);
    baseline.add(await measureBare(count));
    const measured = await measureHerald(count);
    meter.add(measured);
    accepting.add({ count, seconds: measured.stored.seconds });
    verdicts.push(measured.verdict);
    baseline.add(await measureBare(count));
  }
  return {
    bench,
    ...joinVerdicts(verdicts),
    ratio: meter.perSecond / baseline.perSecond,
    perSecond: meter.perSecond,
    baselinePerSecond: baseline.perSecond,
    baseline: baselines[route],
    peers: {},
    rssMb: await peakRss(),
    cpuMicroseconds: meter.cpuEach,
    figures: { acceptedPerSecond: accepting.perSecond, messages: count * rounds },
  };
}
