import { z } from "zod";
import { deliveriesOfEvent } from "../db/delivery.ts";
import { type LoadedEvent, loadEvents, recordingSlackMs } from "../db/event.ts";
import { type EventFilter, type LoggedEvent, type LogPosition, newestEvents } from "../db/event-log.ts";
import type { Queryable } from "../db/pool.ts";
import { isErasedData } from "../domain/erasure.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { type EventType, eventTypes, type HeraldEvent } from "../domain/event.ts";
import { formatNames, type StoredEvent } from "../domain/format.ts";
import { formatOf } from "../domain/formats.ts";
import { eventIdTime, eventTimestamp } from "../domain/id.ts";
import { consumerName, mustStandAt } from "./consumers.ts";
import { eventCursor } from "./cursor.ts";
import { deliveryAnswers, deliverySchema } from "./deliveries.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { eventFilterFields } from "./event-filter.ts";
import { idParams, limit } from "./fields.ts";
import { positionOf, positionText } from "./log-position.ts";

export const eventSchema = z.object({
  eventId: z.string(),
  eventType: z.enum(eventTypes),
  timestamp: z.string(),
  workspaceId: z.string(),
  // Made by Herald itself, each key by name, in campaigns/facts.ts.
  data: z.record(z.string(), z.unknown()),
});

export const eventExample = {
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

export function eventAnswer(workspaceId: string, { id, type, data }: LoggedEvent): z.input<typeof eventSchema> {
  return { eventId: id, eventType: type as EventType, timestamp: timeOf(id), workspaceId, data: JSON.parse(data) };
}

const timeOf = (eventId: string) => eventTimestamp(eventIdTime(eventId) ?? 0);

async function mustLoad(db: Queryable, workspaceId: string, id: string): Promise<LoadedEvent> {
  const [event] = eventIdTime(id) === null ? [] : await loadEvents(db, [{ workspaceId, id }]);
  if (!event) throw notFound("event", id);
  return event;
}

/**
 * Behind the last event of the page. Where nothing matched, behind what was looked at for that, so that the next call
 * doesn't look at it again; as it was, where nothing was left out.
 */
function nextCursor(from: LogPosition, filter: EventFilter, events: readonly LoggedEvent[], position: LogPosition) {
  const last = events.at(-1);
  if (last) return last.id;
  const leavesOut = Object.values(filter).some((value) => value !== undefined);
  return positionText(leavesOut ? position : from);
}

export const eventEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/events",
    right: "events.read",
    tags: ["Events"],
    summary: "List events",
    description: [
      "The log of everything that happened. Without `after` and `consumer`: newest first, `cursor` leads to older ones. Where few of many events match, a page may have fewer than `limit`, or none, while `nextCursor` leads on: it looks no longer than a second.",
      "With `after` (an event's ID, a time, or the `nextCursor` of the call before): oldest first from there on, to follow the log. Then `nextCursor` is never null: give it as `after` of the next call. With `wait`, a call that finds nothing waits that long for something to come.",
      "With `consumer`, the place is kept here: the call gives what is behind the consumer's place, again and again, until `POST /v1/consumers/{name}/ack` moves it. A receiver that crashed gets again what it did not acknowledge.",
      `Whoever follows the log misses nothing: an event shows up there once nothing older can be committed any more, which is about ${(recordingSlackMs + 200) / 1000} seconds after it happened, and later while an older transaction writes.`,
    ].join("\n\n"),
    query: z
      .strictObject({
        type: z.enum(eventTypes).optional().meta({ description: "As `types`, for one." }),
        ...eventFilterFields,
        after: z.string().max(100).optional().meta({ description: "An event's ID, or a time." }),
        consumer: consumerName.optional().meta({ description: "Begin behind this consumer's place." }),
        cursor: eventCursor.optional(),
        limit: limit(500, 100),
        wait: z.coerce
          .number()
          .min(0)
          .max(60)
          .optional()
          .meta({ description: "Seconds, 0 to 60; only with `after` or `consumer`." }),
      })
      .refine((query) => query.type === undefined || query.types === undefined, {
        path: ["type"],
        message: "Give `type` or `types`, not both.",
      })
      .refine((query) => query.after === undefined || query.consumer === undefined, {
        path: ["after"],
        message: "Not with `consumer`, whose place is kept; PUT /v1/consumers/{name} moves it.",
      })
      .refine((query) => (query.after ?? query.consumer) === undefined || query.cursor === undefined, {
        path: ["cursor"],
        message: "Not with `after` or `consumer`: it leads to older events.",
      })
      .refine((query) => (query.after ?? query.consumer) !== undefined || query.wait === undefined, {
        path: ["wait"],
        message: "Only with `after` or `consumer`: there is nothing to wait for else.",
      }),
    responses: {
      200: z.object({ data: z.array(eventSchema), nextCursor: z.string().nullable() }),
    },
    example: { response: { data: [eventExample], nextCursor: null } },
    async execute({ api, workspaceId, query, request }) {
      const { after, consumer, cursor: before, limit: size, wait, type, types, ...about } = query;
      const filter: EventFilter = { types: type === undefined ? types : [type], ...about };
      if (after !== undefined || consumer !== undefined) {
        const from = consumer === undefined ? positionOf(after!) : await mustStandAt(api.db, workspaceId, consumer);
        const waiting = { limit: size, waitMs: (wait ?? 0) * 1_000, signal: request.signal() };
        const { events, position } = await api.tail.read(workspaceId, from, filter, waiting);
        const data = events.map((event) => eventAnswer(workspaceId, event));
        return { status: 200, body: { data, nextCursor: nextCursor(from, filter, events, position) } };
      }
      const { events, next } = await newestEvents(api.db, workspaceId, { ...filter, before, limit: size });
      return {
        status: 200,
        body: { data: events.map((event) => eventAnswer(workspaceId, event)), nextCursor: next },
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/events/{id}",
    right: "events.read",
    tags: ["Events"],
    summary: "Get an event",
    description: "In the words of a format: exactly the body that a destination of this format receives.",
    params: idParams,
    query: z.strictObject({ format: z.enum(formatNames).default("herald") }),
    responses: { 200: z.record(z.string(), z.unknown()) },
    example: { response: eventExample },
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
      if (isErasedData(event.data) && format.name !== "herald")
        throw new HeraldError(
          "unprocessable",
          "The person whom this event is about was erased, and what it said with them.",
        );
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
    right: "events.read",
    tags: ["Events", "Deliveries"],
    summary: "List deliveries of an event",
    params: idParams,
    responses: { 200: z.object({ data: z.array(deliverySchema) }) },
    async execute({ tx, workspaceId, params }) {
      await mustLoad(tx, workspaceId, params.id);
      const deliveries = await deliveriesOfEvent(tx, workspaceId, params.id);
      return { status: 200, body: { data: await deliveryAnswers(tx, workspaceId, deliveries) } };
    },
  }),
];
