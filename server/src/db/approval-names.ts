import type { Approval } from "./approval.ts";
import type { Queryable } from "./pool.ts";

/** What people call those whom an approval is about. Null: they are gone, or there is nobody. */
export interface ApprovalNames {
  /** Of the key or person that asked. */
  askedBy: string | null;
  decidedBy: string | null;
  /** The lead's name, or its address where it has none. */
  lead: string | null;
  campaign: string | null;
}

/** Approvals with the names of whom they are about: one look for all of them. */
export async function withNames<A extends Approval>(
  db: Queryable,
  workspaceId: string,
  approvals: readonly A[],
): Promise<(A & { names: ApprovalNames })[]> {
  const ids = approvals.flatMap(({ askedBy, decidedBy, leadId, campaignId }) => [
    askedBy,
    decidedBy,
    leadId,
    campaignId,
  ]);
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  const names = new Map(wanted.length === 0 ? [] : await namesOf(db, workspaceId, wanted));
  const of = (id: string | null) => (id === null ? null : (names.get(id) ?? null));
  return approvals.map((approval) => ({
    ...approval,
    names: {
      ...{ askedBy: of(approval.askedBy), decidedBy: of(approval.decidedBy) },
      ...{ lead: of(approval.leadId), campaign: of(approval.campaignId) },
    },
  }));
}

async function namesOf(db: Queryable, workspaceId: string, ids: readonly string[]): Promise<[string, string][]> {
  const { rows } = await db.query<{ id: string; name: string | null }>({
    name: "approval.names",
    text: `
select id, coalesce(nullif(concat_ws(' ', first_name, last_name), ''), email, phone, linkedin_url) as name from lead
where workspace_id = $1 and id = any($2::text[])
union all select id, name from campaign where workspace_id = $1 and id = any($2::text[])
union all select id, name from api_key where workspace_id = $1 and id = any($2::text[])
union all select u.id, u.name from member m join user_account u on u.id = m.user_id
where m.workspace_id = $1 and m.user_id = any($2::text[])`,
    values: [workspaceId, ids],
  });
  return rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as [string, string]]));
}
