import { z } from "zod";
import { completeTask } from "../campaigns/tasks.ts";
import { assignTask, getTask, listTasks, taskStatuses } from "../db/task.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";
import { leadSummary } from "./lead-summary.ts";

const assignee = z.string().meta({ description: "Who is to do it: an email address, or whatever you call them." });

const taskSchema = z.object({
  id: z.string(),
  campaignId: z.string().nullable().meta({ description: "Null: it is no step of a campaign, but the assistant's." }),
  campaignName: z.string().nullable(),
  leadId: z.string(),
  lead: leadSummary,
  stepId: z.string().nullable(),
  turnId: z.string().nullable().meta({
    description: "The assistant's turn that a person has to do: `GET /v1/assistant/turns/{id}` says why.",
  }),
  channel: z.enum(channels).nullable(),
  title: z.string().nullable(),
  text: z.string().meta({ description: "What is to be done, written for this lead." }),
  status: z.enum(taskStatuses).meta({
    description: "`cancelled`: its lead has left the sequence, or the step was taken out of the campaign.",
  }),
  assignee: assignee.nullable(),
  note: z.string().nullable(),
  endedBy: z.string().nullable().meta({ description: "The person or API key, or `system`." }),
  createdAt: time,
  endedAt: time.nullable(),
});

const list = endpoint({
  method: "GET",
  path: "/v1/tasks",
  right: "tasks.read",
  tags: ["Tasks"],
  summary: "List tasks",
  description:
    "What people have to do: manual steps, before leads go on in their sequences, and what the assistant could not do. The oldest " +
    "first, unless `order` says otherwise.",
  query: z.strictObject({
    status: z.enum(taskStatuses).optional(),
    campaignId: z.string().max(200).optional(),
    leadId: z.string().max(200).optional(),
    assignee: z.string().max(200).optional().meta({ description: "Empty: nobody's." }),
    order: z.enum(["oldest", "newest"]).default("oldest"),
    cursor: idCursor("task").optional(),
    limit: limit(200),
  }),
  responses: { 200: page(taskSchema) },
  async execute({ tx, workspaceId, query }) {
    const { cursor, order, assignee: of, ...filter } = query;
    const rows = await listTasks(tx, workspaceId, {
      ...{ ...filter, after: cursor, newestFirst: order === "newest", limit: query.limit + 1 },
      assignee: of === undefined ? undefined : of.trim() || null,
    });
    return { status: 200, body: pageOf(rows, query.limit, (last) => last.id) };
  },
});

const get = endpoint({
  method: "GET",
  path: "/v1/tasks/{id}",
  right: "tasks.read",
  tags: ["Tasks"],
  summary: "Get a task",
  description: "With what has to be done, and what became of it.",
  params: idParams,
  responses: { 200: taskSchema },
  async execute({ tx, workspaceId, params }) {
    const task = await getTask(tx, workspaceId, params.id);
    if (task === null) throw notFound("task", params.id);
    return { status: 200, body: task };
  },
});

const change = endpoint({
  method: "PATCH",
  path: "/v1/tasks/{id}",
  right: "tasks.write",
  tags: ["Tasks"],
  summary: "Assign a task",
  description: "To whoever is to do it; null: to nobody. A task that has ended is 409.",
  params: idParams,
  body: z.strictObject({ assignee: name(200).nullable() }),
  responses: { 200: taskSchema },
  async execute({ tx, workspaceId, params, body }) {
    const done = await assignTask(tx, workspaceId, params.id, body.assignee);
    const task = await getTask(tx, workspaceId, params.id);
    if (task === null) throw notFound("task", params.id);
    if (done) return { status: 200, body: task };
    throw new HeraldError(
      "invalid_state",
      `The task ${params.id} is ${task.status}; only an open one can be assigned.`,
    );
  },
});

const complete = endpoint({
  method: "POST",
  path: "/v1/tasks/{id}/complete",
  right: "tasks.write",
  tags: ["Tasks"],
  summary: "Complete a task",
  description:
    "Its lead goes on to the next step, whose delay counts from now. Records `task.completed`. A task that has ended is 409.",
  params: idParams,
  body: z.strictObject({
    outcome: z.enum(["done", "skipped"]).default("done"),
    note: z.string().trim().max(2_000).nullish().meta({ description: "What came of it; it goes into the event." }),
  }),
  responses: { 200: taskSchema },
  async execute({ api, tx, workspaceId, callerId, params, body, afterCommit }) {
    const end = { outcome: body.outcome, note: body.note || null, by: callerId };
    const { task, lanes } = await completeTask(tx, workspaceId, params.id, end);
    afterCommit(() => {
      api.wake("delivery", lanes);
      api.wakePlanner();
    });
    return { status: 200, body: task };
  },
});

export const taskEndpoints: readonly Endpoint[] = [list, get, change, complete];
