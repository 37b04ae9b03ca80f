import type { Queryable } from "../db/pool.ts";
import { type HourlySms, hourlySms, wroteLately } from "../db/sms-hours.ts";
import { type CompiledSchedule, withinDaily } from "../domain/schedule/compiled-schedule.ts";
import { nextOpen } from "../domain/schedule/opening.ts";
import { zoneOf } from "./decide.ts";

/** Who wrote within so many hours waits for an answer, at whatever hour. */
export const answerHours = 24;

/** By their text: there are few, and compiling one costs as much as judging a message. */
const compiled = new Map<string, CompiledSchedule | null>();

function scheduleOf({ smsHours }: HourlySms): CompiledSchedule | null {
  const key = `${smsHours.from}-${smsHours.to}`;
  let schedule = compiled.get(key);
  if (schedule === undefined) {
    const result = withinDaily(null, smsHours);
    schedule = result.ok ? result.schedule : null;
    if (compiled.size > 1_000) compiled.clear();
    compiled.set(key, schedule);
  }
  return schedule;
}

/**
 * Of claimed messages those SMS by API that are not to go out at this hour by the clock at the lead's place, with the time at
 * which they may, in unix milliseconds. Those of campaigns are planned within the hours, and judged by `send_before`.
 */
export async function quietSms(
  db: Queryable,
  items: readonly { workspaceId: string; ref: string }[],
  now = Date.now(),
): Promise<Map<string, number>> {
  const quiet = new Map<string, number>();
  const closed = (await hourlySms(db, items)).flatMap((sms) => {
    // A zone that this Node doesn't know must not keep back whatever was claimed with it.
    const zone = zoneOf({ timeZone: null, workspaceZone: sms.workspaceZone }, sms.leadZone);
    const open = nextOpen(scheduleOf(sms), zone, now);
    return open !== null && open > now ? [{ ...sms, open }] : [];
  });
  for (const [workspaceId, some] of Map.groupBy(closed, (sms) => sms.workspaceId)) {
    const leadIds = [...new Set(some.map(({ leadId }) => leadId))];
    const answered = await wroteLately(db, workspaceId, leadIds, answerHours);
    for (const { id, leadId, open } of some) if (!answered.has(leadId)) quiet.set(id, open);
  }
  return quiet;
}
