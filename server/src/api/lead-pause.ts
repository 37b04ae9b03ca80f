import { z } from "zod";
import { databaseNow } from "../db/due.ts";
import { pauseLead } from "../db/stopping.ts";
import { notFound } from "../domain/error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time, timeInput } from "./fields.ts";
import { invalid } from "./validate.ts";

const dayMs = 86_400_000;
/** What an out-of-office that names no date is taken for. */
export const awayDays = 7;

const answer = z.object({
  leadId: z.string(),
  pausedUntil: time.nullable(),
  sequences: z.number().int().meta({ description: "In how many campaigns the lead is active or held." }),
});

const pause = endpoint({
  method: "POST",
  path: "/v1/leads/{id}/pause",
  right: "leads.write",
  tags: ["Leads"],
  summary: "Pause a lead",
  description:
    "No campaign writes to it before `until`; then its sequences go on where they are. Messages by API go out all the same. A new " +
    "pause takes the place of the one before. Absence notes that come by email do the same by themselves, see `absencePauseDays` of the workspace.",
  params: idParams,
  body: z.strictObject({
    until: timeInput.optional().meta({ description: `Default: ${awayDays} days from now. At most a year from now.` }),
    reason: z.string().trim().min(1).max(500).default("out of office"),
  }),
  responses: { 200: answer },
  async execute({ api, tx, workspaceId, params, body, afterCommit }) {
    const now = await databaseNow(tx);
    const until = body.until ?? new Date(now + awayDays * dayMs);
    if (until.getTime() <= now) throw invalid([{ field: "until", reason: "This must be in the future." }]);
    if (until.getTime() > now + 366 * dayMs) {
      throw invalid([
        { field: "until", reason: "This is more than a year from now; stop the lead, or set its status." },
      ]);
    }
    const sequences = await pauseLead(tx, workspaceId, params.id, { until, reason: body.reason });
    if (sequences === null) throw notFound("lead", params.id);
    afterCommit(() => api.wakePlanner());
    return { status: 200, body: { leadId: params.id, pausedUntil: until, sequences } };
  },
});

const resume = endpoint({
  method: "DELETE",
  path: "/v1/leads/{id}/pause",
  right: "leads.write",
  tags: ["Leads"],
  summary: "End a lead's pause",
  description: "Its sequences go on at once, as far as their other rules let them.",
  params: idParams,
  responses: { 200: answer },
  async execute({ api, tx, workspaceId, params, afterCommit }) {
    const sequences = await pauseLead(tx, workspaceId, params.id, null);
    if (sequences === null) throw notFound("lead", params.id);
    afterCommit(() => api.wakePlanner());
    return { status: 200, body: { leadId: params.id, pausedUntil: null, sequences } };
  },
});

export const leadPauseEndpoints: readonly Endpoint[] = [pause, resume];
