import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { queueDepth } from "./db/lane.ts";
import type { AttemptRecord, LaneKind } from "./db/outbox.ts";
import type { Queryable } from "./db/pool.ts";

/**
 * Prometheus metrics of this process. What is counted here (attempts, requests) is this process's own; what is read from
 * the database at a scrape (queues) is the whole installation's, and the same from every process.
 */
const registry = new Registry();
collectDefaultMetrics({ register: registry });

const attempts = new Counter({
  name: "herald_attempts_total",
  help: "Attempts to send a message or to deliver an event, by outcome.",
  labelNames: ["kind", "outcome"] as const,
  registers: [registry],
});

const attemptDuration = new Histogram({
  name: "herald_attempt_duration_seconds",
  help: "Duration of attempts, from the start of the call to its end.",
  labelNames: ["kind"] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  registers: [registry],
});

const requestDuration = new Histogram({
  name: "herald_http_request_duration_seconds",
  help: "Duration of API requests, from their headers to the end of the answer.",
  labelNames: ["method", "route", "status"] as const,
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  registers: [registry],
});

const lanesReady = new Gauge({
  name: "herald_lane_ready",
  help: "Senders and destinations with work that is due and may be done now.",
  labelNames: ["kind"] as const,
  registers: [registry],
});

const due = new Gauge({
  name: "herald_outbox_due",
  help: "Messages and deliveries that are due and wait, parked senders and destinations left out; at most 10,000 of each are counted.",
  labelNames: ["kind"] as const,
  registers: [registry],
});

const oldestDue = new Gauge({
  name: "herald_outbox_oldest_due_age_seconds",
  help: "For how long the oldest of the due messages or deliveries has been due.",
  labelNames: ["kind"] as const,
  registers: [registry],
});

/** Counts an attempt; null (nothing was attempted) counts nothing. */
export function attemptMetrics(kind: LaneKind, attempt: Pick<AttemptRecord, "outcome" | "durationMs"> | null): void {
  if (attempt === null) return;
  attempts.inc({ kind, outcome: attempt.outcome });
  attemptDuration.observe({ kind }, attempt.durationMs / 1000);
}

/** Counts a request. `route`: the pattern, never the path, whose values are without number. */
export function observeRequest(method: string, route: string, status: number, seconds: number): void {
  requestDuration.observe({ method, route, status }, seconds);
}

/** All metrics in Prometheus' text format. While the database is away, the queues' numbers are missing, and the rest is there. */
export async function renderMetrics(db: Queryable): Promise<{ contentType: string; text: string }> {
  for (const gauge of [lanesReady, due, oldestDue]) gauge.reset();
  const depths = await queueDepth(db).catch(() => null);
  for (const kind of depths ? (["message", "delivery"] as const) : []) {
    const depth = depths?.find((row) => row.kind === kind);
    lanesReady.set({ kind }, depth?.lanesReady ?? 0);
    due.set({ kind }, depth?.due ?? 0);
    oldestDue.set({ kind }, depth?.oldestSeconds ?? 0);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}
