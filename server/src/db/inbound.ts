import type { ChannelName } from "../domain/event.ts";
import type { Keyword } from "../domain/opt-out-words.ts";
import { float8Array, int4Array, textArray } from "./array.ts";
import { few, ofWorkspace } from "./few.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { heldChange } from "./still.ts";
import { inSet, type SetStatement } from "./together.ts";

/** What came in, or went out without Herald: whom and which message it concerns, and what it says of them. */

export interface AccountSender {
  id: string;
  config: Record<string, unknown>;
}

/** Senders of a provider's account, by the name that the provider's settings give it; null: of all its accounts. */
export async function sendersOfAccount(
  db: Queryable,
  workspaceId: string,
  provider: "twilio" | "unipile",
  accountId: string | null,
): Promise<AccountSender[]> {
  const key = provider === "twilio" ? "accountSid" : "accountId";
  return await inSet(db, ofAccount, workspaceId, { provider, key, accountId });
}

/** One account has many items, so that it is asked for once. */
const ofAccount: SetStatement<{ provider: string; key: string; accountId: string | null }, AccountSender[]> = {
  name: "sender.of_account",
  async run(db, workspaceId, asked) {
    const known = new Map<string, AccountSender[]>();
    for (const { provider, key, accountId } of asked) {
      const name = `${provider}/${accountId}`;
      if (known.has(name)) continue;
      const { rows } = await db.query<AccountSender>(
        `select id, config from sender
         where workspace_id = $1 and provider = $2 and ($4::text is null or config ->> $3 = $4) order by id`,
        [workspaceId, provider, key, accountId],
      );
      known.set(name, rows);
    }
    return asked.map(({ provider, accountId }) => known.get(`${provider}/${accountId}`)!);
  },
};

/** The lead of the conversation that the provider calls so, with one of these senders; the one used last. */
export async function leadOfThread(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  thread: { providerThreadId: string | null; providerLeadId: string | null },
): Promise<string | null> {
  for (const [column, value] of [
    ["provider_thread_id", thread.providerThreadId],
    ["provider_lead_id", thread.providerLeadId],
  ] as const) {
    if (value === null) continue;
    const { rows } = await db.query<{ lead_id: string }>(
      `select v.lead_id from conversation v
       where v.workspace_id = $1 and v.sender_id = any($2) and v.${column} = $3
         and exists (select from lead l where l.workspace_id = $1 and l.id = v.lead_id)
       order by v.last_message_at desc nulls last limit 1`,
      [workspaceId, senderIds, value],
    );
    if (rows[0]) return rows[0].lead_id;
  }
  return null;
}

/** Whom one of these senders has the conversation with that the provider calls so; null: the provider hasn't said it, or has none. */
export async function otherSideOfThread(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  providerThreadId: string,
): Promise<{ providerLeadId: string; linkedinUrl: string | null } | null> {
  const { rows } = await db.query<{ providerLeadId: string; linkedinUrl: string | null }>(
    `select v.provider_lead_id as "providerLeadId", l.linkedin_url as "linkedinUrl"
     from conversation v join lead l on l.workspace_id = $1 and l.id = v.lead_id
     where v.workspace_id = $1 and v.sender_id = any($2) and v.provider_thread_id = $3 and v.provider_lead_id is not null
     order by v.last_message_at desc nulls last limit 1`,
    [workspaceId, senderIds, providerThreadId],
  );
  return rows[0] ?? null;
}

/** Which of these senders the lead had to do with last on the channel; null: none of them. */
export async function latestSender(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  channel: ChannelName,
  senderIds: readonly string[],
): Promise<string | null> {
  if (senderIds.length === 0) return null;
  const { rows } = await db.query<{ sender_id: string }>(
    `select sender_id from conversation where workspace_id = $1 and lead_id = $2 and channel = $3 and sender_id = any($4)
     order by last_message_at desc nulls last limit 1`,
    [workspaceId, leadId, channel, senderIds],
  );
  return rows[0]?.sender_id ?? null;
}

/** The message that a provider calls so, of one of these senders. */
export async function messageOfProvider(
  db: Queryable,
  workspaceId: string,
  senderIds: readonly string[],
  providerMessageId: string,
): Promise<KnownMessage | null> {
  return await inSet(db, ofProvider, workspaceId, { senderIds, providerMessageId });
}

export interface KnownMessage {
  id: string;
  senderId: string;
  leadId: string;
  /** The provider called another message of the sender so, too. */
  shared: boolean;
}

const ofProvider: SetStatement<{ senderIds: readonly string[]; providerMessageId: string }, KnownMessage | null> = {
  name: "message.of_provider",
  async run(db, workspaceId, asked) {
    const looks = asked.flatMap(({ senderIds, providerMessageId }, n) =>
      [...new Set(senderIds)].map((senderId) => ({ n, senderId, providerMessageId })),
    );
    const { rows } = await db.query<KnownMessage & { n: number }>({
      name: "message.of_provider",
      text: `select k.n, m.id, m.sender_id as "senderId", m.lead_id as "leadId", m.provider_id_shared is true as shared
        from unnest($2::int[], $3::text[], $4::text[]) as k (n, sender_id, provider_message_id)
        cross join lateral (
          select m.id, m.sender_id, m.lead_id, m.provider_id_shared from message m
          where m.workspace_id = $1 and m.sender_id = k.sender_id and m.provider_message_id = k.provider_message_id limit 1
        ) m`,
      values: [
        workspaceId,
        int4Array(looks, ({ n }) => n),
        textArray(looks, ({ senderId }) => senderId),
        textArray(looks, ({ providerMessageId }) => providerMessageId),
      ],
    });
    const found: (KnownMessage | null)[] = asked.map(() => null);
    for (const { n, ...message } of rows) found[n] = message;
    return found;
  },
};

/** Whether one of these senders has a message of the last two days before then of which nobody knows yet whether it went out. */
export async function hasUndecided(
  db: Queryable,
  workspaceId: string,
  of: { senderIds: readonly string[]; before: Date },
): Promise<boolean> {
  return await inSet(db, undecided, workspaceId, of);
}

const undecided: SetStatement<{ senderIds: readonly string[]; before: Date }, boolean> = {
  name: "message.undecided",
  async run(db, workspaceId, asked) {
    const looks = asked.flatMap(({ senderIds, before }, n) => senderIds.map((senderId) => ({ n, senderId, before })));
    const { rows } = await db.query<{ n: number }>({
      name: "message.undecided",
      text: `select k.n from unnest($2::int[], $3::text[], $4::float8[]) as k (n, sender_id, before)
        where exists (
          select from message m
          where m.workspace_id = $1 and m.sender_id = k.sender_id and m.doubted_at is not null and m.status = 'uncertain'
            and m.attempted_at between to_timestamp(k.before / 1000) - interval '2 days' and to_timestamp(k.before / 1000)
        )`,
      values: [
        workspaceId,
        int4Array(looks, ({ n }) => n),
        textArray(looks, ({ senderId }) => senderId),
        float8Array(looks, ({ before }) => before.getTime()),
      ],
    });
    const found = new Set(rows.map(({ n }) => n));
    return asked.map((_, n) => found.has(n));
  },
};

/** The campaign whose message in the conversation was the latest; null: no campaign wrote there. */
export async function campaignOfConversation(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  conversationId: string,
): Promise<string | null> {
  return await inSet(db, campaignOf, workspaceId, { leadId, conversationId });
}

const campaignOf: SetStatement<{ leadId: string; conversationId: string }, string | null> = {
  name: "conversation.campaign_of",
  async run(db, workspaceId, asked) {
    const { rows } = await db.query<{ id: string; campaign_id: string }>({
      name: "conversation.campaign_of",
      text: `select k.id, m.campaign_id from unnest($2::text[], $3::text[]) as k (lead_id, id)
        cross join lateral (
          select m.campaign_id from message m
          where m.lead_id = k.lead_id and m.workspace_id = $1 and m.conversation_id = k.id and m.direction = 'outbound'
            and m.campaign_id is not null and m.status in ('sent', 'uncertain', 'sending')
          order by m.created_at desc limit 1
        ) m`,
      values: [workspaceId, textArray(asked, (a) => a.leadId), textArray(asked, (a) => a.conversationId)],
    });
    const byId = new Map(rows.map((row) => [row.id, row.campaign_id]));
    return asked.map(({ conversationId }) => byId.get(conversationId) ?? null);
  },
};

/** What Herald is sending to the lead with this sender, or sent without learning what the provider calls it. */
export async function ownMessages(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  senderId: string,
): Promise<{ id: string; status: string; text: string }[]> {
  const { rows } = await db.query<{ id: string; status: string; text: string }>(
    `select id, status, text from message
     where lead_id = $2 and workspace_id = $1 and sender_id = $3 and direction = 'outbound' and provider_message_id is null
       and (status in ('sending', 'uncertain') or status = 'sent' and sent_at > now() - interval '2 days')
     order by created_at`,
    [workspaceId, leadId, senderId],
  );
  return rows;
}

export async function nameProviderMessage(
  tx: Queryable,
  workspaceId: string,
  messageId: string,
  providerMessageId: string,
): Promise<void> {
  await tx.query(
    `update message set provider_message_id = $3, updated_at = now()
     where workspace_id = $1 and id = $2 and provider_message_id is null`,
    [workspaceId, messageId, providerMessageId],
  );
}

/** The lead wrote, at that time. Its status has its own way. `held`: it is held for that (`holdToChange`). */
export async function markReplied(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  at: Date,
  { held = false }: { held?: boolean } = {},
): Promise<void> {
  await inSet(tx, reply, workspaceId, { leadId, at, held });
}

const replyForms = inForms(
  "lead.replied",
  4,
  (within) => `
with replied as materialized (
  select *, ${ofWorkspace} from unnest($2::text[], $3::float8[], $4::int[]) as r (id, at, held) where ${few("r.id")}
)
update lead l set replied_at = greatest(l.replied_at, to_timestamp(r.at / 1000)), updated_at = now(), ${heldChange("r.held")}
from replied r where l.workspace_id = r.workspace_id and l.id = r.id${within("l")}`,
);

const reply: SetStatement<{ leadId: string; at: Date; held: boolean }, null> = {
  name: "lead.replied",
  async run(tx, workspaceId, replies) {
    const values = [
      workspaceId,
      textArray(replies, (r) => r.leadId),
      float8Array(replies, (r) => r.at.getTime()),
      int4Array(replies, (r) => (r.held ? 1 : 0)),
    ];
    await tx.query(inForm(replyForms, values, tx.sharded ? workspaceId : null));
    return replies.map(() => null);
  },
};

/**
 * What the lead sent by SMS after a moment that may be a keyword: what was one when it came, or (from before that was kept) is as
 * short as one. A hundred at most.
 */
export async function keywordsAfter(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  after: Date,
): Promise<{ keyword: Keyword | null; text: string }[]> {
  const { rows } = await db.query<{ keyword: Keyword | null; text: string }>(
    `select keyword, text from message
     where lead_id = $2 and workspace_id = $1 and direction = 'inbound' and channel = 'sms' and sent_at > $3
       and (keyword = 'start' or keyword is null and length(text) <= 100)
     order by keyword = 'start' desc nulls last, sent_at limit 100`,
    [workspaceId, leadId, after],
  );
  return rows;
}

/** What was last written to the lead on a channel, the latest first: so many characters of twenty messages at most. */
export async function textsSentTo(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  channel: ChannelName,
  characters: number,
): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(
    `select left(text, $4) as text from message
     where lead_id = $2 and workspace_id = $1 and channel = $3 and direction = 'outbound' and status in ('sent', 'uncertain', 'sending')
     order by created_at desc limit 20`,
    [workspaceId, leadId, channel, characters],
  );
  return rows.map(({ text }) => text);
}

/** The provider says that it arrived; answers when, if that was news. A report of a failure that came before stays. */
export async function markDelivered(tx: Queryable, workspaceId: string, messageId: string): Promise<Date | null> {
  const { rows } = await tx.query<{ at: Date }>(
    `update message set delivered_at = now(), updated_at = now()
     where workspace_id = $1 and id = $2 and delivered_at is null and status = 'sent' returning delivered_at as at`,
    [workspaceId, messageId],
  );
  return rows[0]?.at ?? null;
}

/** The provider says that the lead has read it, so that it has arrived; answers whether that was news. */
export async function markRead(tx: Queryable, workspaceId: string, messageId: string, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update message set read_at = $3, updated_at = now()
     where workspace_id = $1 and id = $2 and read_at is null and status = 'sent'`,
    [workspaceId, messageId, at],
  );
  return (rowCount ?? 0) > 0;
}

/** A sent message did not arrive. Null: it is not `sent` (any more), or did arrive. */
export async function markUndelivered(
  tx: Queryable,
  workspaceId: string,
  messageId: string,
  code: string,
  detail: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update message set status = 'failed', status_code = $3, status_detail = $4, updated_at = now()
     where workspace_id = $1 and id = $2 and status = 'sent' and delivered_at is null`,
    [workspaceId, messageId, code, detail],
  );
  return (rowCount ?? 0) > 0;
}

/** What is not decided yet: a report about it comes before its own outcome. */
export async function messageStatus(db: Queryable, workspaceId: string, messageId: string): Promise<string | null> {
  const { rows } = await db.query<{ status: string }>(
    "select status from message where workspace_id = $1 and id = $2",
    [workspaceId, messageId],
  );
  return rows[0]?.status ?? null;
}

/** Whether the lead and the sender are known to be connected on LinkedIn already. */
export async function isConnected(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  senderId: string | null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from conversation where workspace_id = $1 and lead_id = $2 and channel = 'linkedin' and sender_id = $3
       and connected_at is not null
     union all select 1 from lead where workspace_id = $1 and id = $2 and $3::text is null and connected_at is not null`,
    [workspaceId, leadId, senderId],
  );
  return (rowCount ?? 0) > 0;
}
