import type { Queryable } from "./pool.ts";

/** A CRM's limit of calls. */
export interface CallRate {
  /** So many in `perMs`, of which `burst` may be made at once. */
  calls: number;
  perMs: number;
  burst: number;
}

/** The database's clock, so that processes needn't agree. */
const nowMs = "extract(epoch from now())::float8 * 1000";

/** `taken`: the caller may make its call in `waitMs`. Else none may be made for `waitMs`, and why. */
export interface CallSlot {
  taken: boolean;
  waitMs: number;
  /** The CRM's own words, where it asked for a rest. */
  reason: string | null;
}

/**
 * Takes the next call to an account, of those of all processes (GCRA, so that there is one row and no window to keep). Where it
 * could be made only after `mostMs`, none is taken.
 */
export async function takeCall(
  db: Queryable,
  { workspaceId, account }: { workspaceId: string; account: string },
  { calls, perMs, burst }: CallRate,
  mostMs: number,
): Promise<CallSlot> {
  const every = perMs / calls;
  const fits = "greatest(p.next_ms - $4::float8, p.rest_ms) <= excluded.asked_ms + $5::float8";
  const { rows } = await db.query<{ taken: boolean; paceMs: number; restMs: number; reason: string | null }>({
    name: "crm.pace.take",
    text: `insert into crm_pace as p (workspace_id, account, asked_ms, next_ms)
      values ($1, $2, ${nowMs}, ${nowMs} + $3::float8)
      on conflict (workspace_id, account) do update set
        asked_ms = excluded.asked_ms,
        taken = ${fits},
        next_ms = case when ${fits} then greatest(p.next_ms, p.rest_ms, excluded.asked_ms) + $3::float8 else p.next_ms end
      returning p.taken, p.next_ms - p.asked_ms as "paceMs", p.rest_ms - p.asked_ms as "restMs",
        case when p.rest_ms > p.asked_ms then p.reason end as reason`,
    values: [workspaceId, account, every, every * (burst - 1), mostMs],
  });
  const { taken, paceMs, restMs, reason } = rows[0]!;
  const ahead = paceMs - every * (burst - 1) - (taken ? every : 0);
  return { taken, waitMs: Math.max(0, ahead, restMs), reason };
}

/** The CRM asked for a rest: nobody calls this account before its end. */
export async function restAccount(
  db: Queryable,
  { workspaceId, account }: { workspaceId: string; account: string },
  restMs: number,
  reason: string,
): Promise<void> {
  await db.query({
    name: "crm.pace.rest",
    text: `insert into crm_pace as p (workspace_id, account, asked_ms, next_ms, rest_ms, reason)
      values ($1, $2, ${nowMs}, ${nowMs}, ${nowMs} + $3::float8, $4)
      on conflict (workspace_id, account) do update
        set rest_ms = greatest(p.rest_ms, excluded.rest_ms), reason = excluded.reason`,
    values: [workspaceId, account, restMs, reason],
  });
}

/** Deletes accounts that nobody has called for a day. */
export async function deleteOldCrmPaces(db: Queryable): Promise<void> {
  await db.query({
    name: "crm.pace.old",
    text: `delete from crm_pace where asked_ms < ${nowMs} - 86400000 and rest_ms < ${nowMs}`,
  });
}
