import type { AttemptRecord, ClaimedItem, Settlement } from "../db/outbox.ts";
import { nextAttemptDelay } from "../domain/backoff.ts";
import type { StoredEvent } from "../domain/format.ts";
import { laneSignal } from "../domain/lane-health.ts";
import type { OpenSystem, SystemResult } from "./system.ts";
import { withoutNul } from "./webhook/without-nul.ts";

/** The whole of telling a system of one event; shorter than a lease. */
export const systemDeadlineMs = 30_000;
/** How long a destination rests whose account is refused, before one delivery asks again. */
const refusedRestMs = 600_000;
/**
 * How many refusals of the account are attempts of a delivery, on record with its words. Later ones only keep the destination
 * waiting: they are none of this event's failures, and its attempts are for when the account is mended.
 */
const refusedAttempts = 3;
const throttledRestMs = 10_000;
const worthALineMs = 60_000;
const longestRestMs = 24 * 3_600_000;
const mostKept = 16_384;

/** One attempt to tell a system of one event. Never throws. */
export async function tellSystem(
  system: OpenSystem,
  item: ClaimedItem,
  event: StoredEvent,
  schedule: readonly number[],
): Promise<Settlement> {
  const startedAt = Date.now();
  let result: SystemResult;
  try {
    result = await system.deliver({ ...event, attempt: item.attempts + 1 }, AbortSignal.timeout(systemDeadlineMs));
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    result = { outcome: "retry", code: "adapter_failed", detail: `Herald failed at it: ${what}` };
  }
  return judge(result, item, schedule, startedAt);
}

function judge(result: SystemResult, item: ClaimedItem, schedule: readonly number[], startedAt: number): Settlement {
  const attempt: AttemptRecord = {
    ...{ startedAt, durationMs: Date.now() - startedAt, statusCode: result.statusCode ?? null },
    ...{ outcome: "succeeded", code: null, detail: result.detail ? kept(result.detail) : null },
    ...{ requestHeaders: kept(result.request), responseHeaders: null, responseBody: kept(result.response) },
  };
  const now = Date.now();
  if (result.outcome === "delivered") return { item, nextAt: null, attempt, signal: laneSignal.takesMore };
  attempt.code = result.code;
  if (result.outcome === "skipped") return { item, nextAt: null, attempt: { ...attempt, outcome: "filtered" } };
  // The system answered, and this is about the event: the destination is well.
  const failed: Settlement = {
    ...{ item, nextAt: null, signal: laneSignal.works },
    attempt: { ...attempt, outcome: "failed" },
  };
  if (result.outcome === "failed") return failed;
  if (result.outcome === "refused") {
    const until = now + refusedRestMs;
    const ill: Settlement = {
      ...{ item, nextAt: until, signal: laneSignal.ill, park: { until, reason: kept(result.detail) ?? "" } },
      ...{ attempt: null, waitedSince: startedAt },
    };
    const delay = item.attempts < refusedAttempts ? nextAttemptDelay(item.attempts + 1, { schedule }) : null;
    if (delay === null) return ill;
    return { ...ill, nextAt: now + Math.min(delay, refusedRestMs), attempt: { ...attempt, outcome: "retry" } };
  }
  const delay = nextAttemptDelay(item.attempts + 1, { schedule });
  const again: Settlement = {
    item,
    nextAt: null,
    attempt: { ...attempt, outcome: delay === null ? "failed" : "retry" },
  };
  const asked = result.retryAfterMs === undefined ? null : Math.min(Math.max(result.retryAfterMs, 0), longestRestMs);
  again.nextAt = delay === null ? null : now + Math.max(delay, asked ?? 0);
  // One call that fails is one failure of the system, however many events it was for; what it forbids of one kind is none.
  if (result.alone) again.signal = laneSignal.forbids;
  else if (!result.echo) again.signal = laneSignal.ill;
  if (!result.throttled) return again;
  const rest = asked ?? throttledRestMs;
  const park = { until: now + rest, reason: kept(result.detail) ?? "" };
  // Being asked to wait a little is no failure of this event: it goes on when the others do. A used-up quota is worth a line.
  if (rest < worthALineMs) return { item, nextAt: now + rest, attempt: null, park };
  return { ...again, signal: laneSignal.overloaded, park };
}

function kept(text: string | undefined): string | null {
  return text === undefined ? null : withoutNul(text.slice(0, mostKept));
}
