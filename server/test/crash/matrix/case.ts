import type { StopPointName } from "../../../src/db/stop-point.ts";

/** What is done while a fault is made. */
export type LoadName = "messages" | "scheduled" | "events" | "replay" | "retention";

/** What is struck: Herald, or its database. */
export const victims = ["herald", "postgres", "backend", "connections"] as const;
export type Victim = (typeof victims)[number];

/** One field of the matrix: a named point (or any moment) and a victim. */
export interface Case {
  point: StopPointName | "any moment";
  victim: Victim;
  load: LoadName;
  /** At which passing of the point, 1 to this; the seed decides. */
  upTo: number;
}

/** What became of one fault. */
export interface Row {
  point: string;
  victim: string;
  /** Messages that clients saw accepted (202), or events that were committed. */
  accepted: number;
  /** Of all events of the case, how many reached the receiver. */
  delivered: number;
  /** Webhooks that came more than once. */
  duplicates: number;
  /** Deliveries that were under way when the fault came. */
  allowed: number;
  /** From the end of the fault until nothing was left to do. */
  recoveredSeconds: number;
  verdict: "ok" | "FAILED" | "skipped";
  /** What was wrong, or why it was skipped; in sentences. */
  notes: string[];
}

const points: readonly Omit<Case, "victim">[] = [
  { point: "message.accepted", load: "messages", upTo: 3 },
  { point: "message.committed", load: "messages", upTo: 3 },
  { point: "message.claimed", load: "messages", upTo: 3 },
  { point: "message.batch", load: "scheduled", upTo: 1 },
  { point: "message.sent", load: "messages", upTo: 3 },
  { point: "delivery.claimed", load: "events", upTo: 1 },
  { point: "delivery.batch", load: "events", upTo: 3 },
  // All of a case's deliveries may end in two batches.
  { point: "delivery.sent", load: "events", upTo: 2 },
  { point: "replay.queued", load: "replay", upTo: 3 },
  { point: "retention.dropped", load: "retention", upTo: 6 },
  { point: "any moment", load: "messages", upTo: 100 },
];

/** Every point with every victim. */
export const allCases: readonly Case[] = points.flatMap((point) => victims.map((victim) => ({ ...point, victim })));

/** A case for each victim but `backend` (PostgreSQL recovers as it does for `postgres`), at points that the seed chooses, no point twice. */
export function selectedCases(random: () => number): Case[] {
  const left = [...points];
  return victims
    .filter((victim) => victim !== "backend")
    .map((victim) => ({ ...left.splice(Math.floor(random() * left.length), 1)[0]!, victim }));
}

/** A small seeded generator (mulberry32), 0 to 1. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
