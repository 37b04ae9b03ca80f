import { type LogPosition, positionBehind } from "../db/event-log.ts";
import { eventIdTime } from "../domain/id.ts";
import { timeInput } from "./fields.ts";
import { invalid } from "./validate.ts";

/** A place in the log as callers write it: an event's ID (behind it), or a time (behind everything of its millisecond). */
export function positionOf(text: string, field = "after"): LogPosition {
  if (eventIdTime(text) !== null) return positionBehind(text);
  const time = timeInput.safeParse(text);
  if (time.success) return { at: time.data.getTime(), id: null };
  throw invalid([{ field, reason: "Give an event's ID, or a time as in 2026-01-05T09:30:00Z." }]);
}

/** The way back. */
export function positionText({ at, id }: LogPosition): string {
  return id ?? new Date(at).toISOString();
}
