import { newId } from "../domain/id.ts";
import type { Queryable } from "./pool.ts";
import { inEachWorkspace, inForm, twoForms } from "./sharding.ts";

/** What it is called in the trail that a day of events has left the log by retention. */
const droppedAction = "retention.dropped";

/** The clock is read once the transaction has its ID, as for acts: behind the log's horizon nothing is added. */
const insert = (workspace: string, from: string, place: number) => `
with moment as materialized (select clock_timestamp() as at where pg_current_xact_id() is not null)
insert into audit_entry (workspace_id, at, id, kind, actor_kind, action, target, content_hash, detail)
select ${workspace}, date_trunc('milliseconds', m.at), $1, 'act', 'system', '${droppedAction}', $2, sha256(convert_to($3, 'UTF8')), $3
from moment m${from} where exists (
  select 1 from audit_entry e where e.workspace_id = ${place ? `$${place}` : workspace} and e.kind = 'event'
    and e.at >= to_timestamp($4::float8 / 1000) and e.at < to_timestamp($5::float8 / 1000))`;

export const droppedForms = twoForms(
  { name: "audit.dropped", text: insert("w.id", ", workspace w", 0) },
  { name: "audit.dropped.one", text: insert("$6::text", "", 6) },
);

/**
 * Puts on record that a day of events leaves, in each trail that has entries of it; in the transaction that drops it. What
 * verifies takes contents for past only then.
 *
 * @param endsAt unix ms
 */
export async function recordDropped(tx: Queryable, endsAt: number): Promise<void> {
  const beginsAt = endsAt - 86_400_000;
  const day = new Date(beginsAt).toISOString().slice(0, 10).replaceAll("-", "");
  const values = [newId("audit"), `event_${day}`, JSON.stringify({ day }), beginsAt, endsAt];
  const find = { name: "audit.workspaces", text: "select id as workspace_id from workspace order by 1", values: [] };
  if (tx.sharded) await tx.query("select pg_current_xact_id()");
  await inEachWorkspace(tx, find, async (on, workspaceId) => {
    await on.query(inForm(droppedForms, values, workspaceId));
    return [];
  });
}

/** Answers whether the day (YYYYMMDD) of an event is on record as one that left by retention. */
export async function daysDropped(db: Queryable, workspaceId: string): Promise<(day: string) => boolean> {
  const { rows } = await db.query<{ detail: string }>(
    `select detail from audit_entry where workspace_id = $1 and kind = 'act' and action = '${droppedAction}'
       and sha256(convert_to(detail, 'UTF8')) = content_hash`,
    [workspaceId],
  );
  const details = rows.map((row) => JSON.parse(row.detail) as { day?: string; before?: string | null });
  const days = new Set(details.map(({ day }) => day));
  // Of the time before days were put on record.
  const before =
    details
      .flatMap((detail) => detail.before ?? [])
      .sort()
      .at(-1) ?? "";
  return (day) => days.has(day) || day < before;
}
