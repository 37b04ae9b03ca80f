import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { databaseHealth } from "./db/health.ts";
import { brokenLanes, queueDepth } from "./db/lane.ts";
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

/** What becomes of attempts (`AttemptRecord`); one that a process didn't live to end is counted by none. */
const outcomes: Readonly<Record<LaneKind, readonly AttemptRecord["outcome"][]>> = {
  message: ["succeeded", "retry", "failed", "uncertain"],
  delivery: ["succeeded", "retry", "failed", "filtered"],
};
// From 0 on: a series that begins with its first attempts has not risen by these for `rate` and `increase`, by which alerts go.
for (const kind of ["message", "delivery"] as const)
  for (const outcome of outcomes[kind]) attempts.inc({ kind, outcome }, 0);

const attemptDuration = new Histogram({
  name: "herald_attempt_duration_seconds",
  help: "Duration of attempts, from the start of the call to its end.",
  labelNames: ["kind"] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  registers: [registry],
});

const turns = new Counter({
  name: "herald_assistant_turns_total",
  help: "Turns of the assistant, by what became of them: sent, draft, task, stopped, superseded; lost: somebody else had it by then.",
  labelNames: ["kind", "state"] as const,
  registers: [registry],
});

const modelDuration = new Histogram({
  name: "herald_assistant_model_duration_seconds",
  help: "How long the language model took for a turn, all its calls together.",
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  registers: [registry],
});

const modelTokens = new Counter({
  name: "herald_assistant_model_tokens_total",
  help: "Tokens that the language model was given and wrote.",
  labelNames: ["direction"] as const,
  registers: [registry],
});

const modelCost = new Counter({
  name: "herald_assistant_model_cost_total",
  help: "What the language model cost, in the currency in which its prices are given.",
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

const database = {
  outboxRows: gauge(
    "herald_outbox_rows",
    "Messages and deliveries that are not finished, parked ones too; an estimate.",
  ),
  outboxDead: gauge("herald_outbox_dead_rows", "Rows of the outbox that VACUUM has to clear; an estimate."),
  expiredLeases: gauge("herald_outbox_expired_leases", "Leases that have run out and were not taken back yet."),
  oldestSnapshotSeconds: gauge(
    "herald_database_oldest_snapshot_seconds",
    "Age of the oldest snapshot that holds back VACUUM; 0: none that Herald may see (pg_read_all_stats shows it those of other roles).",
  ),
  bytes: gauge("herald_database_size_bytes", "Size of the database."),
  breakersOpen: gauge(
    "herald_destination_breakers_open",
    "Destinations that get nothing for a while, because they fail.",
  ),
  breakersHalfOpen: gauge(
    "herald_destination_breakers_half_open",
    "Destinations that failed, and of which one delivery is let through.",
  ),
  partitionDaysAhead: gauge("herald_partition_days_ahead", "Days for which partitions of the event log exist."),
} as const;

function gauge(name: string, help: string): Gauge {
  return new Gauge({ name, help, registers: [registry] });
}

const rescued = new Counter({
  name: "herald_leases_rescued_total",
  help: "Messages and deliveries that were taken back from processes that died or were silent too long.",
  registers: [registry],
});

const sourceRequests = new Counter({
  name: "herald_source_requests_total",
  help: "Requests at the addresses of sources, by kind and by what became of them.",
  labelNames: ["kind", "outcome"] as const,
  registers: [registry],
});

const sourceItems = new Counter({
  name: "herald_source_processed_total",
  help: "Looks at what sources received, by the status it has since.",
  labelNames: ["status"] as const,
  registers: [registry],
});

/** Counts a request at a source's address. */
export function countSourceRequest(kind: string, outcome: string): void {
  sourceRequests.inc({ kind, outcome });
}

/** Counts what became of something that a source received. */
export function countProcessed(status: string): void {
  sourceItems.inc({ status });
}

/** Counts work that was taken back from dead processes. */
export function countRescued(n: number): void {
  rescued.inc(n);
}

/** Counts an attempt; null (nothing was attempted) counts nothing. */
export function attemptMetrics(kind: LaneKind, attempt: Pick<AttemptRecord, "outcome" | "durationMs"> | null): void {
  if (attempt === null) return;
  attempts.inc({ kind, outcome: attempt.outcome });
  // Nobody was called.
  if (attempt.outcome === "filtered") return;
  attemptDuration.observe({ kind }, attempt.durationMs / 1000);
}

/** Counts a request. `route`: the pattern, never the path, whose values are without number. */
export function observeRequest(method: string, route: string, status: number, seconds: number): void {
  requestDuration.observe({ method, route, status }, seconds);
}

/** All metrics in Prometheus' text format. While the database is away, the queues' numbers are missing, and the rest is there. */
export async function renderMetrics(db: Queryable): Promise<{ contentType: string; text: string }> {
  for (const gauge of [lanesReady, due, oldestDue, ...Object.values(database)]) gauge.reset();
  const [depths, known] = await Promise.all([
    queueDepth(db).catch(() => null),
    Promise.all([databaseHealth(db), brokenLanes(db)]).catch(() => null),
  ]);
  const health = known && { ...known[0], ...known[1] };
  // A number that isn't known is left out: a 0 would say that all is well.
  for (const [key, each] of Object.entries(database)) {
    if (health) each.set(health[key as keyof typeof database]);
    else each.remove();
  }
  for (const kind of depths ? (["message", "delivery"] as const) : []) {
    const depth = depths?.find((row) => row.kind === kind);
    lanesReady.set({ kind }, depth?.lanesReady ?? 0);
    due.set({ kind }, depth?.due ?? 0);
    oldestDue.set({ kind }, depth?.oldestSeconds ?? 0);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** What became of a turn of the assistant, and what the model took for it; null: none was asked. */
export function countTurn(ended: {
  kind: string;
  state: string;
  model: { latencyMs: number; inputTokens: number; outputTokens: number; costMicros: number } | null;
}): void {
  turns.inc({ kind: ended.kind, state: ended.state });
  if (!ended.model) return;
  modelDuration.observe(ended.model.latencyMs / 1_000);
  modelTokens.inc({ direction: "input" }, ended.model.inputTokens);
  modelTokens.inc({ direction: "output" }, ended.model.outputTokens);
  modelCost.inc(ended.model.costMicros / 1_000_000);
}
