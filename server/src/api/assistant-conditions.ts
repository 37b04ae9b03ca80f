import { z } from "zod";
import {
  deleteCondition,
  getCondition,
  insertCondition,
  listConditions,
  updateCondition,
} from "../db/assistant-condition.ts";
import type { Queryable } from "../db/pool.ts";
import { getProfile } from "../db/profile.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { leadLimits } from "../domain/lead.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, name, time } from "./fields.ts";

const conditionSchema = z.object({
  id: z.string(),
  kind: z.enum(["tag", "notification"]),
  name: z.string(),
  condition: z.string(),
  profileId: z.string().nullable(),
  enabled: z.boolean(),
  createdAt: time,
});

const words = z
  .string()
  .trim()
  .min(3)
  .max(1_000)
  .meta({ description: 'In plain English: "The person asks for a price."' });
const profileId = z
  .string()
  .max(200)
  .nullable()
  .meta({ description: "Only of leads with this profile. Null: of all." });

async function requireProfile(tx: Queryable, workspaceId: string, id: string | null | undefined): Promise<void> {
  if (id && !(await getProfile(tx, workspaceId, id))) throw notFound("profile", id);
}

export const assistantConditionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/assistant/conditions",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "List conditions",
    description:
      "What is asked of each message of a lead, beside what every workspace has: `hasReplied`, `isHot` and `isQualified`. One of your own with the name of one of the last two takes its place.",
    responses: { 200: z.object({ data: z.array(conditionSchema) }) },
    async execute({ tx, workspaceId }) {
      return { status: 200, body: { data: await listConditions(tx, workspaceId) } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/assistant/conditions",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Create a condition",
    description:
      "Where it is met, the lead gets the tag `name` (`lead.tag.updated`), or somebody is told (`notification.created`), with the reason in the model's words. A workspace has 50 at most.",
    body: z.strictObject({
      kind: z.enum(["tag", "notification"]),
      name: name(leadLimits.tag),
      condition: words,
      profileId: profileId.default(null),
      enabled: z.boolean().default(true),
    }),
    responses: { 201: conditionSchema },
    async execute({ tx, workspaceId, body }) {
      await requireProfile(tx, workspaceId, body.profileId);
      if ((await listConditions(tx, workspaceId)).length >= 50) {
        throw new HeraldError(
          "unprocessable",
          "A workspace has at most 50 conditions: each is asked of every message.",
        );
      }
      const id = newId("condition");
      if (!(await insertCondition(tx, workspaceId, { id, ...body }))) {
        throw new HeraldError(
          "conflict",
          `There is a ${body.kind} condition called ${JSON.stringify(body.name)} already.`,
        );
      }
      return { status: 201, body: (await getCondition(tx, workspaceId, id))! };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/assistant/conditions/{id}",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "Get a condition",
    params: idParams,
    responses: { 200: conditionSchema },
    async execute({ tx, workspaceId, params }) {
      const condition = await getCondition(tx, workspaceId, params.id);
      if (!condition) throw notFound("condition", params.id);
      return { status: 200, body: condition };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/assistant/conditions/{id}",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Change a condition",
    params: idParams,
    body: z.strictObject({
      condition: words.optional(),
      profileId: profileId.optional(),
      enabled: z.boolean().optional(),
    }),
    responses: { 200: conditionSchema },
    async execute({ tx, workspaceId, params, body }) {
      await requireProfile(tx, workspaceId, body.profileId);
      if (!(await updateCondition(tx, workspaceId, params.id, body))) throw notFound("condition", params.id);
      return { status: 200, body: (await getCondition(tx, workspaceId, params.id))! };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/assistant/conditions/{id}",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Delete a condition",
    description: "Tags that it gave stay.",
    params: idParams,
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, params }) {
      if (!(await deleteCondition(tx, workspaceId, params.id))) throw notFound("condition", params.id);
      return { status: 204, body: undefined };
    },
  }),
];
