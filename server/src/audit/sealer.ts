import {
  type AuditHead,
  type EntriesOfMinute,
  insertSeal,
  lockHead,
  minuteSeals,
  moveHead,
  takeEntries,
  unsealedWorkspaces,
} from "../db/audit.ts";
import { isEventNamed } from "../db/destination-filter.ts";
import { type NewEvent, recordEvents, type TouchedLane } from "../db/event.ts";
import { logHorizon } from "../db/event-log.ts";
import { newEvent } from "../db/new-event.ts";
import type { Database, Queryable } from "../db/pool.ts";
import { merkleRoot, sealHash } from "../domain/audit.ts";

export interface SealerOptions {
  db: Database;
  /** Milliseconds between looks. Default 60,000. */
  everyMs?: number;
  /** Entries of one seal at most. Default `sealEntries`. */
  most?: number;
  /** After a commit: destinations are told of a day's seal. */
  wakeDeliveries?: (lanes: readonly TouchedLane[]) => void;
  onError: (stage: string, error: unknown) => void;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Entries of one seal at most: verifying holds so many in memory. */
export const sealEntries = 10_000;
/** Where so many take too long for one statement, fewer are tried: down to a part of this many. */
const leastPart = 16;

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
      // One whose entries can't be sealed keeps nobody else waiting; it is tried again with the next round.
      await this.sealAll(workspaceId, cut, (count) => (sealed += count)).catch((error) =>
        this.options.onError("audit", error),
      );
      if (this.stopped) break;
    }
    return sealed;
  }

  /** A database that is busy may take too long for many at once, and would again: the next try is for half as many. */
  private async sealAll(workspaceId: string, cut: number, onSealed: (count: number) => void): Promise<void> {
    const { db, most = sealEntries } = this.options;
    let limit = most;
    for (let more = true; more && !this.stopped; ) {
      try {
        const { count, lanes } = await db.transaction((tx) => sealNext(tx, workspaceId, cut, limit));
        if (lanes.length > 0) this.options.wakeDeliveries?.(lanes);
        onSealed(count);
        more = count === limit;
      } catch (error) {
        if (limit <= Math.max(1, most / leastPart)) throw error;
        limit = Math.ceil(limit / 2);
      }
    }
  }
}

/** Seals a workspace's next entries; answers how many, and which destinations got deliveries. */
async function sealNext(
  tx: Queryable,
  workspaceId: string,
  cut: number,
  limit: number,
): Promise<{ count: number; lanes: TouchedLane[] }> {
  const head = await lockHead(tx, workspaceId);
  if (!head) return { count: 0, lanes: [] };
  const minutes = await takeEntries(tx, workspaceId, head, cut, limit);
  const count = minutes.reduce((sum, minute) => sum + minute.count, 0);
  let at = head;
  const days: NewEvent[] = [];
  const endDay = async () => {
    const day = await sealDay(tx, workspaceId, at);
    days.push(day.event);
    at = day.head;
  };
  for (const minute of minutes) {
    if (at.no > at.dayLastNo && floor(at.at, dayMs) < floor(minute.beginsAt, dayMs)) await endDay();
    at = await sealMinute(tx, workspaceId, at, minute);
  }
  const done = count < limit;
  if (done && at.no > at.dayLastNo && floor(at.at, dayMs) < floor(cut, dayMs)) await endDay();
  await moveHead(tx, workspaceId, at);
  // Where nobody asks for it there is no event: else a workspace in which nothing happens would have one each day, for ever.
  const told = days.length > 0 && (await isEventNamed(tx, workspaceId, "audit.sealed"));
  return { count, lanes: told ? await recordEvents(tx, days) : [] };
}

const floor = (at: number, unit: number) => Math.floor(at / unit) * unit;

async function sealMinute(
  tx: Queryable,
  workspaceId: string,
  head: AuditHead,
  { beginsAt, count, ids, leaves, lastAt, lastId }: EntriesOfMinute,
): Promise<AuditHead> {
  const body = {
    ...{ workspaceId, level: "minute" as const, no: head.no + 1, beginsAt, lastAt },
    ...{ count, root: merkleRoot(leaves), previous: head.hash },
  };
  const hash = sealHash(body);
  await insertSeal(tx, { ...body, hash, ids, leaves, firstNo: null, lastNo: null });
  return { ...head, at: lastAt, id: lastId, no: body.no, hash };
}

/** The day of the head's last entry: over its minutes' seals since the last day that was sealed. */
async function sealDay(
  tx: Queryable,
  workspaceId: string,
  head: AuditHead,
): Promise<{ head: AuditHead; event: NewEvent }> {
  const firstNo = head.dayLastNo + 1;
  const minutes = await minuteSeals(tx, workspaceId, firstNo, head.no);
  const body = {
    ...{ workspaceId, level: "day" as const, no: head.dayNo + 1, beginsAt: floor(head.at, dayMs), lastAt: head.at },
    ...{
      count: minutes.length,
      root: merkleRoot(Buffer.concat(minutes.map(({ hash }) => hash))),
      previous: head.dayHash,
    },
  };
  const hash = sealHash(body);
  await insertSeal(tx, { ...body, hash, ids: null, leaves: null, firstNo, lastNo: head.no });
  const data = {
    ...{ day: new Date(body.beginsAt).toISOString().slice(0, 10), no: body.no, minutes: body.count },
    ...{ hash: hash.toString("hex"), previousHash: body.previous.toString("hex"), sealedAt: new Date().toISOString() },
  };
  return {
    head: { ...head, dayNo: body.no, dayHash: hash, dayLastNo: head.no },
    event: newEvent(workspaceId, "audit.sealed", data, { namedOnly: true }),
  };
}
