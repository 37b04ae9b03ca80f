import type { Queryable } from "./pool.ts";

/**
 * Until when no campaign writes to a lead: a pause that somebody set or an absence note made, or a person who is just writing
 * to it. The second is a lease of minutes that is renewed while they write: nobody has to end it.
 */

/** SQL of the time; null: it doesn't rest. `lead`: alias of a row of `lead`. */
export const restUntil = (lead: string): string => `greatest(${lead}.paused_until, ${lead}.writing_until)`;

/** Why a lead rests to which somebody writes. */
export const writingReason = "somebody is writing to the lead";

/** SQL of why, for people. */
export const restReason = (lead: string): string =>
  `case when ${lead}.writing_until > coalesce(${lead}.paused_until, '-infinity') then '${writingReason}' else ${lead}.pause_reason end`;

/**
 * Says that somebody (`writer`) writes to the lead until then, or (null) no longer does. Others who write to it meanwhile keep
 * what they have. Times are unix milliseconds of the database's clock. False: there is no such lead.
 */
export async function noteWriting(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  { writer, until, now }: { writer: string; until: number | null; now: number },
): Promise<boolean> {
  const { rows } = await tx.query<{ writing: Record<string, number> | null }>(
    "select writing from lead where workspace_id = $1 and id = $2 for no key update",
    [workspaceId, leadId],
  );
  if (!rows[0]) return false;
  const others = Object.entries(rows[0].writing ?? {}).filter(([who, at]) => who !== writer && at > now);
  const writing = Object.fromEntries(until === null ? others : [...others, [writer, until]]);
  const latest = Object.values(writing).reduce<number | null>((most, at) => Math.max(most ?? at, at), null);
  await tx.query(
    `update lead set writing = $3::jsonb, writing_until = to_timestamp($4::float8 / 1000) where workspace_id = $1 and id = $2`,
    [workspaceId, leadId, latest === null ? null : JSON.stringify(writing), latest],
  );
  if (until !== null) return true;
  // Whoever waits for the end of it is looked at again, and waits on where something else keeps it.
  await tx.query(
    `update enrollment set next_at = now(), wait_reason = null, updated_at = now()
     where workspace_id = $1 and lead_id = $2 and state = 'active' and next_at > now() and wait_reason like 'paused:%'`,
    [workspaceId, leadId],
  );
  return true;
}
