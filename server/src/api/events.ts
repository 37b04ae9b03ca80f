import { z } from "zod";
import { deliveriesOfEvent } from "../db/delivery.ts";
import { type LoadedEvent, loadEvents } from "../db/event.ts";
import { awaitEventsAfter, type LoggedEvent, type LogPosition, newestEvents } from "../db/event-log.ts";
import type { Queryable } from "../db/pool.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type EventType, eventTypes, type HeraldEvent } from "../domain/event.ts";
import { formatNames, type StoredEvent } from "../domain/format.ts";
import { formatOf } from "../domain/formats.ts";
import { eventIdTime } from "../domain/id.ts";
import { eventCursor } from "./cursor.ts";
import { deliveryAnswer, deliverySchema } from "./deliveries.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit } from "./fields.ts";
import { invalid } from "./validate.ts";

const eventSchema = z.object({
  eventId: z.string(),
  eventType: z.enum(eventTypes),
  timestamp: z.string(),
  workspaceId: z.string(),
  // Made by Herald itself, each key by name, in campaigns/facts.ts.
  data: z.record(z.string(), z.unknown()),
});

const example = {
  eventId: "evt_1767605400000_k3v9x0q2a",
  eventType: "campaign.paused",
  timestamp: "2026-01-05T09:30:00.000Z",
  workspaceId: "ws_01k9d3v0x5e0rb1v6m2z8q4w7n",
  data: {
    campaignId: "camp_01k9d3v0x5e0rb1v6m2z8q4w7n",
    campaignName: "Spring",
    pausedAt: "2026-01-05T09:30:00.000Z",
    pausedBy: "api",
  },
};

function eventAnswer(workspaceId: string, { id, type, data }: LoggedEvent): z.input<typeof eventSchema> {
  return { eventId: id, eventType: type as EventType, timestamp: timeOf(id), workspaceId, data: JSON.parse(data) };
}

const timeOf = (eventId: string) => new Date(eventIdTime(eventId) ?? 0).toISOString();

async function mustLoad(db: Queryable, workspaceId: string, id: string): Promise<LoadedEvent> {
  const [event] = eventIdTime(id) === null ? [] : await loadEvents(db, [{ workspaceId, id }]);
  if (!event) throw notFound("event", id);
  return event;
}

/** `after`: an event's ID, or a time. */
function positionOf(after: string): LogPosition {
  const at = eventIdTime(after);
  if (at !== null) return { at, id: after };
  const time = z.iso.datetime({ offset: true }).safeParse(after);
  if (time.success) return { at: Date.parse(time.data), id: null };
  throw invalid([{ field: "after", reason: "Give an event's ID, or a time as in 2026-01-05T09:30:00Z." }]);
}

export const eventEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/events",
    scope: "read",
    tags: ["Events"],
    summary: "List events",
    description: [
      "The log of everything that happened. Without `after`: newest first, `cursor` leads to older ones.",
      "With `after` (an event's ID, or a time): oldest first from there on, to follow the log. Then `nextCursor` is never null: give it as `after` of the next call. With `wait`, a call that finds nothing waits that long for something to come.",
      "Whoever follows the log misses nothing: an event shows up there once nothing older can be committed any more, which is about two seconds after it happened, and later while a long transaction writes.",
    ].join("\n\n"),
    query: z
      .strictObject({
        type: z.enum(eventTypes).optional(),
        leadId: z.string().max(100).optional(),
        campaignId: z.string().max(100).optional(),
        after: z.string().max(100).optional().meta({ description: "An event's ID, or a time." }),
        cursor: eventCursor.optional(),
        limit: limit(500, 100),
        wait: z.coerce.number().min(0).max(25).optional().meta({ description: "Seconds; only with `after`." }),
      })
      .refine((query) => query.after === undefined || query.cursor === undefined, {
        path: ["cursor"],
        message: "Only without `after`: it leads to older events.",
      })
      .refine((query) => query.after !== undefined || query.wait === undefined, {
        path: ["wait"],
        message: "Only with `after`: there is nothing to wait for else.",
      }),
    responses: {
      200: z.object({ data: z.array(eventSchema), nextCursor: z.string().nullable() }),
    },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ api, workspaceId, query, request }) {
      const { after, cursor: before, limit: size, wait, ...filter } = query;
      if (after !== undefined) {
        const waiting = { waitMs: (wait ?? 0) * 1_000, signal: request.signal() };
        const rows = await awaitEventsAfter(
          api.db,
          workspaceId,
          positionOf(after),
          { ...filter, limit: size },
          waiting,
        );
        const data = rows.map((row) => eventAnswer(workspaceId, row));
        return { status: 200, body: { data, nextCursor: rows.at(-1)?.id ?? after } };
      }
      const rows = await newestEvents(api.db, workspaceId, { ...filter, before, limit: size + 1 });
      const data = rows.slice(0, size).map((row) => eventAnswer(workspaceId, row));
      return { status: 200, body: { data, nextCursor: rows.length > size ? data.at(-1)!.eventId : null } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/events/{id}",
    scope: "read",
    tags: ["Events"],
    summary: "Get an event",
    description: "In the words of a format: exactly the body that a destination of this format receives.",
    params: idParams,
    query: z.strictObject({ format: z.enum(formatNames).default("herald") }),
    responses: { 200: z.record(z.string(), z.unknown()) },
    example: { response: example },
    async execute({ tx, workspaceId, params, query }) {
      const event = await mustLoad(tx, workspaceId, params.id);
      const format = formatOf(query.format);
      const stored: StoredEvent = {
        eventId: event.id,
        eventType: event.type as EventType,
        timestamp: timeOf(event.id),
        workspaceId,
        data: event.data,
      };
      if (!format.expresses({ ...stored, data: JSON.parse(event.data) } as HeraldEvent)) {
        throw new HeraldError(
          "unprocessable",
          `The format ${format.name} can't say this event. What it can't say: ${format.limits}`,
        );
      }
      return { status: 200, body: JSON.parse(format.body(stored)) as Record<string, unknown> };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/events/{id}/deliveries",
    scope: "read",
    tags: ["Events", "Deliveries"],
    summary: "List deliveries of an event",
    params: idParams,
    responses: { 200: z.object({ data: z.array(deliverySchema) }) },
    async execute({ tx, workspaceId, params }) {
      await mustLoad(tx, workspaceId, params.id);
      const deliveries = await deliveriesOfEvent(tx, workspaceId, params.id);
      return { status: 200, body: { data: deliveries.map(deliveryAnswer) } };
    },
  }),
];
