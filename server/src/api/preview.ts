import { z } from "zod";
import { notFor } from "../campaigns/decide.ts";
import { publicLinks } from "../campaigns/links.ts";
import { openPaceBook } from "../campaigns/pace-book.ts";
import { pickSender, sendersOf } from "../campaigns/rotation.ts";
import { pacedAction } from "../campaigns/select.ts";
import { writeMessage, writeTask } from "../campaigns/writing.ts";
import { databaseNow, loadRules } from "../db/due.ts";
import { stepsForLead } from "../db/enrollment.ts";
import { getLead } from "../db/lead.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { sends, stepActions } from "../domain/sequence/step.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";

const preview = endpoint({
  method: "GET",
  path: "/v1/campaigns/{id}/preview",
  right: "campaigns.read",
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
          channel: z.enum(channels).nullable(),
          action: z.enum(stepActions),
          variant: z.string().nullable().meta({ description: "Of a step with variants: which one this lead gets." }),
          senderId: z.string().nullable().meta({ description: "Who would send it, as things are now." }),
          to: z.string().nullable(),
          title: z.string().nullable().meta({ description: "Of a task." }),
          subject: z.string().nullable(),
          text: z.string(),
          html: z.string().nullable(),
          blocked: z
            .object({ code: z.string(), reason: z.string() })
            .nullable()
            .meta({ description: "Why it would not go out; the texts are then templates, wholly or in part." }),
          notFor: z.string().nullable().meta({
            description: "Why, as things are now, the step is not for this lead: what of its `if` doesn't hold.",
          }),
        }),
      ),
    }),
  },
  async execute({ api, tx, workspaceId, params, query: { leadId } }) {
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
      const { stepId, position, channel, action } = step;
      const at = { stepId, position, channel, action, notFor: notFor(rules, step, now) };
      if (!sends(step)) {
        const task = action === "task" ? writeTask(step) : { title: null, text: "" };
        const nothing = { variant: null, senderId: null, to: null, subject: null, html: null, blocked: null };
        return { ...at, ...nothing, title: task.title, text: task.text };
      }
      const senders = sendersOf(rules, book, step.channel);
      const wasWrittenTo = Object.keys(step.senders).length > 0;
      const senderId = pickSender(rules, book, senders, { ...step, wasWrittenTo }, pacedAction(action));
      const message = writeMessage(step, now, senderId, publicLinks(api.config.publicUrl, api.box));
      const { subject, text, html, code, detail, variant } = message;
      return {
        ...{ ...at, variant, title: null, subject, text, html },
        senderId: senderId === "" ? null : senderId,
        to: message.toAddress === "" ? null : message.toAddress,
        blocked: code === null ? null : { code, reason: detail ?? "" },
      };
    });
    return { status: 200, body: { leadId, messages } };
  },
});

export const previewEndpoints: readonly Endpoint[] = [preview];
