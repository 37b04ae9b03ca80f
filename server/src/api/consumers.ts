import { z } from "zod";
import {
  acknowledge,
  type Consumer,
  countConsumers,
  deleteConsumer,
  getConsumer,
  insertConsumer,
  listConsumers,
  moveConsumer,
} from "../db/consumer.ts";
import { furthestHorizon, isBefore, type LogPosition } from "../db/event-log.ts";
import type { Queryable } from "../db/pool.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { encodePlace, placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { limit, page, pageOf, time } from "./fields.ts";
import { positionOf, positionText } from "./log-position.ts";
import { invalid } from "./validate.ts";

/** A consumer is a name in a table; this keeps a receiver that makes a new one at each start from filling it. */
const maxConsumers = 1_000;

export const consumerName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, "A consumer's name has 1 to 100 letters, digits, dots, dashes and underscores.");

const nameParams = z.strictObject({ name: consumerName });

const consumerSchema = z.object({
  name: z.string(),
  position: z.string().meta({ description: "Behind this event, or behind this time, it goes on." }),
  createdAt: time,
  acknowledgedAt: time.nullable().meta({ description: "When it last acknowledged something. Null: not yet." }),
});

const example = {
  name: "crm-bridge",
  position: "evt_1767605400000_k3v9x0q2a",
  createdAt: "2026-01-05T09:00:00.000Z",
  acknowledgedAt: "2026-01-05T09:30:02.000Z",
};

const answer = ({ position, ...consumer }: Consumer) => ({ ...consumer, position: positionText(position) });

/** Where a consumer goes on. Throws not_found where there is none of this name. */
export async function mustStandAt(db: Queryable, workspaceId: string, name: string): Promise<LogPosition> {
  const consumer = await getConsumer(db, workspaceId, name);
  if (consumer) return consumer.position;
  throw new HeraldError(
    "not_found",
    `There is no consumer ${name} in this workspace. PUT /v1/consumers/${name} makes it.`,
  );
}

/**
 * A place that a consumer may stand at: one that somebody can have read up to. Beyond it events can still be committed,
 * which the consumer would never get. Judged by the clock alone, not by the transactions that are writing at the moment:
 * another process may have given out the place just before one of them began to.
 */
async function reached(db: Queryable, text: string, field: string): Promise<LogPosition> {
  const position = positionOf(text, field);
  const end = { at: (await furthestHorizon(db)) - 1, id: null };
  if (!isBefore(end, position)) return position;
  const reason = `This lies beyond the end of the log, which goes up to ${positionText(end)} for those who read it. Give the ID of an event that came by this API.`;
  throw invalid([{ field, reason }]);
}

export const consumerEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/v1/consumers",
    right: "events.read",
    tags: ["Events"],
    summary: "List consumers",
    description: "In the order of their names.",
    query: z.strictObject({ cursor: placeCursor(z.tuple([consumerName])).optional(), limit: limit() }),
    responses: { 200: page(consumerSchema) },
    example: { response: { data: [example], nextCursor: null } },
    async execute({ tx, workspaceId, query }) {
      const rows = await listConsumers(tx, workspaceId, query.cursor?.[0] ?? null, query.limit + 1);
      return { status: 200, body: pageOf(rows.map(answer), query.limit, (last) => encodePlace([last.name])) };
    },
  }),
  endpoint({
    method: "PUT",
    path: "/v1/consumers/{name}",
    right: "events.consume",
    tags: ["Events"],
    summary: "Create or move a consumer",
    description: [
      "A consumer is a receiver that fetches its events, by `GET /v1/events?consumer=` or `GET /v1/events/stream?consumer=`, and whose place in the log is kept here. For receivers that can't open a port, and must miss nothing while they are away.",
      "Without `after`: makes it if it isn't there, at the end of the log, and changes nothing if it is; so a receiver can call this at each start. With `after` (an event's ID, or a time): puts it there, forward or back, to skip events or to get them again.",
      "Receivers that share a name all get the same events; to have each event once, let one of them fetch.",
    ].join("\n\n"),
    params: nameParams,
    // Each statement stands alone: the end of the log is asked for on another connection, for which no transaction may wait.
    transaction: false,
    body: z
      .strictObject({
        after: z
          .string()
          .max(100)
          .optional()
          .meta({ description: "An event's ID, or a time, not beyond the end of the log." }),
      })
      .default({}),
    responses: { 200: consumerSchema },
    example: { body: { after: "2026-01-05T09:00:00Z" }, response: example },
    async execute({ api, tx, workspaceId, params: { name }, body, recorded }) {
      const asked = body.after === undefined ? null : await reached(tx, body.after, "after");
      const known = await getConsumer(tx, workspaceId, name);
      const move = (own: Queryable) => moveConsumer(own, workspaceId, name, asked!);
      const there = known && asked ? await recorded.transaction(move) : known;
      if (there) return { status: 200, body: answer(there) };
      if ((await countConsumers(tx, workspaceId)) >= maxConsumers) {
        const remedy = "Delete those that nobody uses, or use one name again at each start.";
        throw new HeraldError("invalid_state", `This workspace has ${maxConsumers} consumers already. ${remedy}`);
      }
      const place = asked ?? (await api.tail.end());
      await recorded.transaction((own) => insertConsumer(own, workspaceId, name, place));
      return { status: 200, body: answer((await getConsumer(tx, workspaceId, name))!) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/v1/consumers/{name}",
    right: "events.read",
    tags: ["Events"],
    summary: "Get a consumer",
    params: nameParams,
    responses: { 200: consumerSchema },
    example: { response: example },
    async execute({ tx, workspaceId, params: { name } }) {
      const consumer = await getConsumer(tx, workspaceId, name);
      if (!consumer) throw notFound("consumer", name);
      return { status: 200, body: answer(consumer) };
    },
  }),
  endpoint({
    method: "POST",
    path: "/v1/consumers/{name}/ack",
    right: "events.consume",
    tags: ["Events"],
    summary: "Acknowledge events",
    description:
      "Everything up to `cursor` is done: the consumer goes on behind it. Call it after the events are dealt with, once a page is enough. A place that lies behind the consumer's changes nothing, so that acknowledgements may overtake each other and be sent twice.",
    params: nameParams,
    body: z.strictObject({
      cursor: z
        .string()
        .max(100)
        .meta({ description: "The ID of the last event that is done, or the page's `nextCursor`." }),
    }),
    responses: { 200: consumerSchema },
    example: { body: { cursor: example.position }, response: example },
    async execute({ tx, workspaceId, params: { name }, body }) {
      const position = await reached(tx, body.cursor, "cursor");
      const consumer = await acknowledge(tx, workspaceId, name, position);
      if (!consumer) throw notFound("consumer", name);
      return { status: 200, body: answer(consumer) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/v1/consumers/{name}",
    right: "events.consume",
    tags: ["Events"],
    summary: "Delete a consumer",
    description: "Forgets its place. The events stay in the log.",
    params: nameParams,
    responses: { 204: z.void() },
    async execute({ tx, workspaceId, params: { name } }) {
      if (!(await deleteConsumer(tx, workspaceId, name))) throw notFound("consumer", name);
      return { status: 204, body: undefined };
    },
  }),
];
