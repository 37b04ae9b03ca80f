import { entriesWithin } from "../../../server/src/db/audit.ts";
import { insertWorkspace } from "../../../server/src/db/workspace.ts";
import { adopt } from "../adopt.ts";
import type { Benchmark, BenchmarkOptions, Report } from "../benchmark.ts";
import { startChild } from "../child.ts";
import { CpuMeter, cpuOf } from "../cpu.ts";
import { Meter } from "../meter.ts";
import { sampleEventData } from "../sample.ts";
import { openScratch, type Scratch } from "../scratch.ts";
import type { AuditCalls } from "./herald.ts";
import { sealedSending } from "./sending.ts";

/**
 * An audit trail of 1,000,000 events of an hour (`--count`): sealed, then verified. An item is an entry that is verified. The
 * aim, a million in less than 30 s, is 33,334 a second. Then one entry is changed, and has to be found. At last messages are
 * sent as in `send` and their trail is sealed, which is to take at most 5 % of the processor time of sending.
 *
 * The baseline is the same entries with their contents read and hashed by PostgreSQL, and nothing done with them.
 */
export const auditing: Benchmark = {
  name: "audit",
  title: "entries of an audit trail verified, each with its content",
  targets: { perSecond: 33_334, rssMb: 300, atMost: { sealingShare: 0.05 } },
  run,
};

const hour = 3_600_000;

async function run(options: BenchmarkOptions, undo: AsyncDisposableStack): Promise<Report> {
  const { quick, count: given, progress } = options;
  const scratch = await adopt(undo, openScratch());
  const { db } = scratch;
  const count = given ?? (quick ? 20_000 : 1_000_000);
  const workspace = await insertWorkspace(db, { name: "Audited" });
  progress(`storing ${count} events`);
  const firstAt = await storeEvents(scratch, workspace.id, count);
  const problems: string[] = [];
  const herald = await adopt(
    undo,
    startChild<AuditCalls>(new URL("herald.ts", import.meta.url), scratch.embedded.config),
  );
  const cpu = { herald: () => cpuOf(herald.pid), postgres: () => scratch.postgresCpu() };

  progress("sealing");
  const sealing = new Meter();
  const sealCpu = new CpuMeter(cpu);
  const began = performance.now();
  const sealed = await herald.call("seal", undefined);
  sealing.add({ count: sealed, seconds: (performance.now() - began) / 1000, cpu: sealCpu.read() });
  if (sealed !== count) problems.push(`${count} events were stored, and ${sealed} sealed.`);
  await db.query("analyze");

  progress("verifying");
  const baseline = new Meter();
  const readAll = async () => {
    const startedAt = performance.now();
    let read = 0;
    for (let from = { at: firstAt - 1, id: "" }; read < count; ) {
      // Steps of a minute, as seals are.
      const to = { at: from.at + 60_000, id: "" };
      read += (await entriesWithin(db, workspace.id, from, to)).length;
      from = to;
    }
    baseline.add({ count, seconds: (performance.now() - startedAt) / 1000 });
  };
  await readAll();
  const meter = new Meter();
  const verifyCpu = new CpuMeter(cpu);
  const startedAt = performance.now();
  const report = await herald.call("verify", workspace.id);
  const seconds = (performance.now() - startedAt) / 1000;
  meter.add({ count: report.entries, seconds, cpu: verifyCpu.read() });
  await readAll();
  if (report.entries !== count) problems.push(`${report.entries} of ${count} entries were verified.`);
  problems.push(...report.findings.map(({ detail }) => `Nothing was changed, and yet: ${detail}`));
  const changed = await changeOne(scratch, workspace.id);
  const { findings } = await herald.call("verify", workspace.id);
  if (findings.length !== 1 || findings[0]?.id !== changed) problems.push("The entry that was changed was not found.");
  const rssMb = await herald.call("peakRss", undefined);
  const { verdict, ...shares } = await sealedSending(options, undo);
  problems.push(...verdict.problems);
  return {
    bench: "audit",
    ok: problems.length === 0,
    checked: { sent: count, arrivedOnce: report.entries, signaturesValid: null },
    problems,
    ratio: meter.perSecond / baseline.perSecond,
    perSecond: meter.perSecond,
    baselinePerSecond: baseline.perSecond,
    baseline: "the same entries and contents, read and hashed by PostgreSQL",
    peers: {},
    rssMb,
    cpuMicroseconds: meter.cpuEach,
    figures: {
      verifySeconds: seconds,
      ...shares,
      sealedPerSecond: sealing.perSecond,
      ...Object.fromEntries(Object.entries(sealing.cpuEach).map(([name, each]) => [`sealMicroseconds_${name}`, each])),
    },
  };
}

/** Spread over the hour before the last one. Answers when it begins. */
async function storeEvents({ db }: Scratch, workspaceId: string, count: number): Promise<number> {
  const begin = Date.now() - 2 * hour;
  for (let from = 0; from < count; from += 50_000) {
    await db.query(
      `insert into event (workspace_id, at, id, type, channel, formats, data)
       select $1, to_timestamp(m.ms / 1000.0), 'evt_' || m.ms || '_' || lpad(to_hex(n), 9, '0'), 'message.sent', 'sms', 7, $5
       from generate_series($2::int, $3::int) n, lateral (select $4::bigint + (n::bigint * ${hour} / $6::bigint) as ms) m`,
      [workspaceId, from, Math.min(from + 50_000, count) - 1, begin, sampleEventData(), count],
    );
  }
  await db.query("analyze");
  return begin;
}

/** As its owner could. Answers with the entry's ID. */
async function changeOne({ db }: Scratch, workspaceId: string): Promise<string> {
  return await db.transaction(async (tx) => {
    await tx.query("set local session_replication_role = replica");
    const { rows } = await tx.query<{ id: string }>(
      `update audit_entry set action = 'message.failed' where workspace_id = $1 and id = (
         select id from audit_entry where workspace_id = $1 order by at desc, id desc offset 10 limit 1) returning id`,
      [workspaceId],
    );
    return rows[0]!.id;
  });
}
