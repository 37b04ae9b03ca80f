import type { Queryable } from "./pool.ts";
import { inForm, inForms, readInEachWorkspace } from "./sharding.ts";

export interface FailingDestination {
  workspaceId: string;
  id: string;
  /** The first failed attempt since the last success. */
  failingSince: Date;
  lastFailureAt: Date;
}

export const failingForms = inForms(
  "destination.failing",
  1,
  (within, _, of) => `
select l.workspace_id as "workspaceId", l.id, f.since as "failingSince", l.last_failure_at as "lastFailureAt"
from lane l
join destination d on d.workspace_id = l.workspace_id and d.id = l.id and d.status = 'active'${within("d")}
cross join lateral (
  select a.started_at as since from attempt a
  where a.workspace_id = ${of("l.workspace_id")} and a.lane_id = l.id and a.outcome in ('retry', 'failed')
    and a.started_at > greatest(l.last_success_at, d.enabled_at, d.created_at)
  order by a.started_at limit 1
) f
where l.kind = 'delivery' and l.failures > 0${within("l")}
  and l.last_failure_at - greatest(l.last_success_at, d.enabled_at, d.created_at) >= make_interval(days => $1)
  and l.last_failure_at - f.since >= make_interval(days => $1)
order by l.workspace_id, l.id`,
);

/**
 * Active destinations of which every attempt failed for at least so many days: between the first failure since the last
 * success (or since it was made or enabled) and the latest one. One that nothing was sent to meanwhile doesn't count.
 *
 * Asked for now and then: the settling of deliveries notes nothing for it.
 */
export async function failingDestinations(db: Queryable, days: number): Promise<FailingDestination[]> {
  const find = {
    name: "destination.failing.workspaces",
    text: "select distinct workspace_id from lane where kind = 'delivery' and failures > 0 order by 1",
    values: [],
  };
  return await readInEachWorkspace(
    db,
    find,
    async (on, workspaceId) => (await on.query<FailingDestination>(inForm(failingForms, [days], workspaceId))).rows,
  );
}
