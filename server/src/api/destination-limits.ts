import { z } from "zod";
import type { LaneHealth } from "../db/lane.ts";
import { places } from "../domain/lane-health.ts";
import { time } from "./fields.ts";

/** What a destination's receiver is spared, and how it is doing: fields of a body and of an answer. */

export const limitInputs = {
  maxConcurrency: z
    .number()
    .int()
    .min(1)
    .max(places.most)
    .nullish()
    .meta({
      description: `Deliveries under way at once, at most, over all processes: 1 to ${places.most}. Within that Herald begins with ${places.first}, doubles while the receiver takes them, and halves at 429, 503 and time limits. null, or left out at first: ${places.most}.`,
    }),
  rateLimit: z
    .strictObject({
      requests: z.number().int().min(1).max(1_000_000),
      perSeconds: z.number().int().min(1).max(86_400),
    })
    .nullish()
    .meta({
      description:
        "At most so many deliveries, retries too, over all processes: a token bucket that holds `requests` (1 to 1,000,000) and fills evenly in `perSeconds` (1 to 86,400). After a quiet time so many may come at once; in any t seconds at most requests × (1 + t / perSeconds). null, or left out at first: no limit.",
    }),
};

export const limitFields = {
  maxConcurrency: z.number().int().meta({ description: "Deliveries under way at once, at most." }),
  rateLimit: z
    .object({ requests: z.number().int(), perSeconds: z.number().int() })
    .nullable()
    .meta({ description: "Null: no limit." }),
};

export const adaptationFields = {
  concurrency: z
    .number()
    .int()
    .meta({ description: "Deliveries that may be under way at once now, as the receiver has taken them so far." }),
  breaker: z
    .object({
      state: z.enum(["closed", "open", "half_open"]).meta({
        description:
          "`open`: it failed ten times in a row, or nine in ten of at least a hundred within a minute, and gets nothing until `until`: a pause of 10 s, then twice as long each time, at most 5 min. What waits keeps its attempts. `half_open`: one delivery is let through; if it is taken, all go on, else the next pause begins. Answers that are about one event (400, 409, 413, 422) don't count.",
      }),
      since: time.nullable().meta({ description: "Since when it is not closed." }),
      until: time.nullable().meta({ description: "When the next delivery is tried." }),
      reason: z.string().nullable().meta({ description: "What the last failure said." }),
    })
    .meta({ description: "Whether the receiver is spared because it is ill." }),
};

/** Of a destination that was just made there is no lane's health yet. */
export function limitsAnswer(health: LaneHealth | undefined) {
  return { maxConcurrency: health?.maxConcurrency ?? places.most, rateLimit: health?.rateLimit ?? null };
}

export function adaptationAnswer(health: LaneHealth | undefined) {
  const broken = health?.broken ?? null;
  return {
    concurrency: health?.places ?? places.first,
    breaker: {
      state: broken === null ? ("closed" as const) : broken.until === null ? ("half_open" as const) : ("open" as const),
      since: broken?.since ?? null,
      // Infinity: it is disabled as well.
      until: broken?.until instanceof Date ? broken.until : null,
      reason: broken?.reason ?? null,
    },
  };
}

export const limitsExample = { maxConcurrency: places.most, rateLimit: null };
export const adaptationExample = {
  concurrency: 64,
  breaker: { state: "closed" as const, since: null, until: null, reason: null },
};
