import { float8Array, int4Array, int8Array, textArray } from "./array.ts";
import { few, ofWorkspace } from "./few.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { inSet, type SetStatement } from "./together.ts";

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
  return await inSet(tx, reserve, workspaceId, { id, forMs, most, tokensPerDay, microsPerDay });
}

interface Reserved {
  id: string;
  forMs: number;
  most: Spending;
  tokensPerDay: number | null;
  microsPerDay: number | null;
}

const reserve: SetStatement<Reserved, boolean> = {
  name: "assistant_budget.reserve",
  async run(tx, workspaceId, items) {
    // Holds the day's row. What is set aside is for seconds: a server that fails may forget it, and nobody waits for its disk
    // while the row is held. Behind midnight somebody may still hold yesterday's, and sets aside of the same rest.
    await tx.query({
      name: "assistant_budget.hold",
      text: `insert into assistant_usage as u (workspace_id, day)
     select $1, l.clock::date - b.days
     from workspace w cross join lateral (select now() at time zone w.time_zone as clock) l
       cross join (values (1), (0)) as b (days) cross join (select set_config('synchronous_commit', 'off', true)) as s
     where w.id = $1 and (b.days = 0 or l.clock::time < time '00:05')
     order by b.days desc
     on conflict (workspace_id, day) do update set calls = u.calls`,
      values: [workspaceId],
    });
    const setAside = async (some: readonly Reserved[]) => {
      const { rows } = await tx.query<{ id: string }>({
        name: "assistant_budget.reserve",
        text: `with gone as (delete from assistant_reservation v where v.workspace_id = $1 and v.expires_at < now()),
     used as (
       select coalesce(sum(v.tokens), 0) as tokens, coalesce(sum(v.micros), 0) as micros from assistant_reservation v
       where v.workspace_id = $1 and v.expires_at >= now()
     ),
     -- Each with those before it.
     asked as (
       select a.*, sum(a.tokens) over (order by a.n) as all_tokens, sum(a.micros) over (order by a.n) as all_micros
       from unnest($2::text[], $3::bigint[], $4::bigint[], $5::float8[], $6::float8[], $7::float8[]) with ordinality
         as a (id, tokens, micros, for_ms, tokens_per_day, micros_per_day, n)
     )
     insert into assistant_reservation (workspace_id, id, tokens, micros, expires_at)
     select $1, a.id, a.tokens, a.micros, now() + a.for_ms * interval '1 millisecond'
     from assistant_usage u join workspace w on w.id = $1 cross join used r cross join asked a
     where u.workspace_id = $1 and u.day = (now() at time zone w.time_zone)::date
       and (a.tokens_per_day is null or (u.input_tokens + u.output_tokens + r.tokens)::float8 + a.all_tokens <= a.tokens_per_day)
       and (a.micros_per_day is null or (u.cost_micros + r.micros)::float8 + a.all_micros <= a.micros_per_day)
     returning id`,
        values: [
          workspaceId,
          textArray(some, ({ id }) => id),
          int8Array(some, ({ most }) => Math.ceil(most.tokens)),
          int8Array(some, ({ most }) => Math.ceil(most.micros)),
          float8Array(some, ({ forMs }) => forMs),
          float8Array(some, (one) => one.tokensPerDay),
          float8Array(some, (one) => one.microsPerDay),
        ],
      });
      return rows.map(({ id }) => id);
    };
    const done = new Set(await setAside(items));
    // Behind one that is too dear there may be room for a smaller one.
    if (items.length > 1) {
      for (const item of items) if (!done.has(item.id)) for (const id of await setAside([item])) done.add(id);
    }
    return items.map(({ id }) => done.has(id));
  },
};

const sums = `calls = u.calls + excluded.calls, failures = u.failures + excluded.failures,
        input_tokens = u.input_tokens + excluded.input_tokens, output_tokens = u.output_tokens + excluded.output_tokens,
        cost_micros = u.cost_micros + excluded.cost_micros, latency_ms = u.latency_ms + excluded.latency_ms`;
const sumColumns = "calls, failures, input_tokens, output_tokens, cost_micros, latency_ms";
const ofSums = "s.calls, s.failures, s.input_tokens, s.output_tokens, s.cost_micros, s.latency_ms";

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
  await inSet(db, adding, workspaceId, { usage, reservation, profileId, turnId });
}

interface AddedUsage {
  usage: Omit<Usage, "day">;
  reservation: string | null;
  profileId: string | null;
  turnId: string | null;
}

const summed = `sum(a.calls)::int as calls, sum(a.failures)::int as failures, sum(a.input_tokens)::bigint as input_tokens,
        sum(a.output_tokens)::bigint as output_tokens, sum(a.cost_micros)::bigint as cost_micros, sum(a.latency_ms)::bigint as latency_ms`;

const addForms = inForms(
  "assistant_usage.add",
  10,
  (within, _, of) => `with a as materialized (
        select * from unnest($2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::text[])
          as a (calls, failures, input_tokens, output_tokens, cost_micros, latency_ms, reservation, profile_id, turn_id)
      ),
      free as (delete from assistant_reservation v using a where v.workspace_id = ${of("$1")} and v.id = a.reservation),
      at_turn as materialized (select a.*, ${ofWorkspace} from a where ${few("a.turn_id")}),
      turn as (
        update assistant_turn t set input_tokens = coalesce(t.input_tokens, 0) + a.input_tokens::int,
          output_tokens = coalesce(t.output_tokens, 0) + a.output_tokens::int, cost_micros = coalesce(t.cost_micros, 0) + a.cost_micros,
          latency_ms = coalesce(t.latency_ms, 0) + a.latency_ms::int
        from at_turn a where t.workspace_id = a.workspace_id and t.id = a.turn_id${within("t")}
      ),
      profile as (
        insert into assistant_profile_usage as u (workspace_id, profile_id, day, ${sumColumns})
        select ${of("$1")}, s.profile_id, (now() at time zone w.time_zone)::date, ${ofSums}
        from workspace w cross join (select a.profile_id, ${summed} from a where a.profile_id is not null group by 1 order by 1) s where w.id = ${of("$1")}
        on conflict (workspace_id, profile_id, day) do update set ${sums}
      )
      insert into assistant_usage as u (workspace_id, day, ${sumColumns})
      select ${of("$1")}, (now() at time zone w.time_zone)::date, ${ofSums} from workspace w cross join (select ${summed} from a) s where w.id = ${of("$1")}
      on conflict (workspace_id, day) do update set ${sums}`,
);

const adding: SetStatement<AddedUsage, null> = {
  name: "assistant_usage.add",
  async run(db, workspaceId, items) {
    const values = [
      workspaceId,
      int4Array(items, ({ usage }) => usage.calls),
      int4Array(items, ({ usage }) => usage.failures),
      int8Array(items, ({ usage }) => Math.round(usage.inputTokens)),
      int8Array(items, ({ usage }) => Math.round(usage.outputTokens)),
      int8Array(items, ({ usage }) => Math.round(usage.costMicros)),
      int8Array(items, ({ usage }) => Math.round(usage.latencyMs)),
      textArray(items, (one) => one.reservation),
      textArray(items, (one) => one.profileId),
      textArray(items, (one) => one.turnId),
    ];
    await db.query(inForm(addForms, values, db.sharded ? workspaceId : null));
    return items.map(() => null);
  },
};

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
