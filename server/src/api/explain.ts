import { z } from "zod";
import { explainLead, type Reason } from "../campaigns/explain.ts";
import { explainMessage } from "../campaigns/explain-message.ts";
import { getLead } from "../db/lead.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { stepActions } from "../domain/sequence/step.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";

export const reasonSchema = z.object({
  rule: z
    .string()
    .meta({ description: "schedule, sender, queue, campaign, held, message, condition, task or outcome." }),
  detail: z.string().meta({ description: 'In words: "the sender is at 40 of 40 today".' }),
  until: time.nullable().meta({ description: "Null: until somebody acts." }),
  change: z.string().meta({ description: "What would change it." }),
});

export const shownReason = ({ until, ...reason }: Reason): z.input<typeof reasonSchema> => ({
  ...reason,
  until: until === null ? null : new Date(until),
});

const nextOfLead = endpoint({
  method: "GET",
  path: "/v1/leads/{id}/next",
  right: "leads.read",
  tags: ["Leads"],
  summary: "What happens next for a lead, and why not earlier",
  description: "For each campaign that it is active or held in. Found by the code that plans.",
  params: idParams,
  responses: {
    200: z.object({
      leadId: z.string(),
      next: z.array(
        z.object({
          campaignId: z.string(),
          campaignName: z.string(),
          state: z.enum(["active", "held"]),
          step: z
            .object({
              id: z.string(),
              position: z.number().int(),
              channel: z.enum(channels).nullable(),
              action: z.enum(stepActions),
            })
            .nullable(),
          at: time.nullable().meta({ description: "The earliest time. Null: it can't be foreseen." }),
          reasons: z.array(reasonSchema).meta({ description: "Why not earlier. Empty: it happens now." }),
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, params }) {
    if ((await getLead(tx, workspaceId, params.id)) === null) throw notFound("lead", params.id);
    const next = (await explainLead(tx, workspaceId, params.id)).map(({ place, at, reasons }) => ({
      campaignId: place.campaignId,
      campaignName: place.campaignName,
      state: place.state,
      step:
        place.stepId === null
          ? null
          : { id: place.stepId, position: place.position!, channel: place.channel, action: place.action! },
      at: at === null ? null : new Date(at),
      reasons: reasons.map(shownReason),
    }));
    return { status: 200, body: { leadId: params.id, next } };
  },
});

const explanationOfMessage = endpoint({
  method: "GET",
  path: "/v1/messages/{id}/explain",
  right: "messages.read",
  tags: ["Messages"],
  summary: "Why a message has not gone out, or what became of it",
  description: "When it is tried next, and each reason why not earlier, with what would change it.",
  params: idParams,
  responses: {
    200: z.object({
      messageId: z.string(),
      status: z.string(),
      at: time.nullable().meta({ description: "When it is tried next. Null: not by itself." }),
      reasons: z.array(reasonSchema),
    }),
  },
  async execute({ tx, workspaceId, params }) {
    const explained = await explainMessage(tx, workspaceId, params.id);
    if (!explained) throw notFound("message", params.id);
    const { status, at, reasons } = explained;
    const body = {
      messageId: params.id,
      status,
      at: at === null ? null : new Date(at),
      reasons: reasons.map(shownReason),
    };
    return { status: 200, body };
  },
});

export const explainEndpoints: readonly Endpoint[] = [nextOfLead, explanationOfMessage];
