import { few } from "./few.ts";
import type { Of, Within } from "./sharding.ts";

/**
 * A query of a WITH that blocks held messages, and says why. What is held goes back to the planner, which writes it anew when
 * its lead's turn comes. Where that turn never comes (the step was removed, or the lead left the sequence or passed the step)
 * it would be held for ever, so it becomes what a queued one does then (sending.ts), and can still be written anew should its
 * lead be brought back. `leads`: a query before it with `campaign_id` and `lead_id`, which is `k` in the other texts. `step`: whose
 * messages (null: all), `code` and `detail`: what becomes the message's. Nobody is waited for: what is locked is being
 * written anew at this moment. Each lead's messages are found by the lead: the index of a campaign's held ones (message_held), which
 * `coalesce` keeps the planner from, may be empty when a statement is planned and have a hundred thousand later. `of` and `within`: by
 * default the workspace is $1.
 */
export function withdrawHeld(
  leads: string,
  { step, code, detail }: { step: string | null; code: string; detail: string },
  of: Of = () => "$1",
  within: Within = (alias) => ` and ${alias}.workspace_id = $1`,
): string {
  return `
withdrawn as (
  update message m set status = 'blocked', status_code = w.code, status_detail = w.detail, updated_at = w.at
  from (
    select h.workspace_id, h.id, ${code} as code, ${detail} as detail, now() as at from ${leads} k
    cross join lateral (
      select h.workspace_id, h.id from message h
      where h.workspace_id = ${of("k.workspace_id")} and h.campaign_id = k.campaign_id and h.lead_id = k.lead_id
        ${step === null ? "" : `and h.step_id = ${step}`} and coalesce(h.status, '') = 'held' for no key update skip locked
    ) h
    where ${few("k.lead_id")}
  ) w
  where m.workspace_id = w.workspace_id and m.id = w.id${within("m")}
)`;
}
