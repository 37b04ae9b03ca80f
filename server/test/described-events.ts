import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { Database } from "../src/db/pool.ts";
import { eventSchemas } from "../src/domain/event-schemas.ts";

/** Rows looked at: what a test does a thousand times is the same fact. */
const most = 2_000;

/**
 * The events of a log that aren't as the schemas describe them to receivers: a field that is missing, another type, one that
 * nobody described. Types can't see what comes from SQL; each test that records events is a test of this. An event that
 * lacks most of its fields, or has a type that there isn't, is a test's own and means nothing.
 */
export async function undescribedEvents(db: Database): Promise<string[]> {
  const { rows } = await db.query<{ type: string; data: string }>(`select type, data from event limit ${most}`);
  return rows.flatMap(({ type, data }) => {
    // A field that another system calls so is in the event, and left out by Zod.
    const value = JSON.parse(data, (key, inner) => (key === "__proto__" ? undefined : inner)) as object;
    if ("erased" in value) return [];
    const schema = (eventSchemas as { [T in string]?: { data: z.ZodType & { shape: object } } })[type]?.data;
    const keys = Object.keys(schema?.shape ?? {});
    if (!schema || keys.filter((key) => key in value).length < keys.length / 2) return [];
    const result = schema.safeParse(value);
    if (result.success && isDeepStrictEqual(result.data, value)) return [];
    const why = result.success ? "has fields that its schema doesn't name" : result.error.message;
    return [`${type} ${why}: ${data}`];
  });
}
