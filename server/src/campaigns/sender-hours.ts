import { databaseNow } from "../db/due.ts";
import type { Queryable } from "../db/pool.ts";
import { type SharedHours, sharedHours } from "../db/sender-hours.ts";
import { compileSchedule, withinDaily } from "../domain/schedule/compiled-schedule.ts";
import { nextOpenTogether } from "../domain/schedule/together.ts";
import { zoneOf } from "./decide.ts";
import { hoursOfSender } from "./pace-book.ts";

/**
 * In words, where the windows of a campaign and the hours of one of its senders are never open at one moment: nothing of the
 * campaign can go out from that sender. By the campaign's clock; a lead with a zone of its own may have other windows.
 */
export async function hoursApart(
  db: Queryable,
  workspaceId: string,
  of: { campaignId: string } | { senderId: string },
): Promise<string[]> {
  const shared = await sharedHours(db, workspaceId, of);
  if (shared.length === 0) return [];
  const now = await databaseNow(db);
  return shared.flatMap((pair) => (everTogether(pair, now) ? [] : [sentence(pair)]));
}

function everTogether(pair: SharedHours, now: number): boolean {
  const { windows, campaignZone, hours, senderZone, workspaceZone, channel, smsHours } = pair;
  const zone = zoneOf({ timeZone: campaignZone, workspaceZone }, null);
  const sender = hoursOfSender({ schedule: hours, hoursZone: senderZone, timeZone: workspaceZone })!;
  let schedule = windows === null ? null : compileSchedule(windows);
  if (channel === "sms") {
    const limited = withinDaily(schedule, smsHours);
    if (!limited.ok) return false;
    schedule = limited.schedule;
  }
  return nextOpenTogether([{ schedule, zone }, sender], now) !== null;
}

const sentence = ({ campaignName, senderName, channel }: SharedHours): string =>
  `The sending windows of the campaign "${campaignName}"${channel === "sms" ? " for SMS" : ""} and the hours of the sender "${senderName}" ` +
  "are never open at the same time, so that nothing of it goes out from that sender. Change one of them.";
