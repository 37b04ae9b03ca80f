import type { ChannelName } from "../domain/event.ts";
import { few, ofWorkspace } from "./few.ts";
import { given } from "./given.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { inSet, type SetStatement } from "./together.ts";
import { callOff } from "./turn-task.ts";

/**
 * Turns of the assistant. A lead has one at most that is under way (`gathering`, `thinking`); who takes one up gets its
 * lease's number, and what they bring counts only while the turn still has that number. So a process that died, or that was
 * overtaken by the lead's next message, brings nothing. Whoever changes a turn has locked its lead before.
 */

export const turnKinds = ["reply", "opening", "follow_up", "command", "listen"] as const;
export type TurnKind = (typeof turnKinds)[number];

export const turnStates = [
  "gathering",
  "thinking",
  "draft",
  "task",
  "sent",
  "rejected",
  "superseded",
  "stopped",
] as const;
export type TurnState = (typeof turnStates)[number];

/** What a check found in an answer. */
export interface TurnProblem {
  code: string;
  /** For people. */
  detail: string;
}

/** What the model said beside the answer. */
export interface TurnNotes {
  conditions: { id: string; name: string; kind: "tag" | "notification"; met: boolean; reason: string }[];
  handOver: string | null;
  stop: string | null;
  booked: boolean;
  /** What it looked up. */
  searches: string[];
}

export interface Turn {
  id: string;
  leadId: string;
  kind: TurnKind;
  state: TurnState;
  profileId: string;
  profileVersion: number | null;
  channel: ChannelName | null;
  senderId: string | null;
  conversationId: string | null;
  campaignId: string | null;
  stepId: string | null;
  sequenceStep: number | null;
  instruction: string | null;
  /** Messages of the lead that it answers. */
  inbound: number;
  inboundMessageId: string | null;
  firstInboundAt: Date | null;
  dueAt: Date;
  lease: number;
  subject: string | null;
  text: string | null;
  /** What a person made of it; null: nothing. */
  finalSubject: string | null;
  finalText: string | null;
  reasonCode: string | null;
  reason: string | null;
  problems: TurnProblem[];
  /** Of one that gathers: what was understood of all that the lead has written for it. */
  notes: TurnNotes | null;
  model: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  costMicros: number | null;
  latencyMs: number | null;
  messageId: string | null;
  decidedBy: string | null;
  decidedAt: Date | null;
  createdAt: Date;
}

const columns = `t.id, t.lead_id as "leadId", t.kind, t.state, t.profile_id as "profileId", t.profile_version as "profileVersion", t.channel,
  t.sender_id as "senderId", t.conversation_id as "conversationId", t.campaign_id as "campaignId", t.step_id as "stepId",
  t.sequence_step as "sequenceStep", t.instruction, t.inbound, t.inbound_message_id as "inboundMessageId",
  t.first_inbound_at as "firstInboundAt", t.due_at as "dueAt", t.lease, t.subject, t.text, t.final_subject as "finalSubject",
  t.final_text as "finalText", t.reason_code as "reasonCode", t.reason, t.problems, t.notes, t.model, t.input_tokens as "inputTokens",
  t.output_tokens as "outputTokens", t.cost_micros as "costMicros", t.latency_ms as "latencyMs", t.message_id as "messageId",
  t.decided_by as "decidedBy", t.decided_at as "decidedAt", t.created_at as "createdAt"`;

/** A message of a lead that a turn is to answer. */
export interface HeardMessage {
  /** Of the turn that begins, if none is under way. */
  turnId: string;
  leadId: string;
  profileId: string;
  channel: ChannelName;
  /** Null: it is found when the answer is written. */
  senderId: string | null;
  conversationId: string | null;
  messageId: string;
  /** For how long more may come in. */
  delayMs: number;
  /** However much comes in: no later than this after the first message. */
  longestMs: number;
  /** The assistant doesn't answer the lead: only what is asked of its messages is asked. */
  listenOnly?: boolean;
  /** Turns whose messages it has just taken back. */
  takenBack?: readonly string[];
  /** What an opening says of which nobody said anything else. */
  openingTemplate?: string | null;
}

/** Whether somebody told the assistant what to write in it, beside its profile ($11: what an opening says by itself). */
const isTold = `(t.kind = 'command' or t.kind = 'opening' and t.instruction is not null and t.instruction is distinct from $11::text)`;

const hearForms = inForms(
  "turn.hear",
  12,
  (within) => `
with later as (
  update assistant_turn t set state = 'superseded', lease = t.lease + 1, reason_code = 'lead_wrote', updated_at = now(),
    reason = 'The lead wrote before it was time, and is answered first: tell the assistant again what is still to be written.'
  -- COALESCE: by the lead, and not among all of the workspace's, or all that are under way.
  where t.lead_id = $2 and coalesce(t.workspace_id, '') = $1${within("t")} and ${isTold} and $10::text = 'reply'
    and coalesce(t.state, '') = 'gathering' and t.inbound = 0
    -- One that waits for hours says so.
    and t.reason is null and t.due_at > now() + interval '10 minutes'
  returning t.id
),
found as materialized (
  select t.id, ${isTold} and $10::text = 'reply' as told,
    -- A turn that has waited for something else (the model, hours, the end of an absence) is no burst: this message begins one. By far
    -- more than a burst takes, whose delay was another one (jitter).
    case when t.kind = 'listen' and $10::text = 'reply' or t.due_at > t.first_inbound_at + $9::float8 * interval '2 milliseconds' + interval '10 minutes' then null else t.first_inbound_at end as first_at
  from assistant_turn t
  where t.lead_id = $2 and coalesce(t.workspace_id, '') = $1${within("t")} and coalesce(t.state, '') in ('gathering', 'thinking')
    and not exists (select 1 from later g where g.id = t.id)
),
moment as materialized (
  select f.id, ${ofWorkspace}, f.told, least(now() + $8::float8 * interval '1 millisecond',
      coalesce(f.first_at, now()) + $9::float8 * interval '1 millisecond') as due_at, coalesce(f.first_at, now()) as first_at, now() as at
  from found f where ${few("f.id")}
)
update assistant_turn t set state = 'gathering', kind = case when m.told then t.kind when $12::text is not null then 'command' else $10 end, lease = t.lease + 1, inbound = t.inbound + 1, inbound_message_id = $3,
  channel = $4, sender_id = $5, conversation_id = $6, profile_id = $7, first_inbound_at = m.first_at, due_at = m.due_at,
  campaign_id = null, step_id = null, sequence_step = null, instruction = case when m.told then t.instruction else $12 end, notes = null, updated_at = m.at
from moment m where t.workspace_id = m.workspace_id and t.id = m.id${within("t")}`,
);

/**
 * The lead wrote: its turn gathers anew, whatever was being thought about; what waited for a person is outdated, if the
 * assistant answers. What somebody told the assistant to write is written all the same, and answers the lead as well, also where
 * it was written and waited for a person or for its call; but what
 * it was told to write at some later time ends, and says why: the answer can't wait for it, and it isn't to come before. In a
 * transaction that has the lead.
 */
export async function hearMessage(tx: Queryable, workspaceId: string, heard: HeardMessage): Promise<void> {
  const kind = heard.listenOnly ? "listen" : "reply";
  let instruction: string | null = null;
  if (!heard.listenOnly) {
    const reason = "The lead wrote again.";
    const outdated = await supersedeTurns(tx, workspaceId, heard.leadId, { waitingOnly: true, reason });
    instruction = await commandOf(tx, workspaceId, [...outdated, ...(heard.takenBack ?? [])]);
  }
  const { leadId, messageId, channel, senderId, conversationId, profileId } = heard;
  const values = [
    ...[workspaceId, leadId, messageId, channel, senderId, conversationId, profileId],
    ...[heard.delayMs, Math.max(heard.delayMs, heard.longestMs), kind, heard.openingTemplate ?? null, instruction],
  ];
  const { rowCount } = await tx.query(inForm(hearForms, values, tx.sharded ? workspaceId : null));
  if (rowCount) return;
  await tx.query({
    name: "turn.begin_reply",
    text: `insert into assistant_turn (workspace_id, id, lead_id, kind, profile_id, channel, sender_id, conversation_id, inbound, inbound_message_id,
        first_inbound_at, due_at, instruction)
      select $1, $2, $3, $10, $4, $5, $6, $7, 1, $8, now(), now() + $9::float8 * interval '1 millisecond', $11`,
    values: [
      ...[workspaceId, heard.turnId, leadId, profileId, channel, senderId, conversationId, messageId],
      ...[heard.delayMs, instruction === null ? kind : "command", instruction],
    ],
  });
}

/** What somebody told the assistant to write in the latest of these turns; null: nothing. */
async function commandOf(tx: Queryable, workspaceId: string, turnIds: readonly string[]): Promise<string | null> {
  if (turnIds.length === 0) return null;
  const { rows } = await tx.query<{ instruction: string }>({
    name: "turn.command",
    text: `select t.instruction from assistant_turn t
      where t.workspace_id = $1 and t.id = any($2::text[]) and t.kind = 'command' and t.instruction is not null
      order by t.id desc limit 1`,
    values: [workspaceId, turnIds],
  });
  return rows[0]?.instruction ?? null;
}

/** What the lead wrote and nobody has looked at yet. */
export type Unheard = Pick<
  Turn,
  "channel" | "senderId" | "conversationId" | "inbound" | "inboundMessageId" | "firstInboundAt" | "dueAt"
>;

/** What the lead wrote for a turn that is still under way; null: nothing. In a transaction that has the lead. */
export async function unheard(tx: Queryable, workspaceId: string, leadId: string): Promise<Unheard | null> {
  const { rows } = await tx.query<Turn>({
    name: "turn.unheard",
    text: `select ${columns} from assistant_turn t
      where t.workspace_id = $1 and t.lead_id = $2 and t.state in ('gathering', 'thinking') and t.inbound > 0`,
    values: [workspaceId, leadId],
  });
  return rows[0] ?? null;
}

/** A turn that doesn't begin with a message of the lead, or goes on with those of one that ended. */
export interface TurnToOpen {
  turnId: string;
  leadId: string;
  kind: TurnKind;
  profileId: string;
  channel: ChannelName | null;
  /** What the lead wrote before, which is asked about in this turn. */
  unheard?: Unheard | null;
  campaignId?: string | null;
  stepId?: string | null;
  sequenceStep?: number | null;
  subject?: string | null;
  instruction?: string | null;
  /** From now. */
  delayMs: number;
}

/** False: another turn of the lead is under way. In a transaction that has the lead. */
export async function openTurn(tx: Queryable, workspaceId: string, turn: TurnToOpen): Promise<boolean> {
  const isAnswer = turn.kind === "reply" || turn.kind === "listen";
  const { rowCount } = await tx.query({
    name: "turn.open",
    text: `insert into assistant_turn (workspace_id, id, lead_id, kind, profile_id, channel, campaign_id, step_id, sequence_step, subject, instruction, due_at,
        inbound, inbound_message_id, first_inbound_at, sender_id, conversation_id)
      select $1, $2, $3, $4, $5, $6, $7, $8, $9::int, $10, $11, now() + $12::float8 * interval '1 millisecond',
        $13::int, $14, $15::timestamptz, $16, $17
      on conflict (lead_id, workspace_id) where state in ('gathering', 'thinking') do nothing`,
    values: [
      ...[workspaceId, turn.turnId, turn.leadId, turn.kind, turn.profileId, turn.channel, turn.campaignId ?? null],
      ...[turn.stepId ?? null, turn.sequenceStep ?? null, turn.subject ?? null, turn.instruction ?? null, turn.delayMs],
      ...[turn.unheard?.inbound ?? 0, turn.unheard?.inboundMessageId ?? null, turn.unheard?.firstInboundAt ?? null],
      ...(isAnswer ? [turn.unheard?.senderId ?? null, turn.unheard?.conversationId ?? null] : [null, null]),
    ],
  });
  return (rowCount ?? 0) > 0;
}

const supersedeForms = inForms(
  "turn.supersede",
  6,
  (within) => `
with ended as (
  update assistant_turn t set state = $5, lease = t.lease + 1, reason = $3, updated_at = now()
  where t.lead_id = $2 and coalesce(t.workspace_id, '') = $1${within("t")} and t.state = any($4::text[]) and ($6::text is null or t.kind = $6)
  returning ${ofWorkspace}, t.id
),
called_off as (${callOff("ended", within)})
select id from ended`,
);

/**
 * Ends turns of the lead for which something newer has come; with their tasks. `waitingOnly`: only what waits for a person;
 * `kind`: only those.
 * Answers the IDs of those that ended.
 */
export async function supersedeTurns(
  tx: Queryable,
  workspaceId: string,
  leadId: string,
  {
    waitingOnly = false,
    kind = null,
    reason,
    state = "superseded",
  }: { waitingOnly?: boolean; kind?: TurnKind | null; reason: string; state?: "superseded" | "stopped" },
): Promise<string[]> {
  const states = waitingOnly ? ["draft", "task"] : ["draft", "task", "gathering", "thinking"];
  const values = [workspaceId, leadId, reason, states, state, kind];
  const { rows } = await tx.query<{ id: string }>(inForm(supersedeForms, values, tx.sharded ? workspaceId : null));
  return rows.map(({ id }) => id);
}

/** Workspaces with turns that are due, the one that waits longest first. */
export async function workspacesWithDueTurns(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ workspace_id: string }>({
    name: "turn.workspaces",
    text: `select workspace_id, min(due_at) as due_at from (
        select workspace_id, due_at from assistant_turn where state in ('gathering', 'thinking') and due_at <= now() order by due_at limit 1000
      ) t group by workspace_id order by 2 limit $1`,
    values: [limit],
  });
  return rows.map((row) => row.workspace_id);
}

/** In how many milliseconds the next turn is due; null: none waits. */
export async function nextTurnDue(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ ms: number | null }>({
    name: "turn.next",
    text: `select (extract(epoch from min(due_at) - now()) * 1000)::float8 as ms from assistant_turn where state in ('gathering', 'thinking')`,
  });
  return rows[0]?.ms ?? null;
}

const takeForms = inForms(
  "turn.take",
  4,
  (within, _, of) => `
with due as materialized (
  select t.id, ${ofWorkspace}, now() + $3::float8 * interval '1 millisecond' as until from assistant_turn t
  where t.workspace_id = ${of("$1")} and t.state in ('gathering', 'thinking') and t.due_at <= now()
  order by t.due_at limit $2 for no key update skip locked
)
update assistant_turn t set state = 'thinking', lease = t.lease + 1, due_at = d.until, worker = $4::int, updated_at = now()
from due d where ${few("d.id")} and t.workspace_id = d.workspace_id and t.id = d.id${within("t")}
returning ${columns}`,
);

/**
 * Takes up due turns; whoever has one has it for `thinkMs`, and what comes in meanwhile takes it away. `worker`: who; another
 * process takes them when this one is gone.
 */
export async function takeTurns(
  db: Queryable,
  workspaceId: string,
  { limit, thinkMs, worker = null }: { limit: number; thinkMs: number; worker?: number | null },
): Promise<Turn[]> {
  const values = [workspaceId, limit, thinkMs, worker];
  const { rows } = await db.query<Turn>(inForm(takeForms, values, db.sharded ? workspaceId : null));
  return rows;
}

/** What processes that are gone were thinking about is due at once; answers how many. */
export async function rescueTurns(db: Queryable, deadWorkers: readonly number[]): Promise<number> {
  if (deadWorkers.length === 0) return 0;
  const { rows } = await db.query<{ workspace_id: string }>({
    name: "turn.orphaned.workspaces",
    text: "select distinct workspace_id from assistant_turn where state in ('gathering', 'thinking') and worker = any($1::int[])",
    values: [deadWorkers],
  });
  let rescued = 0;
  for (const { workspace_id } of rows) {
    const { rowCount } = await db.query({
      name: "turn.rescue",
      text: `with moment as materialized (select now() as at)
        update assistant_turn t set due_at = m.at, worker = null from moment m
        where t.workspace_id = $1 and t.state = 'thinking' and t.worker = any($2::int[])`,
      values: [workspace_id, deadWorkers],
    });
    rescued += rowCount ?? 0;
  }
  return rescued;
}

/** Gives a turn back, to be taken up in so many milliseconds; if it is still this taker's. */
export async function releaseTurn(
  db: Queryable,
  workspaceId: string,
  { id, lease }: Pick<Turn, "id" | "lease">,
  againMs: number,
  reason: string,
): Promise<void> {
  await db.query({
    name: "turn.release",
    text: `with moment as materialized (select now() + $4::float8 * interval '1 millisecond' as at)
      update assistant_turn t set state = 'gathering', due_at = m.at, reason = $5, lease = t.lease - 1
      from moment m where t.workspace_id = $1 and t.id = $2 and t.lease = $3 and t.state = 'thinking'`,
    values: [workspaceId, id, lease, againMs, reason],
  });
}

export async function getTurn(db: Queryable, workspaceId: string, id: string): Promise<Turn | null> {
  const { rows } = await db.query<Turn>(
    `select ${columns} from assistant_turn t where t.workspace_id = $1 and t.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** The turn, which nobody else changes until the transaction ends. Its lead is locked before. */
export async function lockTurn(tx: Queryable, workspaceId: string, id: string): Promise<Turn | null> {
  return await inSet(tx, lock, workspaceId, id);
}

const lock: SetStatement<string, Turn | null> = {
  name: "turn.lock",
  async run(tx, workspaceId, ids) {
    const { rows } = await tx.query<Turn>({
      name: "turn.lock",
      text: `select ${columns} from assistant_turn t where t.workspace_id = $1 and t.id = any($2::text[]) order by t.id for no key update`,
      values: [workspaceId, [...new Set(ids)]],
    });
    const byId = new Map(rows.map((turn) => [turn.id, turn]));
    return ids.map((id) => byId.get(id) ?? null);
  },
};

export interface TurnFilter {
  states?: readonly TurnState[] | undefined;
  leadId?: string | undefined;
  profileId?: string | undefined;
  /** The ID of the last one of the previous page. */
  before?: string | undefined;
  limit: number;
}

/** The latest first. */
export async function listTurns(db: Queryable, workspaceId: string, filter: TurnFilter): Promise<Turn[]> {
  // In the words of its index.
  const waiting = filter.states?.every((state) => state === "draft" || state === "task")
    ? "and t.state in ('draft', 'task')"
    : "";
  const { text, values } = given(
    `select ${columns} from assistant_turn t
     where t.workspace_id = $1 and ($2::text[] is null or t.state = any($2)) and ($3::text is null or t.lead_id = $3)
       and ($4::text is null or t.profile_id = $4) and ($5::text is null or t.id < $5) ${waiting}
     order by t.id desc limit $6`,
    [
      ...[workspaceId, filter.states ?? null, filter.leadId ?? null, filter.profileId ?? null, filter.before ?? null],
      filter.limit,
    ],
  );
  const { rows } = await db.query<Turn>(text, values);
  return rows;
}

/**
 * Turns that ended without a message and a decision, and began more than so many days ago; answers how many. What became a
 * message says what that cost, and a decision what people changed: they stay until the lead is erased.
 */
export async function deleteOldTurns(db: Queryable, days: number): Promise<number> {
  const { rowCount } = await db.query({
    name: "turn.old",
    text: `delete from assistant_turn t where t.created_at < now() - make_interval(days => $1)
      and t.state not in ('gathering', 'thinking', 'draft', 'task') and t.message_id is null and t.decided_by is null`,
    values: [days],
  });
  return rowCount ?? 0;
}
