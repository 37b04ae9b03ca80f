import { z } from "zod";
import { notFor } from "../campaigns/decide.ts";
import { publicLinks } from "../campaigns/links.ts";
import { openPaceBook } from "../campaigns/pace-book.ts";
import { pickSender, sendersOf } from "../campaigns/rotation.ts";
import { pacedAction } from "../campaigns/select.ts";
import { writeMessage, writeTask } from "../campaigns/writing.ts";
import { getCampaign } from "../db/campaign.ts";
import { type CampaignRules, databaseNow, loadRules } from "../db/due.ts";
import { getLead } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import { draftStepsForLead, type StepForLead, stepsForLead } from "../db/step-for-lead.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { contentLimits } from "../domain/message-content.ts";
import { sends, stepActions } from "../domain/sequence/step.ts";
import { smsSize } from "../domain/sms-segments.ts";
import { checkSteps, stepsInput } from "./campaign-steps.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";

const sizeSchema = z.object({
  characters: z.number().int().meta({ description: "In UTF-16 units, as limits are counted." }),
  limit: z.number().int().meta({ description: "How many the channel allows." }),
  sms: z
    .object({
      encoding: z.enum(["GSM-7", "UCS-2"]),
      segments: z.number().int().meta({ description: "As how many SMS it is charged." }),
      left: z.number().int().meta({ description: "Characters that fit into the last segment." }),
    })
    .nullable(),
});

const messageSchema = z.object({
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
  size: sizeSchema.nullable().meta({ description: "How long the text is; null where nothing is sent." }),
  blocked: z
    .object({ code: z.string(), reason: z.string() })
    .nullable()
    .meta({ description: "Why it would not go out; the texts are then templates, wholly or in part." }),
  notFor: z.string().nullable().meta({
    description: "Why, as things are now, the step is not for this lead: what of its `if` doesn't hold.",
  }),
});
type PreviewMessage = z.input<typeof messageSchema>;

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
  responses: { 200: z.object({ leadId: z.string(), messages: z.array(messageSchema) }) },
  async execute({ api, tx, workspaceId, params, query: { leadId } }) {
    const rules = await rulesOf(tx, workspaceId, params.id);
    if ((await getLead(tx, workspaceId, leadId)) === null) throw notFound("lead", leadId);
    const steps = await stepsForLead(tx, workspaceId, params.id, leadId);
    return { status: 200, body: { leadId, messages: await written(api, tx, rules, steps) } };
  },
});

const previewDraft = endpoint({
  method: "POST",
  path: "/v1/campaigns/{id}/preview",
  right: "campaigns.read",
  tags: ["Campaigns"],
  summary: "Check steps, and preview them for a lead",
  description:
    "For steps that are being written: all that saving them would refuse, by field, and with a `leadId` what those that are sound " +
    "become for this lead, by the code that sends. Nothing is stored.",
  params: idParams,
  // It reads only.
  transaction: false,
  audit: false,
  bodyLimit: 8 * 1024 * 1024,
  body: z.strictObject({ leadId: z.string().min(1).max(200).nullish(), steps: stepsInput }),
  responses: {
    200: z.object({
      problems: z
        .array(z.object({ field: z.string().meta({ examples: ["steps.2.text"] }), reason: z.string() }))
        .meta({ description: "Empty: the steps can be saved." }),
      messages: z.array(messageSchema).meta({ description: "Without a lead, none." }),
    }),
  },
  async execute({ api, tx, workspaceId, params, body: { leadId, steps: inputs } }) {
    const rules = await rulesOf(tx, workspaceId, params.id);
    const known = (await getCampaign(tx, workspaceId, params.id))?.steps ?? [];
    // A step that was removed meanwhile is a new one here.
    const { steps, problems } = checkSteps(inputs, known);
    if (!leadId) return { status: 200, body: { problems, messages: [] } };
    if ((await getLead(tx, workspaceId, leadId)) === null) throw notFound("lead", leadId);
    const unsound = new Set(problems.map(({ field }) => Number(field.split(".")[1])));
    const sound = steps.filter((_, index) => !unsound.has(index));
    const draft = await draftStepsForLead(tx, workspaceId, { campaignId: params.id, leadId }, sound);
    return { status: 200, body: { problems, messages: await written(api, tx, rules, draft) } };
  },
});

async function rulesOf(tx: Queryable, workspaceId: string, campaignId: string): Promise<CampaignRules> {
  const [rules] = await loadRules(tx, [{ workspaceId, campaignId }], 1);
  if (!rules || rules.workspaceId !== workspaceId) throw notFound("campaign", campaignId);
  return rules;
}

/** What the steps become, as things are now. */
async function written(
  api: ApiContext,
  tx: Queryable,
  rules: CampaignRules,
  steps: readonly StepForLead[],
): Promise<PreviewMessage[]> {
  const { workspaceId } = rules;
  const now = await databaseNow(tx);
  const senderIds = rules.senderIds.map((senderId) => ({ workspaceId, senderId }));
  const book = await openPaceBook(tx, senderIds, now);
  return steps.map((step): PreviewMessage => {
    const { stepId, position, channel, action } = step;
    const at = { stepId, position, channel, action, notFor: notFor(rules, step, now) };
    if (!sends(step)) {
      const task = action === "task" ? writeTask(step) : { title: null, text: "" };
      const nothing = { variant: null, senderId: null, to: null, subject: null, html: null, size: null, blocked: null };
      return { ...at, ...nothing, title: task.title, text: task.text };
    }
    const senders = sendersOf(rules, book, step.channel);
    const wasWrittenTo = Object.keys(step.senders).length > 0;
    const senderId = pickSender(rules, book, senders, { ...step, wasWrittenTo }, pacedAction(action));
    const message = writeMessage(step, now, senderId, publicLinks(api.config.publicUrl, api.box));
    const { subject, text, html, code, detail, variant } = message;
    return {
      ...{ ...at, variant, title: null, subject, text, html, size: sizeOf(step, text) },
      senderId: senderId === "" ? null : senderId,
      to: message.toAddress === "" ? null : message.toAddress,
      blocked: code === null ? null : { code, reason: detail ?? "" },
    };
  });
}

function sizeOf({ channel, action }: StepForLead, text: string): PreviewMessage["size"] {
  const limit = action === "connect" ? contentLimits.note : contentLimits[channel!];
  if (channel !== "sms") return { characters: text.length, limit, sms: null };
  const { encoding, segments, left } = smsSize(text);
  return { characters: text.length, limit, sms: { encoding, segments, left } };
}

export const previewEndpoints: readonly Endpoint[] = [preview, previewDraft];
