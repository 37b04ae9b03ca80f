import {
  type AuditHead,
  insertSeal,
  lockHead,
  minuteSeals,
  moveHead,
  takeEntries,
  unsealedWorkspaces,
} from "../db/audit.ts";
import { logHorizon } from "../db/event-log.ts";
import type { Database, Queryable } from "../db/pool.ts";
import { type AuditEntry, leafOf, merkleRoot, sealHash } from "../domain/audit.ts";

export interface SealerOptions {
  db: Database;
  /** Milliseconds between looks. Default 60,000. */
  everyMs?: number;
  onError: (stage: string, error: unknown) => void;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Entries of one seal at most: verifying holds so many in memory. */
export const sealEntries = 10_000;

/**
 * Seals the audit trail, a minute at a time: copies the log's events into it, hashes each entry, and chains the seals. Any
 * number of processes may do so; a workspace's head is locked by one. Only minutes that are over by the log's horizon are
 * sealed, so that nothing is added to them later.
 */
export class AuditSealer {
  private readonly options: SealerOptions;
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(options: SealerOptions) {
    this.options = options;
  }

  start(): void {
    this.stopped = false;
    this.plan();
  }

  private plan(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.runOnce()
        .catch((error) => this.options.onError("audit", error))
        .finally(() => this.plan());
    }, this.options.everyMs ?? minuteMs).unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.running;
  }

  /** Seals all minutes that are over; answers how many entries that were. `now`: as if it were then (unix ms). */
  async runOnce(now?: number): Promise<number> {
    const { db } = this.options;
    const cut = Math.floor((now ?? (await logHorizon(db))) / minuteMs) * minuteMs;
    let sealed = 0;
    for (const workspaceId of await unsealedWorkspaces(db, cut)) {
      for (let more = true; more && !this.stopped; ) {
        const count = await db.transaction((tx) => sealNext(tx, workspaceId, cut));
        sealed += count;
        more = count === sealEntries;
      }
      if (this.stopped) break;
    }
    return sealed;
  }
}

/** Seals a workspace's next entries; answers how many. */
async function sealNext(tx: Queryable, workspaceId: string, cut: number): Promise<number> {
  const head = await lockHead(tx, workspaceId);
  if (!head) return 0;
  const entries = await takeEntries(tx, workspaceId, head, cut, sealEntries);
  let at = head;
  for (const [beginsAt, part] of Map.groupBy(entries, (entry) => floor(entry.at, minuteMs))) {
    if (at.no > at.dayLastNo && floor(at.at, dayMs) < floor(beginsAt, dayMs)) at = await sealDay(tx, workspaceId, at);
    at = await sealMinute(tx, workspaceId, at, beginsAt, part);
  }
  const done = entries.length < sealEntries;
  if (done && at.no > at.dayLastNo && floor(at.at, dayMs) < floor(cut, dayMs)) at = await sealDay(tx, workspaceId, at);
  await moveHead(tx, workspaceId, at);
  return entries.length;
}

const floor = (at: number, unit: number) => Math.floor(at / unit) * unit;

async function sealMinute(
  tx: Queryable,
  workspaceId: string,
  head: AuditHead,
  beginsAt: number,
  entries: readonly AuditEntry[],
): Promise<AuditHead> {
  const leaves = entries.map(leafOf);
  const last = entries.at(-1)!;
  const body = {
    ...{ workspaceId, level: "minute" as const, no: head.no + 1, beginsAt, lastAt: last.at },
    ...{ count: entries.length, root: merkleRoot(leaves), previous: head.hash },
  };
  const hash = sealHash(body);
  const ids = entries.map(({ id }) => id);
  await insertSeal(tx, { ...body, hash, ids, leaves: Buffer.concat(leaves), firstNo: null, lastNo: null });
  return { ...head, at: last.at, id: last.id, no: body.no, hash };
}

/** The day of the head's last entry: over its minutes' seals since the last day that was sealed. */
async function sealDay(tx: Queryable, workspaceId: string, head: AuditHead): Promise<AuditHead> {
  const firstNo = head.dayLastNo + 1;
  const minutes = await minuteSeals(tx, workspaceId, firstNo, head.no);
  const body = {
    ...{ workspaceId, level: "day" as const, no: head.dayNo + 1, beginsAt: floor(head.at, dayMs), lastAt: head.at },
    ...{ count: minutes.length, root: merkleRoot(minutes.map(({ hash }) => hash)), previous: head.dayHash },
  };
  const hash = sealHash(body);
  await insertSeal(tx, { ...body, hash, ids: null, leaves: null, firstNo, lastNo: head.no });
  return { ...head, dayNo: body.no, dayHash: hash, dayLastNo: head.no };
}
