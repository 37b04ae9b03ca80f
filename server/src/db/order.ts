import type { Queryable } from "./pool.ts";
import { inEachWorkspace, inForm, inForms } from "./sharding.ts";

/**
 * Ordered lanes: a lead's events reach a destination one after the other.
 *
 * Their rows of the outbox carry the lead (`order_key`). Of the rows of one lead in a lane one is in front: it waits for its
 * time, or is under way. The others are held: due at 'infinity', where no claim finds them, so that a claim costs the same
 * however many there are. When the one in front has ended, delivered or failed for good, the earliest of those held is let
 * go, in the statement that settles it; by event ID, which is the order of their times. An event that comes late (its
 * transaction took longer, or it is delivered again by hand or by a replay) goes before later ones that wait, and never
 * beside one that is under way. What a CRM refuses by its kind steps aside, and is of no lead's order any more: until somebody
 * grants a permission each such event would hold up its lead for the days of its attempts.
 *
 * What keeps rows from being held behind nothing: whoever adds rows of a lead, or takes its front away, locks the lane and
 * then looks (`arrange_order`, in the migrations); who records events and would have to wait for the lane does so after its commit. An index allows one front only. Lanes without an order have no such rows,
 * and their inserts and settles take no lock more.
 */

/** `lead`: a lead's events reach the destination one after the other. `none`: all of them side by side. */
export const orderings = ["none", "lead"] as const;
export type Ordering = (typeof orderings)[number];

/**
 * Puts in front what happened first, for each of these leads, and answers how many were let go. Inside a transaction that has
 * changed their rows.
 */
export async function arrange(
  tx: Queryable,
  workspaceId: string,
  laneId: string,
  keys: readonly string[],
): Promise<number> {
  const { rows } = await tx.query<{ n: number }>({
    name: "order.arrange",
    text: "select arrange_order($1, $2, $3::text[]) as n",
    values: [workspaceId, laneId, keys],
  });
  return rows[0]!.n;
}

/** Leads of a lane whose first one is to be let go. */
export interface LaneKeys {
  laneId: string;
  keys: string[];
}

/**
 * As the statements on one PostgreSQL do within themselves. Inside the transaction in which they ran and have locked the
 * lanes.
 */
export async function arrangeAll(tx: Queryable, workspaceId: string, lanes: readonly LaneKeys[]): Promise<void> {
  const inOrder = [...lanes].sort((a, b) => (a.laneId < b.laneId ? -1 : 1));
  for (const { laneId, keys } of inOrder) await arrange(tx, workspaceId, laneId, keys);
}

export const forgottenForms = inForms(
  "order.forgotten",
  0,
  (within, one) => `
with forgotten as materialized (
  select h.workspace_id, h.lane_id, array_agg(distinct h.order_key) as keys from outbox h
  where h.order_key is not null and h.due_at = 'infinity' and (
    -- One look-up a row: as a join it would be a loop over both.
    select 1 from outbox f where f.order_key = h.order_key and f.lane_id = h.lane_id and f.workspace_id = h.workspace_id
      and f.order_key is not null and f.due_at < 'infinity'${within("f")}
    limit 1) is null${within("h")}
  group by h.workspace_id, h.lane_id order by h.workspace_id, h.lane_id
)
select ${one ? `lane_id as "laneId", keys` : "coalesce(sum(arrange_order(workspace_id, lane_id, keys)), 0)::int as n"} from forgotten`,
);

/**
 * Lets go what is held behind nothing, and answers how many rows it were. Nothing is, except where a process of a version
 * that knows no order has settled deliveries on the same database. Look now and then.
 */
export async function releaseForgotten(db: Queryable): Promise<number> {
  const find = {
    name: "order.held",
    text: "select distinct workspace_id from outbox where order_key is not null and due_at = 'infinity' order by 1",
    values: [],
  };
  const counts = await inEachWorkspace(db, find, async (tx, workspaceId) => {
    if (workspaceId === null)
      return (await tx.query<{ n: number }>(inForm(forgottenForms, [], null))).rows.map(({ n }) => n);
    const { rows: lanes } = await tx.query<LaneKeys>(inForm(forgottenForms, [], workspaceId));
    const released: number[] = [];
    for (const { laneId, keys } of lanes) released.push(await arrange(tx, workspaceId, laneId, keys));
    return released;
  });
  return counts.reduce((sum, n) => sum + n, 0);
}
