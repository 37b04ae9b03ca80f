import { z } from "zod";
import { channels } from "../domain/event.ts";
import type { Condition } from "../domain/sequence/condition.ts";

/** What a step may ask about its lead (domain/sequence/condition.ts), as the API takes and gives it. */

const days = z.int().min(0).max(3_660);
const stepReference = z
  .union([z.int().min(1).max(50), z.string().min(1).max(200)])
  .meta({ description: "A step of the sequence: its position (from 1), `key` or ID. An answer has the ID." });
const seen = z.union([z.boolean(), z.strictObject({ step: stepReference })]);

const simple = [
  z.strictObject({
    connected: z
      .boolean()
      .meta({ description: "Whether the lead and the campaign's sender are connected on LinkedIn." }),
  }),
  z.strictObject({ replied: z.boolean().meta({ description: "Whether the lead ever replied, on any channel." }) }),
  z.strictObject({
    opened: seen.meta({ description: "Whether an email of the campaign, or that of one step, was opened." }),
  }),
  z.strictObject({
    clicked: seen.meta({ description: "Whether a link in an email of the campaign, or of one step, was followed." }),
  }),
  z.strictObject({ hasAddress: z.enum(channels).meta({ description: "Whether the lead has an address for it." }) }),
  z.strictObject({ hasTag: z.string().trim().min(1).max(100).meta({ description: "Without regard to case." }) }),
  z.strictObject({
    field: z
      .strictObject({
        name: z.string().min(1).max(64).meta({ description: "`company`, `title`, ..., or a custom field." }),
        exists: z.boolean().optional(),
        equals: z.union([z.string().max(4_000), z.number(), z.boolean()]).optional(),
        oneOf: z
          .array(z.union([z.string().max(4_000), z.number()]))
          .min(1)
          .max(100)
          .optional(),
        contains: z.string().min(1).max(4_000).optional(),
        atLeast: z.number().optional(),
        atMost: z.number().optional(),
      })
      .meta({ description: "Texts are compared without regard to case; atLeast and atMost compare numbers." }),
  }),
  z.strictObject({
    daysSinceLastTouch: z
      .strictObject({ atLeast: days.optional(), atMost: days.optional() })
      .meta({ description: "Whole days since anything last went out to the lead, by campaign or API." }),
  }),
] as const;

const inner = z.lazy((): z.ZodType<Condition> => conditionSchema);
const list = z.array(inner).min(1).max(20);

export const conditionSchema: z.ZodType<Condition> = z
  .union([...simple, z.strictObject({ all: list }), z.strictObject({ any: list }), z.strictObject({ not: inner })])
  .meta({
    id: "Condition",
    description:
      'For which leads a step is, asked when its time has come: `{connected: true}`, `{hasTag: "vip"}`, ' +
      '`{field: {name: "title", contains: "founder"}}`, or several in `all`, `any` and `not`, five deep at most.',
  }) as never;

export const elseInput = z.union([z.enum(["skip", "stop"]), z.strictObject({ goTo: stepReference })]).meta({
  description:
    "Where a lead goes for whom `if` doesn't hold, or whose time limit has passed: on to the next step (`skip`), out of the " +
    "sequence (`stop`), or to a later step. Default: `skip`; of `wait_for_acceptance`: `stop`.",
});
