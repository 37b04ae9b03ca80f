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
import { CpuMeter, cpuOf } from "../cpu.ts";
import { addDestinations, hookUrls } from "../delivery/destinations.ts";
import type { FairCalls, FairSettings } from "../fair/herald.ts";
import { heraldConfig } from "../herald.ts";
import { judgeDeliveries } from "../judge.ts";
import { Meter } from "../meter.ts";
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
const apiKey = "sk-bench";

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const count = options.count ?? (quick ? 300 : 1_000);
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
  const all = await offer(quick ? 2 : 5);
  // The first answer of a process loads what speaks to models.
  await begin(scratch, `${model.url}/v1`, workspaces);
  await until(async () => (await turns("sent")) === workspaces);
  // As long as the conversations will take.
  const seconds = Math.ceil((count / 128) * (thinksMs / 1_000)) + 2;
  progress(`${rate} events a second for ${seconds} s`);
  const alone = await offer(seconds);
  const before = await herald.call("memory", undefined);
  progress(`the same beside ${count} conversations`);
  await begin(scratch, `${model.url}/v1`, count);
  const cpu = new CpuMeter({
    sender: () => cpuOf(herald.pid),
    receiver: () => cpuOf(receiver.pid),
    postgres: () => scratch.postgresCpu(),
  });
  const begun = performance.now();
  const beside = await offer(seconds);
  await until(async () => (await turns("sent")) === workspaces + count);
  const took = (performance.now() - begun) / 1_000;
  const meter = new Meter();
  meter.add({ count, seconds: took, cpu: cpu.read() });
  const tally = await receiver.call("tally", undefined);
  const delays = (of: typeof beside) => of.map(([id, at]) => Math.max(0, (tally.arrivedAt.get(id) ?? Number.NaN) - at));
  const [aloneMs, besideMs] = [percentile(delays(alone), 99), percentile(delays(beside), 99)];
  const ids = [...all, ...alone, ...beside].map(([id]) => id);
  const peak = (await herald.call("memory", undefined)).peakMb;
  return {
    bench: "assistant",
    ...judgeDeliveries(ids, tally),
    ratio: aloneMs / besideMs,
    perSecond: meter.perSecond,
    baselinePerSecond: 128 / (thinksMs / 1_000),
    baseline: "what 128 places can do with such a model",
    peers: {},
    rssMb: peak,
    cpuMicroseconds: meter.cpuEach,
    figures: {
      p99Ms: besideMs,
      p99AloneMs: aloneMs,
      p99Ratio: besideMs / aloneMs,
      rssBeforeMb: before.peakMb,
      mostCallsAtOnce: model.most,
    },
  };
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
