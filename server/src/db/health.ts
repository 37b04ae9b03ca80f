import type { Queryable } from "./pool.ts";

/** What holds back VACUUM here, since when: sessions, and transactions that were prepared for a commit in two phases, which have none. */
const snapshots = `
  select xact_start as since, pid, null as gid,
    concat_ws(', ', coalesce(nullif(application_name, ''), 'no name'), usename, state) as who
  from pg_stat_activity where datname = current_database() and backend_xmin is not null and pid <> pg_backend_pid()
  union all
  select prepared, null, gid, owner from pg_prepared_xacts where database = current_database()`;

/** Who holds the oldest snapshot. */
export interface SnapshotHolder {
  /** Of a session; null: it is a prepared transaction, of the name `gid`. */
  pid: number | null;
  gid: string | null;
  /** A session's application, user and state; a prepared transaction's user. */
  who: string;
}

/**
 * `holder` null: nobody does. `hidden`: the role that asks, where there are sessions of others, of which PostgreSQL tells it
 * nothing; null: it sees all.
 */
export async function oldestSnapshot(db: Queryable): Promise<{ holder: SnapshotHolder | null; hidden: string | null }> {
  const { rows } = await db.query<SnapshotHolder>(`select pid, gid, who from (${snapshots}) s order by since limit 1`);
  const { rows: hidden } = await db.query<{ role: string }>(
    `select current_user as role where not pg_has_role(current_user, 'pg_read_all_stats', 'usage')
       and exists (select 1 from pg_stat_activity where datname = current_database() and usename <> current_user)`,
  );
  return { holder: rows[0] ?? null, hidden: hidden[0]?.role ?? null };
}

/** What the database says about itself: for metrics and `herald doctor`. */
export interface DatabaseHealth {
  /** For example 18. */
  version: number;
  /** Its clock, unix milliseconds. */
  now: number;
  bytes: number;
  fsync: boolean;
  /** Why nothing can be written; null: it can. A standby follows another server; `setting`: somebody, or a managed server whose disk is full, said so. */
  readOnly: "standby" | "setting" | null;
  /** Rows of the outbox that are there, and that VACUUM has to clear; estimates. (Sharded: counted, and 0.) */
  outboxRows: number;
  outboxDead: number;
  /** Leases that have run out and were not taken back yet. */
  expiredLeases: number;
  /** Seconds since the oldest snapshot was taken that still holds back VACUUM; 0: none. */
  oldestSnapshotSeconds: number;
  connections: number;
  maxConnections: number;
  /** Days from today (UTC) for which partitions of the event log exist; 0: only today; -1: not even that. */
  partitionDaysAhead: number;
}

export async function databaseHealth(db: Queryable): Promise<DatabaseHealth> {
  const { rows } = await db.query<Omit<DatabaseHealth, "expiredLeases">>({
    name: "health.database",
    text: `
select current_setting('server_version_num')::int / 10000 as version, (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
  pg_database_size(current_database())::float8 as bytes, current_setting('fsync') = 'on' as fsync,
  case when pg_is_in_recovery() then 'standby' when current_setting('transaction_read_only') = 'on' then 'setting' end as "readOnly",
  coalesce((select n_live_tup from pg_stat_user_tables where relid = 'outbox'::regclass), 0)::int as "outboxRows",
  coalesce((select n_dead_tup from pg_stat_user_tables where relid = 'outbox'::regclass), 0)::int as "outboxDead",
  coalesce((select extract(epoch from now() - min(since)) from (${snapshots}) s), 0)::float8 as "oldestSnapshotSeconds",
  (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
  current_setting('max_connections')::int as "maxConnections",
  coalesce((select max(to_date(right(c.relname, 8), 'YYYYMMDD')) - (now() at time zone 'UTC')::date
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relname = 'event' and c.relname ~ '^event_[0-9]{8}$'), -1)::int as "partitionDaysAhead"`,
  });
  const { rows: expired } = await db.query<{ n: number }>({
    name: "health.leases",
    text: "select count(*)::int as n from outbox where lease is not null and lease_until < now()",
  });
  const health = { ...rows[0]!, expiredLeases: expired[0]!.n };
  if (!db.sharded) return health;
  // The coordinator's statistics know nothing of the nodes' tables.
  const { rows: all } = await db.query<{ n: number }>({
    name: "health.outbox",
    text: "select count(*)::int as n from outbox",
  });
  return { ...health, outboxRows: all[0]!.n };
}

/** Something that waits for a person, over all workspaces. */
export interface Standing {
  /** Senders and destinations that are parked until somebody acts; the first few. */
  parked: { id: string; workspaceId: string; kind: "message" | "delivery"; reason: string | null }[];
  parkedCount: number;
  /**
   * Destinations that are spared for a while: their breaker is open or half-open (`since`, by failures), or their
   * receiver asked for a pause (`since` null) that lasts for another minute at least. The first few; and how many of each kind.
   */
  spared: { id: string; workspaceId: string; since: Date | null; until: Date | null; reason: string | null }[];
  brokenCount: number;
  pausedCount: number;
  /** Messages of which nobody knows whether they went out. */
  uncertain: number;
  /** Processes that have not been heard of for 30 s. */
  silentWorkers: number;
  workers: number;
}

/** Not those that wait until somebody acts; they are told on their own. */
const spare = `parked_until is distinct from 'infinity'
  and (broken_at is not null or parked_until > now() + interval '1 minute')`;

export async function whatStands(db: Queryable): Promise<Standing> {
  const { rows: parked } = await db.query<Standing["parked"][number]>({
    name: "health.parked",
    text: `select id, workspace_id as "workspaceId", kind, parked_reason as reason from lane
      where parked_until = 'infinity' order by id limit 5`,
  });
  const { rows: lanes } = await db.query<{ n: number }>({
    name: "health.parkedCount",
    text: "select count(*)::int as n from lane where parked_until = 'infinity'",
  });
  const { rows: spared } = await db.query<Standing["spared"][number]>({
    name: "health.spared",
    text: `
select id, workspace_id as "workspaceId", broken_at as since, case when parked_until > now() then parked_until end as until,
  coalesce(broken_reason, parked_reason) as reason
from lane where kind = 'delivery' and ${spare} order by broken_at nulls last, id limit 5`,
  });
  const { rows: sparedCounts } = await db.query<Pick<Standing, "brokenCount" | "pausedCount">>({
    name: "health.sparedCount",
    text: `
select (count(*) filter (where broken_at is not null))::int as "brokenCount",
  (count(*) filter (where broken_at is null))::int as "pausedCount"
from lane where kind = 'delivery' and ${spare}`,
  });
  const { rows: messages } = await db.query<{ n: number }>({
    name: "health.uncertain",
    text: `
select count(*)::int as n from enrollment e
join message m on m.campaign_id = e.campaign_id and m.lead_id = e.lead_id and m.step_id = e.next_step_id and m.workspace_id = e.workspace_id
where e.state = 'active' and e.next_at is null and m.status = 'uncertain'`,
  });
  const { rows: workers } = await db.query<{ silent: number; n: number }>(
    `select (count(*) filter (where heartbeat_at < now() - interval '30 seconds'))::int as silent, count(*)::int as n from worker`,
  );
  return {
    parked,
    parkedCount: lanes[0]!.n,
    spared,
    ...sparedCounts[0]!,
    uncertain: messages[0]!.n,
    silentWorkers: workers[0]!.silent,
    workers: workers[0]!.n,
  };
}
