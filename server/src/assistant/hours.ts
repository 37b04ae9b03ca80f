import { zoneOf } from "../campaigns/decide.ts";
import type { ChannelName } from "../domain/event.ts";
import { compileSchedule, withinDaily } from "../domain/schedule/compiled-schedule.ts";
import { closesAt, isOpen, nextOpen } from "../domain/schedule/opening.ts";
import type { DailyRange, Schedule } from "../domain/schedule/schedule.ts";

/** When the assistant may write to a lead: the profile's hours by the lead's clock, and for SMS the workspace's as well. */
export interface Hours {
  /** When it may, from `now` on; null: never. Unix milliseconds. */
  opensAt: number | null;
  /** When that ends again; null: never. */
  closesAt: number | null;
}

export function hoursOf(
  {
    schedule,
    smsHours,
    channel,
    timeZone,
    workspaceZone,
  }: {
    schedule: Schedule | null;
    smsHours: DailyRange;
    channel: ChannelName;
    /** The lead's. */
    timeZone: string | null;
    workspaceZone: string;
  },
  now: number,
): Hours {
  const zone = zoneOf({ timeZone: null, workspaceZone }, timeZone);
  let compiled = schedule === null ? null : compileSchedule(schedule);
  if (channel === "sms") {
    const limited = withinDaily(compiled, smsHours);
    if (!limited.ok) return { opensAt: null, closesAt: null };
    compiled = limited.schedule;
  }
  const opensAt = isOpen(compiled, zone, now) ? now : nextOpen(compiled, zone, now);
  return { opensAt, closesAt: opensAt === null ? null : closesAt(compiled, zone, opensAt) };
}
