import { newId } from "../domain/id.ts";
import type { Queryable } from "./pool.ts";

export const approvalActions = ["send_message", "reply", "start_campaign", "resume_campaign", "enroll_leads"] as const;
export type ApprovalAction = (typeof approvalActions)[number];

/** `expired`: waited until nobody could decide any more. It is no state of its own in the table: time alone brings it about. */
export const approvalStatuses = ["waiting", "approved", "done", "failed", "rejected", "expired"] as const;
export type ApprovalStatus = (typeof approvalStatuses)[number];

/** A call that somebody asked for, and what became of it. */
export interface Approval {
  id: string;
  action: ApprovalAction;
  draft: boolean;
  request: Record<string, unknown>;
  leadId: string | null;
  campaignId: string | null;
  conversationId: string | null;
  note: string | null;
  askedBy: string;
  status: ApprovalStatus;
  createdAt: Date;
  expiresAt: Date;
  decidedAt: Date | null;
  decidedBy: string | null;
  decisionNote: string | null;
  changedRequest: Record<string, unknown> | null;
  outcome: { status: number; body: unknown } | null;
}

export interface NewApproval {
  action: ApprovalAction;
  draft: boolean;
  request: Record<string, unknown>;
  leadId: string | null;
  campaignId: string | null;
  conversationId: string | null;
  note: string | null;
  askedBy: string;
  requestId: string | null;
  /** Seconds from now. */
  expiresIn: number;
}

const columns = `a.id, a.action, a.draft, a.request, a.lead_id as "leadId", a.campaign_id as "campaignId", a.conversation_id as "conversationId",
  a.note, a.asked_by as "askedBy", case when a.status = 'waiting' and a.expires_at <= now() then 'expired' else a.status end as status,
  a.created_at as "createdAt", a.expires_at as "expiresAt", a.decided_at as "decidedAt", a.decided_by as "decidedBy",
  a.decision_note as "decisionNote", a.changed_request as "changedRequest",
  case when a.outcome_status is not null then json_build_object('status', a.outcome_status, 'body', a.outcome) end as outcome`;

/**
 * Stores what is asked for. `known`: the same one, by the name that its asker gave it, or waiting already with the same
 * content; nothing was stored.
 */
export async function insertApproval(
  tx: Queryable,
  workspaceId: string,
  given: NewApproval,
): Promise<{ approval: Approval; known: boolean }> {
  const request = JSON.stringify(given.request);
  const { rows: known } = await tx.query<Approval>(
    `select ${columns} from approval a where a.workspace_id = $1 and a.asked_by = $2
       and (a.request_id = $3 or ($3::text is null and a.status = 'waiting' and a.expires_at > now() and a.draft = $4 and a.action = $5
         and a.campaign_id is not distinct from $6 and a.conversation_id is not distinct from $7 and a.request = $8::jsonb))
     order by a.id limit 1`,
    [
      ...[workspaceId, given.askedBy, given.requestId, given.draft, given.action],
      ...[given.campaignId, given.conversationId, request],
    ],
  );
  if (known[0]) return { approval: known[0], known: true };
  const id = newId("approval");
  // Two at once with one name: the second finds the first one's row.
  const { rowCount } = await tx.query(
    `insert into approval (workspace_id, id, action, draft, request, lead_id, campaign_id, conversation_id, note, asked_by, request_id, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12))
     on conflict (asked_by, request_id, workspace_id) where request_id is not null do nothing`,
    [
      ...[workspaceId, id, given.action, given.draft, request, given.leadId, given.campaignId, given.conversationId],
      ...[given.note, given.askedBy, given.requestId, given.expiresIn],
    ],
  );
  if (rowCount === 0) return await insertApproval(tx, workspaceId, given);
  return { approval: (await getApproval(tx, workspaceId, id))!, known: false };
}

/** How many wait for a person, counted up to `most`. */
export async function countWaiting(db: Queryable, workspaceId: string, most: number): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    `select count(*)::int as n from (
       select from approval where workspace_id = $1 and status = 'waiting' and expires_at > now() limit $2
     ) waiting`,
    [workspaceId, most],
  );
  return rows[0]!.n;
}

export async function getApproval(db: Queryable, workspaceId: string, id: string): Promise<Approval | null> {
  const { rows } = await db.query<Approval>(
    `select ${columns} from approval a where a.workspace_id = $1 and a.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** Newest first; `before` is the last one of the previous page. */
export async function listApprovals(
  db: Queryable,
  workspaceId: string,
  filter: {
    status?: ApprovalStatus | undefined;
    leadId?: string | undefined;
    campaignId?: string | undefined;
    conversationId?: string | undefined;
    before?: string | undefined;
    limit: number;
  },
): Promise<Approval[]> {
  const { status = null, leadId = null, campaignId = null, conversationId = null, before = null, limit } = filter;
  const { rows } = await db.query<Approval>(
    `select ${columns} from approval a
     where a.workspace_id = $1 and ($2::text is null or a.status = case when $2 = 'expired' then 'waiting' else $2 end)
       and ($2::text is null or $2 <> 'waiting' or a.expires_at > now()) and ($2::text is null or $2 <> 'expired' or a.expires_at <= now())
       and ($3::text is null or a.lead_id = $3) and ($4::text is null or a.campaign_id = $4)
       and ($5::text is null or a.conversation_id = $5) and ($6::text is null or a.id < $6)
     order by a.id desc limit $7`,
    [workspaceId, status, leadId, campaignId, conversationId, before, limit],
  );
  return rows;
}

/**
 * Decides about one that waits. False: it doesn't wait (any more): somebody else has decided, or its time is over. Of two
 * that decide at once, one does.
 */
export async function decideApproval(
  db: Queryable,
  workspaceId: string,
  id: string,
  decision: {
    status: "approved" | "rejected";
    by: string | null;
    note: string | null;
    changedRequest: Record<string, unknown> | null;
  },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update approval set status = $3, decided_at = now(), decided_by = $4, decision_note = $5, changed_request = $6
     where workspace_id = $1 and id = $2 and status = 'waiting' and expires_at > now()`,
    [
      ...[workspaceId, id, decision.status, decision.by, decision.note],
      decision.changedRequest && JSON.stringify(decision.changedRequest),
    ],
  );
  return rowCount === 1;
}

/** Notes the answer to the call. The first one counts; false: there was one. */
export async function settleApproval(
  db: Queryable,
  workspaceId: string,
  id: string,
  outcome: { status: number; body: unknown },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update approval set status = $3, outcome_status = $4, outcome = $5
     where workspace_id = $1 and id = $2 and status = 'approved'`,
    [
      ...[workspaceId, id, outcome.status < 400 ? "done" : "failed", outcome.status],
      JSON.stringify(outcome.body ?? null),
    ],
  );
  return rowCount === 1;
}

/** Lets it wait again: whoever decided may not do what was asked for. */
export async function undecideApproval(db: Queryable, workspaceId: string, id: string): Promise<void> {
  await db.query(
    `update approval set status = 'waiting', decided_at = null, decided_by = null, decision_note = null, changed_request = null
     where workspace_id = $1 and id = $2 and status = 'approved'`,
    [workspaceId, id],
  );
}

/**
 * Deletes what was decided, or expired, more than so many days ago; answers how many. What is being carried out, or never got
 * its answer, is somebody's to look at, and stays as long again.
 */
export async function deleteOldApprovals(db: Queryable, days: number): Promise<number> {
  const { rowCount } = await db.query({
    name: "approval.old",
    text: `delete from approval a where a.created_at < now() - make_interval(days => $1) and case a.status
      when 'waiting' then a.expires_at < now() - make_interval(days => $1)
      when 'approved' then a.decided_at < now() - make_interval(days => 2 * $1)
      else a.decided_at < now() - make_interval(days => $1) end`,
    values: [days],
  });
  return rowCount ?? 0;
}
