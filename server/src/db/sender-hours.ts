import type { ChannelName } from "../domain/event.ts";
import type { DailyRange, Schedule } from "../domain/schedule/schedule.ts";
import type { Queryable } from "./pool.ts";

/** A sender with hours of its own in a campaign that isn't over. */
export interface SharedHours {
  campaignId: string;
  campaignName: string;
  /** The campaign's. */
  windows: Schedule | null;
  campaignZone: string | null;
  senderId: string;
  senderName: string;
  channel: ChannelName;
  /** The sender's. */
  hours: Schedule;
  senderZone: string | null;
  workspaceZone: string;
  smsHours: DailyRange;
}

/** Of a campaign, or of a sender: at most 100. */
export async function sharedHours(
  db: Queryable,
  workspaceId: string,
  of: { campaignId: string } | { senderId: string },
): Promise<SharedHours[]> {
  const { rows } = await db.query<SharedHours>(
    `select c.id as "campaignId", c.name as "campaignName", c.schedule as windows, c.time_zone as "campaignZone", s.id as "senderId",
       s.name as "senderName", s.channel, s.schedule as hours, s.time_zone as "senderZone", w.time_zone as "workspaceZone", w.sms_hours as "smsHours"
     from sender s
     join campaign c on c.workspace_id = $1 and s.id = any(c.sender_ids) and c.status <> 'finished' and c.archived_at is null
     join workspace w on w.id = $1
     where s.workspace_id = $1 and s.schedule is not null and ${"campaignId" in of ? "c.id" : "s.id"} = $2
       and exists (select 1 from step t where t.workspace_id = $1 and t.campaign_id = c.id and t.channel = s.channel)
     order by c.id, s.id limit 100`,
    [workspaceId, "campaignId" in of ? of.campaignId : of.senderId],
  );
  return rows;
}
