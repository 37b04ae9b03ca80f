import { eventIdTime } from "../domain/id.ts";
import type { Queryable } from "./pool.ts";

/** One attempt to perform work: what was sent, and what came back. */
export interface Attempt {
  n: number;
  startedAt: Date;
  durationMs: number;
  outcome: "succeeded" | "retry" | "failed" | "uncertain" | "interrupted" | "filtered";
  final: boolean;
  statusCode: number | null;
  code: string | null;
  detail: string | null;
  /** Lines of `name: value`. */
  requestHeaders: string | null;
  responseHeaders: string | null;
  responseBody: string | null;
  nextAt: Date | null;
}

/**
 * Attempts of one piece of work, oldest first. `ref`: the event's or message's ID; `laneId`: the destination's or
 * sender's. `since`: unix milliseconds before which there were surely none, which spares the older partitions.
 */
export async function listAttempts(
  db: Queryable,
  workspaceId: string,
  { ref, laneId, since }: { ref: string; laneId: string; since: number },
  limit = 200,
): Promise<Attempt[]> {
  const { rows } = await db.query<Attempt>(
    `select n, started_at as "startedAt", duration_ms as "durationMs", outcome, final, status_code as "statusCode", code, detail,
       request_headers as "requestHeaders", response_headers as "responseHeaders", response_body as "responseBody",
       next_at as "nextAt"
     from attempt
     where ref = $2 and lane_id = $3 and workspace_id = $1 and started_at >= to_timestamp($4::float8 / 1000)
     order by started_at, n limit $5`,
    [workspaceId, ref, laneId, since, limit],
  );
  return rows;
}

/** How far the clocks of two processes may be apart: an attempt may seem to be older than its event. */
export const clockSlackMs = 60_000;

/** For `since`: no attempt to deliver this event is older. */
export function earliestAttempt(eventId: string): number {
  return (eventIdTime(eventId) ?? 0) - clockSlackMs;
}
