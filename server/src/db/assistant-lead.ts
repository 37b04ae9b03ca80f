import type { AssistantMode, FollowUps } from "../domain/profile.ts";
import { int4Array, textArray } from "./array.ts";
import { few, ofWorkspace } from "./few.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { inSet, type SetStatement } from "./together.ts";

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
  return await get.run(db, workspaceId, leadIds);
}

export async function assistantLead(db: Queryable, workspaceId: string, leadId: string): Promise<AssistantLead> {
  return await inSet(db, get, workspaceId, leadId);
}

const get: SetStatement<string, AssistantLead> = {
  name: "assistant_lead.get",
  async run(db, workspaceId, leadIds) {
    const { rows } = await db.query<AssistantLead>({
      name: "assistant_lead.get",
      text: `select ${columns} from assistant_lead a where a.workspace_id = $1 and a.lead_id = any($2::text[])`,
      values: [workspaceId, leadIds],
    });
    const byId = new Map(rows.map((row) => [row.leadId, row]));
    return leadIds.map((id) => byId.get(id) ?? nothing(id));
  },
};

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
  await inSet(tx, changing, workspaceId, { leadId, change });
}

const flag = (is: boolean): string | null => (is ? "y" : null);

// Flags are null or not.
const changeForms = inForms(
  "assistant_lead.change",
  14,
  (within) => `with c as materialized (
       select c.*, m.at, ${ofWorkspace} from (select now() as at limit 1) m, unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[],
         $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
         as c (lead_id, with_mode, mode, hand_over, hand_back, reason, clear, turns, context, with_follow_ups, follow_ups, with_summary, summary)
     )
     update assistant_lead a set
       mode = case when c.with_mode is not null then c.mode else a.mode end,
       handed_over_at = case when c.hand_over is not null then coalesce(a.handed_over_at, c.at) when c.hand_back is not null then null else a.handed_over_at end,
       handed_over_reason = case when c.hand_over is not null then c.reason when c.hand_back is not null then null else a.handed_over_reason end,
       memory_since = case when c.clear is not null then c.at else a.memory_since end,
       -- Who hands a lead back begins to count again.
       turns = case when c.clear is not null or c.hand_back is not null then 0 else a.turns end + c.turns,
       context = case when c.clear is not null then '[]' else coalesce(c.context::jsonb, a.context) end,
       follow_ups = case when c.with_follow_ups is not null then c.follow_ups::jsonb else a.follow_ups end,
       summary = case when c.clear is not null then null when c.with_summary is not null then c.summary else a.summary end, updated_at = c.at
     from c where ${few("c.lead_id")} and a.workspace_id = c.workspace_id and a.lead_id = c.lead_id${within("a")}`,
);

const changing: SetStatement<{ leadId: string; change: AssistantLeadChange }, null> = {
  name: "assistant_lead.change",
  async run(tx, workspaceId, items) {
    const leadIds = textArray(items, ({ leadId }) => leadId);
    await tx.query({
      name: "assistant_lead.add",
      text: `insert into assistant_lead (workspace_id, lead_id) select $1, c.id from unnest($2::text[]) as c (id)
        on conflict (workspace_id, lead_id) do nothing`,
      values: [workspaceId, leadIds],
    });
    const jsonOf = (value: object | null | undefined) => (value ? JSON.stringify(value) : null);
    const values = [
      ...[workspaceId, leadIds],
      textArray(items, ({ change }) => flag(change.mode !== undefined)),
      textArray(items, ({ change }) => change.mode),
      textArray(items, ({ change }) => flag(change.handedOver !== undefined && change.handedOver !== null)),
      textArray(items, ({ change }) => flag(change.handedOver === null)),
      textArray(items, ({ change }) => change.handedOver?.reason.slice(0, 1_000)),
      textArray(items, ({ change }) => flag(change.clearMemory === true)),
      int4Array(items, ({ change }) => change.turns ?? 0),
      textArray(items, ({ change }) => jsonOf(change.context)),
      textArray(items, ({ change }) => flag(change.followUps !== undefined)),
      textArray(items, ({ change }) => jsonOf(change.followUps)),
      textArray(items, ({ change }) => flag(change.summary !== undefined)),
      textArray(items, ({ change }) => change.summary),
    ];
    await tx.query(inForm(changeForms, values, tx.sharded ? workspaceId : null));
    return items.map(() => null);
  },
};

/** Keeps what others said of a lead, also when the assistant is no longer told of it. */
export async function storeContext(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  { id, text, at }: LeadContext & { id: string },
): Promise<void> {
  await tx.query("insert into lead_context (workspace_id, id, lead_id, text, at) values ($1, $2, $3, $4, $5)", [
    ...[workspaceId, id, leadId, text, at],
  ]);
}
