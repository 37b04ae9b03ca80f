import { unsealedWorkspaces } from "./audit.ts";
import { recordDropped } from "./audit-dropped.ts";
import type { Database, Queryable } from "./pool.ts";
import { stopPoint } from "./stop-point.ts";

/**
 * History leaves by whole days: the partitions of `event` and `attempt` that are older than what is kept are dropped, which
 * costs nothing whatever they hold. A day of which anything is still to be delivered, or is not in the audit trail yet, stays,
 * and so do all later ones.
 */

/** What holds a day: dropping it would take away what a delivery needs, so that it waits. */
export interface Retained {
  /** Names of partitions that were dropped now. */
  dropped: string[];
  /** Partitions that are old enough, and stay for now; and why. */
  kept: { name: string; reason: "undelivered" | "unsealed" | "busy" }[];
}

/** How long a drop waits for whoever reads or writes: everybody who comes after it waits as long, too. Milliseconds. */
const lockTimeoutMs = 200;

/** Code of PostgreSQL for a lock that wasn't got in time. */
const lockNotAvailable = "55P03";

/**
 * Drops what is older than `days` (whole UTC days, counted from the end of a partition; at least 1). One process at a time;
 * another one finds nothing to do. What is busy is tried again at the next call.
 */
export async function applyRetention(db: Database, days: number): Promise<Retained> {
  const result: Retained = { dropped: [], kept: [] };
  for (const { name, endsAt } of await expired(db, days)) {
    // Nothing is added to a day that is over: what is sealed now stays so.
    if (isEvents(name) && (await unsealedWorkspaces(db, endsAt.getTime())).length > 0) {
      result.kept.push({ name, reason: "unsealed" });
      continue;
    }
    try {
      const dropped = await db.transaction((tx) => dropDay(tx, name, endsAt));
      if (dropped === "dropped") result.dropped.push(name);
      else if (dropped === "undelivered") result.kept.push({ name, reason: dropped });
    } catch (error) {
      if ((error as { code?: string }).code !== lockNotAvailable) throw error;
      result.kept.push({ name, reason: "busy" });
    }
  }
  return result;
}

const isEvents = (partition: string) => partition.startsWith("event_");

/** Day partitions that are old enough, the oldest first. */
async function expired(db: Queryable, days: number): Promise<{ name: string; endsAt: Date }[]> {
  const { rows } = await db.query<{ name: string; endsAt: Date }>(
    `select name, ends_at as "endsAt" from (
       select c.relname as name, (to_date(right(c.relname, 8), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' as ends_at
       from pg_inherits i
       join pg_class c on c.oid = i.inhrelid
       join pg_class p on p.oid = i.inhparent
       where p.relname in ('event', 'attempt') and c.relname ~ '^(event|attempt)_[0-9]{8}$'
     ) d
     where ends_at <= now() - make_interval(days => $1)
     order by ends_at, name`,
    [days],
  );
  return rows;
}

/** Why days that are old enough are still there: something in them is undelivered. */
export interface HeldBack {
  /** How many days are. */
  days: number;
  /** When the oldest undelivered event happened. */
  oldest: Date;
  /** Whose deliveries these are; those with the most, at most 5, most first. */
  waiting: { workspaceId: string; destinationId: string; deliveries: number }[];
}

/** What `applyRetention` leaves for want of delivery; null: nothing. It reads the whole outbox where days are old enough. */
export async function heldBack(db: Queryable, days: number): Promise<HeldBack | null> {
  const old = await expired(db, days);
  const oldest = old.length > 0 ? await oldestPending(db) : null;
  const kept = new Set(
    old.filter(({ endsAt }) => oldest !== null && oldest < endsAt.getTime()).map(({ endsAt }) => +endsAt),
  );
  if (oldest === null || kept.size === 0) return null;
  const { rows: waiting } = await db.query<HeldBack["waiting"][number]>({
    name: "health.heldBack",
    text: `
select workspace_id as "workspaceId", lane_id as "destinationId", count(*)::int as deliveries from outbox
where ref ~ '^evt_[0-9]{13}_' and ref < $1 group by 1, 2 order by 3 desc limit 5`,
    values: [`evt_${String(Math.max(...kept)).padStart(13, "0")}`],
  });
  return { days: kept.size, oldest: new Date(oldest), waiting };
}

async function dropDay(tx: Queryable, name: string, endsAt: Date): Promise<"dropped" | "undelivered" | "gone"> {
  await tx.query(`select set_config('lock_timeout', '${lockTimeoutMs}ms', true)`);
  await tx.query("select pg_advisory_xact_lock(hashtext('herald.partitions'))");
  const { rows } = await tx.query<{ there: boolean }>("select to_regclass($1) is not null as there", [name]);
  if (!rows[0]!.there) return "gone";
  // Before the look: from here on nobody queues an event of this day without this transaction seeing it.
  await tx.query(`lock table ${name} in access exclusive mode`);
  const oldest = await oldestPending(tx);
  if (oldest !== null && oldest < endsAt.getTime()) return "undelivered";
  if (isEvents(name)) await recordDropped(tx, endsAt.getTime());
  await tx.query(`drop table ${name}`);
  stopPoint?.reached("retention.dropped");
  return "dropped";
}

/** Where the log of events, or of attempts, begins: the start of its oldest day (UTC). Null: it has none. */
export async function oldestDay(db: Queryable, parent: "event" | "attempt"): Promise<Date | null> {
  const { rows } = await db.query<{ day: Date | null }>(
    `select min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp at time zone 'UTC' as day
     from pg_inherits i
     join pg_class c on c.oid = i.inhrelid
     join pg_class p on p.oid = i.inhparent
     where p.relname = $1 and c.relname ~ '^(event|attempt)_[0-9]{8}$'`,
    [parent],
  );
  return rows[0]!.day;
}

export const oldestEventDay = (db: Queryable): Promise<Date | null> => oldestDay(db, "event");

/**
 * The time of the oldest event that is still to be delivered, unix milliseconds; null: there is none. References of the
 * outbox hold the times of their events. It reads the whole outbox, which holds only what is not finished.
 */
export async function oldestPending(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ ms: number | null }>({
    name: "outbox.oldest",
    text: "select min(substr(ref, 5, 13))::float8 as ms from outbox where ref ~ '^evt_[0-9]{13}_'",
  });
  return rows[0]!.ms;
}
