import type { AssistantMode, FollowUps } from "../domain/profile.ts";
import type { Queryable } from "./pool.ts";

/** Something about a lead that others let the assistant know. */
export interface LeadContext {
  text: string;
  /** ISO 8601. */
  at: string;
}

/** What the assistant keeps of a lead. */
export interface AssistantLead {
  leadId: string;
  /** In place of the profile's; null: the profile's. */
  mode: AssistantMode | null;
  /** Since when a person has taken over; null: nobody has. */
  handedOverAt: Date | null;
  handedOverReason: string | null;
  memorySince: Date | null;
  /** Answers since then. */
  turns: number;
  context: LeadContext[];
  followUps: FollowUps | null;
  summary: string | null;
}

const columns = `a.lead_id as "leadId", a.mode, a.handed_over_at as "handedOverAt", a.handed_over_reason as "handedOverReason",
  a.memory_since as "memorySince", a.turns, a.context, a.follow_ups as "followUps", a.summary`;

const nothing = (leadId: string): AssistantLead => ({
  ...{ leadId, mode: null, handedOverAt: null, handedOverReason: null, memorySince: null, turns: 0, context: [] },
  ...{ followUps: null, summary: null },
});

/** What is kept of each of these leads, in their order. */
export async function assistantLeads(
  db: Queryable,
  workspaceId: string,
  leadIds: readonly string[],
): Promise<AssistantLead[]> {
  const { rows } = await db.query<AssistantLead>({
    name: "assistant_lead.get",
    text: `select ${columns} from assistant_lead a where a.workspace_id = $1 and a.lead_id = any($2::text[])`,
    values: [workspaceId, leadIds],
  });
  const byId = new Map(rows.map((row) => [row.leadId, row]));
  return leadIds.map((id) => byId.get(id) ?? nothing(id));
}

export async function assistantLead(db: Queryable, workspaceId: string, leadId: string): Promise<AssistantLead> {
  return (await assistantLeads(db, workspaceId, [leadId]))[0]!;
}

/** What is to change; undefined leaves it as it is. */
export interface AssistantLeadChange {
  mode?: AssistantMode | null | undefined;
  /** Null: the assistant goes on. */
  handedOver?: { reason: string } | null | undefined;
  /** What was said up to now is forgotten, and turns count from none. */
  clearMemory?: boolean | undefined;
  context?: readonly LeadContext[] | undefined;
  followUps?: FollowUps | null | undefined;
  summary?: string | null | undefined;
  /** Added to those that it had. */
  turns?: number | undefined;
}

export async function changeAssistantLead(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  change: AssistantLeadChange,
): Promise<void> {
  const { mode, handedOver, clearMemory = false, context, followUps, summary, turns = 0 } = change;
  await tx.query({
    name: "assistant_lead.add",
    text: "insert into assistant_lead (workspace_id, lead_id) values ($1, $2) on conflict (workspace_id, lead_id) do nothing",
    values: [workspaceId, leadId],
  });
  await tx.query({
    name: "assistant_lead.change",
    text: `update assistant_lead a set
       mode = case when $3 then $4 else a.mode end,
       handed_over_at = case when $5 then coalesce(a.handed_over_at, m.at) when $6 then null else a.handed_over_at end,
       handed_over_reason = case when $5 then $7 when $6 then null else a.handed_over_reason end,
       memory_since = case when $8 then m.at else a.memory_since end,
       -- Who hands a lead back begins to count again.
       turns = case when $8 or $6 then 0 else a.turns end + $9::int,
       context = case when $8 then '[]' else coalesce($10::jsonb, a.context) end,
       follow_ups = case when $11 then $12::jsonb else a.follow_ups end,
       summary = case when $8 then null when $13 then $14 else a.summary end, updated_at = m.at
     from (select now() as at limit 1) m
     where a.workspace_id = $1 and a.lead_id = $2`,
    values: [
      ...[workspaceId, leadId, mode !== undefined, mode ?? null],
      ...[
        handedOver !== undefined && handedOver !== null,
        handedOver === null,
        handedOver?.reason.slice(0, 1_000) ?? null,
      ],
      ...[clearMemory, turns, context === undefined ? null : JSON.stringify(context)],
      ...[followUps !== undefined, followUps === undefined || followUps === null ? null : JSON.stringify(followUps)],
      ...[summary !== undefined, summary ?? null],
    ],
  });
}
