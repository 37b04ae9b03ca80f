import { textArray } from "./array.ts";
import { few } from "./few.ts";
import { withdrawHeld } from "./held.ts";
import type { Queryable } from "./pool.ts";
import { type Forms, inForm, inForms, type Of, type Within } from "./sharding.ts";
import { inSet, type SetStatement } from "./together.ts";

/**
 * What takes leads out of their sequences, or lets them rest. A message that is on its way is stopped, too: it finds its
 * lead gone (or paused) when its attempt is about to be recorded (db/sending.ts).
 */

export interface Stop {
  workspaceId: string;
  leadId: string;
  /** For people: "lead_status: The lead's status is DONE." */
  reason: string;
  /** Only there; null: everywhere. */
  campaignId?: string | null;
  /** Whether others of the lead's company stop: in campaigns that ask for it, in all that are meant, or never. */
  colleagues?: "where_asked" | "always" | "never";
  /** Leads of drafts stay: what stops them is judged when the campaign starts. */
  begunOnly?: boolean;
}

/** Takes a lead out of its sequences. Answers how many it was in, and how many of colleagues ended with it. */
export async function stopSequences(db: Queryable, stop: Stop): Promise<Stopped> {
  return await inSet(db, stopTogether, stop.workspaceId, stop);
}

interface Stopped {
  stopped: number;
  colleagues: number;
}

/** Ends what was found, with the open tasks and what was held for it; `hit` has which stop it was for, and why, in the order of the locks. */
const ended = (within: Within, of: Of) => `
gone as (
  update enrollment e set state_reason = h.reason, state = 'stopped', wait_reason = null, next_at = null, updated_at = now()
  from (select * from hit where ${few("lead_id")}) h
  where e.workspace_id = h.workspace_id and e.campaign_id = h.campaign_id and e.lead_id = h.lead_id and e.state in ('active', 'held')${within("e")}
  returning h.n, h.reason, e.workspace_id, e.campaign_id, e.lead_id
),${withdrawHeld(
  "gone",
  {
    step: null,
    code: "'left_campaign'",
    detail: "'The lead is no longer in the campaign (' || k.reason || ').'",
  },
  () => of("$1"),
  within,
)},
called_off as (
  update task t set status = 'cancelled', ended_at = now(), ended_by = 'system', note = 'The lead left the sequence.'
  from (select * from gone where ${few("lead_id")}) g
  where t.workspace_id = g.workspace_id and t.campaign_id = g.campaign_id and t.lead_id = g.lead_id and t.status = 'open'${within("t")}
)
select n, count(*)::int as count from gone group by n`;
const asked = `
with asked as materialized (
  -- The workspace comes with each row: compared with $1, the rows of a batch would be compared with all of the workspace's.
  select *, $1::text as workspace_id from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::bool[])
    as a (n, lead_id, reason, campaign_id, begun_only, everywhere)
)`;

const own = inForms(
  "enrollment.stop",
  7,
  (within, _, of) => `${asked},
hit as materialized (
  select a.workspace_id, a.n, a.reason, e.campaign_id, e.lead_id from asked a
  cross join lateral (
    select e.campaign_id, e.lead_id from enrollment e
    join campaign c on c.workspace_id = ${of("$1")} and c.id = e.campaign_id
    where e.workspace_id = ${of("$1")} and e.lead_id = a.lead_id and e.state in ('active', 'held')
      and (a.campaign_id is null or e.campaign_id = a.campaign_id) and (not a.begun_only or c.status <> 'draft')
    -- Kept as it is: what is asked for is looked up by the lead.
    offset 0
  ) e order by e.campaign_id, e.lead_id
),${ended(within, of)}`,
);

// Also when the lead itself had its last message already: a reply to that one counts for the others.
const mates = inForms(
  "enrollment.stop_mates",
  7,
  (within, _, of) => `${asked},
hit as materialized (
  select distinct on (o.campaign_id, o.lead_id) a.workspace_id, a.n, 'company: A colleague stopped (' || split_part(a.reason, ':', 1) || ')' as reason, o.campaign_id, o.lead_id
  from asked a
  cross join lateral (
    select o.campaign_id, o.lead_id from enrollment e
    join campaign c on c.workspace_id = ${of("$1")} and c.id = e.campaign_id and (c.stop_company or a.everywhere)
    join lead l on l.workspace_id = ${of("$1")} and l.id = e.lead_id
    join lead m on lower(m.company) = lower(l.company) and m.workspace_id = ${of("$1")} and m.company is not null and m.id <> l.id
    join enrollment o on o.workspace_id = ${of("$1")} and o.campaign_id = e.campaign_id and o.lead_id = m.id and o.state in ('active', 'held')
    where e.workspace_id = ${of("$1")} and e.lead_id = a.lead_id and l.company is not null
      and (a.campaign_id is null or e.campaign_id = a.campaign_id) and (not a.begun_only or c.status <> 'draft')
    offset 0
  ) o order by o.campaign_id, o.lead_id, a.n
),${ended(within, of)}`,
);

/** Those that are or were in a sequence: of many who write, few are. */
async function inSequences(db: Queryable, workspaceId: string, leadIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>({
    name: "enrollment.of_leads",
    text: `select k.id from unnest($2::text[]) as k (id)
      cross join lateral (select 1 from enrollment e where e.workspace_id = $1 and e.lead_id = k.id limit 1) e`,
    values: [workspaceId, textArray(leadIds, (id) => id)],
  });
  return new Set(rows.map(({ id }) => id));
}

const stopTogether: SetStatement<Stop, Stopped> = {
  name: "enrollment.stop",
  async run(db, workspaceId, stops) {
    const run = async (forms: Forms, numbers: readonly number[]) => {
      if (numbers.length === 0) return new Map<number, number>();
      const of = numbers.map((n) => stops[n]!);
      const values = [
        ...[workspaceId, numbers, of.map(({ leadId }) => leadId), of.map(({ reason }) => reason)],
        of.map(({ campaignId = null }) => campaignId),
        of.map(({ begunOnly = false }) => begunOnly),
        of.map(({ colleagues }) => colleagues === "always"),
      ];
      const { rows } = await db.query<{ n: number; count: number }>(
        inForm(forms, values, db.sharded ? workspaceId : null),
      );
      return new Map(rows.map(({ n, count }) => [n, count]));
    };
    const all = [...stops.keys()];
    const enrolled = await inSequences(db, workspaceId, [...new Set(stops.map(({ leadId }) => leadId))]);
    const some = all.filter((n) => enrolled.has(stops[n]!.leadId));
    const first = await run(own, some);
    const others = some.filter((n) => stops[n]!.colleagues !== "never");
    const second = await run(mates, others);
    return all.map((n) => ({ stopped: first.get(n) ?? 0, colleagues: second.get(n) ?? 0 }));
  },
};

/** Stops a lead in campaigns that stop at one of its tags. Answers in how many. */
export async function stopByTags(db: Queryable, workspaceId: string, leadId: string): Promise<number> {
  const found = await inSet(db, tagged, workspaceId, leadId);
  for (const { campaignId, tag } of found) {
    await stopSequences(db, { workspaceId, leadId, campaignId, reason: `stop_tag: The lead has the tag ${tag}.` });
  }
  return found.length;
}

const tagged: SetStatement<string, { campaignId: string; tag: string }[]> = {
  name: "enrollment.tagged",
  async run(db, workspaceId, ids) {
    const { rows } = await db.query<{ leadId: string; campaignId: string; tag: string }>({
      name: "enrollment.tagged",
      text: `select k.id as "leadId", t.campaign_id as "campaignId", t.tag from unnest($2::text[]) as k (id)
        cross join lateral (
          select c.id as campaign_id, (
            select t from unnest(c.stop_tags) t where lower(t) = any(select lower(x) from unnest(l.tags) x) limit 1) as tag
          from enrollment e
          join campaign c on c.workspace_id = $1 and c.id = e.campaign_id and c.stop_tags <> '{}'
          join lead l on l.workspace_id = $1 and l.id = e.lead_id
          where e.workspace_id = $1 and e.lead_id = k.id and e.state in ('active', 'held') and exists (
            select 1 from unnest(c.stop_tags) t where lower(t) = any(select lower(x) from unnest(l.tags) x))
        ) t`,
      values: [workspaceId, textArray([...new Set(ids)], (id) => id)],
    });
    const byLead = Map.groupBy(rows, ({ leadId }) => leadId);
    return ids.map((id) => byLead.get(id) ?? []);
  },
};

/** The IDs of the leads that use this (normalised) address on the channel. */
export async function leadsWithAddress(db: Queryable, workspaceId: string, address: string): Promise<string[]> {
  return await inSet(db, withAddress, workspaceId, address);
}

const withAddress: SetStatement<string, string[]> = {
  name: "lead.with_address",
  async run(db, workspaceId, asked) {
    const found: string[][] = asked.map(() => []);
    const { rows } = await db.query<{ n: number; id: string }>({
      name: "lead.with_address",
      // UNION ALL: for UNION the IDs would be wanted in order, and all leads be walked through by their key.
      text: `select distinct a.n::int as n, l.id from unnest($2::text[]) with ordinality as a (address, n)
        cross join lateral (
          (select id from lead l where l.workspace_id = $1 and l.phone = a.address limit 1)
          union all (select id from lead l where l.workspace_id = $1 and l.email = a.address limit 1)
          union all (select id from lead l where l.workspace_id = $1 and l.linkedin_url = a.address limit 1)
        ) l order by 1, 2`,
      values: [workspaceId, asked],
    });
    for (const { n, id } of rows) found[n - 1]!.push(id);
    return found;
  },
};

/**
 * Lets a lead rest: no campaign writes to it before `until`. Null lifts that. Answers in how many sequences it is; null:
 * there is no such lead.
 */
export async function pauseLead(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  pause: { until: Date; reason: string } | null,
): Promise<number | null> {
  const { rowCount } = await db.query(
    "update lead set paused_until = $3, pause_reason = $4, updated_at = now() where workspace_id = $1 and id = $2",
    [workspaceId, leadId, pause?.until ?? null, pause?.reason ?? null],
  );
  if (!rowCount) return null;
  // Whoever waits for the end of a pause is looked at again, now that it is another one.
  await db.query(
    `update enrollment set next_at = now(), wait_reason = null, updated_at = now()
     where workspace_id = $1 and lead_id = $2 and state = 'active' and next_at > now() and wait_reason like 'paused:%'`,
    [workspaceId, leadId],
  );
  const { rows } = await db.query<{ n: number }>(
    "select count(*)::int as n from enrollment where workspace_id = $1 and lead_id = $2 and state in ('active', 'held')",
    [workspaceId, leadId],
  );
  return rows[0]!.n;
}

/**
 * Lets a lead rest until then, unless it rests longer already: what a person set is not cut short. Answers whether it rests
 * because of this. Messages that are queued already are held when their turn comes (`beginMessages`).
 */
export async function restLead(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  { until, reason }: { until: Date; reason: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update lead set paused_until = $3, pause_reason = $4, updated_at = now()
     where workspace_id = $1 and id = $2 and (paused_until is null or paused_until < $3)`,
    [workspaceId, leadId, until, reason],
  );
  return (rowCount ?? 0) > 0;
}

/**
 * The lead accepted an invitation: of `senderId`, else of whoever sent it one, else of nobody in particular. Leads that wait
 * for it go on. `at`: when; the first time counts, or with `latest` the last one.
 */
export async function markConnected(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  senderId: string | null = null,
  at: Date = new Date(),
  { latest = false }: { latest?: boolean } = {},
): Promise<void> {
  const { rowCount } = await db.query(
    `update conversation v set connected_at = ${latest ? "greatest" : "least"}(v.connected_at, $4::timestamptz)
     where v.workspace_id = $1 and v.lead_id = $2 and v.channel = 'linkedin' and ($3::text is null or v.sender_id = $3)
       and ($3::text is not null or exists (select 1 from message m where m.workspace_id = $1 and m.lead_id = v.lead_id
         and m.sender_id = v.sender_id and m.action = 'connect' and m.status in ('sent', 'uncertain')))`,
    [workspaceId, leadId, senderId, at],
  );
  if (!rowCount) await noteConnected(db, workspaceId, leadId, at);
  await goOn(db, workspaceId, leadId);
}

/** Somebody says that the lead accepted an invitation, and not of whom. Leads that wait for it go on. */
export async function markConnectedSomewhere(db: Queryable, workspaceId: string, leadId: string, at: Date) {
  await noteConnected(db, workspaceId, leadId, at);
  await goOn(db, workspaceId, leadId);
}

async function noteConnected(db: Queryable, workspaceId: string, leadId: string, at: Date): Promise<void> {
  await db.query(
    "update lead set connected_at = least(connected_at, $3::timestamptz) where workspace_id = $1 and id = $2",
    [workspaceId, leadId, at],
  );
}

async function goOn(db: Queryable, workspaceId: string, leadId: string): Promise<void> {
  await db.query(
    `update enrollment e set next_at = now(), wait_reason = null, updated_at = now()
     from step s
     where e.workspace_id = $1 and e.lead_id = $2 and e.state = 'active' and e.next_at > now() and s.workspace_id = e.workspace_id
       and s.campaign_id = e.campaign_id and s.id = e.next_step_id and s.action = 'wait_for_acceptance'`,
    [workspaceId, leadId],
  );
}

/** The pause that a lead is in; null: none. */
export async function leadPause(
  db: Queryable,
  workspaceId: string,
  leadId: string,
): Promise<{ until: Date; reason: string } | null> {
  const { rows } = await db.query<{ until: Date; reason: string }>(
    `select paused_until as until, coalesce(pause_reason, 'paused') as reason from lead
     where workspace_id = $1 and id = $2 and paused_until > now()`,
    [workspaceId, leadId],
  );
  return rows[0] ?? null;
}
