import type { DueLead } from "../db/due.ts";
import type { DueStep, PlannedMessage } from "../db/enrollment.ts";
import type { NewEvent } from "../db/event.ts";
import { newEvent } from "../db/new-event.ts";
import type { NewTask } from "../db/task.ts";
import type { ChannelName } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { contentProblems } from "../domain/message-content.ts";
import type { PublicLinks } from "../domain/public-link.ts";
import { pickVariant } from "../domain/sequence/step.ts";
import { compileTemplate, renderTemplate } from "../domain/template.ts";
import { messageData } from "./facts.ts";
import { pacedAction } from "./select.ts";

/** What a step becomes for one lead: a message or a task, in words, and the events that say so. Pure. */

const addressOf = { linkedin: "linkedinUrl", sms: "phone", email: "email" } as const satisfies Record<
  ChannelName,
  keyof DueStep
>;
const addressWord = { linkedin: "LinkedIn URL", sms: "phone number", email: "email address" } as const;

/** Of a lead, what templates may name. */
export type TemplateLead = Pick<
  DueStep,
  "firstName" | "lastName" | "company" | "title" | "email" | "phone" | "linkedinUrl" | "profile"
> & { custom: Readonly<Record<string, unknown>> };

/**
 * What templates name. Custom fields by their names, which can't take the place of a standard one; and all of them in `custom`,
 * as the API has them: `{{ custom.topic }}`, and names with a dot: `{{ custom["job.level"] }}`.
 */
export function templateValues(
  lead: TemplateLead,
  unsubscribeUrl: string | null | undefined = null,
): Record<string, unknown> {
  const { firstName, lastName, company, title, email, phone, linkedinUrl, profile, custom } = lead;
  const standard = { firstName, lastName, company, title, email, phone, linkedinUrl, profile };
  return { custom, ...custom, unsubscribeUrl, ...standard };
}

function variables(step: DueStep, links: PublicLinks | null): Record<string, unknown> {
  const { channel, workspaceId, leadId } = step;
  return templateValues(step, channel && links?.unsubscribeLead(workspaceId, leadId, channel));
}

/**
 * A step for a lead becomes a message, or a blocked one with its reason; never one with a hole in it. `links`: for
 * `{{ unsubscribeUrl }}`, which has no value without them.
 */
export function writeMessage(
  step: DueStep,
  now: number,
  senderId: string,
  links: PublicLinks | null = null,
): PlannedMessage {
  const { channel } = step;
  if (channel === null) throw new Error(`The step ${step.stepId} has no channel: it makes no message.`);
  const variant = pickVariant(step, step.leadId, step.variantBefore);
  const content = variant ?? step;
  const message: PlannedMessage = {
    workspaceId: step.workspaceId,
    campaignId: step.campaignId,
    leadId: step.leadId,
    stepId: step.stepId,
    sequenceStep: step.position,
    messageId: newId("message", now),
    conversationId: newId("conversation", now),
    channel,
    action: pacedAction(step.action),
    senderId,
    toAddress: step[addressOf[channel]] ?? "",
    subject: content.subject,
    text: content.text,
    html: content.html,
    variant: variant?.key ?? null,
    status: "queued",
    code: null,
    detail: null,
    sendBefore: null,
  };
  const blocked = (code: string, detail: string): PlannedMessage => ({ ...message, status: "blocked", code, detail });
  if (message.toAddress === "")
    return blocked("no_address", `The lead has no ${addressWord[channel]}; the step is skipped.`);
  if (message.senderId === "") return blocked("no_sender", `The campaign has no ${channel} sender.`);
  const values = variables(step, links);
  for (const part of ["subject", "text", "html"] as const) {
    const source = content[part];
    if (source === null) continue;
    const rendered = renderTemplate(compileTemplate(source, { body: part === "html" ? "html" : "text" }), values);
    if (!rendered.ok) return blocked(rendered.code, rendered.reason);
    // A filter can cut a character in two, and a value can hold what the database refuses.
    if (!rendered.text.isWellFormed() || rendered.text.includes("\0")) {
      return blocked("render_failed", `The ${part} made from this lead's data is not valid text.`);
    }
    // A value with a line break must not begin another header.
    message[part] = part === "subject" ? rendered.text.replaceAll(/\s*\p{Cc}+\s*/gu, " ").trim() : rendered.text;
  }
  const [problem] = contentProblems(message);
  if (problem) return blocked("invalid_content", `The ${problem.field} made from this lead's data: ${problem.reason}`);
  return message;
}

/** What a person is to do, in words; with the template itself where this lead lacks something that it names. */
export function writeTask(step: DueStep): NewTask {
  const { workspaceId, campaignId, leadId, stepId, channel } = step;
  const values = variables(step, null);
  const written = (source: string) => {
    const rendered = renderTemplate(compileTemplate(source, { body: "text" }), values);
    return rendered.ok && rendered.text.isWellFormed() ? rendered.text.replaceAll("\0", "") : source;
  };
  const title = step.subject === null ? null : written(step.subject);
  return { workspaceId, taskId: newId("task"), campaignId, leadId, stepId, channel, title, text: written(step.text) };
}

export function taskEvent(lead: DueLead, taskId: string): NewEvent {
  const { workspaceId, campaignId, leadId, externalLeadId, stepId, position, channel, linkedinUrl, phone, email } =
    lead;
  const { title, text } = writeTask(lead);
  const about = { leadId, campaignId, channel };
  const data = {
    taskId,
    leadId,
    externalLeadId,
    campaignId,
    stepId,
    sequenceStep: position,
    channel,
    linkedinUrl,
    phone,
    email,
    title,
    text,
  };
  return newEvent(workspaceId, "task.created", data, about);
}

export function blockedEvent(
  message: PlannedMessage,
  step: DueStep,
  ids: { messageId: string; conversationId: string },
): NewEvent {
  const facts = { ...step, ...message, ...ids, source: "campaign" as const };
  const data = messageData(facts, { providerMessageId: null, subject: null, sentAt: null });
  return newEvent(
    message.workspaceId,
    "message.failed",
    { ...data, code: message.code ?? "", reason: message.detail ?? "" },
    { leadId: message.leadId, campaignId: message.campaignId, channel: message.channel },
  );
}
