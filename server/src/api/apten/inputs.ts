import { z } from "zod";
import { timeInput } from "../fields.ts";

/** A day, a time, and an offset, whose `+` arrives as a space where it wasn't encoded; in this order as far as they are there. */
const spelled = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:[.,]\d+)?)?(?:Z|([+ -])(\d\d)(?::?(\d\d))?)?)?$/i;

/**
 * A time as Apten's clients write it: ISO 8601 as everywhere, also a day alone, without an offset, as Python's `isoformat()` writes UTC, with a
 * blank in place of the T (its `str()`), without the colon in the offset (`%z`) or without seconds.
 */
export const aptenTime = z
  .string()
  .meta({ format: "date-time" })
  .transform((text) => {
    const match = spelled.exec(text.trim());
    if (!match) return text;
    const [, day, time = "00:00", seconds = ":00", sign, hours, minutes = "00"] = match;
    const offset = sign === undefined ? "Z" : `${sign === "-" ? "-" : "+"}${hours}:${minutes}`;
    return `${day}T${time}${seconds.replace(",", ".")}${offset}`;
  })
  .pipe(timeInput);

/** Many clients write null for what they leave out: it is nothing. */
export const orNull = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((given): Exclude<z.output<T>, null> | undefined => (given ?? undefined) as never);

/** The same of what has a default. */
export const orDefault = <T extends boolean | number>(schema: z.ZodType<T, T>, fallback: T) =>
  schema
    .nullish()
    .transform((given): T => given ?? fallback)
    .meta({ default: fallback });

/** In a query an empty text is what many clients write for what they leave out, as the token of a first page. */
export const unlessEmpty = <T extends z.ZodType>(schema: T) =>
  z.preprocess((given) => (given === "" ? undefined : given), schema);

/** The ID in a place of a list: of the characters that IDs have, since a client may have made the token up. */
export const placeId = z.string().regex(/^[\w-]{1,200}$/);
