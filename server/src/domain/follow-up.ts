/**
 * Where follow-ups stand in their sequence. The message that opens a conversation, or answers in it, is its first step, so
 * that follow-up n is step n + 1, as in any campaign. Long-term nurture stands far behind.
 */

/** Nurture begins behind this position. */
const nurtureBase = 1_000;

export const followUpPosition = (step: number): number => step + 1;
export const nurturePosition = (time: number): number => nurtureBase + time;

/** A lead's follow-ups are stopped: nothing comes before somebody says otherwise. */
export const stoppedStep = -1;
/** All follow-ups went out; the lead is in long-term nurture. */
export const nurtureStep = -2;

/** What events call a position: 1, 2, ...; -2 for nurture; null: it is no follow-up. */
export function followUpStepOf(position: number | null): number | null {
  if (position === null || position <= 1) return null;
  return position > nurtureBase ? nurtureStep : position - 1;
}
