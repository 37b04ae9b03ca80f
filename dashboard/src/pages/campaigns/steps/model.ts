import type { Input } from "../../../api/client.ts";
import type { Campaign } from "../status.ts";

/** Steps as they are being written. They name each other by `uid`, since new ones have no ID yet. */

export type Delay = Campaign["steps"][number]["delay"];
export type Condition = NonNullable<Campaign["steps"][number]["if"]>;
export type Otherwise = "skip" | "stop" | { goTo: string };

export interface Content {
  subject: string;
  text: string;
  /** Null: none. */
  html: string | null;
}

export interface DraftVariant extends Content {
  key: string;
  weight: number;
}

export interface DraftStep extends Content {
  uid: string;
  /** Null: not saved yet. */
  id: string | null;
  key: string;
  channel: "linkedin" | "sms" | "email" | null;
  action: "message" | "connect" | "wait_for_acceptance" | "task";
  delay: Delay;
  timeLimit: Delay | null;
  condition: Condition | null;
  otherwise: Otherwise;
  title: string;
  variants: DraftVariant[] | null;
}

export const kinds = ["linkedin", "connect", "wait", "sms", "email", "task"] as const;
export type Kind = (typeof kinds)[number];

let made = 0;
const newUid = () => `new-${++made}`;

export function newStep(kind: Kind, isFirst: boolean): DraftStep {
  const channel = kind === "task" ? null : kind === "sms" || kind === "email" ? kind : "linkedin";
  const action = kind === "connect" || kind === "task" ? kind : kind === "wait" ? "wait_for_acceptance" : "message";
  return {
    ...{ uid: newUid(), id: null, key: "", channel, action, title: "", subject: "", text: "", html: null },
    ...{ condition: null, variants: null, otherwise: kind === "wait" ? ("stop" as const) : ("skip" as const) },
    delay: isFirst || kind === "wait" ? { amount: 0, unit: "days" } : { amount: 2, unit: "days" },
    timeLimit: kind === "wait" ? { amount: 14, unit: "days" } : null,
  };
}

export const copyOf = (step: DraftStep): DraftStep => ({ ...structuredClone(step), uid: newUid(), id: null, key: "" });

export function toDraft(steps: Campaign["steps"]): DraftStep[] {
  return steps.map((step) => ({
    ...{ uid: step.id, id: step.id, key: step.key ?? "", channel: step.channel, action: step.action },
    // "0 seconds" is what a step without a wait is stored as; who makes it longer thinks in days.
    ...{
      delay: step.delay.amount === 0 ? { amount: 0, unit: "days" as const } : step.delay,
      timeLimit: step.timeLimit,
      condition: step.if,
    },
    otherwise: step.else ?? (step.action === "wait_for_acceptance" ? "stop" : "skip"),
    ...{ title: step.title ?? "", subject: step.subject ?? "", text: step.text, html: step.html },
    variants:
      step.variants?.map(({ key, weight, subject, text, html }) => ({
        key,
        weight,
        subject: subject ?? "",
        text,
        html,
      })) ?? null,
  }));
}

export type StepInput = Input<"POST /v1/campaigns/{id}/preview">["body"]["steps"][number];

/** As the API takes them; steps are named by their positions. */
export function toInput(steps: readonly DraftStep[]): StepInput[] {
  const positionOf = (uid: string) => steps.findIndex((step) => step.uid === uid) + 1 || uid;
  return steps.map((step): StepInput => {
    const { id, key, channel, action, delay, timeLimit, condition, otherwise, title, variants } = step;
    const asks = condition !== null || action === "wait_for_acceptance";
    const content = ({ subject, text, html }: Content) => ({
      ...(channel === "email" && action === "message" && { subject: subject || null, html }),
      text,
    });
    return {
      ...(id !== null && { id }),
      ...(key !== "" && { key }),
      ...(channel !== null && { channel }),
      ...{ action, delay },
      ...(condition !== null && { if: withSteps(condition, positionOf) as never }),
      ...(asks && { else: typeof otherwise === "object" ? { goTo: positionOf(otherwise.goTo) } : otherwise }),
      ...(action === "wait_for_acceptance" && { timeLimit }),
      ...(action === "task" && { title: title || null, text: step.text }),
      ...((action === "message" || action === "connect") &&
        (variants === null
          ? content(step)
          : {
              variants: variants.map(({ key: name, weight, ...texts }) => ({ key: name, weight, ...content(texts) })),
            })),
    };
  });
}

/** The same condition with the steps that it names replaced. */
function withSteps(condition: Condition, of: (uid: string) => number | string): unknown {
  if ("all" in condition) return { all: condition.all.map((each) => withSteps(each, of)) };
  if ("any" in condition) return { any: condition.any.map((each) => withSteps(each, of)) };
  if ("not" in condition) return { not: withSteps(condition.not, of) };
  if ("opened" in condition && typeof condition.opened === "object")
    return { opened: { step: of(String(condition.opened.step)) } };
  if ("clicked" in condition && typeof condition.clicked === "object")
    return { clicked: { step: of(String(condition.clicked.step)) } };
  return condition;
}

/** Problems of one step: by the rest of the field behind `steps.2.`. */
export function problemsOf(problems: readonly { field: string; reason: string }[], index: number) {
  const prefix = `steps.${index}.`;
  return problems
    .filter(({ field }) => field.startsWith(prefix) || field === `steps.${index}`)
    .map(({ field, reason }) => ({ field: field.slice(prefix.length), reason }));
}

export type Problem = ReturnType<typeof problemsOf>[number];

/** What is said at a field, for an input's `error`. */
export function errorAt(problems: readonly Problem[], field: string): string | undefined {
  const found = problems.filter((each) => each.field === field).map(({ reason }) => reason);
  return found.length > 0 ? found.join(" ") : undefined;
}
