import type { z } from "zod";

/**
 * Throws where an object schema says neither that unknown keys are refused (`z.strictObject`) nor that they are taken
 * (`z.looseObject`, `catchall`): a plain `z.object` drops them without a word, and a misspelt field would do nothing.
 */
export function assertNamedFields(schema: z.ZodType | z.core.$ZodType, where: string): void {
  const { def } = schema._zod as unknown as { def: Definition };
  if (def.type === "object") {
    if (!def.catchall) throw new Error(`${where}: use z.strictObject or z.looseObject in place of z.object.`);
    for (const [key, inner] of Object.entries(def.shape ?? {})) assertNamedFields(inner, `${where}.${key}`);
  }
  for (const inner of [def.innerType, def.element, def.in, ...(def.options ?? [])]) {
    if (inner) assertNamedFields(inner, where);
  }
}

/** The parts of zod's definitions that hold other schemas. */
interface Definition {
  type: string;
  catchall?: z.core.$ZodType;
  shape?: Record<string, z.core.$ZodType>;
  innerType?: z.core.$ZodType;
  element?: z.core.$ZodType;
  in?: z.core.$ZodType;
  options?: readonly z.core.$ZodType[];
}
