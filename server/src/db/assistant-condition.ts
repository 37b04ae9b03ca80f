import type { Queryable } from "./pool.ts";
import { inSet, type SetStatement } from "./together.ts";

/** What is asked of each message of a lead. */
export interface Condition {
  id: string;
  /** tag: the lead gets it. notification: somebody is told. */
  kind: "tag" | "notification";
  name: string;
  /** In plain English. */
  condition: string;
  /** Null: for leads of every profile. */
  profileId: string | null;
  enabled: boolean;
  createdAt: Date;
}

const columns = `c.id, c.kind, c.name, c.condition, c.profile_id as "profileId", c.enabled, c.created_at as "createdAt"`;

export async function listConditions(db: Queryable, workspaceId: string): Promise<Condition[]> {
  return await inSet(db, list, workspaceId, null);
}

const list: SetStatement<null, Condition[]> = {
  name: "assistant_condition.list",
  async run(db, workspaceId, askers) {
    const { rows } = await db.query<Condition>({
      name: "assistant_condition.list",
      text: `select ${columns} from assistant_condition c where c.workspace_id = $1 order by c.id`,
      values: [workspaceId],
    });
    return askers.map(() => rows);
  },
};

export async function getCondition(db: Queryable, workspaceId: string, id: string): Promise<Condition | null> {
  const { rows } = await db.query<Condition>(
    `select ${columns} from assistant_condition c where c.workspace_id = $1 and c.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** False: there is one of this kind and name. */
export async function insertCondition(
  tx: Queryable,
  workspaceId: string,
  condition: Omit<Condition, "createdAt">,
): Promise<boolean> {
  const { id, kind, name, condition: text, profileId, enabled } = condition;
  const { rowCount } = await tx.query(
    `insert into assistant_condition (workspace_id, id, kind, name, condition, profile_id, enabled) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (workspace_id, kind, name) do nothing`,
    [workspaceId, id, kind, name, text, profileId, enabled],
  );
  return (rowCount ?? 0) > 0;
}

export async function updateCondition(
  tx: Queryable,
  workspaceId: string,
  id: string,
  change: { condition?: string | undefined; profileId?: string | null | undefined; enabled?: boolean | undefined },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update assistant_condition set condition = coalesce($3, condition), profile_id = case when $4 then $5 else profile_id end,
       enabled = coalesce($6, enabled) where workspace_id = $1 and id = $2`,
    [
      ...[workspaceId, id, change.condition ?? null, change.profileId !== undefined, change.profileId ?? null],
      change.enabled ?? null,
    ],
  );
  return (rowCount ?? 0) > 0;
}

export async function deleteCondition(tx: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await tx.query("delete from assistant_condition where workspace_id = $1 and id = $2", [
    workspaceId,
    id,
  ]);
  return (rowCount ?? 0) > 0;
}

/** Why a lead has a tag. */
export interface TagReason {
  tag: string;
  reason: string;
  messageId: string | null;
  turnId: string | null;
  at: Date;
}

export async function storeTagReason(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  { tag, reason, messageId, turnId }: Omit<TagReason, "at">,
): Promise<void> {
  await tx.query(
    `insert into tag_reason (workspace_id, lead_id, tag, reason, message_id, turn_id) values ($1, $2, $3, $4, $5, $6)
     on conflict (workspace_id, lead_id, tag) do update set reason = excluded.reason, message_id = excluded.message_id,
       turn_id = excluded.turn_id, at = excluded.at`,
    [workspaceId, leadId, tag, reason.slice(0, 1_000), messageId, turnId],
  );
}

/** Of tags that the assistant gave. */
export async function tagReasons(db: Queryable, workspaceId: string, leadId: string): Promise<TagReason[]> {
  const { rows } = await db.query<TagReason>(
    `select tag, reason, message_id as "messageId", turn_id as "turnId", at from tag_reason where workspace_id = $1 and lead_id = $2 order by at`,
    [workspaceId, leadId],
  );
  return rows;
}
