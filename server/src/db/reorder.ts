import { eventIdTime } from "../domain/id.ts";
import { type Destination, lockDestination } from "./destination.ts";
import type { Ordering } from "./order.ts";
import type { Queryable } from "./pool.ts";

/** The statement of a change of order may take this long, in ms: some 20 µs a waiting delivery. */
const changeTimeoutMs = 300_000;

/**
 * Changes how a destination's events are ordered, together with all that waits for it: one statement over these rows, in
 * which the destination's deliveries rest. What is under way at that moment is not ordered among itself, and neither is
 * what another session is just recording. Null: there is no such destination. Inside a transaction, before it has locked a
 * lane.
 */
export async function changeOrdering(
  tx: Queryable,
  workspaceId: string,
  id: string,
  ordering: Ordering,
): Promise<Destination | null> {
  const before = await lockDestination(tx, workspaceId, id);
  if (!before || before.ordering === ordering) return before;
  await tx.query("update destination set ordering = $3 where workspace_id = $1 and id = $2", [
    workspaceId,
    id,
    ordering,
  ]);
  // From here on nobody claims or settles in this lane.
  await tx.query("select 1 from lane where workspace_id = $1 and id = $2 for no key update", [workspaceId, id]);
  if (ordering === "lead") await orderWaiting(tx, workspaceId, id);
  else {
    await change(
      tx,
      `with moment as materialized (select now() as at)
       update outbox o set order_key = null, due_at = case when o.due_at = 'infinity' then moment.at else o.due_at end
       from moment
       where o.workspace_id = $1 and o.lane_id = $2 and o.lease is null and o.order_key is not null`,
      [workspaceId, id],
    );
  }
  await tx.query("update lane set ready_at = least(ready_at, now()) where workspace_id = $1 and id = $2", [
    workspaceId,
    id,
  ]);
  return { ...before, ordering };
}

/** Each lead's first one keeps its time, the others are held. */
async function orderWaiting(tx: Queryable, workspaceId: string, id: string): Promise<void> {
  const { rows } = await tx.query<{ first: string | null; last: string | null }>(
    `select min(ref) as first, max(ref) as last from outbox where workspace_id = $1 and lane_id = $2 and lease is null`,
    [workspaceId, id],
  );
  const [from, to] = [eventIdTime(rows[0]!.first ?? ""), eventIdTime(rows[0]!.last ?? "")];
  if (from === null || to === null) return;
  await change(
    tx,
    `with waiting as materialized (
       -- A window and no join of these rows with themselves: a planner that takes the outbox for empty would loop over both.
       select o.ctid as tid, e.lead_id, row_number() over (partition by e.lead_id order by o.ref) as n from outbox o
       cross join lateral (
         select e.lead_id from event e
         where e.workspace_id = $1 and e.at = to_timestamp(substr(o.ref, 5, 13)::float8 / 1000) and e.id = o.ref
           -- Says the same again in constants: PostgreSQL then opens only the partitions of those days.
           and e.at between to_timestamp($3::float8 / 1000) and to_timestamp($4::float8 / 1000)
         limit 1
       ) e
       where o.workspace_id = $1 and o.lane_id = $2 and o.lease is null and o.order_key is null and e.lead_id is not null
     )
     update outbox o set order_key = w.lead_id, due_at = case
       when w.n > 1 then 'infinity'
       -- One of an earlier time of order may still be there.
       when exists (select 1 from outbox f where f.order_key = w.lead_id and f.lane_id = $2 and f.workspace_id = $1
         and f.order_key is not null and f.due_at < 'infinity') then 'infinity'
       else o.due_at end
     from waiting w
     where o.ctid = w.tid and o.workspace_id = $1`,
    [workspaceId, id, from, to],
  );
}

async function change(tx: Queryable, text: string, values: unknown[]): Promise<void> {
  const statement = { text, values, query_timeout: changeTimeoutMs };
  await tx.query(statement);
}
