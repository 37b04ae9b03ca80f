import type { ChannelName, ConsentSource, Evidence, SuppressionKind } from "../domain/event.ts";
import { newId } from "../domain/id.ts";
import type { Queryable } from "./pool.ts";

/** One change of what a person agrees to. The table keeps them for ever; events go with their day. */
export interface ConsentChange {
  change: "opted_out" | "opted_in";
  channel: ChannelName | "all";
  address: string;
  leadId: string | null;
  kind: SuppressionKind;
  reason: string;
  source: ConsentSource;
  by: string | null;
  note: string | null;
  evidence: Evidence | null;
}

export async function recordConsentChange(db: Queryable, workspaceId: string, change: ConsentChange): Promise<void> {
  const { address, channel, leadId, kind, reason, source, by, note, evidence } = change;
  await db.query(
    `insert into consent_change (workspace_id, id, change, channel, address_hash, address, lead_id, kind, reason, source, changed_by,
       note, evidence)
     values ($1, $2, $3, $4, sha256(convert_to($5, 'UTF8')), $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[workspaceId, newId("consent"), change.change, channel, address, leadId, kind, reason, source, by, note],
      evidence && JSON.stringify(evidence),
    ],
  );
}

/** Newest first; `before` is the ID of the last one of the previous page. */
export async function listConsentChanges(
  db: Queryable,
  workspaceId: string,
  filter: { address?: string | undefined; leadId?: string | undefined; before?: string | undefined; limit: number },
): Promise<(ConsentChange & { id: string; at: Date })[]> {
  const { rows } = await db.query<ConsentChange & { id: string; at: Date }>(
    `select id, at, change, channel, address, lead_id as "leadId", kind, reason, source, changed_by as by, note, evidence
     from consent_change
     where workspace_id = $1 and ($2::text is null or address_hash = sha256(convert_to($2, 'UTF8')))
       and ($3::text is null or lead_id = $3) and ($4::text is null or id < $4)
     order by id desc limit $5`,
    [workspaceId, filter.address ?? null, filter.leadId ?? null, filter.before ?? null, filter.limit],
  );
  return rows;
}
