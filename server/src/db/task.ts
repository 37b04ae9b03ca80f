import type { ChannelName } from "../domain/event.ts";
import { few } from "./few.ts";
import { given } from "./given.ts";
import { type LeadSummary, leadSummary } from "./lead-summary.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms, writeByWorkspace } from "./sharding.ts";

export const taskStatuses = ["open", "done", "skipped", "cancelled"] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** What a person has to do before a lead goes on. */
export interface Task {
  id: string;
  /** Null: it is a turn of the assistant's that a person has to do. */
  campaignId: string | null;
  campaignName: string | null;
  leadId: string;
  /** Null: the lead is not there any more. */
  lead: LeadSummary | null;
  stepId: string | null;
  /** The assistant's turn that it stands for; null: a step of a campaign. */
  turnId: string | null;
  channel: ChannelName | null;
  title: string | null;
  text: string;
  status: TaskStatus;
  /** Who is to do it: whatever the user of the API calls them. */
  assignee: string | null;
  note: string | null;
  endedBy: string | null;
  createdAt: Date;
  endedAt: Date | null;
}

/** A task as the planner makes it. */
export interface NewTask {
  workspaceId: string;
  taskId: string;
  campaignId: string;
  leadId: string;
  stepId: string;
  channel: ChannelName | null;
  title: string | null;
  text: string;
}

/** What became of it: a lead has a task of a step once, and one that was ended lets it go on. */
export interface StoredTask {
  campaignId: string;
  leadId: string;
  stepId: string;
  taskId: string;
  status: TaskStatus;
  /** It was not open before. */
  opened: boolean;
}

export const openForms = inForms(
  "task.open",
  1,
  (within) => `
with given as materialized (
  select t.*, now() as at from json_to_recordset($1::json) as t ("workspaceId" text, "taskId" text, "campaignId" text, "leadId" text, "stepId" text, channel text,
    title text, text text)
),
stored as (
  insert into task (workspace_id, id, campaign_id, lead_id, step_id, channel, title, text, created_at)
  select "workspaceId", "taskId", "campaignId", "leadId", "stepId", channel, title, text, at from given
  -- One that was called off because its lead had left is there again.
  on conflict (campaign_id, lead_id, step_id, workspace_id) do update set
    status = case when task.status = 'cancelled' then 'open' else task.status end, ended_at = case when task.status <> 'cancelled' then task.ended_at end,
    title = case when task.status = 'cancelled' then excluded.title else task.title end,
    text = case when task.status = 'cancelled' then excluded.text else task.text end,
    created_at = case when task.status = 'cancelled' then excluded.created_at else task.created_at end
  returning workspace_id, id, campaign_id, lead_id, step_id, status, created_at
),
waiting as (
  update enrollment e set next_at = 'infinity', wait_reason = 'a person has a task to do', updated_at = now()
  from (select * from stored where ${few("lead_id")}) s
  where s.status = 'open' and e.workspace_id = s.workspace_id and e.campaign_id = s.campaign_id and e.lead_id = s.lead_id
    -- COALESCE: by the key, not by an index of all that are active.
    and coalesce(e.state, '') = 'active'${within("e")}
)
select campaign_id as "campaignId", lead_id as "leadId", step_id as "stepId", id as "taskId", status,
  created_at = (select at from given limit 1) as opened
from stored`,
);

/** Stores tasks, and lets their leads wait for them. */
export async function openTasks(db: Queryable, tasks: readonly NewTask[]): Promise<StoredTask[]> {
  if (tasks.length === 0) return [];
  return await writeByWorkspace(
    db,
    tasks,
    (task) => task.workspaceId,
    async (tx, part, workspaceId) =>
      (await tx.query<StoredTask>(inForm(openForms, [JSON.stringify(part)], workspaceId))).rows,
  );
}

const taskColumns = `t.id, t.campaign_id as "campaignId", c.name as "campaignName", t.lead_id as "leadId", ${leadSummary}, t.step_id as "stepId", t.turn_id as "turnId", t.channel,
  t.title, t.text, t.status, t.assignee, t.note, t.ended_by as "endedBy", t.created_at as "createdAt", t.ended_at as "endedAt"`;

const taskTables = `task t left join campaign c on c.workspace_id = t.workspace_id and c.id = t.campaign_id
  left join lead l on l.workspace_id = t.workspace_id and l.id = t.lead_id`;

export async function getTask(db: Queryable, workspaceId: string, id: string): Promise<Task | null> {
  const { rows } = await db.query<Task>(
    `select ${taskColumns} from ${taskTables}
     where t.workspace_id = $1 and t.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** By age; `after` is the last one of the previous page. */
export async function listTasks(
  db: Queryable,
  workspaceId: string,
  filter: {
    status?: TaskStatus | undefined;
    campaignId?: string | undefined;
    leadId?: string | undefined;
    /** Null: nobody's. */
    assignee?: string | null | undefined;
    newestFirst?: boolean;
    after?: string | undefined;
    limit: number;
  },
): Promise<Task[]> {
  // In the words of its index.
  const open = filter.status === "open" ? "and t.status = 'open'" : "";
  const { text, values } = given(
    `select ${taskColumns} from ${taskTables}
     where t.workspace_id = $1 and ($2::text is null or t.status = $2) and ($3::text is null or t.campaign_id = $3)
       and ($4::text is null or t.lead_id = $4) and ($5::text is null or t.id ${filter.newestFirst ? "<" : ">"} $5)
       and ($7::text is null or t.assignee = $7) ${filter.assignee === null ? "and t.assignee is null" : ""} ${open}
     order by t.id ${filter.newestFirst ? "desc" : ""} limit $6`,
    [
      workspaceId,
      filter.status ?? null,
      filter.campaignId ?? null,
      filter.leadId ?? null,
      filter.after ?? null,
      filter.limit,
      filter.assignee ?? null,
    ],
  );
  const { rows } = await db.query<Task>(text, values);
  return rows;
}

/** Gives an open task to somebody, or to nobody. False: it is not open (any more). */
export async function assignTask(
  tx: Queryable,
  workspaceId: string,
  id: string,
  assignee: string | null,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    "update task set assignee = $3 where workspace_id = $1 and id = $2 and status = 'open'",
    [workspaceId, id, assignee],
  );
  return (rowCount ?? 0) > 0;
}

/** Ends an open task. False: it is not open (any more). */
export async function endTask(
  tx: Queryable,
  workspaceId: string,
  id: string,
  end: { status: "done" | "skipped"; note: string | null; by: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update task set status = $3, note = $4, ended_by = $5, ended_at = now() where workspace_id = $1 and id = $2 and status = 'open'`,
    [workspaceId, id, end.status, end.note, end.by],
  );
  return (rowCount ?? 0) > 0;
}

/** What the assistant could not do is a person's. False: it is one already. */
export async function openTurnTask(
  tx: Queryable,
  workspaceId: string,
  task: { taskId: string; turnId: string; leadId: string; channel: ChannelName | null; title: string; text: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into task (workspace_id, id, lead_id, turn_id, channel, title, text) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (turn_id, workspace_id) where turn_id is not null do nothing`,
    [workspaceId, task.taskId, task.leadId, task.turnId, task.channel, task.title, task.text],
  );
  return (rowCount ?? 0) > 0;
}

/** Ends the task of a turn that a person has decided. Its ID; null: there was none that was open. */
export async function endTaskOfTurn(
  tx: Queryable,
  workspaceId: string,
  turnId: string,
  end: { status: "done" | "skipped"; by: string; note: string | null },
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>(
    `update task set status = $3, ended_by = $4, note = $5, ended_at = now()
     where workspace_id = $1 and turn_id = $2 and status = 'open' returning id`,
    [workspaceId, turnId, end.status, end.by, end.note],
  );
  return rows[0]?.id ?? null;
}
