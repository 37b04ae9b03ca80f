import type { ChannelName } from "../domain/event.ts";
import type { Delay } from "../domain/schedule/delay.ts";
import { float8Array, textArray } from "./array.ts";
import { few, ofWorkspace } from "./few.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { forbidding } from "./suppression.ts";

/** Where leads stand in the follow-ups of their profiles: enrollments in the profiles' own campaigns. */

export interface FollowUpPlace {
  leadId: string;
  /** Of the profile's follow-ups, or the lead's own; null: there are none. */
  campaignId: string | null;
  /** Null: it never had any. */
  state: "active" | "held" | "finished" | "stopped" | null;
  stateReason: string | null;
  /** Of the step that comes next. */
  position: number | null;
  nextAt: Date | null;
  /** The lead wrote since the last one of them went out. */
  repliedSince: boolean;
}

/** Of these leads, those whose profile the assistant may write under, with where they stand. In the order of their IDs. */
export async function followUpPlaces(
  db: Queryable,
  workspaceId: string,
  leadIds: readonly string[],
  { anyMode = false }: { anyMode?: boolean } = {},
): Promise<FollowUpPlace[]> {
  const { rows } = await db.query<FollowUpPlace>({
    name: "follow_up.places",
    text: `
select l.id as "leadId", coalesce(a.follow_up_campaign_id, p.campaign_id) as "campaignId", e.state, e.state_reason as "stateReason", s.position,
  nullif(e.next_at, 'infinity') as "nextAt", coalesce(l.replied_at > e.anchor_at, false) as "repliedSince"
from (select distinct id from unnest($2::text[]) as k (id)) k
cross join lateral (select * from lead l where l.workspace_id = $1 and l.id = k.id limit 1) l
join profile p on p.workspace_id = $1 and p.name = l.profile
left join lateral (select * from assistant_lead a where a.workspace_id = $1 and a.lead_id = l.id limit 1) a on true
left join lateral (
  select * from enrollment e
  where e.workspace_id = $1 and e.campaign_id = coalesce(a.follow_up_campaign_id, p.campaign_id) and e.lead_id = l.id limit 1
) e on true
left join step s on s.workspace_id = $1 and s.campaign_id = e.campaign_id and s.id = e.next_step_id
where ($3::boolean or p.mode <> 'off' and coalesce(a.mode, p.mode) <> 'off' and a.handed_over_at is null)
order by l.id`,
    values: [workspaceId, leadIds, anyMode],
  });
  return rows;
}

/** Which of these leads have written after all of their messages here, or must not be written to any more on the channel of one. */
export async function heardSince(
  db: Queryable,
  workspaceId: string,
  sent: readonly { leadId: string; channel: ChannelName; at: Date }[],
): Promise<Set<string>> {
  if (sent.length === 0) return new Set();
  const { rows } = await db.query<{ id: string }>({
    name: "follow_up.heard_since",
    text: `
select l.id from unnest($2::text[], $3::text[], $4::float8[]) as m (lead_id, channel, at)
cross join lateral (select * from lead l where l.workspace_id = $1 and l.id = m.lead_id limit 1) l
left join lateral (${forbidding("l", "m.channel", "$1")}) f on true
group by l.id having bool_and(coalesce(l.replied_at > to_timestamp(m.at / 1000), false)) or bool_or(f.reason is not null)`,
    values: [
      workspaceId,
      textArray(sent, ({ leadId }) => leadId),
      textArray(sent, ({ channel }) => channel),
      float8Array(sent, ({ at }) => at.getTime()),
    ],
  });
  return new Set(rows.map(({ id }) => id));
}

const archiveForms = inForms(
  "follow_up.archive",
  3,
  (within, _, of) => `
with had as materialized (
  select m.id, ${ofWorkspace} from unnest($2::text[], $3::text[]) as r (lead_id, campaign_id)
  cross join lateral (
    -- OFFSET: looked up lead by lead.
    select m.id from message m where m.workspace_id = ${of("$1")} and m.lead_id = r.lead_id and m.campaign_id = r.campaign_id
      and position('#' in m.step_id) = 0 and m.status not in ('queued', 'sending') offset 0
  ) m
)
update message m set step_id = m.step_id || '#' || m.id, status = case m.status when 'held' then 'cancelled' else m.status end
from had h where ${few("h.id")} and m.workspace_id = h.workspace_id and m.id = h.id and position('#' in m.step_id) = 0
  and coalesce(m.status, '') not in ('queued', 'sending')${within("m")}`,
);

/**
 * Lets leads begin with a step, its delay from now, or from a moment to come. What they had in an earlier round makes room: the key over campaign, lead
 * and step, by which nobody gets a step twice, is for one round between two replies.
 */
export async function beginRound(
  tx: Queryable,
  workspaceId: string,
  leads: readonly { leadId: string; campaignId: string }[],
  /** Position null: the first one; from null: now. */
  { position = null, from = null }: { position?: number | null; from?: Date | null } = {},
): Promise<void> {
  const laterMs = Math.max(0, (from?.getTime() ?? 0) - Date.now());
  const ids = [leads.map(({ leadId }) => leadId), leads.map(({ campaignId }) => campaignId)];
  await tx.query(inForm(archiveForms, [workspaceId, ...ids], tx.sharded ? workspaceId : null));
  await tx.query({
    name: "follow_up.begin",
    text: `
with first as materialized (
  select r.lead_id, r.campaign_id, f.id, now() + ($5::float8 + f.delay_ms) * interval '1 millisecond' as due_at, queue_of(f.asks, '', '{}') as queue,
    now() + $5::float8 * interval '1 millisecond' as at, now() as written_at
  from unnest($2::text[], $3::text[]) as r (lead_id, campaign_id)
  cross join lateral (
    select s.id, s.delay_ms, s.asks from step s
    where s.workspace_id = $1 and s.campaign_id = r.campaign_id and s.position >= coalesce($4::int, 0) order by s.position limit 1
  ) f
)
insert into enrollment (workspace_id, campaign_id, lead_id, next_step_id, next_at, anchor_at, next_sender, updated_at)
select $1, f.campaign_id, f.lead_id, f.id, f.due_at, f.at, f.queue, f.written_at from first f
on conflict (workspace_id, campaign_id, lead_id) do update set state = 'active', state_reason = null, wait_reason = null,
  next_step_id = excluded.next_step_id, next_at = excluded.next_at, anchor_at = excluded.anchor_at, next_sender = excluded.next_sender,
  updated_at = excluded.updated_at`,
    values: [workspaceId, ...ids, position, laterMs],
  });
}

const clockForms = inForms(
  "follow_up.clock",
  3,
  (within, _, of) => `
with next as materialized (
  select r.campaign_id, r.lead_id, ${ofWorkspace}, now() as at, now() + s.delay_ms * interval '1 millisecond' as due_at
  from unnest($2::text[], $3::text[]) as r (lead_id, campaign_id)
  cross join lateral (
    select * from enrollment e where e.workspace_id = ${of("$1")} and e.campaign_id = r.campaign_id and e.lead_id = r.lead_id limit 1
  ) e
  cross join lateral (
    select * from step s where s.workspace_id = ${of("$1")} and s.campaign_id = r.campaign_id and s.id = e.next_step_id limit 1
  ) s
  where e.state = 'active' and e.next_at < 'infinity'
)
update enrollment e set anchor_at = n.at, next_at = n.due_at, wait_reason = null, updated_at = n.at
from next n where ${few("n.lead_id")} and e.workspace_id = n.workspace_id and e.campaign_id = n.campaign_id and e.lead_id = n.lead_id${within("e")}`,
);

/** Something else went out to these leads: the clock of what comes next begins anew. What is being written is left alone. */
export async function restartClock(
  tx: Queryable,
  workspaceId: string,
  leads: readonly { leadId: string; campaignId: string }[],
): Promise<void> {
  const values = [workspaceId, leads.map(({ leadId }) => leadId), leads.map(({ campaignId }) => campaignId)];
  await tx.query(inForm(clockForms, values, tx.sharded ? workspaceId : null));
}

/**
 * What was to be a lead's next follow-up came to nothing, though nobody ended them: its clock begins anew. Not where its message may
 * have gone out: the outcome moves the lead on.
 */
export async function resumeClock(tx: Queryable, workspaceId: string, leadId: string): Promise<void> {
  await tx.query({
    name: "follow_up.resume",
    text: `
with next as materialized (
  select e.campaign_id, now() as at, now() + s.delay_ms * interval '1 millisecond' as due_at
  from enrollment e
  join campaign c on c.workspace_id = $1 and c.id = e.campaign_id and c.profile_id is not null
  join step s on s.workspace_id = $1 and s.campaign_id = e.campaign_id and s.id = e.next_step_id
  where e.workspace_id = $1 and e.lead_id = $2 and e.state = 'active' and (e.next_at is null or e.next_at = 'infinity')
    and not exists (select 1 from message m where m.workspace_id = $1 and m.lead_id = $2 and m.campaign_id = e.campaign_id
      and m.status in ('queued', 'held', 'sending', 'uncertain'))
)
update enrollment e set anchor_at = n.at, next_at = n.due_at, wait_reason = null, updated_at = n.at
from next n where e.workspace_id = $1 and e.campaign_id = n.campaign_id and e.lead_id = $2`,
    values: [workspaceId, leadId],
  });
}

/** Somebody doesn't want them for the lead: none begin behind the next message either, where they hadn't begun or had ended by themselves. */
export async function keepStopped(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  campaignId: string,
  reason: string,
): Promise<void> {
  await tx.query({
    name: "follow_up.keep_stopped",
    text: `
insert into enrollment (workspace_id, campaign_id, lead_id, state, state_reason, updated_at) select $1, $2, $3, 'stopped', $4, now()
on conflict (workspace_id, campaign_id, lead_id) do update set state = 'stopped', state_reason = excluded.state_reason, next_at = null,
  wait_reason = null, updated_at = excluded.updated_at`,
    values: [workspaceId, campaignId, leadId, reason],
  });
}

/** Why a lead has left the follow-ups that a draft is of; null: it is still in them. */
export async function leftFollowUps(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  leadId: string,
): Promise<string | null> {
  const { rows } = await tx.query<{ state: string; reason: string | null }>({
    name: "follow_up.left",
    text: `select e.state, e.state_reason as reason from enrollment e where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = $3`,
    values: [workspaceId, campaignId, leadId],
  });
  const { state, reason } = rows[0] ?? { state: "gone", reason: null };
  return state === "active" || state === "held" ? null : (reason ?? "they have ended");
}

/** A follow-up of these leads is being written: they wait for what comes of it. */
export async function awaitWriting(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  leadIds: readonly string[],
): Promise<void> {
  await tx.query({
    name: "follow_up.await",
    text: `update enrollment e set next_at = 'infinity', wait_reason = 'the assistant writes it, or a person looks at it', updated_at = now()
      where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = any($3::text[]) and e.state = 'active'`,
    values: [workspaceId, campaignId, leadIds],
  });
}

/** The follow-up's message is on its way: its outcome moves the lead on. */
export async function awaitOutcome(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  leadId: string,
  senderOf: { channel: string; senderId: string },
): Promise<void> {
  await tx.query({
    name: "follow_up.outcome",
    text: `update enrollment e set next_at = null, wait_reason = null, senders = e.senders || s.via, first_at = s.first_at, updated_at = s.at
      from (
        select jsonb_build_object($4::text, $5::text) as via, now() as at, coalesce(x.first_at, now()) as first_at from enrollment x
        where x.workspace_id = $1 and x.campaign_id = $2 and x.lead_id = $3 limit 1
      ) s
      where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = $3 and e.state = 'active'`,
    values: [workspaceId, campaignId, leadId, senderOf.channel, senderOf.senderId],
  });
}

/** The campaign of a profile's follow-ups, which nobody starts or finishes. */
export async function openFollowUpCampaign(
  tx: Queryable,
  workspaceId: string,
  campaignId: string,
  profileId: string,
): Promise<void> {
  await tx.query(
    `update campaign set profile_id = $3, status = 'active', started_at = now(), allow_parallel = true, updated_at = now()
     where workspace_id = $1 and id = $2`,
    [workspaceId, campaignId, profileId],
  );
}

/** The campaign of follow-ups that a lead has for itself. */
export async function setOwnFollowUpCampaign(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  campaignId: string | null,
): Promise<void> {
  await tx.query("update assistant_lead set follow_up_campaign_id = $3 where workspace_id = $1 and lead_id = $2", [
    workspaceId,
    leadId,
    campaignId,
  ]);
}

export type { Delay };
