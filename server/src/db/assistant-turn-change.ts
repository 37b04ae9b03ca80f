import { hash } from "node:crypto";
import type { ChannelName } from "../domain/event.ts";
import { float8Array, textArray } from "./array.ts";
import type { TurnNotes, TurnProblem, TurnState } from "./assistant-turn.ts";
import { few, ofWorkspace } from "./few.ts";
import type { Queryable } from "./pool.ts";
import { inForm, inForms } from "./sharding.ts";
import { forbidding } from "./suppression.ts";
import { inSet, type SetStatement } from "./together.ts";
import { callOff } from "./turn-task.ts";

/** What became of a turn; undefined leaves a field as it is. */
export interface TurnChange {
  state: TurnState;
  /** When it is looked at again, in milliseconds from now; only of one that gathers. */
  againMs?: number | undefined;
  profileVersion?: number | undefined;
  channel?: ChannelName | undefined;
  senderId?: string | undefined;
  conversationId?: string | undefined;
  subject?: string | null | undefined;
  text?: string | null | undefined;
  finalSubject?: string | null | undefined;
  finalText?: string | null | undefined;
  reasonCode?: string | null | undefined;
  reason?: string | null | undefined;
  problems?: readonly TurnProblem[] | undefined;
  notes?: TurnNotes | undefined;
  model?: string | undefined;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  costMicros?: number | undefined;
  latencyMs?: number | undefined;
  messageId?: string | null | undefined;
  decidedBy?: string | undefined;
}

const changeable = {
  profileVersion: ["profile_version", "int"],
  channel: ["channel", "text"],
  senderId: ["sender_id", "text"],
  conversationId: ["conversation_id", "text"],
  subject: ["subject", "text"],
  text: ["text", "text"],
  finalSubject: ["final_subject", "text"],
  finalText: ["final_text", "text"],
  reasonCode: ["reason_code", "text"],
  reason: ["reason", "text"],
  problems: ["problems", "jsonb"],
  notes: ["notes", "jsonb"],
  model: ["model", "text"],
  inputTokens: ["input_tokens", "int"],
  outputTokens: ["output_tokens", "int"],
  costMicros: ["cost_micros", "bigint"],
  latencyMs: ["latency_ms", "int"],
  messageId: ["message_id", "text"],
  decidedBy: ["decided_by", "text"],
} as const;
type Changeable = keyof typeof changeable;

const forbiddenForms = inForms(
  "turn.forbidden",
  3,
  (within, _, of) => `
with given as materialized (
  select l.id, ${ofWorkspace} from unnest($2::text[]) as l (id) where ${few("l.id")}
),
forbidden as materialized (
  select t.id, t.workspace_id from given g
  join assistant_turn t on t.workspace_id = g.workspace_id and t.lead_id = g.id and coalesce(t.state, '') in ('draft', 'task')${within("t")}
  cross join lateral (select * from lead l where l.workspace_id = ${of("$1")} and l.id = g.id limit 1) l
  where exists (${forbidding("l", "t.channel", of("$1"))})
),
ended as (
  update assistant_turn t set state = 'stopped', lease = t.lease + 1, reason_code = 'suppressed', reason = $3, updated_at = now()
  from forbidden f where ${few("f.id")} and t.workspace_id = f.workspace_id and t.id = f.id${within("t")}
  returning t.workspace_id, t.id
)
${callOff("ended", within)}`,
);

/**
 * Nobody may write to these leads any more, by some channel or by any: what waits for a person to send it there ends, with its task. In
 * a transaction that holds the leads still.
 */
export async function endForbiddenTurns(
  tx: Queryable,
  workspaceId: string,
  leadIds: readonly string[],
  reason: string,
): Promise<void> {
  const values = [workspaceId, leadIds, reason];
  await tx.query(inForm(forbiddenForms, values, tx.sharded ? workspaceId : null));
}

interface ChangedTurn {
  id: string;
  change: TurnChange;
}

/** Writes what became of a turn that is locked. */
export async function changeTurn(tx: Queryable, workspaceId: string, id: string, change: TurnChange): Promise<void> {
  const fields = (Object.keys(changeable) as Changeable[]).filter((field) => change[field] !== undefined);
  await inSet(tx, changeOf(fields, change.againMs !== undefined), workspaceId, { id, change });
}

/** A turn's end has one of a few shapes. */
const shapes = new Map<string, SetStatement<ChangedTurn, null>>();

/** The statement that changes just these fields. */
function changeOf(fields: readonly Changeable[], again: boolean): SetStatement<ChangedTurn, null> {
  const shape = `${fields.join()} ${again}`;
  const known = shapes.get(shape);
  if (known) return known;
  const names = ["id", "state", ...fields.map((field) => changeable[field][0])];
  const assignments = ["state = c.state", "updated_at = now()"];
  for (const field of fields)
    assignments.push(`${changeable[field][0]} = c.${changeable[field][0]}::${changeable[field][1]}`);
  if (fields.includes("decidedBy")) assignments.push("decided_at = now()");
  if (again) assignments.push("due_at = c.due_at");
  const arrays = names.map((_, n) => `$${n + 2}::text[]`);
  const text = `with c as materialized (
    select c.*${again ? ", now() + c.again_ms * interval '1 millisecond' as due_at" : ""}
    from unnest(${[...arrays, ...(again ? [`$${names.length + 2}::float8[]`] : [])].join(", ")}) as c (${[...names, ...(again ? ["again_ms"] : [])].join(", ")})
  )
  update assistant_turn t set ${assignments.join(", ")} from c where t.workspace_id = $1 and t.id = c.id`;
  const name = `turn.change.${hash("sha256", text, "hex").slice(0, 16)}`;
  const statement: SetStatement<ChangedTurn, null> = {
    name,
    async run(tx, workspaceId, items) {
      const values = [
        ...[workspaceId, textArray(items, ({ id }) => id), textArray(items, ({ change }) => change.state)],
        ...fields.map((field) => textArray(items, ({ change }) => textOf(change[field]))),
        ...(again ? [float8Array(items, ({ change }) => change.againMs!)] : []),
      ];
      await tx.query({ name, text, values });
      return items.map(() => null);
    },
  };
  shapes.set(shape, statement);
  return statement;
}

function textOf(value: TurnChange[Changeable]): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
