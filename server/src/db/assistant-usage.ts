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
 * Sets aside what a call may cost at most, until it is counted (`addUsage` with the same ID) or `forMs` are over. False: the
 * day's budget doesn't allow it. The day's row is held for that moment, so that calls at the same time can't spend the same
 * rest; and a call that nobody waits for any more counts for as long as it goes on.
 */
export async function reserveBudget(
  tx: Queryable,
  workspaceId: string,
  { id, forMs }: { id: string; forMs: number },
  most: Spending,
  { tokensPerDay, microsPerDay }: { tokensPerDay: number | null; microsPerDay: number | null },
): Promise<boolean> {
  if (tokensPerDay === null && microsPerDay === null) return true;
  // Holds the day's row. What is set aside is for seconds: a server that fails may forget it, and nobody waits for its disk
  // while the row is held.
  await tx.query({
    name: "assistant_budget.hold",
    text: `insert into assistant_usage as u (workspace_id, day)
     select $1, (now() at time zone w.time_zone)::date
     from workspace w cross join (select set_config('synchronous_commit', 'off', true)) as s where w.id = $1
     on conflict (workspace_id, day) do update set calls = u.calls`,
    values: [workspaceId],
  });
  const { rowCount } = await tx.query({
    name: "assistant_budget.reserve",
    text: `with gone as (delete from assistant_reservation v where v.workspace_id = $1 and v.expires_at < now()),
     used as (
       select coalesce(sum(v.tokens), 0) as tokens, coalesce(sum(v.micros), 0) as micros from assistant_reservation v
       where v.workspace_id = $1 and v.expires_at >= now()
     )
     insert into assistant_reservation (workspace_id, id, tokens, micros, expires_at)
     select $1, $2, $3::bigint, $4::bigint, now() + $5::float8 * interval '1 millisecond'
     from assistant_usage u join workspace w on w.id = $1 cross join used r
     where u.workspace_id = $1 and u.day = (now() at time zone w.time_zone)::date
       and ($6::float8 is null or (u.input_tokens + u.output_tokens + r.tokens)::float8 + $3::bigint <= $6)
       and ($7::float8 is null or (u.cost_micros + r.micros)::float8 + $4::bigint <= $7)`,
    values: [
      ...[workspaceId, id, Math.ceil(most.tokens), Math.ceil(most.micros), forMs],
      ...[tokensPerDay, microsPerDay],
    ],
  });
  return rowCount === 1;
}

const sums = `calls = u.calls + excluded.calls, failures = u.failures + excluded.failures,
        input_tokens = u.input_tokens + excluded.input_tokens, output_tokens = u.output_tokens + excluded.output_tokens,
        cost_micros = u.cost_micros + excluded.cost_micros, latency_ms = u.latency_ms + excluded.latency_ms`;
const sumColumns = "calls, failures, input_tokens, output_tokens, cost_micros, latency_ms";

/**
 * Adds what calls cost, whatever came of them: to the day, to the profile's day, and to the turn, also where somebody else has
 * it by now; so that the turns' costs are the profile's. What was set aside for them is free again.
 */
export async function addUsage(
  db: Queryable,
  workspaceId: string,
  usage: Omit<Usage, "day">,
  {
    reservation = null,
    profileId = null,
    turnId = null,
  }: { reservation?: string | null; profileId?: string | null; turnId?: string | null } = {},
): Promise<void> {
  await db.query({
    name: "assistant_usage.add",
    text: `with free as (delete from assistant_reservation v where v.workspace_id = $1 and v.id = $8),
      turn as (
        update assistant_turn t set input_tokens = coalesce(t.input_tokens, 0) + $4::bigint::int, output_tokens = coalesce(t.output_tokens, 0) + $5::bigint::int,
          cost_micros = coalesce(t.cost_micros, 0) + $6::bigint, latency_ms = coalesce(t.latency_ms, 0) + $7::bigint::int
        where t.workspace_id = $1 and t.id = $10
      ),
      profile as (
        insert into assistant_profile_usage as u (workspace_id, profile_id, day, ${sumColumns})
        select $1, $9, (now() at time zone w.time_zone)::date, $2::int, $3::int, $4::bigint, $5::bigint, $6::bigint, $7::bigint
        from workspace w where w.id = $1 and $9::text is not null
        on conflict (workspace_id, profile_id, day) do update set ${sums}
      )
      insert into assistant_usage as u (workspace_id, day, ${sumColumns})
      select $1, (now() at time zone w.time_zone)::date, $2::int, $3::int, $4::bigint, $5::bigint, $6::bigint, $7::bigint from workspace w where w.id = $1
      on conflict (workspace_id, day) do update set ${sums}`,
    values: [
      ...[workspaceId, usage.calls, usage.failures, Math.round(usage.inputTokens), Math.round(usage.outputTokens)],
      ...[Math.round(usage.costMicros), Math.round(usage.latencyMs), reservation, profileId, turnId],
    ],
  });
}

const shownColumns = `calls, failures, input_tokens as "inputTokens", output_tokens as "outputTokens", cost_micros as "costMicros",
  latency_ms as "latencyMs"`;

/** The latest day first; of one profile, or of all together. */
export async function listUsage(
  db: Queryable,
  workspaceId: string,
  days: number,
  profileId: string | null = null,
): Promise<Usage[]> {
  const [table, own] =
    profileId === null ? ["assistant_usage", ""] : ["assistant_profile_usage", " and u.profile_id = $3"];
  const { rows } = await db.query<Usage>(
    `select to_char(u.day, 'YYYY-MM-DD') as day, ${shownColumns}
     from ${table} u where u.workspace_id = $1${own} and u.calls > 0 order by u.day desc limit $2`,
    [workspaceId, days, ...(profileId === null ? [] : [profileId])],
  );
  return rows;
}

export interface ProfileUsage extends Omit<Usage, "day"> {
  profileId: string;
  /** Null: it was deleted. */
  profileName: string | null;
}

/** What each profile cost in so many days of the workspace's clock, today among them; the dearest first. */
export async function listProfileUsage(db: Queryable, workspaceId: string, days: number): Promise<ProfileUsage[]> {
  const { rows } = await db.query<ProfileUsage>(
    `select s.profile_id as "profileId", p.name as "profileName", s.calls, s.failures, s."inputTokens", s."outputTokens", s."costMicros", s."latencyMs"
     from (
       select u.profile_id, sum(u.calls)::float8 as calls, sum(u.failures)::float8 as failures, sum(u.input_tokens)::float8 as "inputTokens",
         sum(u.output_tokens)::float8 as "outputTokens", sum(u.cost_micros)::float8 as "costMicros", sum(u.latency_ms)::float8 as "latencyMs"
       from assistant_profile_usage u join workspace w on w.id = $1
       where u.workspace_id = $1 and u.day > (now() at time zone w.time_zone)::date - $2::int
       group by u.profile_id
     ) s
     left join profile p on p.workspace_id = $1 and p.id = s.profile_id
     order by s."costMicros" desc, s."inputTokens" desc, s.profile_id limit 1000`,
    [workspaceId, days],
  );
  return rows;
}
