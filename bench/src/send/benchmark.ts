import { insertDestination } from "../../../server/src/db/destination.ts";
import { insertSender } from "../../../server/src/db/sender.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report, Verdict } from "../benchmark.ts";
import { type Child, startChild } from "../child.ts";
import type { ContestantCalls } from "../contestant.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { heraldConfig } from "../herald.ts";
import { joinVerdicts, judgeMessages } from "../judge.ts";
import { Meter } from "../meter.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { messageFacts } from "./facts.ts";
import type { ProviderCalls } from "./provider.ts";
import { account, mailFrom, type Route, routes, type SendSettings } from "./settings.ts";

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

async function run(
  bench: string,
  route: Route,
  options: BenchmarkOptions,
  undo: AsyncDisposableStack,
): Promise<Report> {
  const { quick, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const start = async <C extends Record<string, (argument: never) => unknown>>(file: string, settings: unknown) =>
    await adopt(undo, startChild<C>(new URL(file, import.meta.url), settings));
  const receiver = await start<ReceiverCalls>("../receiver.ts", { secret: webhookSecret });
  const provider = await start<ProviderCalls>("provider.ts", route);
  const port = await provider.call("port", undefined);
  const workspaceId = await addSender(scratch, route, port, await receiver.call("url", undefined));
  const settings: SendSettings = { config: heraldConfig(scratch), route, port, workspaceId };
  const bare = await start<ContestantCalls>("bare.ts", settings);
  const herald = await start<ContestantCalls>("herald.ts", settings);

  async function clock(contestant: Child<ContestantCalls>, count: number) {
    const stored = await contestant.call("store", count);
    const cpu = new CpuMeter({
      sender: () => cpuOf(contestant.pid),
      provider: () => cpuOf(provider.pid),
      receiver: () => cpuOf(receiver.pid),
      postgres: () => scratch.postgresCpu(),
    });
    await contestant.call("start", undefined);
    if (contestant === herald) await receiver.call("waitFor", count);
    const seconds = await contestant.call("finished", undefined);
    const spent = cpu.read();
    await contestant.call("halt", undefined);
    return { count, seconds, cpu: spent, stored };
  }

  async function measureBare(count: number) {
    const measured = await clock(bare, count);
    const taken = (await provider.call("taken", undefined)).size;
    if (taken !== count) throw new Error(`Of the baseline's ${count} messages ${taken} arrived.`);
    return measured;
  }

  async function measureHerald(count: number) {
    const measured = await clock(herald, count);
    const facts = await messageFacts(scratch.db, route, workspaceId, measured.stored.ids);
    const taken = await provider.call("taken", undefined);
    const verdict = judgeMessages(measured.stored.ids, facts, taken, await receiver.call("tally", undefined));
    return { ...measured, verdict };
  }

  progress("warming up");
  const warmUp = quick ? 500 : 4_000;
  await measureBare(warmUp);
  const { seconds } = await measureHerald(warmUp);
  // What autovacuum does within a minute: without it, the plans of empty tables would be measured.
  await scratch.db.query("analyze");
  const rounds = quick ? 1 : 3;
  const count =
    options.count ??
    (options.seconds ? Math.round((options.seconds * warmUp) / seconds / rounds) : quick ? 2_000 : 15_000);
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
    rssMb: await herald.call("peakRss", undefined),
    cpuMicroseconds: meter.cpuEach,
    figures: { acceptedPerSecond: accepting.perSecond, messages: count * rounds },
  };
}

/** A workspace with a sender, and a destination that is told of each message that went out. */
async function addSender(scratch: Scratch, route: Route, port: number, receiverUrl: string): Promise<string> {
  const { db, box } = scratch;
  const workspaceId = newId("workspace");
  // At whatever hour it runs.
  await db.query(
    `insert into workspace (id, name, sms_hours) values ($1, 'bench', '{"from": "00:00", "to": "24:00"}')`,
    [workspaceId],
  );
  const destinationId = newId("destination");
  await insertDestination(db, workspaceId, {
    ...{ id: destinationId, name: "bench", url: `${receiverUrl}/hook`, format: "herald", formatBit: 1 },
    ...{ eventTypes: ["message.sent"], secret: box.seal(webhookSecret, `${workspaceId}/${destinationId}`) },
  });
  const id = newId("sender");
  const sender = { id, name: "bench", channel: routes[route].channel, provider: route };
  if (route === "twilio") {
    const { accountSid, authToken, from } = account;
    const { twilio } = await import("../../../server/src/channels/sms/twilio.ts");
    const config = { accountSid, from, baseUrl: `http://127.0.0.1:${port}` };
    await insertSender(db, workspaceId, {
      ...{ ...sender, address: from, concurrency: twilio.concurrency(config), config },
      credentials: box.seal(JSON.stringify({ authToken }), `${workspaceId}/${id}`),
    });
  } else {
    const { smtp: adapter } = await import("../../../server/src/channels/email/smtp.ts");
    const maxConnections = routes.smtp.connections;
    const config = { host: "127.0.0.1", port, security: "none" as const, from: mailFrom, maxConnections };
    await insertSender(db, workspaceId, {
      ...{ ...sender, address: mailFrom, concurrency: adapter.concurrency(config), credentials: null, config },
    });
  }
  return workspaceId;
}
