import { z } from "zod";
import { explainLead, type Reason } from "../campaigns/explain.ts";
import { explainMessage } from "../campaigns/explain-message.ts";
import { getLead } from "../db/lead.ts";
import { getMessage } from "../db/message.ts";
import type { Queryable } from "../db/pool.ts";
import { getSender } from "../db/sender.ts";
import { leadPause } from "../db/stopping.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { stepActions } from "../domain/sequence/step.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";
import { credentialsProblem } from "./sender-receiving.ts";

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
      pause: z
        .object({ until: time, reason: z.string() })
        .nullable()
        .meta({ description: "The pause that the lead is in, of all campaigns: `POST /v1/leads/{id}/pause`." }),
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
    const pause = await leadPause(tx, workspaceId, params.id);
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
    return { status: 200, body: { leadId: params.id, pause, next } };
  },
});

/** Statuses of messages for which their sender is still needed. */
const openStatuses = ["queued", "held", "sending", "uncertain"];

/** Its sender's credentials can't be opened: it waits, and no attempt is used up. */
async function shutSender(
  api: ApiContext,
  tx: Queryable,
  workspaceId: string,
  messageId: string,
): Promise<Reason | null> {
  const message = await getMessage(tx, workspaceId, messageId);
  const sender = message && (await getSender(tx, workspaceId, message.senderId));
  const detail = sender && credentialsProblem(api.box, workspaceId, sender);
  if (!detail) return null;
  return {
    rule: "sender",
    detail,
    until: null,
    change: `Give the sender's credentials anew: PATCH /v1/senders/${sender.id}.`,
  };
}

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
  async execute({ api, tx, workspaceId, params }) {
    const explained = await explainMessage(tx, workspaceId, params.id);
    if (!explained) throw notFound("message", params.id);
    const { status } = explained;
    const shut = openStatuses.includes(status) ? await shutSender(api, tx, workspaceId, params.id) : null;
    const at = shut ? null : explained.at;
    const reasons = shut ? [...explained.reasons, shut] : explained.reasons;
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
