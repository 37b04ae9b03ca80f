import type { Queryable } from "../../server/src/db/pool.ts";

/** What inserting leads as Herald does writes beside them; for leads that a benchmark put into the table itself. */
export async function addStanding(db: Queryable, workspaceId: string): Promise<void> {
  await db.query(
    `insert into lead_standing (workspace_id, status, lead_id)
     select l.workspace_id, l.status, l.id from lead l where l.workspace_id = $1
       and not exists (select from lead_standing s where s.workspace_id = l.workspace_id and s.status = l.status and s.lead_id = l.id)`,
    [workspaceId],
  );
}
