import { z } from "zod";

/** Building blocks of the endpoints' schemas. */

/** A time in an answer: give a Date. In JSON it is ISO 8601 UTC with milliseconds. */
export const time = z.date().meta({ examples: ["2026-01-05T09:30:00.000Z"] });

/** A time in a request: ISO 8601 with an offset, in the years 1 to 9999 (UTC), beyond which it can't be written so; gives a Date. */
export const timeInput = z.iso
  .datetime({ offset: true, error: "Give a time as in 2026-01-05T09:30:00Z." })
  .refine((text) => {
    const year = new Date(text).getUTCFullYear();
    return !(year < 1 || year > 9_999);
  }, "Give a time in the years 1 to 9999.")
  .transform((text) => new Date(text));

/** A time in a query: the `+` of an offset that wasn't encoded arrives as a space. */
export const timeQuery = z
  .string()
  .meta({ format: "date-time" })
  .transform((text) => text.replace(/ (?=\d\d:\d\d$)/, "+"))
  .pipe(timeInput);

/** The path parameter `id`. Whether it exists is for the look-up to say (404), so that a malformed one is no other case. */
export const idParams = z.strictObject({ id: z.string().min(1).max(200) });

/** The query parameter `limit`: 1 to `max`. */
export const limit = (max = 100, fallback = 50) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(max)
    .default(fallback)
    .meta({ description: `How many at most: 1 to ${max}.` });

/** One page of Herald's own lists: `{data, nextCursor}`; `nextCursor` is null on the last one. */
export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().meta({ description: "Give it as `cursor` for the next page. Null: the end." }),
  });

/** A text on one line for people: trimmed, not empty, no control characters. */
export const name = (max = 200) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, "This must be one line, without control characters.");

/** Cuts a list that was read with one row more than asked for: whether there is a next page, without counting. */
export function pageOf<T>(rows: readonly T[], size: number, cursorOf: (last: T) => string) {
  const data = rows.slice(0, size);
  return { data, nextCursor: rows.length > size ? cursorOf(data[size - 1]!) : null };
}
