import { z } from "zod";
import { getCampaign } from "../db/campaign.ts";
import { type Destination, getDestination, lockDestination, rememberMissed } from "../db/destination.ts";
import { isEventTaken, judgeFilters } from "../db/destination-filter.ts";
import { getLead } from "../db/lead.ts";
import type { Queryable } from "../db/pool.ts";
import { cancelReplay, getReplay, listReplays, type Replay, replayTargets } from "../db/replay.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { formatOf } from "../domain/formats.ts";
import { eventIdTime } from "../domain/id.ts";
import { type ChosenEvent, chosenEvent } from "./chosen-event.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, page, pageOf, timeInput } from "./fields.ts";
import {
  replayAnswer,
  replayExample,
  replaySchema,
  replayWithTargetsAnswer,
  replayWithTargetsSchema,
  selectionSchema,
} from "./replay-answer.ts";
import { startReplay, typesOf } from "./replay-start.ts";
import { invalid } from "./validate.ts";

const mostTargets = 1_000;

const id = z.string().min(1).max(100);
const destinationId = id.optional().meta({ description: "Left out: every active destination." });

async function mustGet(db: Queryable, workspaceId: string, replayId: string): Promise<Replay> {
  const replay = await getReplay(db, workspaceId, replayId);
  if (!replay) throw notFound("replay", replayId);
  return replay;
}

async function destinationOf(db: Queryable, workspaceId: string, destination: string | undefined) {
  if (destination === undefined) return null;
  const found = await getDestination(db, workspaceId, destination);
  if (!found) throw notFound("destination", destination);
  return found;
}

/** A replay of somebody unknown would be over at once, as one of which nothing matched. */
async function mustKnow(db: Queryable, workspaceId: string, body: { leadId?: string; campaignId?: string }) {
  const { leadId, campaignId } = body;
  const unknown = (field: string, what: string, id: string) => {
    const { message } = notFound(what, id);
    return new HeraldError("not_found", `${field}: ${message}`, [{ field, reason: message }]);
  };
  if (leadId !== undefined && !(await getLead(db, workspaceId, leadId))) throw unknown("leadId", "lead", leadId);
  if (campaignId !== undefined && !(await getCampaign(db, workspaceId, campaignId)))
    throw unknown("campaignId", "campaign", campaignId);
}

/** What says to whom, or which events. */
const choices = ["destinationId", "eventId", "from", "to", "eventTypes", "leadId", "campaignId"] as const;

/** A body in which a filter was forgotten or is undefined in somebody's program would tell everybody everything again. */
function refuseUnsaid(body: Partial<Record<(typeof choices)[number], unknown>> & { only: string }): void {
  if (body.only !== "all" || choices.some((field) => body[field] !== undefined)) return;
  const reason = `This would deliver the whole log again, to every active destination. Say which events (${choices.slice(1).join(", ")}, or only), or to whom (destinationId). If it is meant, give from: "1970-01-01T00:00:00Z".`;
  throw invalid([{ field: "from", reason }]);
}

/**
 * The range that holds this event alone. Refused where it would reach nobody: such a replay would be over at once, and not say why.
 */
async function rangeOfEvent(
  db: Queryable,
  workspaceId: string,
  eventId: string,
  destination: Destination | null,
): Promise<{ from: Date; to: Date }> {
  const at = eventIdTime(eventId);
  if (at === null) throw notFound("event", eventId);
  // That it is disabled is said where the replay is started.
  if (destination?.status !== "disabled") {
    // Throws where it isn't there, was erased, or can't be said in the format.
    const chosen = await chosenEvent(db, workspaceId, formatOf(destination?.format ?? "herald"), { eventId });
    if (!(await isEventTaken(db, workspaceId, { id: eventId, at }, destination?.id ?? null)))
      throw new HeraldError("unprocessable", await whyNotTaken(db, workspaceId, chosen, destination));
  }
  return { from: new Date(at), to: new Date(at + 1) };
}

async function whyNotTaken(
  db: Queryable,
  workspaceId: string,
  { about }: ChosenEvent,
  destination: Destination | null,
): Promise<string> {
  if (destination === null)
    return `No active destination takes this event (${about.type}): formats and filters of all leave it out. Enable one, or change the filters of one (PATCH /v1/destinations/{id}).`;
  const judged = await judgeFilters(db, workspaceId, about, destination);
  const holding = Object.entries(judged).flatMap(([filter, passes]) => (passes ? [] : [filter]));
  const { id } = destination;
  if (holding.length === 0) return `The destination ${id} is not told of its own disabling; the others are.`;
  return `The destination ${id} doesn't take this event (${about.type}): its ${holding.join(" and ")} ${holding.length > 1 ? "leave" : "leaves"} it out. Change that (PATCH /v1/destinations/${id}), or name another destination.`;
}

export const replayEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/replays",
    right: "events.replay",
    tags: ["Replays"],
    summary: "Start a replay",
    description: [
      "Delivers events of the log again, or for the first time, under the event IDs that they have: a receiver that keeps the IDs it has seen takes each event once. To one destination or to all that are active; each gets what its format and its event types allow, oldest first.",
      "A replay survives a crash and goes on where it was: it queues no event twice and forgets none. It keeps only some tenths of a second of a destination's work in its queue, and queues nothing while live events wait there: these are not held up.",
      "It covers what happened before it was made; what happens after that is delivered anyway. What is waiting for its delivery is left out. Each delivery has the whole schedule of attempts.",
      "A call that names neither a destination nor any of the events is refused; the whole log to everybody is `from: 1970-01-01T00:00:00Z`.",
    ].join("\n\n"),
    body: z.strictObject({
      destinationId,
      eventId: id.optional().meta({
        description:
          "This event alone. Not together with `from` and `to`. Refused, with the reason, where no chosen destination takes it.",
      }),
      from: timeInput.optional().meta({ description: "Default: the beginning of the log." }),
      to: timeInput.optional().meta({ description: "Events before this moment. Default, and at the latest: now." }),
      eventTypes: z
        .array(z.string().min(1).max(100))
        .min(1)
        .max(100)
        .optional()
        .meta({ description: "Only these. A * at the end stands for anything: `message.*`." }),
      leadId: id.optional(),
      campaignId: id.optional(),
      only: selectionSchema.default("all"),
      rate: z
        .number()
        .min(0.01)
        .max(100_000)
        .optional()
        .meta({ description: "Events a second to each destination. Default: as fast as it takes them." }),
    }),
    responses: { 201: replaySchema },
    example: {
      body: {
        destinationId: "dest_01k9d3v0x5e0rb1v6m2z8q4w7n",
        from: "2026-01-01T00:00:00Z",
        to: "2026-01-05T00:00:00Z",
        eventTypes: ["message.*"],
        only: "undelivered",
        rate: 200,
      },
      response: replayExample,
    },
    async execute(context) {
      const { tx, workspaceId, body } = context;
      const destination = await destinationOf(tx, workspaceId, body.destinationId);
      if (body.eventId !== undefined && (body.from || body.to)) {
        throw invalid([{ field: "eventId", reason: "Give an event, or a range of time, but not both." }]);
      }
      refuseUnsaid(body);
      await mustKnow(tx, workspaceId, body);
      const now = new Date();
      const to = body.to && body.to < now ? body.to : now;
      if (body.from && body.from >= to) {
        const reason = body.to && body.to <= body.from ? "This must be earlier than `to`." : "This is in the future.";
        throw invalid([{ field: "from", reason }]);
      }
      const range =
        body.eventId === undefined
          ? { from: body.from ?? null, to }
          : await rangeOfEvent(tx, workspaceId, body.eventId, destination);
      const replay = await startReplay(
        context,
        {
          ...range,
          origin: "request",
          eventId: body.eventId ?? null,
          eventTypes: body.eventTypes ? typesOf(body.eventTypes, "eventTypes") : null,
          leadId: body.leadId ?? null,
          campaignId: body.campaignId ?? null,
          selection: body.only,
          rate: body.rate ?? null,
        },
        destination,
      );
      return { status: 201, body: replayAnswer(replay) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/replays",
    right: "destinations.read",
    tags: ["Replays"],
    summary: "List replays",
    description: "Newest first.",
    query: z.strictObject({
      destinationId: z.string().max(100).optional().meta({
        description: "Only those that deliver to it, alone or among others. `progress` is that of the whole replay.",
      }),
      cursor: idCursor("replay").optional(),
      limit: limit(),
    }),
    responses: { 200: page(replaySchema) },
    example: { response: { data: [replayExample], nextCursor: null } },
    async execute({ tx, workspaceId, query }) {
      const { cursor, destinationId = null } = query;
      const rows = await listReplays(tx, workspaceId, {
        ...{ before: cursor ?? null, destinationId, limit: query.limit + 1 },
      });
      return { status: 200, body: pageOf(rows.map(replayAnswer), query.limit, (last) => last.id) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/replays/{id}",
    right: "destinations.read",
    tags: ["Replays"],
    summary: "Get a replay",
    params: idParams,
    responses: { 200: replayWithTargetsSchema },
    async execute({ tx, workspaceId, params }) {
      const replay = await mustGet(tx, workspaceId, params.id);
      const targets = await replayTargets(tx, workspaceId, params.id, mostTargets);
      return { status: 200, body: replayWithTargetsAnswer(replay, targets) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/replays/{id}/cancel",
    right: "events.replay",
    tags: ["Replays"],
    summary: "Cancel a replay",
    description:
      "Nothing more is queued, and what waits is withdrawn (`dropped`). What is under way at this moment is still delivered. One that is over can't be cancelled; one that is cancelled stays so. What a cancelled recovery would have sent counts as missed again: enabling the destination offers it.",
    params: idParams,
    responses: { 200: replaySchema },
    example: { response: { ...replayExample, status: "cancelled", finishedAt: "2026-01-05T09:31:00.000Z" } },
    async execute({ tx, workspaceId, params }) {
      const { origin, from, to } = await mustGet(tx, workspaceId, params.id);
      const recovered = origin === "recovery" ? await replayTargets(tx, workspaceId, params.id, mostTargets) : [];
      // Destinations are locked before targets.
      for (const target of recovered) await lockDestination(tx, workspaceId, target.destinationId);
      const cancelled = await cancelReplay(tx, workspaceId, params.id);
      if (cancelled) {
        const missed = { since: from ?? new Date(0), until: to };
        for (const target of recovered) await rememberMissed(tx, workspaceId, target.destinationId, missed);
      }
      const replay = await mustGet(tx, workspaceId, params.id);
      if (!cancelled && replay.status !== "cancelled") {
        throw new HeraldError("invalid_state", `The replay is ${replay.status} already.`);
      }
      return { status: 200, body: replayAnswer(replay) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/events/{id}/replay",
    right: "events.replay",
    tags: ["Events", "Replays"],
    summary: "Replay an event",
    description:
      "Delivers this one event again, under its ID: to one destination, or to every active one that takes it. Refused, with the filter that leaves it out, where none does.",
    // The event is in the log, from which an erasure takes it.
    audit: "brief",
    params: idParams,
    body: z.strictObject({ destinationId }).default({}),
    responses: { 201: replaySchema },
    example: { body: { destinationId: "dest_01k9d3v0x5e0rb1v6m2z8q4w7n" } },
    async execute(context) {
      const { tx, workspaceId, params, body } = context;
      const destination = await destinationOf(tx, workspaceId, body.destinationId);
      const range = await rangeOfEvent(tx, workspaceId, params.id, destination);
      const replay = await startReplay(
        context,
        {
          ...range,
          ...{ origin: "request", eventId: params.id, eventTypes: null, leadId: null, campaignId: null },
          ...{ selection: "all", rate: null },
        },
        destination,
      );
      return { status: 201, body: replayAnswer(replay) };
    },
  }),
];
