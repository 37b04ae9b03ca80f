import { lockTurn } from "../db/assistant-turn.ts";
import { changeTurn } from "../db/assistant-turn-change.ts";
import { moveOn } from "../db/enrollment.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { getLeadForUpdate } from "../db/lead.ts";
import { newEvent } from "../db/new-event.ts";
import { recordPassages } from "../db/passage.ts";
import type { Queryable } from "../db/pool.ts";
import { endTask, getTask, type Task } from "../db/task.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import type { ChannelName } from "../domain/event.ts";

/**
 * A person did a task, or skips it: its lead goes on.
 *
 * @throws not_found; invalid_state: it has ended already
 */
export async function completeTask(
  tx: Queryable,
  workspaceId: string,
  taskId: string,
  end: { outcome: "done" | "skipped"; note: string | null; by: string },
): Promise<{ task: Task; lanes: TouchedLane[] }> {
  const task = await getTask(tx, workspaceId, taskId);
  if (!task) throw notFound("task", taskId);
  if (task.turnId !== null) return await completeTurnTask(tx, workspaceId, { ...task, turnId: task.turnId }, end);
  const { leadId } = task;
  // It is a step of a campaign: only turns have neither.
  const [campaignId, stepId] = [task.campaignId!, task.stepId!];
  // The planner takes the lead before the task, too.
  const { rows } = await tx.query<{ waits: boolean }>(
    `select state = 'active' and next_step_id = $4 and next_at is not null as waits from enrollment
     where workspace_id = $1 and campaign_id = $2 and lead_id = $3 for no key update`,
    [workspaceId, campaignId, leadId, stepId],
  );
  await endOpen(tx, workspaceId, taskId, end);
  if (rows[0]?.waits) await moveOn(tx, [{ workspaceId, campaignId, leadId, move: "advance", reason: null }]);
  await recordPassages(tx, [{ workspaceId, campaignId, leadId, stepId, outcome: end.outcome, reason: end.note }]);
  const data = { taskId, leadId, campaignId, stepId, outcome: end.outcome, note: end.note };
  const about = { leadId, campaignId, channel: task.channel };
  const lanes = await recordEvents(tx, [newEvent(workspaceId, "task.completed", data, about)]);
  return { task: (await getTask(tx, workspaceId, taskId))!, lanes };
}

interface TaskEnd {
  outcome: "done" | "skipped";
  note: string | null;
  by: string;
}

async function endOpen(tx: Queryable, workspaceId: string, taskId: string, end: TaskEnd): Promise<void> {
  if (await endTask(tx, workspaceId, taskId, { status: end.outcome, note: end.note, by: end.by })) return;
  const now = (await getTask(tx, workspaceId, taskId))!;
  throw new HeraldError("invalid_state", `The task ${taskId} is ${now.status}; only an open one can be completed.`);
}

/** What the assistant could not do was done by a person, or is left undone: its turn is over, and follow-ups go on. */
async function completeTurnTask(
  tx: Queryable,
  workspaceId: string,
  task: Task & { turnId: string },
  end: TaskEnd,
): Promise<{ task: Task; lanes: TouchedLane[] }> {
  const { id: taskId, leadId, turnId, channel } = task;
  // As everybody who changes a turn.
  await getLeadForUpdate(tx, workspaceId, leadId);
  const turn = await lockTurn(tx, workspaceId, turnId);
  await endOpen(tx, workspaceId, taskId, end);
  if (turn?.state === "task") {
    const reason = end.note ?? (end.outcome === "done" ? "A person did it." : "A person left it undone.");
    await changeTurn(tx, workspaceId, turnId, { state: "rejected", reason, decidedBy: end.by });
    const { campaignId } = turn;
    if (campaignId !== null) await moveOn(tx, [{ workspaceId, campaignId, leadId, move: "advance", reason: null }]);
  }
  return {
    task: (await getTask(tx, workspaceId, taskId))!,
    lanes: await recordTurnTaskEnd(tx, workspaceId, task, end, channel),
  };
}

/** The event of a turn's task that has ended. */
export async function recordTurnTaskEnd(
  tx: Queryable,
  workspaceId: string,
  task: { id: string; leadId: string },
  end: { outcome: "done" | "skipped"; note: string | null },
  channel: ChannelName | null,
): Promise<TouchedLane[]> {
  const { id: taskId, leadId } = task;
  const data = { taskId, leadId, campaignId: null, stepId: null, outcome: end.outcome, note: end.note };
  return await recordEvents(tx, [newEvent(workspaceId, "task.completed", data, { leadId, channel })]);
}
