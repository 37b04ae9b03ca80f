import { Readable } from "node:stream";
import { z } from "zod";
import { recordingSlackMs } from "../db/event.ts";
import type { EventFilter, LoggedEvent, LogPosition } from "../db/event-log.ts";
import { HeraldError } from "../domain/error.ts";
import type { EventType } from "../domain/event.ts";
import { formatOf } from "../domain/formats.ts";
import { eventIdTime, eventTimestamp } from "../domain/id.ts";
import { consumerName, mustStandAt } from "./consumers.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { eventFilterFields } from "./event-filter.ts";
import { positionOf, positionText } from "./log-position.ts";
import type { LogTail } from "./log-tail.ts";

/**
 * The event log as server-sent events, for receivers that can't open a port.
 *
 * A stream has a place in the log and no queue: it asks `LogTail` for what is behind its place when its reader has taken
 * what came before. A reader that is slow, or stands still, so costs a page in memory and the socket's buffer, and goes
 * on from its place when it takes more.
 */

/** Events that are given to the socket at once. */
const pageSize = 100;
/** Milliseconds after which a client that lost its connection should come back. */
const retryMs = 2_000;

export interface StreamOptions {
  tail: LogTail;
  workspaceId: string;
  from: LogPosition;
  filter: EventFilter;
  /** Aborts when the client is gone. */
  signal: AbortSignal;
  /** Throws unauthorized or forbidden where the stream isn't allowed any more; called at each heartbeat's time. */
  recheck: () => Promise<void>;
}

export function eventStream(options: StreamOptions): Readable {
  const leave = options.tail.enter(options.workspaceId);
  const cutOff = () => stream.destroy();
  const stream = Readable.from(untilStalled(frames(options), options.tail.stallMs, cutOff), {
    objectMode: true,
    highWaterMark: 1,
  });
  stream.once("close", leave);
  return stream;
}

async function* frames({ tail, workspaceId, from, filter, signal, recheck }: StreamOptions): AsyncGenerator<string> {
  // The ID is known from the beginning: a client that loses its connection before the first event resumes there, too.
  let said = positionText(from);
  yield `retry: ${retryMs}\nid: ${said}\n\n`;
  let position = from;
  let beatAt = performance.now() + tail.heartbeatMs;
  for (;;) {
    const waitMs = Math.max(0, beatAt - performance.now());
    const { events, position: end } = await tail
      .read(workspaceId, position, filter, { limit: pageSize, waitMs, signal })
      // The database is away: the stream goes on when it is back.
      .catch(async () => await tail.nothing(position, Math.min(1_000, tail.heartbeatMs), signal));
    if (signal.aborted) return;
    position = end;
    const last = events.at(-1);
    if (last) {
      said = last.id;
      yield events.map((event) => frameOf(workspaceId, event)).join("");
    }
    if (tail.stopped.aborted) return;
    if (performance.now() < beatAt) continue;
    beatAt = performance.now() + tail.heartbeatMs;
    if (await isForbidden(recheck)) return;
    if (last) continue;
    // With the place behind what the filter left out: who resumes there needn't have it looked at again.
    const now = positionText(position);
    yield filter.types || filter.leadId || filter.campaignId ? `: nothing new\nid: ${now}\n\n` : ": nothing new\n\n";
  }
}

/** Frames of events that several streams send are made once. */
const made = new WeakMap<LoggedEvent, string>();

function frameOf(workspaceId: string, event: LoggedEvent): string {
  const known = made.get(event);
  if (known !== undefined) return known;
  const body = formatOf("herald").body({
    eventId: event.id,
    eventType: event.type as EventType,
    timestamp: eventTimestamp(eventIdTime(event.id) ?? 0),
    workspaceId,
    data: event.data,
  });
  // Between the parts of JSON a line's end is as good as a space; here it would end the field.
  const frame = `id: ${event.id}\ndata: ${body.replaceAll(/[\r\n]/g, " ")}\n\n`;
  made.set(event, frame);
  return frame;
}

/** Only a clear no ends a stream: the database, which knows the keys, may be away for a moment. */
async function isForbidden(recheck: () => Promise<void>): Promise<boolean> {
  try {
    await recheck();
    return false;
  } catch (error) {
    return error instanceof HeraldError && (error.code === "unauthorized" || error.code === "forbidden");
  }
}

/** As `source`, which is asked for more when what it gave was taken; calls `cutOff` where that takes longer than `ms`. */
async function* untilStalled(source: AsyncGenerator<string>, ms: number, cutOff: () => void): AsyncGenerator<string> {
  for await (const text of source) {
    const timer = setTimeout(cutOff, ms);
    try {
      yield text;
    } finally {
      clearTimeout(timer);
    }
  }
}

export const eventStreamEndpoint: Endpoint = endpoint({
  method: "GET",
  path: "/v1/events/stream",
  right: "events.read",
  tags: ["Events"],
  summary: "Stream events",
  description: [
    "The log as it grows, as server-sent events: `curl -N -H 'X-API-Key: ...' .../v1/events/stream`. For receivers that can't open a port. Each event is a frame without a name, so that an `EventSource` gives all of them to `onmessage`: `id` is the event's ID, `data` its JSON in the `herald` format on one line.",
    `Events come in the order of the log, ${recordingSlackMs / 1000} seconds after they happened, and later while an older transaction writes; so none is skipped. While there is nothing, a comment comes every 15 seconds: a client that hears nothing for a minute should connect again.`,
    "A client that connects again goes on behind the `Last-Event-ID` header, which `EventSource` sends by itself; those that can't set headers give `after`. Without any of them, and without `consumer`, the stream begins now. With `consumer` it begins at the place that the consumer has acknowledged (`POST /v1/consumers/{name}/ack`), unless there is a `Last-Event-ID`.",
    "A reader that takes nothing for a minute is cut off. When Herald stops, its streams end; a key that is revoked ends them within seconds.",
  ].join("\n\n"),
  query: z
    .strictObject({
      ...eventFilterFields,
      after: z
        .string()
        .max(100)
        .optional()
        .meta({ description: "An event's ID, or a time. `Last-Event-ID`, where it is sent, counts instead." }),
      consumer: consumerName.optional().meta({ description: "Begin behind this consumer's place." }),
    })
    .refine((query) => query.after === undefined || query.consumer === undefined, {
      path: ["after"],
      message: "Not with `consumer`, whose place is kept; PUT /v1/consumers/{name} moves it.",
    }),
  streams: "text/event-stream",
  responses: { 200: z.unknown().meta({ type: "string", description: "Frames of `id` and `data`, without end." }) },
  async execute({ api, workspaceId, query, request }) {
    const { after, consumer, ...filter } = query;
    const place = consumer === undefined ? null : await mustStandAt(api.db, workspaceId, consumer);
    // An empty one, which some clients send at first, says nothing.
    const lastId = request.header("last-event-id") || null;
    const given = lastId === null ? after && positionOf(after) : positionOf(lastId, "Last-Event-ID");
    const from = given || (place ?? (await api.tail.end()));
    const { tail } = api;
    const signal = request.signal();
    const stream = eventStream({ tail, workspaceId, from, filter, signal, recheck: request.recheck });
    // nginx would keep frames back until it has some kilobytes.
    return { status: 200, body: stream, headers: { "x-accel-buffering": "no" } };
  },
});
