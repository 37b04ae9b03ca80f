import { z } from "zod";
import { eventIdTime, type IdKind, isId } from "../domain/id.ts";

/**
 * Places in lists: the query parameters `cursor` and `continuationToken`. Opaque for clients; nothing in them is trusted,
 * and what a list can't have given out is refused: an empty page would say that the list has ended.
 */

const refusal = "Give what the page before gave for this, unchanged.";
const cursor = z.string().meta({ description: "`nextCursor` of the previous page." });

/** Where the place is the ID of the last item of the page before. */
export const idCursor = (kind: IdKind) => cursor.refine((text) => isId(kind, text), refusal);

/** The same for events, whose IDs have a form of their own. */
export const eventCursor = cursor.refine((text) => eventIdTime(text) !== null, refusal);

/** Where the place is several values, which `encodePlace` wrote; gives them. */
export function placeCursor<T>(schema: z.ZodType<T>) {
  return cursor.transform((text, context): T => {
    const result = schema.safeParse(decode(text));
    if (result.success) return result.data;
    context.addIssue({ code: "custom", message: refusal });
    return z.NEVER;
  });
}

export function encodePlace(values: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
