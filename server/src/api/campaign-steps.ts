import { z } from "zod";
import type { Step } from "../db/campaign.ts";
import { type ErrorDetail, HeraldError } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { contentProblems } from "../domain/message-content.ts";
import { type Delay, delayUnits, leastMs, parseDelay } from "../domain/schedule/delay.ts";
import { templateProblems } from "./message-content.ts";
import { invalid } from "./validate.ts";

const template = (max: number) => z.string().max(max);

export const stepInput = z.strictObject({
  id: z.string().max(200).optional().meta({
    description:
      "Of a step that is there already: it keeps its leads, wherever it now stands. Without it the step is a new one.",
  }),
  channel: z.enum(channels),
  action: z
    .enum(["message", "connect"])
    .default("message")
    .meta({ description: "`connect` is a LinkedIn invitation; `text` is then its note and may be left out." }),
  delay: z
    .union([z.string(), z.number(), z.strictObject({ amount: z.number(), unit: z.enum(delayUnits) })])
    .default(0)
    .meta({
      description:
        "How long after the step before went out: `30m`, `1h`, `2d`, `3bd` (business days) or seconds; or `{amount, unit}`. Days " +
        "keep the hour on the lead's clock. For the first step: after the lead was enrolled and the campaign was started.",
    }),
  subject: template(100_000).nullish().meta({
    description:
      "Email only; required for the first email step. A later one without a subject is a reply in the thread.",
  }),
  text: template(100_000)
    .default("")
    .meta({ description: 'A Liquid template: `Hi {{ firstName | default: "there" }}`.' }),
  html: template(100_000).nullish().meta({
    description: "Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:.",
  }),
});

export const stepsInput = z.array(stepInput).max(50);

export const stepSchema = z.object({
  id: z.string(),
  position: z.number().int().meta({ description: "From 1." }),
  channel: z.enum(channels),
  action: z.enum(["message", "connect"]),
  delay: z.object({ amount: z.number().int(), unit: z.enum(delayUnits) }),
  delaySeconds: z.number().meta({ description: "The same in seconds; a day counts as 86,400." }),
  subject: z.string().nullable(),
  text: z.string(),
  html: z.string().nullable(),
});

export function stepAnswer({ delayMs: _, ...step }: Step): z.input<typeof stepSchema> {
  return { ...step, delaySeconds: step.delay.amount * secondsOf[step.delay.unit] };
}

const secondsOf: Record<Delay["unit"], number> = {
  seconds: 1,
  minutes: 60,
  hours: 3_600,
  days: 86_400,
  business_days: 86_400,
};

/**
 * The steps of a sequence as they are stored, each with a new ID.
 * @throws HeraldError `invalid_request` with all that is wrong, or `invalid_template` where only templates are; a
 *   detail's field is like `steps.2.text` (counted from 0).
 */
export function readSteps(inputs: z.output<typeof stepsInput>, known: ReadonlySet<string> = new Set()): Step[] {
  const problems: ErrorDetail[] = [];
  const used = new Set<string>();
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
    if (input.id !== undefined) {
      if (!known.has(input.id)) problems.push({ field: `${prefix}id`, reason: "The campaign has no such step." });
      else if (used.has(input.id)) problems.push({ field: `${prefix}id`, reason: "This step is given twice." });
      used.add(input.id);
    }
    const parsed = parseDelay(input.delay);
    const delay: Delay = parsed.ok ? parsed.delay : { amount: 0, unit: "seconds" };
    if (!parsed.ok) problems.push({ field: `${prefix}delay`, reason: parsed.reason });
    const { channel, action, subject, text, html } = content;
    return {
      id: input.id ?? newId("step"),
      position: index + 1,
      channel,
      action,
      delay,
      delayMs: leastMs(delay),
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
