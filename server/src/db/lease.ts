import { arrangeAll, type LaneKeys } from "./order.ts";
import { leasesPerWorker } from "./outbox.ts";
import type { Queryable } from "./pool.ts";
import { inEachWorkspace, inForm, inForms } from "./sharding.ts";

/** What happens to leases beside claim and settle: they are extended while work goes on, and taken back from who is gone. */

const isLost = (deadWorkers: string, leases: string) =>
  `(o.lease_until < now() or o.lease / ${leasesPerWorker} = any(${deadWorkers}::bigint[]) or o.lease = any(${leases}::bigint[]))`;

export const rescueForms = inForms(
  "outbox.rescue",
  3,
  (within, one) => `
with lost as (
  select o.workspace_id, o.id, o.lease from outbox o
  where o.lease is not null and ${isLost("$1", "$3")}${within("o")}
  order by o.lease, o.id
  limit $2
  for update skip locked
),
back as (
  update outbox o set lease = null, lease_until = null, due_at = now()
  from lost where o.lease = lost.lease and o.id = lost.id and o.workspace_id = lost.workspace_id${within("o")}
  returning o.workspace_id, o.lane_id, o.ref, o.attempts, o.order_key
),
changed as (select workspace_id, lane_id, count(*)::int as n from back group by 1, 2),
locked as (
  select l.workspace_id, l.id, l.kind, c.n from lane l
  join changed c on c.workspace_id = l.workspace_id and c.lane_id = l.id${within("l")}
  order by l.workspace_id, l.id
  for no key update of l
),
freed as (
  update lane l set leased = l.leased - k.n, ready_at = now() from locked k
  where l.workspace_id = k.workspace_id and l.id = k.id${within("l")}
  returning l.id
),
-- What came meanwhile and happened before goes first.
passed as materialized (
  select workspace_id, lane_id, array_agg(order_key) as keys from back where order_key is not null group by 1, 2
),
logged as (
  insert into attempt (workspace_id, lane_id, ref, kind, n, started_at, duration_ms, outcome, final, code, detail, next_at)
  select b.workspace_id, b.lane_id, b.ref, k.kind, b.attempts + 1, now(), 0, 'interrupted', false, 'interrupted',
    'The process that performed this attempt ended before it could write the outcome.', now()
  from back b join locked k on k.workspace_id = b.workspace_id and k.id = b.lane_id
)
select count(*)::int as n, (
  select ${one ? `json_agg(json_build_object('laneId', lane_id, 'keys', keys))` : "sum(arrange_order(workspace_id, lane_id, keys))"}
  from passed where (select count(*) from freed) >= 0
) as passed
from back`,
);

/**
 * Takes back leases that ran out, those of workers that are surely dead, and those that their own process gives back. The work is due at once; the attempt that
 * was under way is logged as interrupted, because nobody knows its outcome; it doesn't count against the retries.
 */
export async function rescueLeases(
  db: Queryable,
  lost: { deadWorkers?: readonly number[]; leases?: readonly number[] } = {},
  limit = 5_000,
): Promise<number> {
  const [deadWorkers, leases] = [lost.deadWorkers ?? [], lost.leases ?? []];
  const find = {
    name: "outbox.lost",
    text: `select distinct o.workspace_id from outbox o where o.lease is not null and ${isLost("$1", "$2")} order by 1`,
    values: [deadWorkers, leases],
  };
  const counts = await inEachWorkspace(db, find, async (tx, workspaceId) => {
    const { rows } = await tx.query<{ n: number; passed: LaneKeys[] | null }>(
      inForm(rescueForms, [deadWorkers, limit, leases], workspaceId),
    );
    if (workspaceId !== null) await arrangeAll(tx, workspaceId, rows[0]!.passed ?? []);
    return [rows[0]!.n];
  });
  return counts.reduce((sum, n) => sum + n, 0);
}

export const extendForms = inForms(
  "outbox.extend",
  2,
  (within) => `
update outbox o set lease_until = now() + make_interval(secs => $2)
where o.lease is not null and o.lease_until < now() + make_interval(secs => $2 * 0.67) and o.lease = any($1::bigint[])${within("o")}`,
);

/** Extends leases that would run out within two thirds of their time. */
export async function extendLeases(db: Queryable, leases: readonly number[], leaseSeconds: number): Promise<number> {
  const find = {
    name: "outbox.extended",
    text: "select distinct workspace_id from outbox where lease is not null and lease = any($1::bigint[]) order by 1",
    values: [leases],
  };
  const counts = await inEachWorkspace(db, find, async (tx, workspaceId) => [
    (await tx.query(inForm(extendForms, [leases, leaseSeconds], workspaceId))).rowCount ?? 0,
  ]);
  return counts.reduce((sum, n) => sum + n, 0);
}
