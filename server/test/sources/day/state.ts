import type { Database } from "../../../src/db/pool.ts";

/** What is there of a workspace at the end, without what every run makes anew: IDs, and the times of the run. */
export async function stateOf(db: Database, workspaceId: string) {
  const rows = async (text: string) => (await db.query(text, [workspaceId])).rows;
  // A lead by its addresses, a sender by its name: a source of this run stands for its kind.
  const who = "coalesce(l.linkedin_url, '') || ' ' || coalesce(l.phone, '') || ' ' || coalesce(l.email, '')";
  const sender = (of: string) =>
    `coalesce((select s.kind from source s where s.id = ${of}.sender_id), ${of}.sender_id)`;
  return {
    leads: await rows(
      `select ${who} as who, l.status, l.tags, l.custom, l.external_lead_id, l.profile, l.first_name, l.last_name,
         l.do_not_contact_at is not null as do_not_contact, l.replied_at, l.status_told, l.status_told_at, l.connected_at
       from lead l where l.workspace_id = $1 order by 1`,
    ),
    messages: await rows(
      `select ${who} as who, m.channel, m.direction, m.action, m.status, m.campaign_id, m.sequence_step, ${sender("m")} as sender,
         m.to_address, m.subject, m.text, m.sent_at, m.external, m.provider_message_id
       from message m join lead l on l.workspace_id = m.workspace_id and l.id = m.lead_id where m.workspace_id = $1
       order by m.provider_message_id, m.sender_id`,
    ),
    conversations: await rows(
      `select ${who} as who, v.channel, ${sender("v")} as sender, v.subject, v.last_message_at, v.last_message_text, v.unread,
         v.connected_at
       from conversation v join lead l on l.workspace_id = v.workspace_id and l.id = v.lead_id where v.workspace_id = $1
       order by 1, 2, 3`,
    ),
    suppressions: await rows(
      "select channel, address, kind, said_at from suppression where workspace_id = $1 order by 1, 2, 3",
    ),
    // What happened. Changes that follow from it (of statuses, tags, consent) depend on the order; where they lead does not.
    events: await rows(
      `select type, count(*)::int as n from event where workspace_id = $1
         and type in ('message.sent', 'message.received', 'reply.received', 'connection_request.sent', 'connection_request.accepted')
       group by 1 order by 1`,
    ),
    received: await rows(
      "select type, status, count(*)::int as n from received where workspace_id = $1 group by 1, 2 order by 1, 2",
    ),
  };
}

export type State = Awaited<ReturnType<typeof stateOf>>;

/** Leads whose last told change is not what they are: each change is an event, and the last one says what holds. */
export async function untold(db: Database, workspaceId: string): Promise<unknown[]> {
  const { rows } = await db.query(
    `select l.id, l.status, l.tags, s.told, t.told as told_tags from lead l
     left join lateral (select e.data::jsonb ->> 'newStatus' as told from event e
       where e.workspace_id = $1 and e.lead_id = l.id and e.type = 'lead.updated' order by e.id desc limit 1) s on true
     left join lateral (select e.data::jsonb -> 'tags' as told from event e
       where e.workspace_id = $1 and e.lead_id = l.id and e.type = 'lead.tag.updated' order by e.id desc limit 1) t on true
     where l.workspace_id = $1 and (l.status <> coalesce(s.told, 'PENDING')
       or not (coalesce(t.told, '[]') @> to_jsonb(l.tags) and to_jsonb(l.tags) @> coalesce(t.told, '[]')))`,
    [workspaceId],
  );
  return rows;
}
