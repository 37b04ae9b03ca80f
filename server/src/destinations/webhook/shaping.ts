import type { AttemptRecord, Settlement } from "../../db/outbox.ts";
import { nextAttemptDelay } from "../../domain/backoff.ts";
import type { StoredEvent } from "../../domain/format.ts";
import { herald } from "../../domain/formats/herald.ts";
import { type Evaluation, type Evaluator, Program } from "../../expressions/evaluator.ts";
import type { PreparedDelivery } from "./delivery.ts";
import { withoutNul } from "./without-nul.ts";

/**
 * A destination's own expressions: the filter is asked about the event (as `GET /v1/events/{id}` shows it), the transform
 * makes another body of the one in the destination's format.
 */
export interface Shaping {
  filter: Program | null;
  transform: Program | null;
}

/** Null: there is nothing to shape, and the body goes out as it is. */
export function shapingOf(texts: { filter: string | null; transform: string | null }): Shaping | null {
  if (texts.filter === null && texts.transform === null) return null;
  return {
    filter: texts.filter === null ? null : new Program(texts.filter, { asCondition: true }),
    transform: texts.transform === null ? null : new Program(texts.transform),
  };
}

/** `filtered`: nothing is to be sent; `failed`: it is to be tried again. `code` and `detail` go on record. */
export type Shaped =
  | { kind: "body"; body: string }
  | { kind: "filtered" | "failed"; code: string; detail: string; by: "filter" | "transform" };

/** Never throws. `body`: as the destination's format says it. */
export async function shape(
  evaluator: Evaluator,
  { filter, transform }: Shaping,
  event: StoredEvent,
  body: string,
): Promise<Shaped> {
  if (filter) {
    const verdict = await evaluator.evaluate(filter, herald.body(event));
    if (verdict.kind === "failed") return failed("filter", verdict);
    if (verdict.kind === "nothing" || verdict.json !== "true") {
      const detail = "The destination's filter is not true for this event; nothing was sent.";
      return { kind: "filtered", code: "filter_false", detail, by: "filter" };
    }
  }
  if (!transform) return { kind: "body", body };
  const made = await evaluator.evaluate(transform, body);
  if (made.kind === "failed") return failed("transform", made);
  if (made.kind === "value") return { kind: "body", body: made.json };
  const detail = "The destination's transform gave nothing for this event; nothing was sent.";
  return { kind: "filtered", code: "transform_nothing", detail, by: "transform" };
}

function failed(by: "filter" | "transform", { reason, detail }: Extract<Evaluation, { kind: "failed" }>): Shaped {
  return { kind: "failed", code: `${by}_${reason}`, detail: `The destination's ${by} failed. ${detail}`, by };
}

/** What its format can't say, as this version knows it (a newer process may have queued it), or can't sign. */
export function bodyFailed(error: unknown, step: "made" | "signed"): { kind: "failed"; code: string; detail: string } {
  const detail = `The body could not be ${step}: ${error instanceof Error ? error.message : String(error)}`;
  return { kind: "failed", code: "body_failed", detail };
}

/** What becomes of a delivery without a request: done where a filter held it back, else tried again by its schedule. */
export function settleUnsent(
  { item, destination }: PreparedDelivery,
  { kind, code, detail }: Omit<Exclude<Shaped, { kind: "body" }>, "by">,
  startedAt: number,
): Settlement {
  const delay = kind === "filtered" ? null : nextAttemptDelay(item.attempts + 1, { schedule: destination.schedule });
  const attempt: AttemptRecord = {
    ...{ startedAt, durationMs: Date.now() - startedAt, statusCode: null, code, detail: withoutNul(detail) },
    outcome: kind === "filtered" ? "filtered" : delay === null ? "failed" : "retry",
    ...{ requestHeaders: null, responseHeaders: null, responseBody: null },
  };
  return { item, nextAt: delay === null ? null : Date.now() + delay, attempt };
}
