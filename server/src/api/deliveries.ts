import { z } from "zod";
import { earliestAttempt, listAttempts } from "../db/attempt.ts";
import {
  type Delivery,
  deliveriesOfEvent,
  finishedDeliveries,
  type PlacedDelivery,
  pendingDeliveries,
  pendingDeliveriesOf,
  retryDelivery,
} from "../db/delivery.ts";
import { getDestination } from "../db/destination.ts";
import { eventTypesOf, loadEvents } from "../db/event.ts";
import type { Queryable } from "../db/pool.ts";
import { sentBodies } from "../destinations/webhook/sent-body.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { eventIdTime, isId } from "../domain/id.ts";
import { encodePlace, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { eventFilterFields } from "./event-filter.ts";
import { idParams, limit, page, time } from "./fields.ts";

export const deliverySchema = z.object({
  id: z.string().meta({ description: "Made of the event's and the destination's ID." }),
  eventId: z.string(),
  eventType: z.string().nullable().meta({
    description: "As `message.sent`. Null: the event is past its retention, of which its deliveries are left.",
  }),
  destinationId: z.string(),
  status: z
    .enum(["pending", "delivered", "failed", "filtered"])
    .meta({ description: "filtered: the destination's `filter` or `transform` held it back; nothing was sent." }),
  attempts: z.number().int().meta({ description: "Attempts so far." }),
  inFlight: z.boolean().meta({ description: "An attempt is under way." }),
  nextAttemptAt: time
    .nullable()
    .meta({ description: "Null where none is planned, or not before somebody acts (the destination is disabled)." }),
  lastAttemptAt: time.nullable(),
  lastStatusCode: z.number().int().nullable(),
  lastCode: z.string().nullable(),
  lastDetail: z.string().nullable(),
  heldBehind: z
    .object({
      eventId: z.string(),
      attempts: z.number().int(),
      nextAttemptAt: time.nullable().meta({ description: "Null: under way, or not before somebody acts." }),
    })
    .nullable()
    .meta({
      description:
        "With `ordering: lead`: the delivery for the same lead that has to end first, delivered or failed for good. Null: this one isn't held.",
    }),
});

const example = {
  id: "dlv_1767605400000_k3v9x0q2a.01k9d3v0x5e0rb1v6m2z8q4w7n",
  eventId: "evt_1767605400000_k3v9x0q2a",
  eventType: "reply.received",
  destinationId: "dest_01k9d3v0x5e0rb1v6m2z8q4w7n",
  status: "pending",
  attempts: 2,
  inFlight: false,
  nextAttemptAt: "2026-01-05T09:32:00.000Z",
  lastAttemptAt: "2026-01-05T09:30:05.000Z",
  lastStatusCode: 503,
  lastCode: "http_503",
  lastDetail: "The receiver answered 503; only 2xx counts as received.",
  heldBehind: null,
};

const deliveryId = (eventId: string, destinationId: string) =>
  `dlv_${eventId.slice("evt_".length)}.${destinationId.slice("dest_".length)}`;

/** Deliveries in the API's words, each with the type of its event. */
export async function deliveryAnswers(
  db: Queryable,
  workspaceId: string,
  deliveries: readonly Delivery[],
): Promise<z.input<typeof deliverySchema>[]> {
  const ids = [...new Set(deliveries.map(({ eventId }) => eventId))];
  const types = await eventTypesOf(db, workspaceId, ids);
  return deliveries.map((delivery) => deliveryAnswer(delivery, types.get(delivery.eventId) ?? null));
}

const deliveryAnswerOf = async (db: Queryable, workspaceId: string, delivery: Delivery) =>
  (await deliveryAnswers(db, workspaceId, [delivery]))[0]!;

function deliveryAnswer(delivery: Delivery, eventType: string | null): z.input<typeof deliverySchema> {
  const { eventId, destinationId, heldBehind } = delivery;
  const soon = (at: Date | number | null) => (at instanceof Date ? at : null);
  return {
    ...delivery,
    id: deliveryId(eventId, destinationId),
    eventType,
    nextAttemptAt: soon(delivery.nextAttemptAt),
    heldBehind: heldBehind && { ...heldBehind, nextAttemptAt: soon(heldBehind.nextAttemptAt) },
  };
}

/** The two IDs in a delivery's; throws not_found where it has another form. */
function partsOf(id: string): { eventId: string; destinationId: string } {
  const [event, destination, ...rest] = id.startsWith("dlv_") ? id.slice("dlv_".length).split(".") : [];
  const parts = { eventId: `evt_${event}`, destinationId: `dest_${destination}` };
  if (rest.length > 0 || eventIdTime(parts.eventId) === null || !isId("destination", parts.destinationId))
    throw notFound("delivery", id);
  return parts;
}

async function mustGet(db: Queryable, workspaceId: string, id: string): Promise<Delivery> {
  const { eventId, destinationId } = partsOf(id);
  const [delivery] = await deliveriesOfEvent(db, workspaceId, eventId, destinationId);
  if (!delivery) throw notFound("delivery", id);
  return delivery;
}

/** In which of the two parts of the list the next page begins, and behind which delivery. */
const place = z.tuple([
  z.enum(["pending", "finished"]),
  z.int().min(0),
  z.string().refine((id) => eventIdTime(id) !== null),
]);
type Place = z.infer<typeof place>;

export const deliveryEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/deliveries",
    right: "destinations.read",
    tags: ["Deliveries"],
    summary: "List deliveries",
    description:
      "Of one destination. First what is pending, in the order in which it is due, and last of that what is held behind another delivery; then what is finished, the last finished first. With `status` or `types`, only these; where few of many are so, a page may be shorter than `limit`, or empty, with a `nextCursor` that goes on from there.",
    query: z.strictObject({
      destinationId: z.string().max(100),
      status: z.enum(["pending", "delivered", "failed", "filtered"]).optional(),
      types: eventFilterFields.types,
      cursor: placeCursor(place).optional(),
      limit: limit(),
    }),
    responses: { 200: page(deliverySchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, query }) {
      const { destinationId, status, types = null, limit: size } = query;
      if (!(await getDestination(tx, workspaceId, destinationId))) throw notFound("destination", destinationId);
      const [part, ...position] = query.cursor ?? [null];
      const from = position.length === 2 ? position : null;
      const found: { part: Place[0]; delivery: PlacedDelivery }[] = [];
      let readTo: Place | null = null;
      if (part !== "finished" && (status ?? "pending") === "pending") {
        const waiting =
          types === null
            ? { deliveries: await pendingDeliveries(tx, workspaceId, destinationId, from, size + 1), next: null }
            : await pendingDeliveriesOf(tx, workspaceId, destinationId, types, from, size);
        for (const delivery of waiting.deliveries) found.push({ part: "pending", delivery });
        readTo = waiting.next && ["pending", ...waiting.next];
      }
      if (found.length <= size && readTo === null && status !== "pending") {
        const finished = await finishedDeliveries(
          tx,
          workspaceId,
          destinationId,
          status ?? null,
          part === "finished" ? from : null,
          size + 1 - found.length,
          types,
        );
        readTo = finished.readTo && ["finished", ...finished.readTo];
        for (const delivery of finished.deliveries) found.push({ part: "finished", delivery });
      }
      const last = found.length > size ? found[size - 1]! : null;
      const onwards: Place | null = last ? [last.part, ...last.delivery.position] : readTo;
      const deliveries = found.slice(0, size).map(({ delivery }) => delivery);
      const data = await deliveryAnswers(tx, workspaceId, deliveries);
      return { status: 200, body: { data, nextCursor: onwards && encodePlace(onwards) } };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/deliveries/{id}",
    right: "destinations.read",
    tags: ["Deliveries"],
    summary: "Get a delivery",
    params: idParams,
    responses: { 200: deliverySchema },
    example: { response: example },
    async execute({ tx, workspaceId, params }) {
      return { status: 200, body: await deliveryAnswerOf(tx, workspaceId, await mustGet(tx, workspaceId, params.id)) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/deliveries/{id}/attempts",
    right: "destinations.read",
    tags: ["Deliveries"],
    summary: "List attempts of a delivery",
    description:
      "Every attempt, oldest first: what was sent (signature headers, and the body) and what came back (the first 16 KiB).",
    params: idParams,
    responses: {
      200: z.object({
        data: z.array(
          z.object({
            n: z.number().int(),
            startedAt: time,
            durationMs: z.number().int(),
            outcome: z.enum(["succeeded", "retry", "failed", "uncertain", "interrupted", "filtered"]),
            final: z.boolean(),
            statusCode: z.number().int().nullable(),
            code: z.string().nullable(),
            detail: z.string().nullable(),
            requestHeaders: z.string().nullable().meta({ description: "Lines of `name: value`; of a CRM the call." }),
            requestBody: z.string().nullable().meta({
              description:
                "Of a webhook: exactly what was sent. It is made again of the event, and given only where it fits the signature that was sent.",
            }),
            requestBodyMissing: z.string().nullable().meta({
              description:
                "Why `requestBody` can't be told, though something was sent: the transform was changed since, say.",
            }),
            responseHeaders: z.string().nullable(),
            responseBody: z.string().nullable(),
            nextAt: time.nullable(),
          }),
        ),
      }),
    },
    async execute({ api, tx, workspaceId, params }) {
      const { eventId, destinationId } = partsOf(params.id);
      const since = earliestAttempt(eventId);
      const attempts = await listAttempts(tx, workspaceId, { ref: eventId, laneId: destinationId, since });
      // Without an attempt it may still exist, and wait for its first.
      if (attempts.length === 0) await mustGet(tx, workspaceId, params.id);
      const destination = await getDestination(tx, workspaceId, destinationId);
      const [event = null] = await loadEvents(tx, [{ workspaceId, id: eventId }]);
      const { expressions: evaluator, box } = api;
      const bodies = await sentBodies({ evaluator, box, destination, event }, attempts);
      return { status: 200, body: { data: attempts.map((attempt, n) => ({ ...attempt, ...bodies[n]! })) } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/deliveries/{id}/retry",
    right: "events.replay",
    tags: ["Deliveries"],
    summary: "Retry a delivery",
    description:
      "Delivers the event again now, under the same event ID, whether it waits, failed or was delivered. Attempts count on: where the schedule of attempts was used up, this is one attempt more. With `ordering: lead` it goes before later events of the same lead that wait, and after one that is under way; what is held can't be retried (409): retry what it is held behind.",
    params: idParams,
    responses: { 200: deliverySchema },
    example: { response: { ...example, nextAttemptAt: "2026-01-05T09:30:30.000Z" } },
    async execute({ api, tx, workspaceId, params, afterCommit }) {
      const delivery = await mustGet(tx, workspaceId, params.id);
      const { eventId, destinationId } = delivery;
      const destination = await getDestination(tx, workspaceId, destinationId);
      if (!destination) throw new HeraldError("invalid_state", "The destination of this delivery was deleted.");
      if (destination.status === "disabled") {
        throw new HeraldError("invalid_state", "The destination is disabled. Set it to active first.");
      }
      if ((await loadEvents(tx, [{ workspaceId, id: eventId }])).length === 0) {
        throw new HeraldError("invalid_state", "The event is past its retention; there is nothing left to deliver.");
      }
      if (delivery.heldBehind) {
        const front = deliveryId(delivery.heldBehind.eventId, destinationId);
        throw new HeraldError(
          "invalid_state",
          `This delivery is held behind ${front}, an earlier one for the same lead. Retry that one; or set the destination's ordering to "none".`,
        );
      }
      await retryDelivery(tx, workspaceId, delivery);
      afterCommit(() => api.wake("delivery", [{ workspaceId, laneId: destinationId }]));
      return { status: 200, body: await deliveryAnswerOf(tx, workspaceId, await mustGet(tx, workspaceId, params.id)) };
    },
  }),
];
