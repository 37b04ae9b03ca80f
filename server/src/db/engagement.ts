import type { ChannelName } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

/** What comes back of a message's pixel and links. Each is one write by the primary key, and none where it is a repetition. */
export interface Engagement {
  /** So many times by now, without automated ones. */
  count: number;
  /** The first that is not automated. */
  first: boolean;
}

/** What a program did and what a person did have clocks of their own: a proxy's look doesn't hide the person's. */
const recent = (column: string, interval: string) => `${column} > now() - interval '${interval}'`;

/** An open; null where there was one within the minute, or there is no such message. */
export async function noteOpen(
  db: Queryable,
  workspaceId: string,
  messageId: string,
  automated: boolean,
): Promise<Engagement | null> {
  const seen = automated ? "automated_seen_at" : "open_seen_at";
  const { rows } = await db.query<Engagement>(
    `update message set ${seen} = now(), opens = opens + $3::int${automated ? "" : ", opened_at = least(opened_at, now())"}
     where workspace_id = $1 and id = $2 and direction = 'outbound' and status in ('sending', 'sent', 'uncertain')
       and (${seen} is null or not ${recent(seen, "1 minute")})
     returning opens as count, $3 = 1 and opens = 1 as first`,
    [workspaceId, messageId, automated ? 0 : 1],
  );
  return rows[0] ?? null;
}

/** A click; null where the same link was followed within the minute, or any within the second. */
export async function noteClick(
  db: Queryable,
  workspaceId: string,
  messageId: string,
  link: number,
  automated: boolean,
): Promise<Engagement | null> {
  const repeated = automated
    ? recent("automated_seen_at", "1 minute")
    : `(click_seen_link = $4 and ${recent("click_seen_at", "1 minute")} or ${recent("click_seen_at", "1 second")})`;
  const seen = automated ? "automated_seen_at = now()" : "click_seen_at = now(), click_seen_link = $4";
  const { rows } = await db.query<Engagement>(
    `update message set ${seen}, clicks = clicks + $3::int${automated ? "" : ", clicked_at = least(clicked_at, now())"}
     where workspace_id = $1 and id = $2 and direction = 'outbound' and status in ('sending', 'sent', 'uncertain')
       and $4::int >= 0 and (${repeated}) is not true
     returning clicks as count, $3 = 1 and clicks = 1 as first`,
    [workspaceId, messageId, automated ? 0 : 1, link],
  );
  return rows[0] ?? null;
}

/** The HTML of a message that went out: its links are in it. Null: there is none. */
export async function sentHtml(db: Queryable, workspaceId: string, messageId: string): Promise<string | null> {
  const { rows } = await db.query<{ html: string | null }>(
    "select html from message where workspace_id = $1 and id = $2 and direction = 'outbound' and attempts > 0",
    [workspaceId, messageId],
  );
  return rows[0]?.html ?? null;
}

/** Whom a link to unsubscribe is for. Null: there is no such message or lead any more. */
export interface Subscriber {
  leadId: string;
  /** That the message went to, and the lead's on this channel now. Empty: there is none. */
  addresses: string[];
  messageId: string | null;
  /** It asked for that already, by such a link: not where somebody else has said not to contact it, which may be taken back. */
  gone: boolean;
  wholePerson: boolean;
}

export async function subscriberOf(
  db: Queryable,
  workspaceId: string,
  of: { messageId: string } | { leadId: string },
  channel: ChannelName,
): Promise<Subscriber | null> {
  const [id, from] =
    "messageId" in of
      ? [
          of.messageId,
          "select m.lead_id, m.to_address as sent_to, m.id as message_id from message m where m.workspace_id = $1 and m.id = $2",
        ]
      : [
          of.leadId,
          "select l.id as lead_id, null::text as sent_to, null::text as message_id from lead l where l.workspace_id = $1 and l.id = $2",
        ];
  const { rows } = await db.query<Subscriber>(
    `select p.lead_id as "leadId", a.addresses, p.message_id as "messageId", not exists (
       select 1 from unnest(a.addresses) as one (address)
       where not exists (
         select 1 from suppression s
         where s.workspace_id = $1 and s.address_hash = sha256(convert_to(one.address, 'UTF8'))
           and s.channel = $3 and s.kind = 'unsubscribe')) and a.addresses <> '{}' as gone,
       l.do_not_contact_at is not null as "wholePerson"
     from (${from}) p
     left join lead l on l.workspace_id = $1 and l.id = p.lead_id
     cross join lateral (
       select array(
         select distinct address from unnest(array[p.sent_to, case $3 when 'sms' then l.phone when 'email' then l.email else l.linkedin_url end])
           as both_of (address) where address <> '') as addresses
     ) a`,
    [workspaceId, id, channel],
  );
  return rows[0] ?? null;
}
