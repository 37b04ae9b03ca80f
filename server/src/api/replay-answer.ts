import { z } from "zod";
import { type Replay, type ReplayTarget, replaySelections } from "../db/replay.ts";
import { eventTypes } from "../domain/event.ts";
import { time } from "./fields.ts";

const progressSchema = z.object({
  counted: z.number().int().meta({ description: "Deliveries that the filter matched when they were counted." }),
  counting: z.boolean().meta({ description: "Counting isn't at the end yet." }),
  queued: z.number().int().meta({ description: "Of them, how many were queued so far." }),
  waiting: z.number().int().meta({ description: "Queued, and neither delivered nor failed yet." }),
  delivered: z.number().int(),
  failed: z.number().int().meta({ description: "All attempts were used up." }),
  dropped: z
    .number()
    .int()
    .meta({ description: "Left the queue unsent: withdrawn, held back by a filter, or past the log's retention." }),
});

export const selectionSchema = z.enum(replaySelections).meta({
  description:
    "Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them.",
});

export const replaySchema = z.object({
  id: z.string(),
  status: z.enum(["running", "finished", "stopped", "cancelled"]),
  reason: z.string().nullable().meta({ description: "Why it stopped, or why one event was not queued." }),
  origin: z.enum(["request", "history", "recovery"]).meta({
    description: "`history`: fills a new destination. `recovery`: what a destination missed while it was disabled.",
  }),
  destinations: z.number().int().meta({ description: "How many destinations it delivers to." }),
  eventId: z.string().nullable(),
  from: time.nullable().meta({ description: "Null: from the beginning of the log." }),
  to: time.meta({ description: "Events before this moment." }),
  eventTypes: z.array(z.enum(eventTypes)).nullable(),
  leadId: z.string().nullable(),
  campaignId: z.string().nullable(),
  only: selectionSchema,
  rate: z.number().nullable().meta({ description: "Events a second to each destination. Null: no limit." }),
  progress: progressSchema,
  createdAt: time,
  finishedAt: time.nullable(),
});

export const replayWithTargetsSchema = replaySchema.extend({
  targets: z
    .array(
      z.object({
        destinationId: z.string(),
        status: z.enum(["feeding", "delivering", "finished", "stopped", "cancelled"]).meta({
          description: "`feeding`: not everything is queued yet. `delivering`: everything is, and some of it waits.",
        }),
        reason: z.string().nullable(),
        progress: progressSchema,
        finishedAt: time.nullable(),
      }),
    )
    .meta({ description: "Each destination, at most 1,000." }),
});

export function replayAnswer(replay: Replay): z.input<typeof replaySchema> {
  return {
    ...replay,
    eventTypes: replay.eventTypes as z.input<typeof replaySchema>["eventTypes"],
    only: replay.selection,
    progress: progressOf(replay),
  };
}

export function replayWithTargetsAnswer(
  replay: Replay,
  targets: readonly ReplayTarget[],
): z.input<typeof replayWithTargetsSchema> {
  return {
    ...replayAnswer(replay),
    targets: targets.map((target) => ({ ...target, progress: progressOf(target) })),
  };
}

function progressOf(
  progress: Pick<ReplayTarget, "counted" | "countedAll" | "queued" | "delivered" | "failed" | "dropped">,
) {
  const { counted, countedAll, queued, delivered, failed, dropped } = progress;
  return {
    counted,
    counting: !countedAll,
    queued,
    waiting: queued - delivered - failed - dropped,
    delivered,
    failed,
    dropped,
  };
}

export const replayExample = {
  id: "replay_01k9d3v0x5e0rb1v6m2z8q4w7n",
  status: "running",
  reason: null,
  origin: "request",
  destinations: 1,
  eventId: null,
  from: "2026-01-01T00:00:00.000Z",
  to: "2026-01-05T00:00:00.000Z",
  eventTypes: ["message.sent", "message.failed"],
  leadId: null,
  campaignId: null,
  only: "undelivered",
  rate: 200,
  progress: { counted: 48_211, counting: false, queued: 12_400, waiting: 37, delivered: 12_360, failed: 3, dropped: 0 },
  createdAt: "2026-01-05T09:30:00.000Z",
  finishedAt: null,
};
