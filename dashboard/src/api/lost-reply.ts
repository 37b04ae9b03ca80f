import type { HeraldApiError } from "./client.ts";

/**
 * What became of a message whose reply was lost. `unsure`: it may be on record or not; sent again as it is, under its key, it goes
 * out once. `before`: its key was used already, by what was sent before this: that has gone out, and this hasn't.
 */
export type LostReply = "unsure" | "before";

/** Null: Herald has refused it, and nothing has gone out. `bad_answer`: it broke off, or wasn't Herald's. */
export function lostReply({ statusCode, code }: HeraldApiError): LostReply | null {
  if (code === "idempotency_conflict") return "before";
  return statusCode === 0 || statusCode >= 500 || code === "bad_answer" ? "unsure" : null;
}
