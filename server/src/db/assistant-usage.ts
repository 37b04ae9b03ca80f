import type { Queryable } from "./pool.ts";

/** What the model cost on one day of the workspace's clock. */
export interface Usage {
  /** `YYYY-MM-DD`. */
  day: string;
  calls: number;
  failures: number;
  inputTokens: number;
  outputTokens: number;
  /** Millionths of the currency of the model's prices. */
  costMicros: number;
  latencyMs: number;
}

export interface Spending {
  tokens: number;
  micros: number;
}

/**
 * Sets aside for a turn what its call may cost at most. False: the day's budget doesn't allow it. The day's row is held
 * for that moment, so that calls at the same time can't spend the same rest.
 */
export async function reserveBudget(
  tx: Queryable,
  workspaceId: string,
  turn: { id: string; lease: number },
  most: Spending,
  budget: { tokensPerDay: number | null; microsPerDay: number | null },
): Promise<boolean> {
  if (budget.tokensPerDay === null && budget.microsPerDay === null) return true;
  await tx.query(
    `insert into assistant_usage (workspace_id, day)
     select $1, (now() at time zone w.time_zone)::date from workspace w where w.id = $1
     on conflict (workspace_id, day) do nothing`,
    [workspaceId],
  );
  await tx.query(
    `select 1 from assistant_usage u join workspace w on w.id = $1
     where u.workspace_id = $1 and u.day = (now() at time zone w.time_zone)::date for no key update of u`,
    [workspaceId],
  );
  const { rows } = await tx.query<{ tokens: number; micros: number }>(
    `select (u.input_tokens + u.output_tokens + r.tokens)::float8 as tokens, (u.cost_micros + r.micros)::float8 as micros
     from assistant_usage u join workspace w on w.id = $1
     cross join (
       select coalesce(sum(t.reserved_tokens), 0) as tokens, coalesce(sum(t.reserved_micros), 0) as micros from assistant_turn t
       where t.workspace_id = $1 and t.state = 'thinking' and t.id <> $2
     ) r
     where u.workspace_id = $1 and u.day = (now() at time zone w.time_zone)::date`,
    [workspaceId, turn.id],
  );
  const spent = rows[0]!;
  const { tokensPerDay, microsPerDay } = budget;
  if (tokensPerDay !== null && spent.tokens + most.tokens > tokensPerDay) return false;
  if (microsPerDay !== null && spent.micros + most.micros > microsPerDay) return false;
  await tx.query(
    `update assistant_turn set reserved_tokens = $4, reserved_micros = $5 where workspace_id = $1 and id = $2 and lease = $3`,
    [workspaceId, turn.id, turn.lease, Math.ceil(most.tokens), Math.ceil(most.micros)],
  );
  return true;
}

/** Adds what a turn's calls cost, whatever came of them. */
export async function addUsage(db: Queryable, workspaceId: string, usage: Omit<Usage, "day">): Promise<void> {
  await db.query({
    name: "assistant_usage.add",
    text: `insert into assistant_usage as u (workspace_id, day, calls, failures, input_tokens, output_tokens, cost_micros, latency_ms)
      select $1, (now() at time zone w.time_zone)::date, $2::int, $3::int, $4::bigint, $5::bigint, $6::bigint, $7::bigint from workspace w where w.id = $1
      on conflict (workspace_id, day) do update set calls = u.calls + excluded.calls, failures = u.failures + excluded.failures,
        input_tokens = u.input_tokens + excluded.input_tokens, output_tokens = u.output_tokens + excluded.output_tokens,
        cost_micros = u.cost_micros + excluded.cost_micros, latency_ms = u.latency_ms + excluded.latency_ms`,
    values: [
      ...[workspaceId, usage.calls, usage.failures, Math.round(usage.inputTokens), Math.round(usage.outputTokens)],
      ...[Math.round(usage.costMicros), Math.round(usage.latencyMs)],
    ],
  });
}

/** The latest day first. */
export async function listUsage(db: Queryable, workspaceId: string, days: number): Promise<Usage[]> {
  const { rows } = await db.query<Usage>(
    `select to_char(day, 'YYYY-MM-DD') as day, calls, failures, input_tokens as "inputTokens", output_tokens as "outputTokens", cost_micros as "costMicros",
       latency_ms as "latencyMs"
     from assistant_usage where workspace_id = $1 order by assistant_usage.day desc limit $2`,
    [workspaceId, days],
  );
  return rows;
}
