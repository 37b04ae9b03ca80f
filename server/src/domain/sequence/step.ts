import { share } from "../pacing.ts";

/**
 * message               a text goes out
 * connect               a LinkedIn invitation goes out, with a note or without
 * wait_for_acceptance   nothing before the invitation was accepted, or the time limit passed
 * task                  a person does something, and says when it is done
 */
export const stepActions = ["message", "connect", "wait_for_acceptance", "task"] as const;
export type StepAction = (typeof stepActions)[number];

/** Whether something goes out at such a step, so that it needs a sender. */
export function sends({ action }: { action: StepAction }): boolean {
  return action === "message" || action === "connect";
}

/** Where a lead goes for whom a step isn't: on to the next one, out of the sequence, or on to a later step (by ID). */
export type Otherwise = "skip" | "stop" | { goTo: string };

/** One of a step's texts. */
export interface Variant {
  /** Its name in results: A, B, ... where none is given. */
  key: string;
  /** Its part of the leads, in proportion to the others'; 0: nobody gets it any more. */
  weight: number;
  subject: string | null;
  text: string;
  html: string | null;
}

export const variantLimits = { least: 2, most: 6 } as const;

/**
 * The variant that a lead gets: the one it had before, if the step still has it; else by lead and step, in proportion to
 * the weights, the same whenever it is asked. Steps are independent of each other, so that one's result says nothing about
 * another's. Null: the step has no variants.
 */
export function pickVariant(
  step: { stepId: string; variants: readonly Variant[] | null },
  leadId: string,
  before: string | null = null,
): Variant | null {
  const { stepId, variants } = step;
  if (variants === null || variants.length === 0) return null;
  const had = variants.find(({ key }) => key === before);
  if (had) return had;
  let at = share(`${leadId} ${stepId}`) * variants.reduce((sum, { weight }) => sum + weight, 0);
  for (const variant of variants) {
    at -= variant.weight;
    if (at < 0) return variant;
  }
  return variants.findLast(({ weight }) => weight > 0) ?? variants[0]!;
}
