import { z } from "zod";
import { publicLinks } from "../campaigns/links.ts";
import { hoursApart } from "../campaigns/sender-hours.ts";
import { simulateGently } from "../campaigns/simulation.ts";
import { loadSimulation } from "../campaigns/simulation-input.ts";
import { type Count, type Findings, type LeadPlan, plansOf } from "../campaigns/simulation-report.ts";
import { channels } from "../domain/event.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, page, pageOf, time, timeInput } from "./fields.ts";

const counted = { channel: z.enum(channels), senderId: z.string(), messages: z.number().int() };
const reasonSchema = z.object({
  code: z.string().meta({ description: "`no_address`, `missing_variable`, `suppressed`, ..." }),
  detail: z.string().meta({ description: "In words, of the first one." }),
  count: z.number().int(),
  examples: z.array(z.string()).meta({ description: "IDs of up to five leads." }),
});
const planSchema = z.object({
  leadId: z.string(),
  steps: z.array(z.object({ position: z.number().int(), at: time, senderId: z.string() })),
});

export const simulationSchema = z.object({
  startsAt: time,
  endsAt: time.nullable().meta({ description: "When the last lead leaves its sequence. Null: not in sight." }),
  timeZone: z.string().meta({ description: "Of the days." }),
  totals: z.object({
    sent: z.number().int(),
    blocked: z.number().int().meta({ description: "Steps that would not go out." }),
    held: z.number().int().meta({ description: "Leads that would wait for a person." }),
    unfinished: z.number().int().meta({ description: "Leads for which something is left at the end." }),
  }),
  days: z.array(z.object({ date: z.string().meta({ examples: ["2026-03-02"] }), ...counted })),
  hours: z.array(z.object({ hour: time, ...counted })),
  blocked: z.array(reasonSchema),
  held: z.array(reasonSchema),
  branched: z.array(reasonSchema).meta({
    description:
      "Steps that would not be for some leads: `condition`, `time_limit`. Nobody accepts, opens or replies here.",
  }),
  warnings: z.array(z.string()).meta({
    description: "Senders that can never send for it, as its windows and their hours are never open at the same time.",
  }),
  leads: page(planSchema).nullable().meta({ description: "Only on request." }),
});

const run = endpoint({
  method: "POST",
  path: "/v1/campaigns/{id}/simulate",
  audit: false,
  right: "campaigns.read",
  tags: ["Campaigns"],
  summary: "Foresee what a campaign sends",
  description:
    "Runs the code that plans on a virtual clock, and changes nothing: how many messages go out in each hour through whom, " +
    "what is blocked and why, and when the campaign ends. It supposes that each message is taken by its provider at once, " +
    "and that nobody answers; of other campaigns it counts what they have sent already. 100,000 leads take some seconds; " +
    "simulations wait for each other.",
  params: idParams,
  // It reads in a transaction of its own, and holds none while it calculates.
  transaction: false,
  body: z
    .strictObject({
      startAt: timeInput.optional().meta({
        description:
          "When a draft would be started, or a paused campaign resumed. Default, and at the earliest: now. An active one goes on from now.",
      }),
      horizonDays: z.number().int().min(1).max(400).default(400),
      leads: z.boolean().default(false).meta({ description: "Also when each lead gets each step, by page." }),
      cursor: idCursor("lead").optional(),
      limit: z.number().int().min(1).max(1_000).default(100).meta({ description: "Leads in a page." }),
    })
    .prefault({}),
  responses: { 200: simulationSchema },
  example: {
    body: { startAt: "2026-03-02T08:00:00Z", horizonDays: 90 },
    response: {
      startsAt: "2026-03-02T08:00:00.000Z",
      endsAt: "2026-03-05T09:20:00.000Z",
      timeZone: "Europe/Berlin",
      totals: { sent: 2, blocked: 1, held: 0, unfinished: 0 },
      days: [{ date: "2026-03-02", channel: "sms", senderId: "sender_01k9x2m4vye8qsa5h1b7d3n6fj", messages: 2 }],
      hours: [
        {
          hour: "2026-03-02T08:00:00.000Z",
          channel: "sms",
          senderId: "sender_01k9x2m4vye8qsa5h1b7d3n6fj",
          messages: 2,
        },
      ],
      blocked: [
        {
          code: "no_address",
          detail: "The lead has no phone number; the step is skipped.",
          count: 1,
          examples: ["lead_01k9x2m4vye8qsa5h1b7d3n6fj"],
        },
      ],
      held: [],
      branched: [],
      warnings: [],
      leads: null,
    },
  },
  async execute({ api, workspaceId, params, body, request }) {
    const signal = request.signal();
    const when = { startsAt: body.startAt?.getTime() ?? null, horizonDays: body.horizonDays };
    const { leads, found } = await inTurn(async () => {
      signal.throwIfAborted();
      const links = publicLinks(api.config.publicUrl, api.box);
      const input = { ...(await loadSimulation(api.db, workspaceId, params.id, when)), links };
      return { leads: input.leads, found: await simulateGently(input, signal) };
    });
    const answer = simulationAnswer(found, await hoursApart(api.db, workspaceId, { campaignId: params.id }));
    if (!body.leads) return { status: 200, body: { ...answer, leads: null } };
    const behind = leads.filter(({ leadId }) => leadId > (body.cursor ?? "")).slice(0, body.limit + 1);
    const plans = plansOf(
      found,
      behind.map(({ leadId }) => leadId),
    );
    const shown = pageOf(plans.map(planAnswer), body.limit, (last) => last.leadId);
    return { status: 200, body: { ...answer, leads: shown } };
  },
});

/** A large one takes hundreds of megabytes: one at a time. */
let turn: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work);
  turn = mine.catch(() => {});
  return mine;
}

/** As the API and `herald simulate --json` give it. */
export function simulationAnswer(findings: Findings, warnings: string[]) {
  const { startsAt, endsAt, timeZone, totals, days, hours, blocked, held, branched } = findings;
  const dateOf = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const counts = ({ channel, senderId, messages }: Count) => ({ channel, senderId, messages });
  return {
    startsAt: new Date(startsAt),
    endsAt: endsAt === null ? null : new Date(endsAt),
    timeZone,
    totals,
    days: days.map((each) => ({ date: dateOf.format(each.at), ...counts(each) })),
    hours: hours.map((each) => ({ hour: new Date(each.at), ...counts(each) })),
    blocked,
    held,
    branched,
    warnings,
  };
}

const planAnswer = ({ leadId, steps }: LeadPlan) => ({
  leadId,
  steps: steps.map((step) => ({ ...step, at: new Date(step.at) })),
});

export const simulateEndpoints: readonly Endpoint[] = [run];
