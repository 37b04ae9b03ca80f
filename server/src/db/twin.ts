import { float8Array, int4Array, textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";
import { inSet, type SetStatement } from "./together.ts";

/** Messages of one account that two tell of: its provider, and another system that drives it as well. */

export interface TwinToFind {
  leadId: string;
  /** Whose account it is. */
  senderId: string;
  direction: "in" | "out";
  /** It is another system's that is told now, and the provider's that is looked for; else the other way round. */
  byOther: boolean;
  providerMessageId: string;
  at: Date;
}

export interface Twin {
  id: string;
  text: string;
  providerMessageId: string;
  /** Both have told it, and this is one of the two again. */
  again: boolean;
}

/**
 * Another system tells late what it finds by looking. However long this is, each message has one twin at most, so that two of the
 * same text stay two.
 */
const withinMs = 3_600_000;
/** Messages to one lead in two hours that are looked at. */
const most = 50;

/** What the other of the two has told of the lead's conversation around that time, the nearest first. */
export async function twinsOf(db: Queryable, workspaceId: string, message: TwinToFind): Promise<Twin[]> {
  return await inSet(db, twins, workspaceId, message);
}

const twins: SetStatement<TwinToFind, Twin[]> = {
  name: "message.twins",
  async run(db, workspaceId, asked) {
    const { rows } = await db.query<Twin & { n: number }>({
      name: "message.twins",
      text: `select k.n::int as n, m.id, m.text, m."providerMessageId", m.again from unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::float8[])
          with ordinality as k (lead_id, sender_id, direction, by_other, told_as, at, n)
        cross join lateral (
          select m.id, m.text, m.provider_message_id as "providerMessageId", m.told_as is not null as again,
            abs(extract(epoch from m.sent_at) * 1000 - k.at) as far
          from message m
          where m.lead_id = k.lead_id and m.workspace_id = $1 and m.sender_id = k.sender_id and m.direction = k.direction
            and m.channel = 'linkedin' and m.action = 'message' and m.source = 'external'
            and (m.told_as = k.told_as or m.told_as is null and (m.external is null) = (k.by_other = 1)
              and m.sent_at between to_timestamp((k.at - ${withinMs}) / 1000) and to_timestamp((k.at + ${withinMs}) / 1000))
          order by again desc, far, id limit ${most}
        ) m order by k.n, again desc, far, id`,
      values: [
        workspaceId,
        textArray(asked, (a) => a.leadId),
        textArray(asked, (a) => a.senderId),
        textArray(asked, ({ direction }) => (direction === "in" ? "inbound" : "outbound")),
        int4Array(asked, ({ byOther }) => (byOther ? 1 : 0)),
        textArray(asked, (a) => a.providerMessageId),
        float8Array(asked, ({ at }) => at.getTime()),
      ],
    });
    const found: Twin[][] = asked.map(() => []);
    for (const { n, ...twin } of rows) found[n - 1]!.push(twin);
    return found;
  },
};

/** The provider had told it; another system has now, and knows it by that ID. */
export async function addOtherTold(
  tx: Queryable,
  workspaceId: string,
  id: string,
  told: { toldAs: string; external: object; campaignId: string | null; sequenceStep: number | null },
): Promise<void> {
  await tx.query(
    `update message set told_as = $3, external = $4, updated_at = now(),
       campaign_id = case direction when 'outbound' then coalesce(campaign_id, $5) else campaign_id end,
       sequence_step = case direction when 'outbound' then coalesce(sequence_step, $6) else sequence_step end
     where workspace_id = $1 and id = $2`,
    [workspaceId, id, told.toldAs, JSON.stringify(told.external), told.campaignId, told.sequenceStep],
  );
}

/** Another system had told it; the provider has now, whose ID its receipts name, and who knows of files. */
export async function addProviderTold(
  tx: Queryable,
  workspaceId: string,
  id: string,
  told: { providerMessageId: string; attachments: readonly object[] },
): Promise<void> {
  await tx.query(
    `update message set told_as = provider_message_id, provider_message_id = $3, attachments = coalesce(attachments, $4),
       updated_at = now()
     where workspace_id = $1 and id = $2`,
    [workspaceId, id, told.providerMessageId, told.attachments.length === 0 ? null : JSON.stringify(told.attachments)],
  );
}
