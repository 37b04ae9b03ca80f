import { breaker, places } from "../domain/lane-health.ts";

/**
 * Parts of the outbox's statements by which lanes of deliveries adapt to their receivers: places, the rate limit, the
 * breaker. They work on the lane's row, which these statements lock and write anyway, once a lane and statement; lanes that
 * use none of it compute a few comparisons. `l` is the lane. Numbers and their reasons are in `domain/lane-health.ts`.
 */

const answered = `l.last_success_at > now() - interval '${places.silentSeconds} seconds'`;

/**
 * A lane of which many rows are leased and nothing succeeds gets no more: it may hang, and would fill the process; or fail,
 * and would spend attempts until its breaker opens. (As
 * TCP after an idle time, a lane that has proved 2,048 places begins with the first 16 again.)
 */
export const answersOrFew = `(l.concurrency_limit is null or l.leased < ${places.unanswered} or ${answered})`;

/** Tokens that a lane with a rate limit has; null of others. */
export const tokensLeft = `case when l.rate_requests is not null then least(l.rate_requests,
    l.tokens + greatest(0, extract(epoch from now() - l.tokens_at))::float8 * l.rate_requests / l.rate_seconds) end`;

/** Rows that a claim may take: of $9 processes each takes its part (`partOf`). `least` passes over what is null. */
export const roomNow = `greatest(0, least(l.max_leased * $7 - l.leased, $3, floor(${tokensLeft})::int,
    case when $9::int > 1 then greatest(${places.leastPart}, l.max_leased / $9::int) end,
    case when l.concurrency_limit is not null and (${answered}) is not true then ${places.unanswered} - l.leased end))`;

/** Seconds between visits of a lane that waits for tokens, at least: a claim for each single token would cost more. */
const tokenWait = 0.02;

/** Milliseconds after which a lane of which only what is above its floor was looked at is looked at again. */
export const floorMs = 1_000;

/** What a claim needs of the lane `l`, beside the tokens, to say when it is visited again. */
export const tokenRate = "l.tokens_at, l.rate_seconds::float8 / l.rate_requests as token_seconds";

/**
 * After a claim, from `v` (`tokens`: what is left then): the lane is visited again when there is something to take. `floors`: of
 * one that has a floor, what lies below it isn't known, and is looked for soon.
 */
export const afterClaim = (floors: boolean): string => {
  const readyAt = `case
      when v.next_due > now() then nullif(v.next_due, 'infinity')
      when v.tokens < 1 then now() + make_interval(secs => greatest(${tokenWait}, (1 - v.tokens) * v.token_seconds))
      when v.next_due is not null then now() end`;
  return `case when v.tokens is not null then greatest(v.tokens_at, now()) else v.tokens_at end as counted_at,
    ${floors ? `least(${readyAt}, case when v.floor is not null then now() + interval '${floorMs} milliseconds' end)` : readyAt} as ready_at`;
};

/** Assignments to the lane from `v`, which has all of that: an update itself may not ask for the time (see `sharding.ts`). */
export const tokensTaken = "tokens = coalesce(v.tokens, l.tokens), tokens_at = v.counted_at, ready_at = v.ready_at";

/**
 * What the results of a batch make of a lane, from `locked l`, which holds both:
 *
 * - verdict: `opens` (the breaker; also again, after a probe that failed), `closes`, `broken` (stays so), or null: closed.
 *   While it is not closed there is one place, so that half-open lets one through, whichever process takes it; if that
 *   process dies, the place is free again with its lease.
 * - whole: places and their fraction.
 *
 * What comes back while it is open began before that: it closes it where it succeeded, and else says nothing new.
 */
export const adapted = `judged as materialized (
  select l.*,
    case when l.good > 0 then 0 else l.bad_streak + l.bad end as streak,
    case when fresh.begins then now() else l.window_at end as from_at,
    case when fresh.begins then 0 else l.window_good end + l.good as goods,
    case when fresh.begins then 0 else l.window_bad end + l.bad as bads,
    l.cut_from > coalesce(l.cut_at, '-infinity') as cuts
  from locked l
  cross join lateral (
    select l.good + l.bad > 0 and l.window_at > now() - interval '${breaker.windowSeconds} seconds' is not true as begins
  ) fresh
),
adapted as materialized (
  select j.*, v.verdict,
    case
      when j.concurrency_limit is null then j.max_leased
      when v.verdict in ('opens', 'broken') then 1
      when v.verdict = 'closes' then least(j.concurrency_limit, ${places.first})
      -- Where something waited, to what is under way, if that is less.
      when j.cuts then greatest(1, least(j.max_leased / 2, case when j.waited > 0 then j.leased - j.n end))
      -- Only what is used is proved.
      when j.more = 0 or j.leased * 2 < j.max_leased then j.max_leased + j.place_credit
      when j.max_leased < coalesce(j.slow_start_until, j.concurrency_limit)
        then least(j.max_leased + j.more, j.concurrency_limit, j.slow_start_until)
      else least(j.max_leased + j.place_credit + j.more::real / j.max_leased, j.concurrency_limit)
    end as whole,
    now() + make_interval(secs =>
      least(${breaker.longestPause}, ${breaker.firstPause} * 2 ^ least(j.breaker_pauses, 10)) * (1 + 0.2 * random())) as paused_until,
    coalesce(j.parked_until > now(), false) as is_parked, now() as at
  from judged j
  cross join lateral (
    select case
      when j.concurrency_limit is null then null
      when j.broken_at is not null then
        case when j.good > 0 then 'closes' when j.bad > 0 and j.parked_until > now() is not true then 'opens' else 'broken' end
      when j.streak >= ${breaker.failures} and j.bad > 0 then 'opens'
      when j.bad > 0 and j.goods + j.bads >= ${breaker.windowAnswers} and j.bads >= ${breaker.failedPart} * (j.goods + j.bads) then 'opens'
    end as verdict
  ) v
),`;

/** Assignments to the lane from `adapted k`. */
export const freedLane = `tokens = least(l.rate_requests, l.tokens + k.unused),
    bad_streak = k.streak, window_at = k.from_at, window_good = k.goods, window_bad = k.bads,
    max_leased = floor(k.whole)::int, place_credit = k.whole - floor(k.whole),
    slow_start_until = case when k.verdict = 'opens' and k.broken_at is null or k.verdict is null and k.cuts
      then greatest(${places.leastSlowStart}, l.max_leased / 2) else l.slow_start_until end,
    cut_at = case when k.cuts then k.cut_to else l.cut_at end,
    broken_at = case k.verdict when 'opens' then coalesce(l.broken_at, k.at) when 'closes' then null else l.broken_at end,
    broken_reason = case k.verdict when 'opens' then coalesce(k.bad_detail, 'Its attempts fail.') when 'closes' then null else l.broken_reason end,
    breaker_pauses = case k.verdict when 'opens' then l.breaker_pauses + 1 when 'closes' then 0 else l.breaker_pauses end,
    parked_until = case k.verdict
      when 'opens' then greatest(l.parked_until, k.park_until, k.paused_until)
      -- What the receiver itself asked for goes on.
      when 'closes' then case when l.parked_reason = l.broken_reason then k.park_until else greatest(l.parked_until, k.park_until) end
      else greatest(l.parked_until, k.park_until) end,
    parked_reason = case
      when k.park_reason is not null then k.park_reason
      when k.verdict = 'opens' and not k.is_parked then coalesce(k.bad_detail, 'Its attempts fail.')
      else l.parked_reason end`;
