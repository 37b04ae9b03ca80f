import { z } from "zod";
import type { Step } from "../db/campaign.ts";
import { parseDuration } from "../domain/duration.ts";
import { type ErrorDetail, HeraldError } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { contentProblems } from "../domain/message-content.ts";
import { templateProblems } from "./message-content.ts";
import { invalid } from "./validate.ts";

const template = (max: number) => z.string().max(max);

export const stepInput = z.strictObject({
  channel: z.enum(channels),
  action: z
    .enum(["message", "connect"])
    .default("message")
    .meta({ description: "`connect` is a LinkedIn invitation; `text` is then its note and may be left out." }),
  delay: z
    .union([z.string(), z.number()])
    .default(0)
    .meta({
      description:
        "How long after the step before went out: `2d`, `1h`, `30m` or seconds. For the first step: after the lead was " +
        "enrolled and the campaign was started.",
    }),
  subject: template(100_000).nullish().meta({
    description:
      "Email only; required for the first email step. A later one without a subject is a reply in the thread.",
  }),
  text: template(100_000)
    .default("")
    .meta({ description: 'A Liquid template: `Hi {{ firstName | default: "there" }}`.' }),
  html: template(100_000).nullish().meta({ description: "Email only. Values are escaped." }),
});

export const stepsInput = z.array(stepInput).max(50);

export const stepSchema = z.object({
  id: z.string(),
  position: z.number().int().meta({ description: "From 1." }),
  channel: z.enum(channels),
  action: z.enum(["message", "connect"]),
  delaySeconds: z.number(),
  subject: z.string().nullable(),
  text: z.string(),
  html: z.string().nullable(),
});

export function stepAnswer({ delayMs, ...step }: Step): z.input<typeof stepSchema> {
  return { ...step, delaySeconds: delayMs / 1_000 };
}

/**
 * The steps of a sequence as they are stored, each with a new ID.
 * @throws HeraldError `invalid_request` with all that is wrong, or `invalid_template` where only templates are; a
 *   detail's field is like `steps.2.text` (counted from 0).
 */
export function readSteps(inputs: z.output<typeof stepsInput>): Step[] {
  const problems: ErrorDetail[] = [];
  const badTemplates: ErrorDetail[] = [];
  let threadSubject = false;
  const steps = inputs.map((input, index): Step => {
    const prefix = `steps.${index}.`;
    const content = { ...input, subject: input.subject?.trim() || null, html: input.html?.trim() ? input.html : null };
    problems.push(...contentProblems(content, prefix));
    badTemplates.push(...templateProblems(content, prefix));
    if (input.channel === "email") {
      if (!threadSubject && content.subject === null) {
        problems.push({ field: `${prefix}subject`, reason: "The first email of a sequence needs a subject." });
      }
      threadSubject = true;
    }
    const delay = parseDuration(input.delay);
    if (!delay.ok) problems.push({ field: `${prefix}delay`, reason: delay.reason });
    const { channel, action, subject, text, html } = content;
    return {
      id: newId("step"),
      position: index + 1,
      channel,
      action,
      delayMs: delay.ok ? delay.ms : 0,
      subject,
      text,
      html,
    };
  });
  if (problems.length > 0) throw invalid([...problems, ...badTemplates]);
  if (badTemplates.length > 0) {
    const { field, reason } = badTemplates[0]!;
    throw new HeraldError("invalid_template", `${field}: ${reason}`, badTemplates);
  }
  return steps;
}
