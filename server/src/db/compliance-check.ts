import type { ChannelName } from "../domain/event.ts";
import type { Queryable } from "./pool.ts";

/** A system of the customer's that is asked before each send. */
export interface ComplianceSettings {
  url: string;
  /** Sealed. */
  secret: Buffer;
  /** On which it is asked. */
  channels: ChannelName[];
  /** What happens to a message where there is no answer in time. */
  onFailure: "block" | "send";
  deadlineMs: number;
  updatedAt: Date;
}

export async function getComplianceCheck(db: Queryable, workspaceId: string): Promise<ComplianceSettings | null> {
  const { rows } = await db.query<ComplianceSettings>({
    name: "compliance.get",
    text: `select url, secret, channels, on_failure as "onFailure", deadline_ms as "deadlineMs", updated_at as "updatedAt"
      from compliance_check where workspace_id = $1`,
    values: [workspaceId],
  });
  return rows[0] ?? null;
}

export async function storeComplianceCheck(
  tx: Queryable,
  workspaceId: string,
  check: Omit<ComplianceSettings, "updatedAt">,
): Promise<void> {
  await tx.query(
    `insert into compliance_check (workspace_id, url, secret, channels, on_failure, deadline_ms) values ($1, $2, $3, $4, $5, $6)
     on conflict (workspace_id) do update set url = excluded.url, secret = excluded.secret, channels = excluded.channels,
       on_failure = excluded.on_failure, deadline_ms = excluded.deadline_ms, updated_at = excluded.updated_at`,
    [workspaceId, check.url, check.secret, check.channels, check.onFailure, check.deadlineMs],
  );
  await reopenSenders(tx, workspaceId);
}

export async function deleteComplianceCheck(tx: Queryable, workspaceId: string): Promise<boolean> {
  const { rowCount } = await tx.query("delete from compliance_check where workspace_id = $1", [workspaceId]);
  if (rowCount) await reopenSenders(tx, workspaceId);
  return (rowCount ?? 0) > 0;
}

/** A process asks for the check when it opens a sender, so that sending costs nothing where there is none. */
async function reopenSenders(tx: Queryable, workspaceId: string): Promise<void> {
  await tx.query("update lane set version = version + 1 where workspace_id = $1 and kind = 'message'", [workspaceId]);
}
