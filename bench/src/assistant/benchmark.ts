import { setTimeout as sleep } from "node:timers/promises";
import { modelKeyOwner } from "../../../server/src/assistant/models.ts";
import { createProfile } from "../../../server/src/assistant/profiles.ts";
import { storeModelSettings } from "../../../server/src/db/assistant-model.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { profileContentSchema } from "../../../server/src/domain/profile.ts";
import { saying, startModelLoopback } from "../../../server/src/loopback/model.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report } from "../benchmark.ts";
import { startChild } from "../child.ts";
import { CpuMeter, cpuOf, cpuOfMachine } from "../cpu.ts";
import { addDestinations, hookUrls } from "../delivery/destinations.ts";
import type { Committed, FairCalls, FairSettings } from "../fair/herald.ts";
import { heraldConfig } from "../herald.ts";
import { judgeDeliveries } from "../judge.ts";
import { Meter, median } from "../meter.ts";
import { percentile } from "../percentile.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import { addStanding } from "../standing.ts";
import { until } from "../until.ts";

/** 1,000 conversations at once, with a model that takes three seconds for each answer, beside deliveries at a steady rate. */
export const assistant: Benchmark = {
  name: "assistant",
  title: "1,000 conversations with a model that takes 3 s, beside 200 events a second",
  targets: { atMost: { p99Ratio: 1.2 }, rssMb: 350 },
  run,
};

const rate = 200;
const thinksMs = 3_000;
const workspaces = 4;
const defaultRounds = 4;
/** How often it is asked whether all is answered: asking is itself work for the database, whose cost of an answer is told. */
const lookMs = 50;
const apiKey = "sk-bench";

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const count = options.count ?? (quick ? 128 : 1_000);
  // Even, so that each of the two comes first as often as the other.
  const rounds = 2 * Math.ceil((options.rounds ?? defaultRounds) / 2);
  const scratch = await adopt(undo, openScratch());
  const model = await startModelLoopback({
    apiKey,
    mind: async () => {
      await sleep(thinksMs);
      return saying({ message: { text: "Thank you, we will look into that." } });
    },
  });
  undo.defer(() => model.close());
  const receiver = await adopt(
    undo,
    startChild<ReceiverCalls>(new URL("../receiver.ts", import.meta.url), { secret: webhookSecret }),
  );
  const targets = await addDestinations(scratch, hookUrls(await receiver.call("url", undefined), 1));
  const settings: FairSettings = { config: heraldConfig(scratch), targets };
  const herald = await adopt(undo, startChild<FairCalls>(new URL("../fair/herald.ts", import.meta.url), settings));
  await herald.call("start", undefined);
  let received = 0;
  const offer = async (seconds: number) => {
    const committed = await herald.call("offer", { rate, seconds });
    received += committed.length;
    await receiver.call("waitFor", received);
    return committed;
  };
  const turns = async (state: string) => {
    const sql = "select count(*)::int as n from assistant_turn where state = $1";
    return (await scratch.db.query<{ n: number }>(sql, [state])).rows[0]!.n;
  };
  progress("warming up");
  // As long as the conversations will take.
  const seconds = Math.ceil((count / 128) * (thinksMs / 1_000)) + 2;
  let asked = 0;
  const converse = async (conversations: number) => {
    await begin(scratch, `${model.url}/v1`, conversations);
    asked += conversations;
  };
  const answered = async () => (await turns("sent")) === asked && !(await isBusy(scratch));
  const all = await offer(quick ? 2 : 5);
  // The first answers of a process load what speaks to models, have each connection make its plans, and are compiled.
  await converse(128);
  all.push(...(await offer(Math.min(seconds, 5))));
  await until(answered, lookMs);
  const before = await herald.call("memory", undefined);
  const meter = new Meter();
  type Part = "alone" | "beside";
  const measured: Record<Part, Committed[][]> = { alone: [], beside: [] };
  const spent: Record<Part, { sender: number; postgres: number }> = {
    alone: { sender: 0, postgres: 0 },
    beside: { sender: 0, postgres: 0 },
  };
  // Who else needs the processors, and for how long all of this was measured: microseconds.
  const machine = { others: 0, wall: 0 };
  const measure = async (part: Part) => {
    if (part === "beside") {
      await converse(count);
    }
    const cpu = new CpuMeter({
      sender: () => cpuOf(herald.pid),
      receiver: () => cpuOf(receiver.pid),
      postgres: () => scratch.postgresCpu(),
      own: () => cpuOf(process.pid),
      machine: cpuOfMachine,
    });
    const begun = performance.now();
    measured[part].push(await offer(seconds));
    await until(answered, lookMs);
    const { own = 0, machine: busy = 0, ...used } = cpu.read();
    machine.others += busy - own - Object.values(used).reduce((sum, each) => sum + each, 0);
    machine.wall += (performance.now() - begun) * 1_000;
    for (const who of ["sender", "postgres"] as const) spent[part][who] += used[who] ?? 0;
    if (part === "beside") meter.add({ count, seconds: (performance.now() - begun) / 1_000, cpu: used });
  };
  // In turns, each as often the first one, so that what the machine does beside it falls on both.
  for (let round = 1; round <= rounds; round++) {
    progress(
      `${rate} events a second for ${seconds} s, alone and beside ${count} conversations, ${round} of ${rounds}`,
    );
    for (const part of round % 2 === 1 ? (["alone", "beside"] as const) : (["beside", "alone"] as const)) {
      await measure(part);
    }
  }
  const tally = await receiver.call("tally", undefined);
  const delays = (of: readonly Committed[]) =>
    of.map(([id, at]) => Math.max(0, (tally.arrivedAt.get(id) ?? Number.NaN) - at));
  const p99 = (of: readonly Committed[]) => percentile(delays(of), 99);
  const p99s = { alone: measured.alone.map(p99), beside: measured.beside.map(p99) };
  const [alone, beside] = [measured.alone.flat(), measured.beside.flat()];
  const ids = [...all, ...alone, ...beside].map(([id]) => id);
  const added = (who: "sender" | "postgres") => (spent.beside[who] - spent.alone[who]) / 1_000 / (rounds * count);
  const peak = (await herald.call("memory", undefined)).peakMb;
  return {
    bench: "assistant",
    ...judgeDeliveries(ids, tally),
    ratio: median(p99s.alone) / median(p99s.beside),
    perSecond: meter.perSecond,
    baselinePerSecond: 128 / (thinksMs / 1_000),
    baseline: "what 128 places can do with such a model",
    peers: {},
    rssMb: peak,
    cpuMicroseconds: meter.cpuEach,
    figures: {
      p99Ms: median(p99s.beside),
      p99AloneMs: median(p99s.alone),
      // Of each round by itself: a stall of the machine for a tenth of a second is a hundredth of a round, and would be the whole
      // figure of whichever part it fell on.
      p99Ratio: median(p99s.beside.map((ms, n) => ms / p99s.alone[n]!)),
      p99RatioOfAll: p99(beside) / p99(alone),
      // What the machine does by itself: how far the rounds without the assistant are from each other, and how many processors are
      // somebody else's. Where these are much, the ratio says little.
      p99AloneSpread: Math.max(...p99s.alone) / Math.min(...p99s.alone),
      othersCores: machine.others / machine.wall,
      // Of an answer, beyond what the events cost.
      heraldCpuMsOfAnswer: added("sender"),
      postgresCpuMsOfAnswer: added("postgres"),
      rssBeforeMb: before.peakMb,
      mostCallsAtOnce: model.most,
    },
  };
}

/** Whether something is still to be sent or delivered. */
async function isBusy({ db }: Scratch): Promise<boolean> {
  return (await db.query<{ busy: boolean }>("select exists (select 1 from outbox) as busy")).rows[0]!.busy;
}

/** Leads that have just written, in workspaces of their own, and are to be answered by SMS to a sandbox. */
async function begin(scratch: Scratch, baseUrl: string, count: number): Promise<void> {
  const { db, box } = scratch;
  for (let w = 0; w < workspaces; w++) {
    const workspaceId = newId("workspace");
    await db.query(
      `insert into workspace (id, name, sms_hours) values ($1, 'Assistant', '{"from": "00:00", "to": "24:00"}')`,
      [workspaceId],
    );
    const senderId = newId("sender");
    await db.query(
      "insert into sender (workspace_id, id, name, channel, provider, address, config) values ($1, $2, 'S', 'sms', 'sandbox', 's', '{}')",
      [workspaceId, senderId],
    );
    await db.query("insert into lane (workspace_id, id, kind, max_leased) values ($1, $2, 'message', 64)", [
      workspaceId,
      senderId,
    ]);
    await db.transaction((tx) =>
      storeModelSettings(tx, workspaceId, {
        ...{ provider: "openai_compatible", baseUrl, model: "loopback-1", deadlineMs: 60_000, maxOutputTokens: 500 },
        ...{ apiKey: box.seal(apiKey, modelKeyOwner(workspaceId)), inputPrice: 1, outputPrice: 2 },
        // Enough, and yet reserved and counted for each answer.
        ...{ tokensPerDay: 1e12, microsPerDay: 1e12 },
      }),
    );
    const content = profileContentSchema.parse({ instructions: "Answer briefly. ".repeat(100) });
    const profile = await db.transaction((tx) =>
      createProfile(tx, workspaceId, { name: "Bench", mode: "autopilot", content, by: "bench" }),
    );
    const leads = Array.from({ length: Math.ceil(count / workspaces) }, (_, i) => ({
      ...{ id: newId("lead"), turn: newId("turn"), conversation: newId("conversation"), message: newId("message") },
      phone: `+1${2_020_000_000 + w * 100_000 + i}`,
    })).slice(0, Math.floor(count / workspaces) + (w < count % workspaces ? 1 : 0));
    const rows = JSON.stringify(leads);
    const from =
      "from json_to_recordset($2::json) as r (id text, turn text, conversation text, message text, phone text)";
    await db.query(`insert into lead (workspace_id, id, phone, profile) select $1, id, phone, 'Bench' ${from}`, [
      workspaceId,
      rows,
    ]);
    await addStanding(db, workspaceId);
    await db.query(
      `insert into conversation (workspace_id, id, lead_id, channel, sender_id) select $1, conversation, id, 'sms', $3 ${from}`,
      [workspaceId, rows, senderId],
    );
    await db.query(
      `insert into message (workspace_id, id, lead_id, conversation_id, channel, direction, source, sender_id, to_address, text, status, sent_at)
       select $1, message, id, conversation, 'sms', 'inbound', 'external', $3, 's', 'Do you install panels on flat roofs?', 'received', now() ${from}`,
      [workspaceId, rows, senderId],
    );
    await db.query(
      `insert into assistant_turn (workspace_id, id, lead_id, kind, profile_id, channel, sender_id, conversation_id, inbound, inbound_message_id, first_inbound_at, due_at)
       select $1, turn, id, 'reply', $4, 'sms', $3, conversation, 1, message, now(), now() ${from}`,
      [workspaceId, rows, senderId, profile.id],
    );
  }
}
