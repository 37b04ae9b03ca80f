import { z } from "zod";
import { type Destination, forgetMissed, lockDestination, updateDestination } from "../db/destination.ts";
import { laneHealth } from "../db/lane.ts";
import type { Queryable } from "../db/pool.ts";
import { countMatching, type LogPlace, withHashes } from "../db/replay-feed.ts";
import { notFound } from "../domain/error.ts";
import { destinationAnswer, destinationExample, destinationSchema } from "./destination-answer.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";
import { replayAnswer, replayExample, replaySchema } from "./replay-answer.ts";
import { gapMarginMs, startReplay } from "./replay-start.ts";

/**
 * Milliseconds before the moment of disabling from which on is looked for what is missing: an event that was stored
 * after it may have got its time a little before. What was delivered isn't sent again.
 */
const beforeGapMs = 60_000;

/** Events that are read to be counted at most; a second or two. */
const mostRead = 100_000;
const chunk = 20_000;

/** The range in which events are missing, with room for clocks. */
function gapOf(destination: Destination): { from: Date; to: Date } | null {
  if (!destination.missedSince) return null;
  return {
    from: new Date(destination.missedSince.getTime() - beforeGapMs),
    to: new Date((destination.missedUntil?.getTime() ?? Date.now()) + gapMarginMs),
  };
}

/** How many events in it never arrived and don't wait; `atLeast`: there may be more. */
async function countMissed(
  tx: Queryable,
  workspaceId: string,
  destination: Destination,
  gap: { from: Date; to: Date },
): Promise<{ events: number; atLeast: boolean }> {
  const filter = {
    ...{ workspaceId, destinationId: destination.id, selection: "undelivered" as const },
    ...{ eventId: null, eventTypes: null, leadId: null, campaignId: null },
  };
  return await withHashes(tx, async () => {
    let place: LogPlace = { at: gap.from.getTime(), id: "" };
    let events = 0;
    for (let read = 0; read < mostRead; read += chunk) {
      const step = await countMatching(tx, filter, place, { at: gap.to.getTime(), id: "" }, chunk);
      events += step.matching;
      if (step.read < chunk || !step.last) return { events, atLeast: false };
      place = step.last;
    }
    return { events, atLeast: true };
  });
}

export const destinationEnableEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/destinations/{id}/enable",
    right: "destinations.write",
    tags: ["Destinations"],
    summary: "Enable a destination",
    description: [
      "From now on events are delivered to it again, and what waited goes out; also where it was active and only paused, by its breaker or at its receiver's wish. The answer says what it missed: how many events of the log never arrived and don't wait, and since when.",
      "With `recover` a replay of exactly these is started. That can be asked for later as well, of a destination that is active: what is missing is remembered until it is recovered.",
    ].join("\n\n"),
    params: idParams,
    body: z
      .strictObject({
        recover: z.boolean().default(false).meta({ description: "Send what it missed." }),
        rate: z
          .number()
          .min(0.01)
          .max(100_000)
          .optional()
          .meta({ description: "With `recover`: events a second. Default: as fast as it takes them." }),
      })
      .prefault({}),
    responses: {
      200: z.object({
        destination: destinationSchema,
        missed: z
          .object({
            events: z.number().int(),
            atLeast: z.boolean().meta({ description: "There are more: only the first 100,000 were looked at." }),
            since: time,
            until: time,
          })
          .nullable()
          .meta({ description: "Null: nothing is missing." }),
        replay: replaySchema.nullable(),
      }),
    },
    example: {
      body: { recover: true },
      response: {
        destination: destinationExample,
        missed: { events: 1_204, atLeast: false, since: "2026-01-03T08:00:00.000Z", until: "2026-01-05T09:30:00.000Z" },
        replay: { ...replayExample, origin: "recovery", rate: null },
      },
    },
    async execute(context) {
      const { api, tx, workspaceId, params, body, afterCommit } = context;
      const before = await lockDestination(tx, workspaceId, params.id);
      if (!before) throw notFound("destination", params.id);
      const gap = gapOf(before);
      const missed = gap && (await countMissed(tx, workspaceId, before, gap));
      // One that is active as well: a pause that its receiver asked for, or its breaker, ends.
      const enabled = await updateDestination(tx, workspaceId, params.id, { status: "active", statusReason: null });
      const destination = enabled as Destination;
      afterCommit(() => api.wake("delivery", [{ workspaceId, laneId: params.id }]));
      // Asked again: the gap ended with the change above.
      const range = gapOf(destination);
      const replay =
        body.recover && range
          ? await startReplay(
              context,
              {
                ...{ ...range, origin: "recovery", selection: "undelivered", rate: body.rate ?? null },
                ...{ eventId: null, eventTypes: null, leadId: null, campaignId: null },
              },
              destination,
            )
          : null;
      if (replay) await forgetMissed(tx, workspaceId, params.id);
      const health = await laneHealth(tx, workspaceId, [params.id]);
      const missing = replay ? { ...destination, missedSince: null } : destination;
      return {
        status: 200,
        body: {
          destination: destinationAnswer({ api, workspaceId }, missing, health.get(params.id)),
          missed: missed && {
            ...missed,
            since: destination.missedSince as Date,
            until: destination.missedUntil ?? new Date(),
          },
          replay: replay && replayAnswer(replay),
        },
      };
    },
  }),
];
