import { insertDestination } from "../../../server/src/db/destination.ts";
import { insertReplay } from "../../../server/src/db/replay.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report } from "../benchmark.ts";
import { startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { heraldConfig } from "../herald.ts";
import { Meter } from "../meter.ts";
import type { ReceiverCalls } from "../receiver.ts";
import { sampleEventData, webhookSecret } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import type { RecoverCalls, RecoverSettings } from "./herald.ts";

/**
 * A replay of everything that a destination missed: read from the log, fed into the outbox, signed, POSTed and logged,
 * while a live event comes every tenth of a second to the same destination. A million events by default.
 *
 * The baseline is the delivery of events that were all queued before the clock started, without a replay.
 */
export const recovering: Benchmark = {
  name: "recover",
  title: "missed events recovered by a replay, among live ones",
  targets: { rssMb: 400 },
  run,
};

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const receiver = await adopt(
    undo,
    startChild<ReceiverCalls>(new URL("../receiver.ts", import.meta.url), { secret: webhookSecret }),
  );
  const count = options.count ?? (options.seconds ? Math.round(options.seconds * 4_000) : quick ? 20_000 : 1_000_000);
  const target = await addDestination(scratch, `${await receiver.call("count", undefined)}/hook`);
  const settings: RecoverSettings = { config: heraldConfig(scratch), target };
  const herald = await adopt(undo, startChild<RecoverCalls>(new URL("herald.ts", import.meta.url), settings));

  await herald.call("start", undefined);
  const backlog = async (size: number, agoMs: number) => {
    await store(scratch, target, size, agoMs, true);
    const began = performance.now();
    await herald.call("wake", undefined);
    await herald.call("drained", undefined);
    await receiver.call("counted", undefined);
    return { count: size, seconds: (performance.now() - began) / 1000, cpu: {} };
  };
  progress("warming up");
  await backlog(5_000, 10_800_000);
  progress("delivering a queued backlog, for comparison");
  const queued = Math.min(count, 30_000);
  const baseline = new Meter();
  baseline.add(await backlog(queued, 7_200_000));

  progress(`storing ${count} events`);
  await store(scratch, target, count, 3_600_000 + Math.ceil(count / 1_000), false);
  progress("recovering");
  const cpu = new CpuMeter({
    herald: () => cpuOf(herald.pid),
    receiver: () => cpuOf(receiver.pid),
    postgres: () => scratch.postgresCpu(),
  });
  const started = performance.now();
  const id = newId("replay");
  await scratch.db.transaction((tx) =>
    insertReplay(
      tx,
      target.workspaceId,
      {
        ...{
          id,
          origin: "recovery",
          eventId: null,
          from: null,
          to: new Date(Date.now() - 10_000),
          eventTypes: null,
          leadId: null,
        },
        ...{ campaignId: null, selection: "undelivered", rate: null },
      },
      [target.destinationId],
    ),
  );
  const live = await herald.call("recovered", id);
  const seconds = (performance.now() - started) / 1000;
  const meter = new Meter();
  meter.add({ count, seconds, cpu: cpu.read() });
  const got = await receiver.call("counted", undefined);
  const problems: string[] = [];
  const expected = count + live.sent;
  if (got.distinct !== expected) problems.push(`${got.distinct} of ${expected} events arrived.`);
  if (got.requests !== expected) problems.push(`${got.requests} requests came for ${expected} events.`);
  if (live.replay.delivered !== count)
    problems.push(`The replay counts ${live.replay.delivered} of ${count} as delivered.`);
  return {
    bench: "recover",
    ok: problems.length === 0,
    problems,
    checked: { sent: expected, arrivedOnce: got.distinct, signaturesValid: null },
    ratio: meter.perSecond / baseline.perSecond,
    perSecond: meter.perSecond,
    baselinePerSecond: baseline.perSecond,
    baseline: `${queued} events that were queued before, without a replay`,
    peers: {},
    rssMb: await herald.call("peakRss", undefined),
    cpuMicroseconds: meter.cpuEach,
    figures: {
      seconds,
      mostRowsInOutbox: live.mostRows,
      liveEvents: live.sent,
      liveMedianMs: live.medianMs,
      liveWorstMs: live.worstMs,
    },
  };
}

export interface RecoverTarget {
  workspaceId: string;
  destinationId: string;
}

async function addDestination(scratch: Scratch, url: string): Promise<RecoverTarget> {
  const workspaceId = newId("workspace");
  const destinationId = newId("destination");
  await scratch.db.query("insert into workspace (id, name) values ($1, 'bench')", [workspaceId]);
  await insertDestination(scratch.db, workspaceId, {
    ...{ id: destinationId, name: "bench", url, format: "herald" as const, formatBit: 1, eventTypes: null },
    secret: scratch.box.seal(webhookSecret, `${workspaceId}/${destinationId}`),
  });
  await scratch.db.query("analyze");
  return { workspaceId, destinationId };
}

/** Stores events of `agoMs` ago, a thousand to a second: queued for the destination, or as if it had missed them. */
async function store(
  { db }: Scratch,
  { workspaceId, destinationId }: RecoverTarget,
  count: number,
  agoMs: number,
  queue: boolean,
): Promise<void> {
  const begin = Date.now() - agoMs;
  for (let from = 0; from < count; from += 20_000) {
    await db.query(
      `with stored as (
         insert into event (workspace_id, at, id, type, channel, formats, data)
         select $1, to_timestamp(($2::bigint + n) / 1000.0),
           'evt_' || ($2::bigint + n) || '_' || lpad(to_hex(n), 9, '0'), 'message.sent', 'sms', 7, $5
         from generate_series($3::bigint, $4::bigint - 1) n
         returning id
       ), queued as (
         insert into outbox (workspace_id, lane_id, ref, due_at) select $1, $6, id, now() from stored where $7
       )
       update lane set ready_at = now() where id = $6 and $7`,
      [workspaceId, begin, from, Math.min(count, from + 20_000), sampleEventData(), destinationId, queue],
    );
  }
  await db.query("analyze");
}
