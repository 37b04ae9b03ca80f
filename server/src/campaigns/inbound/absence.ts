import type { ToldLead } from "../../db/lead-told.ts";
import { restLead } from "../../db/stopping.ts";
import { getWorkspace } from "../../db/workspace.ts";
import { dayMs } from "../../domain/schedule/local-date.ts";
import { instantOf } from "../../domain/schedule/wall-clock.ts";
import type { Arrival } from "./context.ts";

/**
 * An absence note came for the lead: its sequences rest until the day on which it is back begins at its place, or for the
 * days that the workspace says. Answers until when; null: nothing rests because of it.
 *
 * @param backOn Days since 1970; null: the note doesn't say.
 * @param at When the note was written.
 */
export async function restWhileAway(
  { tx, workspaceId }: Arrival,
  lead: ToldLead,
  backOn: number | null,
  at: Date,
): Promise<Date | null> {
  const workspace = await getWorkspace(tx, workspaceId);
  if (!workspace || workspace.absencePauseDays === 0) return null;
  const until =
    backOn === null
      ? new Date(at.getTime() + workspace.absencePauseDays * dayMs)
      : new Date(instantOf(lead.timeZone ?? workspace.timeZone, backOn * dayMs));
  // It came late: who was away is back.
  if (until.getTime() <= Date.now()) return null;
  const day = (date: Date) => date.toISOString().slice(0, 10);
  const says =
    backOn === null ? "names no day of return" : `says that they are back on ${day(new Date(backOn * dayMs))}`;
  const reason = `out of office: the absence note of ${day(at)} ${says}`;
  return (await restLead(tx, workspaceId, lead.id, { until, reason })) ? until : null;
}
