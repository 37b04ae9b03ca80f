import { zoneOf } from "../campaigns/decide.ts";
import { hoursOfSender } from "../campaigns/pace-book.ts";
import type { ChannelName } from "../domain/event.ts";
import { compileSchedule, withinDaily } from "../domain/schedule/compiled-schedule.ts";
import { isOpen } from "../domain/schedule/opening.ts";
import type { DailyRange, Schedule } from "../domain/schedule/schedule.ts";
import { type ClockedSchedule, firstClosing, nextOpenTogether } from "../domain/schedule/together.ts";

/**
 * When the assistant may write to a lead: the profile's hours by the lead's clock, for SMS the workspace's as well, and the
 * sender's own by its clock.
 */
export interface Hours {
  /** When it may, from `now` on; null: never. Unix milliseconds. */
  opensAt: number | null;
  /** When that ends again; null: never. */
  closesAt: number | null;
  /** Why not now, in a sentence; null: it may. */
  reason: string | null;
}

export function hoursOf(
  {
    schedule,
    smsHours,
    channel,
    timeZone,
    workspaceZone,
    senderSchedule = null,
    senderZone = null,
  }: {
    schedule: Schedule | null;
    smsHours: DailyRange;
    channel: ChannelName;
    /** The lead's. */
    timeZone: string | null;
    workspaceZone: string;
    /** Of the sender; null: at any time. */
    senderSchedule?: Schedule | null;
    /** Null: the workspace's. */
    senderZone?: string | null;
  },
  now: number,
): Hours {
  const zone = zoneOf({ timeZone: null, workspaceZone }, timeZone);
  let compiled = schedule === null ? null : compileSchedule(schedule);
  if (channel === "sms") {
    const limited = withinDaily(compiled, smsHours);
    if (!limited.ok) return { opensAt: null, closesAt: null, reason: "The profile's hours never come." };
    compiled = limited.schedule;
  }
  const all: ClockedSchedule[] = [{ schedule: compiled, zone }];
  const sender = hoursOfSender({ schedule: senderSchedule, hoursZone: senderZone, timeZone: workspaceZone });
  if (sender !== null) all.push(sender);
  const opensAt = nextOpenTogether(all, now);
  if (opensAt === null) {
    const whose =
      sender === null ? "The profile's hours never come." : "The profile's hours and the sender's never meet.";
    return { opensAt, closesAt: null, reason: whose };
  }
  const whose = isOpen(compiled, zone, now) ? "sender" : "profile";
  return {
    opensAt,
    closesAt: firstClosing(all, opensAt),
    reason: opensAt > now ? `It is outside of the ${whose}'s hours.` : null,
  };
}
