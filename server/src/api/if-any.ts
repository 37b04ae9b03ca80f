import { z } from "zod";

/**
 * Of calls for the one thing of its kind that a workspace may have or not. Whoever asks for it by its path is told 404 where
 * there is none; a page asks without knowing, and a browser writes each 404 into its console as an error.
 */
export const ifAnyQuery = z.strictObject({
  ifAny: z
    .enum(["true", "false"])
    .default("false")
    .meta({ description: "`true`: where there is none the answer is 204, in place of 404." }),
});

/** The answer where there is none: with `ifAny`, nothing; else what `missing` says. */
export function noneOf({ ifAny }: z.output<typeof ifAnyQuery>, missing: Error): { status: 204; body: undefined } {
  if (ifAny === "false") throw missing;
  return { status: 204, body: undefined };
}
