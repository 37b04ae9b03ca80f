import { setTimeout as sleep } from "node:timers/promises";
import { HeraldError } from "../domain/error.ts";
import { textArray } from "./array.ts";
import type { Queryable } from "./pool.ts";
import { inSet, type SetStatement } from "./together.ts";

/**
 * What stops messages to a lead (an opt-out, a reply) and an attempt to write to it exclude each other: once such a change
 * is committed, no provider is called for that lead any more. An attempt is committed a moment before its call, so that the
 * change waits for the end of one that is under way; and meanwhile none begins.
 *
 * An attempt (`beginMessages`) holds its lead FOR KEY SHARE while it is committed, which only FOR UPDATE excludes. The change
 * takes that, and then looks for attempts: whichever of the two has the row first, the other one sees it. `stop_no` tells a
 * statement that began before the change, and sees the suppression not yet, that the row is another one by now.
 */

/** From the commit of an attempt on, a call has ended after this, whatever happened: see `callDeadlineMs`. */
const callEndsWithinMs = 35_000;

/** How long a hold lasts at most: longer than any call. */
const holdMs = 40_000;

/** A call is under way to one of these leads: the change is to be made when it has ended. The transaction is undone. */
export class StillSending extends HeraldError {
  readonly workspaceId: string;
  readonly leadIds: readonly string[];

  constructor(workspaceId: string, leadIds: readonly string[]) {
    super("conflict", "A message to the lead is just being sent. Send the request again in a minute.");
    this.workspaceId = workspaceId;
    this.leadIds = leadIds;
  }
}

const underWay = (leads: string, what = "1") => `
select ${what} from message m
where m.lead_id = ${leads} and m.workspace_id = $1 and m.status = 'sending'
  and m.attempted_at > now() - make_interval(secs => ${callEndsWithinMs / 1000})`;

/**
 * From here to the end of the transaction no attempt to write to these leads begins, and what begins later sees what the
 * transaction has written. `urgent`: without waiting for a call that is under way, where that very call is what tells.
 * @throws StillSending; `Database.transaction` waits, and runs its work again.
 */
export async function holdStill(
  db: Queryable,
  workspaceId: string,
  leadIds: readonly string[],
  { urgent = false }: { urgent?: boolean } = {},
): Promise<void> {
  if (leadIds.length === 0) return;
  const held = await inSet(db, urgent ? holdUrgently : hold, workspaceId, leadIds);
  if (!held) throw new StillSending(workspaceId, leadIds);
}

/**
 * As `holdStill`, for one lead whose row the same transaction goes on to change with `heldChange`, if it changes anything that
 * stops messages. That tells the row from the one before as well; a version of it that is over at once would enter all of the
 * indexes of leads.
 * @throws StillSending
 */
export async function holdToChange(db: Queryable, workspaceId: string, leadId: string): Promise<void> {
  const held = await inSet(db, holdOnly, workspaceId, leadId);
  if (!held) throw new StillSending(workspaceId, [leadId]);
}

/** SQL of what the change of a lead `l` sets beside its own. `held`: SQL of 1 where the lead is held for it, else 0. */
export const heldChange = (held: string): string =>
  `stop_no = l.stop_no + ${held}, hold_until = case when ${held} = 0 then l.hold_until end`;

const locking = "select id from lead where workspace_id = $1 and id = any($2::text[]) order by id for update";

const holdOnly: SetStatement<string, boolean> = {
  name: "lead.hold_to_change",
  async run(tx, workspaceId, ids) {
    const values = [workspaceId, textArray([...new Set(ids)], (id) => id)];
    await tx.query({ name: "lead.hold_to_change", text: locking, values });
    // A statement of its own: it sees what whoever had the leads before has committed.
    const { rows } = await tx.query<{ leadId: string }>({
      name: "lead.still_sending",
      text: underWay("any($2)", `m.lead_id as "leadId"`),
      values,
    });
    const moving = new Set(rows.map(({ leadId }) => leadId));
    return ids.map((id) => !moving.has(id));
  },
};

/** Answers for each list whether all of its leads are held: those that don't exist are. */
const holding = (name: string, except: string): SetStatement<readonly string[], boolean> => ({
  name,
  async run(tx, workspaceId, lists) {
    const values = [workspaceId, [...new Set(lists.flat())]];
    const locked = await tx.query<{ id: string }>(locking, values);
    // A statement of its own: it sees what whoever had the leads before has committed.
    const held = await tx.query<{ id: string }>(
      `update lead l set ${heldChange("1")}
       where l.workspace_id = $1 and l.id = any($2)${except} returning l.id`,
      values,
    );
    if (held.rows.length === locked.rows.length) return lists.map(() => true);
    const still = new Set(held.rows.map(({ id }) => id));
    const moving = new Set(locked.rows.map(({ id }) => id).filter((id) => !still.has(id)));
    return lists.map((ids) => !ids.some((id) => moving.has(id)));
  },
});
const hold = holding("lead.hold", ` and not exists (${underWay("l.id")})`);
const holdUrgently = holding("lead.hold_urgently", "");

/** No attempt to write to these leads begins until somebody has held them still, or for 40 s. */
export async function holdBack(db: Queryable, { workspaceId, leadIds }: StillSending): Promise<void> {
  await db.query(
    `with l as materialized (select id from lead where workspace_id = $1 and id = any($2) order by id for update)
     update lead set hold_until = now() + make_interval(secs => ${holdMs / 1000}), stop_no = stop_no + 1
     from l where lead.workspace_id = $1 and lead.id = l.id`,
    [workspaceId, leadIds],
  );
}

/** Holds these leads back, and returns when no call is under way to them. 40 s at most. */
export async function untilStill(db: Queryable, sending: StillSending): Promise<void> {
  await holdBack(db, sending);
  const values = [sending.workspaceId, sending.leadIds];
  const look = `${underWay("any($2)")} limit 1`;
  for (let pauseMs = 5; (await db.query(look, values)).rows.length > 0; pauseMs = Math.min(250, 2 * pauseMs)) {
    await sleep(pauseMs);
  }
}
