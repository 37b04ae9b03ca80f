import { moveOn } from "../db/enrollment.ts";
import { recordEvents, type TouchedLane } from "../db/event.ts";
import { newEvent } from "../db/new-event.ts";
import { recordPassages } from "../db/passage.ts";
import type { Queryable } from "../db/pool.ts";
import { endTask, getTask, type Task } from "../db/task.ts";
import { HeraldError, notFound } from "../domain/error.ts";

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
  const { campaignId, leadId, stepId } = task;
  // The planner takes the lead before the task, too.
  const { rows } = await tx.query<{ waits: boolean }>(
    `select state = 'active' and next_step_id = $4 and next_at is not null as waits from enrollment
     where workspace_id = $1 and campaign_id = $2 and lead_id = $3 for no key update`,
    [workspaceId, campaignId, leadId, stepId],
  );
  if (!(await endTask(tx, workspaceId, taskId, { status: end.outcome, note: end.note, by: end.by }))) {
    const now = (await getTask(tx, workspaceId, taskId))!;
    throw new HeraldError("invalid_state", `The task ${taskId} is ${now.status}; only an open one can be completed.`);
  }
  if (rows[0]?.waits) await moveOn(tx, [{ workspaceId, campaignId, leadId, move: "advance", reason: null }]);
  await recordPassages(tx, [{ workspaceId, campaignId, leadId, stepId, outcome: end.outcome, reason: end.note }]);
  const data = { taskId, leadId, campaignId, stepId, outcome: end.outcome, note: end.note };
  const about = { leadId, campaignId, channel: task.channel };
  const lanes = await recordEvents(tx, [newEvent(workspaceId, "task.completed", data, about)]);
  return { task: (await getTask(tx, workspaceId, taskId))!, lanes };
}
