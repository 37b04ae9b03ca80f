import { z } from "zod";
import type { Step } from "../db/campaign.ts";
import { type ErrorDetail, HeraldError } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import { contentLimits, contentProblems } from "../domain/message-content.ts";
import { type Delay, delayUnits, leastMs, parseDelay } from "../domain/schedule/delay.ts";
import { type Condition, conditionProblems, withSteps } from "../domain/sequence/condition.ts";
import { type Otherwise, stepActions, type Variant, variantLimits } from "../domain/sequence/step.ts";
import { templateProblems } from "./message-content.ts";
import { conditionSchema, elseInput } from "./step-condition.ts";
import { invalid } from "./validate.ts";

const template = (max: number) => z.string().max(max);
const delayInput = z.union([z.string(), z.number(), z.strictObject({ amount: z.number(), unit: z.enum(delayUnits) })]);
const delaySchema = z.object({ amount: z.number().int(), unit: z.enum(delayUnits) });
/** What a file or a person calls a step or a campaign. */
export const keyInput = z
  .string()
  .regex(/^(?!step_|camp_)[A-Za-z][A-Za-z0-9_-]{0,63}$/, "A key is a letter, then up to 63 of A-Z, a-z, 0-9, _ and -.");

const content = {
  subject: template(100_000).nullish().meta({
    description:
      "Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread.",
  }),
  text: template(100_000).default("").meta({
    description:
      'A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`.',
  }),
  html: template(100_000).nullish().meta({
    description: "Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:.",
  }),
} as const;

export const stepInput = z.strictObject({
  id: z
    .string()
    .max(200)
    .optional()
    .meta({
      description:
        "Of a step that is there already: it keeps its leads, wherever it now stands. Without it (and without the `key` of one) " +
        "the step is a new one.",
    }),
  key: keyInput.nullish().meta({ description: "A name of your own, by which branches and files refer to the step." }),
  channel: z.enum(channels).nullish().meta({ description: "A task may be without one." }),
  action: z
    .enum(stepActions)
    .default("message")
    .meta({
      description:
        "`message`; `connect`, a LinkedIn invitation (`text` is then its note and may be left out); `wait_for_acceptance`, which " +
        "goes on when the invitation was accepted, or with `else` after `timeLimit`; `task`, which a person does and ends " +
        "(`POST /v1/tasks/{id}/complete`).",
    }),
  position: z.number().optional().meta({
    description: "As answers have it, so that they can be sent back; the order of the list is what counts.",
  }),
  delay: delayInput.optional().meta({
    description:
      "How long after the step before went out: `30m`, `1h`, `2d`, `3bd` (business days) or seconds; or `{amount, unit}`. Days " +
      "keep the hour on the lead's clock. For the first step: after the lead was enrolled and the campaign was started. Default 0.",
  }),
  delaySeconds: z.number().optional().meta({
    description:
      "As answers have it: what `delay` comes to, or in place of it. One that says something else is refused.",
  }),
  if: conditionSchema.nullish(),
  else: elseInput.nullish(),
  timeLimit: delayInput.nullish().meta({
    description: "Only of `wait_for_acceptance`, which needs one: how long after the step before, as `delay` says it.",
  }),
  title: z.string().max(300).nullish().meta({ description: "Only of a task: what it is, in a few words; a template." }),
  ...content,
  template: z.strictObject(content).optional().meta({
    description:
      "`subject`, `text` and `html` in one object, for those who keep them so; in place of these three, which answers have.",
  }),
  variants: z
    .array(
      z.strictObject({
        key: z.string().trim().min(1).max(40).optional().meta({ description: "Default: A, B, C, ..." }),
        weight: z.number().min(0).max(1_000_000).default(1),
        ...content,
      }),
    )
    .nullish()
    .meta({
      description:
        "Two to six texts in place of one. A lead keeps the variant that it has; `weight` is its part of the leads, in " +
        "proportion to the others'. Results: `GET /v1/campaigns/{id}/results`.",
    }),
});

export const stepsInput = z.array(stepInput).max(50);

export const stepSchema = z.object({
  id: z.string(),
  key: z.string().nullable(),
  position: z.number().int().meta({ description: "From 1." }),
  channel: z.enum(channels).nullable(),
  action: z.enum(stepActions),
  delay: delaySchema,
  delaySeconds: z.number().meta({ description: "The same in seconds; a day counts as 86,400." }),
  if: conditionSchema.nullable(),
  else: z.union([z.enum(["skip", "stop"]), z.object({ goTo: z.string() })]).nullable(),
  timeLimit: delaySchema.nullable(),
  title: z.string().nullable(),
  subject: z.string().nullable(),
  text: z.string(),
  html: z.string().nullable(),
  variants: z
    .array(
      z.object({
        key: z.string(),
        weight: z.number(),
        subject: z.string().nullable(),
        text: z.string(),
        html: z.string().nullable(),
      }),
    )
    .nullable(),
});

export function stepAnswer(step: Step): z.input<typeof stepSchema> {
  const { delayMs: _, condition, otherwise, subject, variants, ...rest } = step;
  const isTask = step.action === "task";
  return {
    ...rest,
    delaySeconds: inSeconds(step.delay),
    if: condition,
    else: otherwise,
    title: isTask ? subject : null,
    subject: isTask ? null : subject,
    variants: variants === null ? null : [...variants],
  };
}

const secondsOf: Record<Delay["unit"], number> = {
  seconds: 1,
  minutes: 60,
  hours: 3_600,
  days: 86_400,
  business_days: 86_400,
};

const inSeconds = ({ amount, unit }: Delay): number => amount * secondsOf[unit];

type StepInput = z.output<typeof stepInput>;

/** A step that is there already. */
export type KnownStep = Pick<Step, "id" | "key">;

/**
 * The steps of a sequence as they are stored. One that names a known step, by ID or key, is that step; the others get new
 * IDs.
 *
 * @throws HeraldError `invalid_request` with all that is wrong, or `invalid_template` where only templates are; a
 *   detail's field is like `steps.2.text` (counted from 0).
 */
export function readSteps(inputs: z.output<typeof stepsInput>, known: readonly KnownStep[] = []): Step[] {
  const { reader, steps } = readAll(inputs, known);
  reader.refuse();
  return steps;
}

/** The same for steps that are just being written: all that `readSteps` would refuse, beside what could be read. */
export function checkSteps(inputs: z.output<typeof stepsInput>, known: readonly KnownStep[]) {
  const { reader, steps } = readAll(inputs, known);
  return { steps, problems: reader.found() };
}

function readAll(inputs: z.output<typeof stepsInput>, known: readonly KnownStep[]) {
  const reader = new StepReader(inputs, known);
  const steps = inputs.map((input, index) => reader.read(input, index));
  reader.refuseBareReplies(steps);
  return { reader, steps };
}

class StepReader {
  private readonly problems: ErrorDetail[] = [];
  private readonly badTemplates: ErrorDetail[] = [];
  private readonly inputs: readonly StepInput[];
  /** By index. */
  private readonly ids: string[];

  constructor(inputs: readonly StepInput[], known: readonly KnownStep[]) {
    this.inputs = inputs;
    const used = new Set<string>();
    const keys = new Set<string>();
    this.ids = inputs.map(({ id, key }, index) => {
      const prefix = `steps.${index}.`;
      const again = Boolean(key && keys.has(key));
      if (again) this.add(`${prefix}key`, "Another step of the sequence has this key.");
      if (key) keys.add(key);
      const found = known.find((step) => (id === undefined ? key && step.key === key : step.id === id));
      if (id !== undefined && !found) this.add(`${prefix}id`, "The campaign has no such step.");
      // By its key alone it is the one that was just spoken of.
      if (found && used.has(found.id) && !(again && id === undefined))
        this.add(`${prefix}id`, "This step is given twice.");
      if (found) used.add(found.id);
      return found?.id ?? newId("step");
    });
  }

  private add(field: string, reason: string): void {
    this.problems.push({ field, reason });
  }

  /** Index of the step that a position, key or ID means; null: none. */
  private indexOf(reference: string | number): number | null {
    const index =
      typeof reference === "number"
        ? reference - 1
        : this.inputs.findIndex(({ key, id }) => key === reference || id === reference);
    const byId = index < 0 && typeof reference === "string" ? this.ids.indexOf(reference) : index;
    return byId >= 0 && byId < this.inputs.length ? byId : null;
  }

  read(input: StepInput, index: number): Step {
    const prefix = `steps.${index}.`;
    const { action } = input;
    const channel = action === "wait_for_acceptance" ? (input.channel ?? "linkedin") : (input.channel ?? null);
    if (channel === null && action !== "task")
      this.add(`${prefix}channel`, "Give the channel: linkedin, sms or email.");
    const content = this.content(this.withTexts(input, prefix), prefix, input.template ? `${prefix}template.` : prefix);
    const delay = this.delayOf(input, prefix) ?? { amount: 0, unit: "seconds" };
    const step: Step = {
      id: this.ids[index]!,
      key: input.key ?? null,
      position: index + 1,
      channel,
      action,
      delay,
      delayMs: leastMs(delay),
      condition: this.condition(input, index),
      otherwise: this.otherwise(input, index),
      timeLimit: this.timeLimit(input, prefix),
      ...content,
    };
    return step;
  }

  /** The step with its texts in one place, wherever they were given. */
  private withTexts({ template, ...input }: StepInput, prefix: string): StepInput {
    if (template === undefined) return input;
    for (const part of ["subject", "text", "html"] as const)
      if (input[part]) this.add(prefix + part, "The step has a template, in which this stands.");
    return { ...input, ...template };
  }

  /** Of a step that was read and changed, one of both may still say the old: which one is meant can't be known. */
  private delayOf({ delay, delaySeconds }: StepInput, prefix: string): Delay | null {
    const read = this.delay(delay ?? delaySeconds ?? 0, prefix + (delay === undefined ? "delaySeconds" : "delay"));
    if (read && delaySeconds !== undefined && inSeconds(read) !== delaySeconds) {
      const reason = `The delay comes to ${inSeconds(read)} seconds: leave delaySeconds out to set the delay, or the delay to set delaySeconds.`;
      this.add(`${prefix}delaySeconds`, reason);
    }
    return read;
  }

  private delay(given: z.output<typeof delayInput>, field: string): Delay | null {
    const parsed = parseDelay(given);
    if (parsed.ok) return parsed.delay;
    this.add(field, parsed.reason);
    return null;
  }

  private timeLimit({ action, timeLimit }: StepInput, prefix: string): Delay | null {
    const given = timeLimit ?? null;
    if (action !== "wait_for_acceptance") {
      if (given !== null) this.add(`${prefix}timeLimit`, "Only wait_for_acceptance has a time limit.");
      return null;
    }
    if (given === null) {
      this.add(`${prefix}timeLimit`, "Say how long the invitation is waited for, such as 14d.");
      return null;
    }
    const limit = this.delay(given, `${prefix}timeLimit`);
    if (limit?.amount === 0) this.add(`${prefix}timeLimit`, "This must be more than 0.");
    return limit;
  }

  private condition({ if: condition }: StepInput, index: number): Condition | null {
    if (!condition) return null;
    // References are numbers or texts in what was sent, and IDs in what is stored.
    const given = condition as Condition;
    const field = `steps.${index}.if`;
    const found = conditionProblems(given, field, index, (reference) => this.indexOf(reference));
    this.problems.push(...found);
    return found.length > 0 ? null : withSteps(given, (reference) => this.ids[this.indexOf(reference)!]!);
  }

  private otherwise(input: StepInput, index: number): Otherwise | null {
    const field = `steps.${index}.else`;
    const asks = Boolean(input.if) || input.action === "wait_for_acceptance";
    const given = input.else ?? null;
    if (!asks) {
      if (given !== null) this.add(field, "There is nothing that this is the else of: give `if`, too.");
      return null;
    }
    if (given === null) return input.action === "wait_for_acceptance" ? "stop" : "skip";
    if (typeof given === "string") return given;
    const target = this.indexOf(given.goTo);
    if (target === null) {
      this.add(`${field}.goTo`, `There is no step ${given.goTo} in this sequence.`);
      return null;
    }
    if (target <= index) {
      const reason = `Step ${target + 1} doesn't come after step ${index + 1}: leads would go round in circles. Name a later step.`;
      this.add(`${field}.goTo`, reason);
      return null;
    }
    return { goTo: this.ids[target]! };
  }

  /** `texts`: what the field of a text begins with, in problems. */
  private content(
    input: StepInput,
    prefix: string,
    texts: string,
  ): Pick<Step, "subject" | "text" | "html" | "variants"> {
    const { action, title = null, variants = null } = input;
    if (title !== null && action !== "task") this.add(`${prefix}title`, "Only a task has a title.");
    if (action === "wait_for_acceptance") return this.silent(input, prefix);
    if (action === "task") return this.task(input, prefix);
    if (variants === null) {
      const content = tidy(input);
      this.check(input, content, texts);
      return { ...content, variants: null };
    }
    for (const part of ["subject", "text", "html"] as const) {
      if (input[part]) this.add(texts + part, "With variants, each of them has its own.");
    }
    return { subject: null, text: "", html: null, variants: this.variants(input, variants, `${prefix}variants`) };
  }

  private check(input: StepInput, content: ReturnType<typeof tidy>, prefix: string): void {
    const { channel, action } = input;
    if (!channel || (action !== "message" && action !== "connect")) return;
    const message = { channel, action, ...content };
    this.problems.push(...contentProblems(message, prefix));
    this.badTemplates.push(...templateProblems(message, prefix));
  }

  private variants(input: StepInput, given: NonNullable<StepInput["variants"]>, field: string): Variant[] {
    const { least, most } = variantLimits;
    if (given.length < least || given.length > most) {
      this.add(field, `A step has ${least} to ${most} variants, or none; these are ${given.length}.`);
    }
    const variants = given.map(({ key, weight, ...rest }, i): Variant => {
      const content = tidy(rest);
      this.check(input, content, `${field}.${i}.`);
      return { key: key ?? String.fromCharCode(65 + i), weight, ...content };
    });
    for (const [i, { key }] of variants.entries()) {
      const first = variants.findIndex((each) => each.key === key);
      if (first !== i) this.add(`${field}.${i}.key`, `Another variant of the step is called ${key}.`);
    }
    if (variants.length > 0 && variants.every(({ weight }) => weight === 0)) {
      this.add(field, "All weights are 0: one variant at least needs more.");
    }
    return variants;
  }

  private silent(input: StepInput, prefix: string): Pick<Step, "subject" | "text" | "html" | "variants"> {
    if (input.channel && input.channel !== "linkedin") {
      this.add(`${prefix}channel`, "Only LinkedIn has invitations.");
    }
    for (const part of ["subject", "text", "html", "variants"] as const) {
      if (input[part]) this.add(prefix + part, "Nothing goes out at this step.");
    }
    return { subject: null, text: "", html: null, variants: null };
  }

  /** Its title is kept as the subject. */
  private task(input: StepInput, prefix: string): Pick<Step, "subject" | "text" | "html" | "variants"> {
    for (const part of ["subject", "html", "variants"] as const) {
      if (input[part]) this.add(prefix + part, "A task has a title and a text.");
    }
    if (input.text.trim() === "") this.add(`${prefix}text`, "Say what is to be done.");
    if (input.text.length > contentLimits.linkedin) {
      this.add(`${prefix}text`, `${input.text.length} characters; at most ${contentLimits.linkedin}.`);
    }
    const title = input.title?.trim() || null;
    const templates = { channel: "email", action: "message", subject: title, text: input.text, html: null } as const;
    for (const { field, reason } of templateProblems(templates, prefix)) {
      this.badTemplates.push({ field: field.replace(/subject$/, "title"), reason });
    }
    return { subject: title, text: input.text, html: null, variants: null };
  }

  /** An email without a subject is a reply in a thread: no lead may come to one without having got a first email. */
  refuseBareReplies(steps: readonly Step[]): void {
    const bare = steps.map((_, i) => i === 0);
    for (const [i, step] of steps.entries()) {
      if (!bare[i]) continue;
      const texts = step.variants ?? [step];
      const isEmail = step.channel === "email" && step.action === "message";
      if (isEmail) {
        const reason =
          i === 0 || steps.slice(0, i).every(({ channel, action }) => channel !== "email" || action !== "message")
            ? "The first email of a sequence needs a subject."
            : "A lead can come here without having got an email before (by a condition), so that this needs a subject.";
        for (const [v, { subject }] of texts.entries()) {
          const template = this.inputs[i]?.template ? "template." : "";
          const field = step.variants ? `steps.${i}.variants.${v}.subject` : `steps.${i}.${template}subject`;
          if (subject === null) this.add(field, reason);
        }
      }
      if (!isEmail || step.otherwise === "skip") bare[i + 1] = true;
      if (typeof step.otherwise === "object" && step.otherwise !== null) {
        const { goTo } = step.otherwise;
        bare[steps.findIndex(({ id }) => id === goTo)] = true;
      }
    }
  }

  /** In the order of the steps, templates last. */
  found(): ErrorDetail[] {
    const stepOf = ({ field }: ErrorDetail) => Number(field.split(".")[1]);
    return [...this.problems.toSorted((a, b) => stepOf(a) - stepOf(b)), ...this.badTemplates];
  }

  refuse(): void {
    const { badTemplates } = this;
    if (this.problems.length > 0) throw invalid(this.found());
    if (badTemplates.length === 0) return;
    const { field, reason } = badTemplates[0]!;
    throw new HeraldError("invalid_template", `${field}: ${reason}`, badTemplates);
  }
}

function tidy(content: { subject?: string | null | undefined; text: string; html?: string | null | undefined }) {
  return {
    subject: content.subject?.trim() || null,
    text: content.text,
    html: content.html?.trim() ? content.html : null,
  };
}
