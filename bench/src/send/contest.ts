import { insertDestination } from "../../../server/src/db/destination.ts";
import { insertSender } from "../../../server/src/db/sender.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Verdict } from "../benchmark.ts";
import { type Child, startChild } from "../child.ts";
import type { ContestantCalls } from "../contestant.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { heraldConfig } from "../herald.ts";
import { judgeMessages } from "../judge.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { messageFacts } from "./facts.ts";
import type { HeraldCalls } from "./herald.ts";
import type { ProviderCalls } from "./provider.ts";
import { account, mailFrom, type Route, routes, type SendSettings } from "./settings.ts";

/** One measurement of a contestant. */
export interface Measured {
  count: number;
  seconds: number;
  cpu: Record<string, number>;
  stored: { ids: string[]; seconds: number };
}

/** All that sending is measured with: a provider and a receiver on loopback, a database, and who sends. */
export interface SendContest {
  scratch: Scratch;
  workspaceId: string;
  /** The provider's client alone. */
  measureBare(count: number): Promise<Measured>;
  /** Herald; `counting`: it keeps the figures of analytics up, and is done when all is counted. Default true. */
  measureHerald(count: number, counting?: boolean): Promise<Measured & { verdict: Verdict }>;
  /** Seals the audit trail of all that was sent; answers how many entries. */
  seal(): Promise<{ count: number; seconds: number; cpu: Record<string, number> }>;
  /** Of Herald, in MiB. */
  peakRss(): Promise<number>;
}

export async function sendContest(route: Route, undo: AsyncDisposableStack): Promise<SendContest> {
  const scratch = await adopt(undo, openScratch());
  const start = async <C extends Record<string, (argument: never) => unknown>>(file: string, settings: unknown) =>
    await adopt(undo, startChild<C>(new URL(file, import.meta.url), settings));
  const receiver = await start<ReceiverCalls>("../receiver.ts", { secret: webhookSecret });
  const provider = await start<ProviderCalls>("provider.ts", route);
  const port = await provider.call("port", undefined);
  const workspaceId = await addSender(scratch, route, port, await receiver.call("url", undefined));
  const settings: SendSettings = { config: heraldConfig(scratch), route, port, workspaceId };
  const bare = await start<ContestantCalls>("bare.ts", settings);
  const herald = await start<HeraldCalls>("herald.ts", settings);

  async function clock(contestant: Child<ContestantCalls>, count: number): Promise<Measured> {
    const stored = await contestant.call("store", count);
    const cpu = new CpuMeter({
      sender: () => cpuOf(contestant.pid),
      provider: () => cpuOf(provider.pid),
      receiver: () => cpuOf(receiver.pid),
      postgres: () => scratch.postgresCpu(),
    });
    await contestant.call("start", undefined);
    if ((contestant as unknown) === herald) await receiver.call("waitFor", count);
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

  async function measureHerald(count: number, counting = true) {
    await herald.call("count", counting);
    const measured = await clock(herald as unknown as Child<ContestantCalls>, count);
    const facts = await messageFacts(scratch.db, route, workspaceId, measured.stored.ids);
    const taken = await provider.call("taken", undefined);
    const verdict = judgeMessages(measured.stored.ids, facts, taken, await receiver.call("tally", undefined));
    return { ...measured, verdict };
  }

  async function seal() {
    // What autovacuum has to do after sending is done before: it would count as sealing's.
    await scratch.db.query("vacuum analyze");
    const cpu = new CpuMeter({ sender: () => cpuOf(herald.pid), postgres: () => scratch.postgresCpu() });
    const sealed = await herald.call("seal", undefined);
    return { ...sealed, cpu: cpu.read() };
  }

  return { scratch, workspaceId, measureBare, measureHerald, seal, peakRss: () => herald.call("peakRss", undefined) };
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
