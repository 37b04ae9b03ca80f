import type { ChannelName } from "../domain/event.ts";
import { textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";
import { inSet, type SetStatement } from "./together.ts";

/** What opens a conversation, and what its provider calls it. */
export interface ConversationToOpen {
  id: string;
  leadId: string;
  channel: ChannelName;
  senderId: string;
  providerThreadId: string | null;
  providerLeadId: string | null;
}

/**
 * The conversation of a lead with a sender, made if there is none; with what the provider calls it. One that is there and
 * says the same already is only read: most messages belong to such a one, and rewriting it costs as much as the message.
 */
export async function openConversation(
  tx: Queryable,
  workspaceId: string,
  conversation: ConversationToOpen,
): Promise<string> {
  return await inSet(tx, open, workspaceId, conversation);
}

const open: SetStatement<ConversationToOpen, string> = {
  name: "conversation.open",
  async run(tx, workspaceId, conversations) {
    const { rows: known } = await tx.query<{ n: number; id: string }>({
      name: "conversation.known",
      text: `select c.n::int as n, v.id
        from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) with ordinality
          as c (lead_id, channel, sender_id, provider_thread_id, provider_lead_id, n)
        cross join lateral (
          select v.id from conversation v
          where v.workspace_id = $1 and v.lead_id = c.lead_id and v.channel = c.channel and v.sender_id = c.sender_id
            and (c.provider_thread_id is null or v.provider_thread_id = c.provider_thread_id)
            and (c.provider_lead_id is null or v.provider_lead_id is not null)
          limit 1
        ) v`,
      values: [
        workspaceId,
        textArray(conversations, (c) => c.leadId),
        textArray(conversations, (c) => c.channel),
        textArray(conversations, (c) => c.senderId),
        textArray(conversations, (c) => c.providerThreadId),
        textArray(conversations, (c) => c.providerLeadId),
      ],
    });
    const found: (string | undefined)[] = conversations.map(() => undefined);
    for (const { n, id } of known) found[n - 1] = id;
    const others = conversations.filter((_, n) => found[n] === undefined);
    const made = others.length > 0 ? await makeConversations(tx, workspaceId, others) : new Map<string, string>();
    return conversations.map((c, n) => found[n] ?? made.get(keyOf(c))!);
  },
};

const keyOf = ({ leadId, channel, senderId }: { leadId: string; channel: string; senderId: string }) =>
  `${leadId} ${channel} ${senderId}`;

/** Their IDs, by `keyOf`. */
async function makeConversations(
  tx: Queryable,
  workspaceId: string,
  conversations: readonly ConversationToOpen[],
): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ id: string; leadId: string; channel: string; senderId: string }>({
    name: "conversation.open",
    text: `insert into conversation as v (workspace_id, id, lead_id, channel, sender_id, provider_thread_id, provider_lead_id)
        select $1, c.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
          as c (id, lead_id, channel, sender_id, provider_thread_id, provider_lead_id)
        on conflict (workspace_id, lead_id, channel, sender_id) do update set
          provider_thread_id = coalesce(excluded.provider_thread_id, v.provider_thread_id),
          provider_lead_id = coalesce(v.provider_lead_id, excluded.provider_lead_id)
        returning id, lead_id as "leadId", channel, sender_id as "senderId"`,
    values: [
      workspaceId,
      textArray(conversations, (c) => c.id),
      textArray(conversations, (c) => c.leadId),
      textArray(conversations, (c) => c.channel),
      textArray(conversations, (c) => c.senderId),
      textArray(conversations, (c) => c.providerThreadId),
      textArray(conversations, (c) => c.providerLeadId),
    ],
  });
  return new Map(rows.map((row) => [keyOf(row), row.id]));
}
