import type { Attachment, AutomaticKind, ChannelName } from "../domain/event.ts";
import type { Keyword } from "../domain/opt-out-words.ts";
import { float8Array, int4Array, textArray } from "./array.ts";
import { few, ofWorkspace } from "./few.ts";
import { countUnread } from "./inbox-count.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { inSet, type SetStatement } from "./together.ts";

/** A message that Herald did not send: it came in, or went out by another device or system. */
export interface ForeignMessage {
  id: string;
  leadId: string;
  conversationId: string;
  channel: ChannelName;
  action: "message" | "connect";
  direction: "inbound" | "outbound";
  /** Of another system; null for what came in: a campaign's figures count what it sent. */
  campaignId: string | null;
  sequenceStep: number | null;
  senderId: string;
  toAddress: string;
  subject: string | null;
  text: string;
  attachments: readonly Attachment[];
  external: object | null;
  providerMessageId: string;
  at: Date;
  /** Of an email: what was written anew; null: all of it. */
  visibleText?: string | null;
  automatic?: AutomaticKind | null;
  /** What it was taken for. */
  keyword?: Keyword | null;
}

/** Adds a message that Herald did not send to its conversation. False: it is there already. */
export async function insertForeignMessage(
  tx: Queryable,
  workspaceId: string,
  message: ForeignMessage,
): Promise<boolean> {
  return await inSet(tx, insertForeign, workspaceId, message);
}

const insertForeign: SetStatement<ForeignMessage, boolean> = {
  name: "message.insert_foreign",
  async run(tx, workspaceId, messages) {
    const { rows } = await tx.query<{ id: string }>({
      name: "message.insert_foreign",
      text: `insert into message (workspace_id, id, lead_id, conversation_id, channel, action, direction, source, campaign_id,
          sequence_step, sender_id, to_address, subject, text, status, sent_at, provider_message_id, attachments, external,
          visible_text, automatic, keyword)
        select $1, m.id, m.lead_id, m.conversation_id, m.channel, m.action, m.direction, 'external', m.campaign_id, m.sequence_step,
          m.sender_id, m.to_address, m.subject, m.text, case m.direction when 'inbound' then 'received' else 'sent' end,
          to_timestamp(m.at / 1000), m.provider_message_id, m.attachments::jsonb, m.external::jsonb,
          m.visible_text, m.automatic, m.keyword
        from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[], $10::text[],
          $11::text[], $12::text[], $13::text[], $14::float8[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[],
          $20::text[])
          as m (id, lead_id, conversation_id, channel, action, direction, campaign_id, sequence_step, sender_id, to_address,
            subject, text, at, provider_message_id, attachments, external, visible_text, automatic, keyword)
        on conflict (sender_id, provider_message_id, workspace_id) where provider_message_id is not null do nothing returning id`,
      values: [
        workspaceId,
        textArray(messages, (m) => m.id),
        textArray(messages, (m) => m.leadId),
        textArray(messages, (m) => m.conversationId),
        textArray(messages, (m) => m.channel),
        textArray(messages, (m) => m.action),
        textArray(messages, (m) => m.direction),
        textArray(messages, (m) => m.campaignId),
        int4Array(messages, (m) => m.sequenceStep),
        textArray(messages, (m) => m.senderId),
        textArray(messages, (m) => m.toAddress),
        textArray(messages, (m) => m.subject),
        textArray(messages, (m) => m.text),
        float8Array(messages, (m) => m.at.getTime()),
        textArray(messages, (m) => m.providerMessageId),
        textArray(messages, (m) => (m.attachments.length === 0 ? null : JSON.stringify(m.attachments))),
        textArray(messages, (m) => (m.external === null ? null : JSON.stringify(m.external))),
        textArray(messages, (m) => m.visibleText),
        textArray(messages, (m) => m.automatic),
        textArray(messages, (m) => m.keyword),
      ],
    });
    const added = new Set(rows.map(({ id }) => id));
    const fresh = messages.filter(({ id }) => added.has(id));
    if (fresh.length > 0) await showInConversations(tx, workspaceId, fresh);
    return messages.map(({ id }) => added.has(id));
  },
};

const latest = `(v.last_message_at is null or v.last_message_at < m.at
    or v.last_message_at = m.at and coalesce(v.last_message_text, '') collate "C" < left(m.text, 500) collate "C")`;
const later = (workspace: string, than: string) => `exists (
    select from message o where o.lead_id = m.lead_id and o.workspace_id = ${workspace} and o.conversation_id = m.conversation_id and o.id <> m.id
      and ${than})`;

const showForms = inForms(
  "conversation.show",
  9,
  (within, _, of) => `
with fresh as materialized (
  select n.id, n.conversation_id, n.lead_id, to_timestamp(n.at / 1000) as at, n.text, n.subject, n.unread, n.campaign_id, ${ofWorkspace}
  from unnest($2::text[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::text[], $8::int[], $9::text[])
    as n (id, conversation_id, lead_id, at, text, subject, unread, campaign_id)
  where ${few("n.conversation_id")}
)
update conversation v set unread = v.unread + m.unread,
  -- A lead that writes opens what was closed.
  status = case when m.unread > 0 then 'open' else v.status end,
  subject = case when m.subject is null or v.subject is not null and ${later(
    of("$1"),
    `o.subject is not null and (coalesce(o.sent_at, o.created_at), o.subject collate "C") <= (m.at, m.subject)`,
  )} then v.subject else m.subject end,
  campaign_id = case when m.campaign_id is null or v.campaign_id <> m.campaign_id and ${later(
    of("$1"),
    `o.direction = 'outbound' and o.campaign_id is not null and o.sent_at > m.at`,
  )} then v.campaign_id else m.campaign_id end,
  last_message_text = case when ${latest} then left(m.text, 500) else v.last_message_text end,
  last_message_at = greatest(v.last_message_at, m.at)
from fresh m where v.workspace_id = m.workspace_id and v.id = m.conversation_id${within("v")}
returning v.channel, v.unread, m.unread as added`,
);

/**
 * What is new shows in its conversation. What comes late (a backfill, a second device) doesn't become the latest, and the
 * subject is that of the first message, whichever comes first.
 */
async function showInConversations(
  tx: Queryable,
  workspaceId: string,
  messages: readonly ForeignMessage[],
): Promise<void> {
  const values = [
    workspaceId,
    textArray(messages, (m) => m.id),
    textArray(messages, (m) => m.conversationId),
    textArray(messages, (m) => m.leadId),
    float8Array(messages, (m) => m.at.getTime()),
    textArray(messages, (m) => m.visibleText || m.text),
    textArray(messages, (m) => m.subject),
    int4Array(messages, (m) => (m.direction === "inbound" ? 1 : 0)),
    textArray(messages, (m) => (m.direction === "inbound" ? null : m.campaignId)),
  ];
  const { rows } = await tx.query<{ channel: ChannelName; unread: number; added: number }>(
    inForm(showForms, values, tx.sharded ? workspaceId : null),
  );
  for (const [channel, shown] of Map.groupBy(rows, (row) => row.channel)) {
    const inbound = shown.filter(({ added }) => added > 0);
    const fresh = inbound.filter(({ unread }) => unread === 1).length;
    const counted = { conversations: fresh, messages: inbound.length };
    if (inbound.length > 0) await countUnread(tx, workspaceId, channel, counted);
  }
}
