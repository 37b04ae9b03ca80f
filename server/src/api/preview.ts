import { z } from "zod";
import { openPaceBook } from "../campaigns/pace-book.ts";
import { writeMessage } from "../campaigns/planner.ts";
import { pickSender, sendersOf } from "../campaigns/rotation.ts";
import { databaseNow, loadRules } from "../db/due.ts";
import { stepsForLead } from "../db/enrollment.ts";
import { getLead } from "../db/lead.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";

const preview = endpoint({
  method: "GET",
  path: "/v1/campaigns/{id}/preview",
  scope: "read",
  tags: ["Campaigns"],
  summary: "Preview a lead's messages",
  description:
    "Each step as it would be written for this lead now, by the code that sends; the lead need not be in the campaign. Nothing is " +
    "stored.",
  params: idParams,
  query: z.strictObject({ leadId: z.string().min(1).max(200) }),
  responses: {
    200: z.object({
      leadId: z.string(),
      messages: z.array(
        z.object({
          stepId: z.string(),
          position: z.number().int(),
          channel: z.enum(channels),
          action: z.enum(["message", "connect"]),
          senderId: z.string().nullable().meta({ description: "Who would send it, as things are now." }),
          to: z.string().nullable(),
          subject: z.string().nullable(),
          text: z.string(),
          html: z.string().nullable(),
          blocked: z
            .object({ code: z.string(), reason: z.string() })
            .nullable()
            .meta({ description: "Why it would not go out; the texts are then templates, wholly or in part." }),
        }),
      ),
    }),
  },
  async execute({ tx, workspaceId, params, query: { leadId } }) {
    const [rules] = await loadRules(tx, [{ workspaceId, campaignId: params.id }], 1);
    if (!rules || rules.workspaceId !== workspaceId) throw notFound("campaign", params.id);
    if ((await getLead(tx, workspaceId, leadId)) === null) throw notFound("lead", leadId);
    const now = await databaseNow(tx);
    const book = await openPaceBook(
      tx,
      rules.senderIds.map((senderId) => ({ workspaceId, senderId })),
      now,
    );
    const steps = await stepsForLead(tx, workspaceId, params.id, leadId);
    const messages = steps.map((step) => {
      const senders = sendersOf(rules, book, step.channel);
      const wasWrittenTo = Object.keys(step.senders).length > 0;
      const senderId = pickSender(rules, book, senders, { ...step, wasWrittenTo }, step.action);
      const message = writeMessage(step, now, senderId);
      const { subject, text, html, code, detail } = message;
      return {
        ...{
          stepId: step.stepId,
          position: step.position,
          channel: step.channel,
          action: step.action,
          subject,
          text,
          html,
        },
        senderId: senderId === "" ? null : senderId,
        to: message.toAddress === "" ? null : message.toAddress,
        blocked: code === null ? null : { code, reason: detail ?? "" },
      };
    });
    return { status: 200, body: { leadId, messages } };
  },
});

export const previewEndpoints: readonly Endpoint[] = [preview];
