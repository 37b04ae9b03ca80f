import { z } from "zod";
import { addContext, commandTurn, leadAssistant, setLeadMode, switchProfile } from "../assistant/lead-profile.ts";
import { changeFollowUps, followUpState } from "../campaigns/follow-ups.ts";
import { tagReasons } from "../db/assistant-condition.ts";
import { getLead } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import { notFound } from "../domain/error.ts";
import { followUpsSchema } from "../domain/profile.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, name, time } from "./fields.ts";
import { modeInput } from "./profiles.ts";

const followUpStep = z.number().int().min(-2).max(100).meta({
  description: "1, 2, ...: this one comes next, its hours from now. -1: none comes any more. -2: long-term nurture.",
});

const stateSchema = z.object({
  leadId: z.string(),
  profile: z.string().nullable().meta({ description: "Null: none that the assistant knows." }),
  mode: modeInput.nullable().meta({ description: "In place of the profile's. Null: the profile's." }),
  effectiveMode: modeInput.meta({
    description: "What counts of the profile's mode, the lead's, and whether a person took over.",
  }),
  handedOver: z.object({ at: time, reason: z.string().nullable() }).nullable().meta({
    description: "A person has taken over; the assistant is silent until somebody sets this to null.",
  }),
  turns: z.number().int().meta({ description: "Answers that count against the profile's turn limit." }),
  summary: z.string().nullable().meta({ description: "The conversation so far, in the model's words." }),
  memorySince: time.nullable().meta({ description: "What was said before is not told to the model." }),
  context: z.array(z.object({ text: z.string(), at: z.string() })),
  followUps: z.object({
    step: z.number().int().nullable().meta({
      description: "The one that comes next; -1: stopped; -2: long-term nurture, or all went out. Null: none waits.",
    }),
    nextAt: time.nullable(),
    config: z
      .record(z.string(), z.looseObject({}))
      .nullable()
      .meta({ description: "Of its own. Null: the profile's." }),
  }),
  tags: z
    .array(z.object({ tag: z.string(), reason: z.string(), messageId: z.string().nullable(), at: time }))
    .meta({ description: "Tags that the assistant gave, and why." }),
});

async function stateOf(tx: Queryable, workspaceId: string, leadId: string): Promise<z.input<typeof stateSchema>> {
  const lead = await getLead(tx, workspaceId, leadId);
  if (!lead) throw notFound("lead", leadId);
  const kept = await leadAssistant(tx, workspaceId, lead);
  const { step, nextAt, config } = await followUpState(tx, workspaceId, leadId);
  const { mode, effective, handedOverAt, handedOverReason, turns, summary, memorySince, context } = kept;
  return {
    ...{ leadId, profile: kept.profile?.name ?? null, mode, effectiveMode: effective },
    handedOver: handedOverAt && { at: handedOverAt, reason: handedOverReason },
    ...{ turns, summary, memorySince, context },
    followUps: { step, nextAt, config: config as Record<string, Record<string, unknown>> | null },
    tags: (await tagReasons(tx, workspaceId, leadId)).map(({ tag, reason, messageId, at }) => ({
      tag,
      reason,
      messageId,
      at,
    })),
  };
}

export const assistantLeadEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/leads/{id}/assistant",
    right: "assistant.read",
    tags: ["Assistant"],
    summary: "What the assistant does for a lead",
    params: idParams,
    responses: { 200: stateSchema },
    async execute({ tx, workspaceId, params }) {
      return { status: 200, body: await stateOf(tx, workspaceId, params.id) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/v1/leads/{id}/assistant",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Change what the assistant does for a lead",
    description:
      "Mode, whether a person has taken over, and follow-ups. Where the assistant is off from now on, nothing that it was at goes on, and what it wrote and nobody has begun to send is taken back.",
    params: idParams,
    body: z.strictObject({
      mode: modeInput.nullable().optional(),
      handedOver: z
        .strictObject({ reason: z.string().trim().min(1).max(1_000) })
        .nullable()
        .optional()
        .meta({ description: "A person takes over, or (null) hands back." }),
      followUpStep: followUpStep.optional(),
      followUps: followUpsSchema.nullable().optional().meta({ description: "Of its own. Null: the profile's again." }),
    }),
    responses: { 200: stateSchema },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      const { mode, handedOver, followUpStep: step, followUps: config } = body;
      if (mode !== undefined || handedOver !== undefined) {
        await setLeadMode(tx, workspaceId, params.id, { mode, handedOver });
      }
      if (step !== undefined || config !== undefined)
        await changeFollowUps(tx, workspaceId, params.id, { config, step });
      afterCommit(() => api.wakePlanner());
      return { status: 200, body: await stateOf(tx, workspaceId, params.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/leads/{id}/assistant/profile",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Switch the profile of a lead",
    description:
      "What the assistant was at under the old profile ends, and so do its follow-ups. It can forget what was said, and begin the conversation anew, now or later.",
    params: idParams,
    body: z.strictObject({
      profile: name(200).nullable().meta({ description: "The profile's name. Null: none." }),
      sendMessage: z.boolean().default(false).meta({ description: "The assistant writes first." }),
      delaySeconds: z.number().int().min(0).max(31_622_400).default(0).meta({ description: "Then after this time." }),
      clearMemory: z.boolean().default(false),
      instruction: z.string().trim().min(1).max(10_000).nullable().default(null).meta({
        description: "What the first message is to say. Null: what the profile says.",
      }),
    }),
    responses: { 200: stateSchema.extend({ turnId: z.string().nullable() }) },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      const { delaySeconds, ...change } = body;
      const switched = await switchProfile(tx, workspaceId, params.id, { ...change, delayMs: delaySeconds * 1_000 });
      afterCommit(() => {
        api.wake("delivery", switched.lanes);
        api.wakeAssistant();
      });
      return { status: 200, body: { ...(await stateOf(tx, workspaceId, params.id)), turnId: switched.turnId } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/leads/{id}/assistant/context",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Tell the assistant something about a lead",
    description: "It is told to the model as data: the latest twenty.",
    params: idParams,
    body: z.strictObject({ text: z.string().trim().min(1).max(4_000) }),
    responses: { 200: stateSchema },
    async execute({ tx, workspaceId, params, body }) {
      await addContext(tx, workspaceId, params.id, body.text);
      return { status: 200, body: await stateOf(tx, workspaceId, params.id) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/leads/{id}/assistant/write",
    right: "assistant.write",
    tags: ["Assistant"],
    summary: "Tell the assistant to write to a lead",
    description: "The same checks, hours and mode count as for its answers.",
    params: idParams,
    body: z.strictObject({
      instruction: z.string().trim().min(1).max(10_000),
      delaySeconds: z.number().int().min(0).max(31_622_400).default(0),
    }),
    responses: { 202: z.object({ turnId: z.string() }) },
    async execute({ api, tx, workspaceId, params, body, afterCommit }) {
      const { instruction, delaySeconds } = body;
      const turnId = await commandTurn(tx, workspaceId, params.id, { instruction, delayMs: delaySeconds * 1_000 });
      afterCommit(() => api.wakeAssistant());
      return { status: 202, body: { turnId } };
    },
  }),
];
