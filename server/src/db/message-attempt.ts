import type { Queryable } from "./pool.ts";

/** One call of a provider for a message. */
export interface MessageAttempt {
  /** From 1. */
  n: number;
  startedAt: Date;
  durationMs: number;
  outcome: "succeeded" | "retry" | "failed" | "uncertain" | "interrupted";
  /** Whether it was the last one of this message. */
  final: boolean;
  statusCode: number | null;
  code: string | null;
  /** What came back, in the provider's words. */
  detail: string | null;
  nextAt: Date | null;
}

/** The attempts of a message, the first one first. `since`: when the message was made; older days are not looked at. */
export async function listMessageAttempts(
  db: Queryable,
  workspaceId: string,
  messageId: string,
  since: Date,
): Promise<MessageAttempt[]> {
  const { rows } = await db.query<MessageAttempt>(
    `select n, started_at as "startedAt", duration_ms as "durationMs", outcome, final, status_code as "statusCode", code, detail,
       next_at as "nextAt"
     from attempt
     where workspace_id = $1 and ref = $2 and kind = 'message' and started_at >= $3::timestamptz - interval '1 minute'
     order by n, started_at limit 1000`,
    [workspaceId, messageId, since],
  );
  return rows;
}
