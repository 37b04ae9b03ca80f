import { textArray } from "./array.ts";
import type { KeptReason, LeadImport } from "./lead-import.ts";
import { forgetStanding } from "./lead-standing.ts";
import type { Queryable } from "./pool.ts";

/** What an undo of an import does to leads: judges them, and removes those of which nothing came. */

type Which = Pick<LeadImport, "workspaceId" | "id" | "campaignId" | "firstLeadId" | "lastLeadId">;

/**
 * SQL of why a lead stays; null: it goes. written: something went out to it or came from it, is on its way, or a person or the
 * assistant wrote it a message that waits. changed: it isn't as it was imported, somebody did a task with it or forbade to
 * write to it, the assistant is at work with it, or a CRM's list follows it. enrolled: it is or was in another campaign than
 * the import's.
 */
const verdict = (campaign: string) => `
case when exists (
    select 1 from message m where m.workspace_id = $1 and m.lead_id = l.id and (m.direction = 'inbound' or m.attempts > 0
      or m.status in ('sending', 'sent', 'uncertain') or m.source <> 'campaign' and m.status in ('queued', 'held'))) then 'written'
  when l.updated_at <> l.created_at or l.status <> 'PENDING' or l.do_not_contact_at is not null
    or exists (select 1 from task t where t.workspace_id = $1 and t.lead_id = l.id and t.status in ('done', 'skipped'))
    or exists (select 1 from assistant_turn a where a.workspace_id = $1 and a.lead_id = l.id)
    or exists (select 1 from assistant_lead a where a.workspace_id = $1 and a.lead_id = l.id)
    or exists (select 1 from approval a where a.workspace_id = $1 and a.lead_id = l.id)
    or exists (select 1 from crm_import_person p where p.workspace_id = $1 and p.lead_id = l.id) then 'changed'
  when exists (select 1 from enrollment e where e.workspace_id = $1 and e.lead_id = l.id
    and e.campaign_id is distinct from ${campaign}) then 'enrolled'
end`;

/** Leads that one statement judges: well within a statement's time, also where the machine is busy. */
const countedAtOnce = 20_000;

/** How many would go and how many would stay, as things are now; part by part, so that no statement is for a million leads. */
export async function countUndo(
  db: Queryable,
  { workspaceId, id, campaignId, firstLeadId, lastLeadId }: Which,
): Promise<{ removable: number; kept: Partial<Record<KeptReason, number>> }> {
  let removable = 0;
  const kept: Partial<Record<KeptReason, number>> = {};
  for (let place = ""; ; ) {
    const { rows } = await db.query<{ why: KeptReason | null; n: number; last: string }>({
      name: "lead_import.count",
      text: `with l as materialized (
          select id, updated_at, created_at, status, do_not_contact_at from lead
          where workspace_id = $1 and import_id = $2 and id between $4 and $5 and id > $6 order by id limit $7
        )
        select v.why, count(*)::int as n, max(l.id) as last from l cross join lateral (select ${verdict("$3::text")} as why) v group by 1`,
      values: [workspaceId, id, campaignId, firstLeadId ?? "", lastLeadId ?? "", place, countedAtOnce],
    });
    let seen = 0;
    for (const { why, n, last } of rows) {
      seen += n;
      if (last > place) place = last;
      if (why === null) removable += n;
      else kept[why] = (kept[why] ?? 0) + n;
    }
    if (seen < countedAtOnce) return { removable, kept };
  }
}

/** The import's next leads, by their IDs, behind a place. */
export async function nextLeadsOf(
  tx: Queryable,
  { workspaceId, id, lastLeadId, firstLeadId }: Which,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    name: "lead_import.leads",
    text: `select id from lead where workspace_id = $1 and import_id = $2 and id > $3 and id between $4 and $5 order by id limit $6`,
    values: [workspaceId, id, after, firstLeadId ?? "", lastLeadId ?? "", limit],
  });
  return rows.map((row) => row.id);
}

/**
 * Judges leads that are then held to the end of the transaction: no attempt to write to them begins, and the planner is done
 * with them. Answers those that stay, with the reason; the others may be removed.
 */
export async function judgeLeads(
  tx: Queryable,
  { workspaceId, campaignId }: Which,
  ids: readonly string[],
): Promise<Map<string, KeptReason | null>> {
  const all = textArray(ids, (id) => id);
  await tx.query("select 1 from lead where workspace_id = $1 and id = any($2::text[]) order by id for update", [
    workspaceId,
    all,
  ]);
  // Whoever plans a message holds its enrollment; the statement after this one sees what they stored.
  await tx.query(
    `select 1 from enrollment where workspace_id = $1 and lead_id = any($2::text[]) order by campaign_id, lead_id for update`,
    [workspaceId, all],
  );
  const { rows } = await tx.query<{ id: string; why: KeptReason | null }>({
    name: "lead_import.judge",
    text: `select l.id, ${verdict("$3::text")} as why from lead l where l.workspace_id = $1 and l.id = any($2::text[])`,
    values: [workspaceId, all, campaignId],
  });
  return new Map(rows.map(({ id, why }) => [id, why]));
}

/**
 * Removes leads as if they had never come in: their places in the campaign, and what waits to be sent. Of a message that a
 * campaign wrote and nobody sent, that it was cancelled stays, without its words. Suppressions of their addresses stay.
 */
export async function removeLeads(tx: Queryable, workspaceId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const values = [workspaceId, textArray(ids, (id) => id)];
  await tx.query(
    `update message set status = case when status in ('queued', 'held') then 'cancelled' else status end, status_code = 'import_undone',
       status_detail = 'The import of the lead was undone.', subject = null, text = '', html = null, visible_text = null,
       to_address = '', updated_at = now()
     where workspace_id = $1 and lead_id = any($2::text[])`,
    values,
  );
  for (const table of ["task", "passage", "enrollment", "conversation", "tag_reason", "lead_context"])
    await tx.query(`delete from ${table} where workspace_id = $1 and lead_id = any($2::text[])`, values);
  await forgetStanding(tx, workspaceId, ids);
  await tx.query("delete from lead where workspace_id = $1 and id = any($2::text[])", values);
}
