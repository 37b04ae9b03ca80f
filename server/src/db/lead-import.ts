import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";

/** An import of a file, and how far it is taken back. */
export interface LeadImport {
  workspaceId: string;
  id: string;
  startedBy: string | null;
  campaignId: string | null;
  tag: string | null;
  rows: number;
  added: number;
  firstLeadId: string | null;
  lastLeadId: string | null;
  createdAt: Date;
  endedAt: Date | null;
  /** It neither ended nor stored anything for two minutes: it was cut off. */
  cutOff: boolean;
  undoState: "running" | "done" | null;
  undoBy: string | null;
  undoPlace: string;
  removed: number;
  kept: Readonly<Partial<Record<KeptReason, number>>>;
  undoneAt: Date | null;
}

/** Why a lead that an import added stays when the import is undone. */
export const keptReasons = ["written", "changed", "enrolled"] as const;
export type KeptReason = (typeof keptReasons)[number];

const columns = `i.workspace_id as "workspaceId", i.id, i.started_by as "startedBy", i.campaign_id as "campaignId", i.tag, i.rows, i.added,
  i.first_lead_id as "firstLeadId", i.last_lead_id as "lastLeadId", i.created_at as "createdAt", i.ended_at as "endedAt",
  i.ended_at is null and i.moved_at < now() - interval '2 minutes' as "cutOff", i.undo_state as "undoState", i.undo_by as "undoBy",
  i.undo_place as "undoPlace", i.removed, i.kept, i.undone_at as "undoneAt"`;

export async function insertLeadImport(
  tx: Queryable,
  workspaceId: string,
  { id, startedBy, campaignId, tag }: Pick<LeadImport, "id" | "startedBy" | "campaignId" | "tag">,
): Promise<void> {
  await tx.query(
    "insert into lead_import (workspace_id, id, started_by, campaign_id, tag) values ($1, $2, $3, $4, $5)",
    [workspaceId, id, startedBy, campaignId, tag],
  );
}

/** What a batch brought, in its transaction. `leadIds`: of the leads that it added. False: the import is being undone. */
export async function moveLeadImport(
  tx: Queryable,
  workspaceId: string,
  id: string,
  { rows, leadIds }: { rows: number; leadIds: readonly string[] },
): Promise<boolean> {
  const sorted = leadIds.toSorted();
  const { rowCount } = await tx.query({
    name: "lead_import.move",
    text: `update lead_import set rows = rows + $3, added = added + $4, first_lead_id = least(first_lead_id, $5),
        last_lead_id = greatest(last_lead_id, $6), moved_at = now()
      where workspace_id = $1 and id = $2 and undo_state is null`,
    values: [workspaceId, id, rows, leadIds.length, sorted[0] ?? null, sorted.at(-1) ?? null],
  });
  return rowCount === 1;
}

export async function endLeadImport(db: Queryable, workspaceId: string, id: string): Promise<void> {
  await db.query("update lead_import set ended_at = now() where workspace_id = $1 and id = $2", [workspaceId, id]);
}

export async function getLeadImport(db: Queryable, workspaceId: string, id: string): Promise<LeadImport | null> {
  const { rows } = await db.query<LeadImport>(
    `select ${columns} from lead_import i where i.workspace_id = $1 and i.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listLeadImports(
  db: Queryable,
  workspaceId: string,
  before: string | null,
  limit: number,
): Promise<LeadImport[]> {
  const { rows } = await db.query<LeadImport>(
    `select ${columns} from lead_import i where i.workspace_id = $1 and ($2::text is null or i.id < $2) order by i.id desc limit $3`,
    [workspaceId, before, limit],
  );
  return rows;
}

/** Begins to take it back; one that was begun already goes on. Waits for a batch that is just being stored. */
export async function startUndo(tx: Queryable, workspaceId: string, id: string, by: string | null): Promise<void> {
  await tx.query(
    `update lead_import set undo_state = 'running', undo_by = $3, undo_due_at = now()
     where workspace_id = $1 and id = $2 and undo_state is null`,
    [workspaceId, id, by],
  );
}

export const dueUndoForms = inForms(
  "lead_import.due",
  1,
  (within) => `
select ${columns} from lead_import i
where i.undo_state = 'running' and i.undo_due_at <= now() and ($1::text is null or i.id = $1)${within("i")}
order by i.undo_due_at limit 1
for no key update skip locked`,
);

/** Takes an undo that is due (this one, or any); null: there is none, or other processes have them. */
export async function lockDueUndo(tx: Queryable, id: string | null): Promise<LeadImport | null> {
  const locked = async (workspaceId: string | null) =>
    (await tx.query<LeadImport>(inForm(dueUndoForms, [id], workspaceId))).rows[0] ?? null;
  if (!tx.sharded) return await locked(null);
  const { rows } = await tx.query<{ workspace_id: string }>({
    name: "lead_import.workspaces",
    text: `select workspace_id from lead_import where undo_state = 'running' and undo_due_at <= now()
      group by workspace_id order by min(undo_due_at)`,
  });
  for (const { workspace_id } of rows) {
    const found = await locked(workspace_id);
    if (found) return found;
  }
  return null;
}

/** Moves an undo on, with what its part did; `done`: nothing is left. The last one to move is the next one's last turn. */
export async function moveUndo(
  tx: Queryable,
  { workspaceId, id }: Pick<LeadImport, "workspaceId" | "id">,
  { place, removed, kept, done }: { place: string; removed: number; kept: LeadImport["kept"]; done: boolean },
): Promise<void> {
  await tx.query(
    `with moment as materialized (select now() as at)
     update lead_import i set undo_place = $3, removed = $4, kept = $5, undo_due_at = m.at,
       undo_state = case when $6 then 'done' else i.undo_state end, undone_at = case when $6 then m.at end
     from moment m where i.workspace_id = $1 and i.id = $2`,
    [workspaceId, id, place, removed, JSON.stringify(kept), done],
  );
}
