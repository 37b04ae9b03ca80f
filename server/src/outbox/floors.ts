import { floorMs } from "../db/lane-adapt.ts";
import type { ClaimedItem } from "../db/outbox.ts";

/**
 * A claim that takes longer than this, and so much more for each row that it brings, may have walked over more than it took. Two in a row
 * have: a single one was planned, or waited for the machine.
 */
const slowMs = 10;
const slowMsEach = 0.03;
/** How long claims look above floors after a slow one. Each lane's look at everything shows in between whether it still is slow. */
const carefulMs = 10_000;
/** A lane is looked at without a floor before what lies below one could have waited for `floorMs`. */
const wholeLookMs = 0.9 * floorMs;
/** Lanes that have a floor at most, the latest ones: each claim compares its lanes with all of them. */
const mostFloors = 64;

/**
 * From which time on a claim looks at the busy lanes, once claims have become slow: see `claimForm` in `db/outbox.ts`. As long as they are quick,
 * which is always where no snapshot is held for long, there are no floors and claims are as they were.
 */
export class Floors {
  #carefulUntil = Number.NEGATIVE_INFINITY;
  #slowInARow = 0;
  readonly #lanes = new Map<string, { dueAt: string; until: number }>();

  /** For the claim that begins at `now` (milliseconds of a steady clock); undefined: it looks at everything. */
  at(now: number): ReadonlyMap<string, string> | undefined {
    if (now >= this.#carefulUntil) {
      this.#lanes.clear();
      return undefined;
    }
    for (const [laneId, { until }] of this.#lanes) if (now >= until) this.#lanes.delete(laneId);
    return new Map([...this.#lanes].map(([laneId, { dueAt }]) => [laneId, dueAt]));
  }

  /** The claim that began at `now` has brought these, in the order in which they were due. */
  claimed(items: readonly ClaimedItem[], now: number, tookMs: number): void {
    const slow = tookMs > slowMs + slowMsEach * items.length;
    this.#slowInARow = slow ? this.#slowInARow + 1 : 0;
    if (slow && (this.#slowInARow > 1 || now < this.#carefulUntil)) this.#carefulUntil = now + carefulMs;
    if (now >= this.#carefulUntil) return;
    const last = new Map<string, string>();
    for (const { laneId, dueAt } of items) {
      if (dueAt === undefined) return;
      last.set(laneId, dueAt);
    }
    for (const [laneId, dueAt] of last) {
      // One that had no floor was looked at whole.
      const until = this.#lanes.get(laneId)?.until ?? now + wholeLookMs;
      this.#lanes.delete(laneId);
      this.#lanes.set(laneId, { dueAt, until });
    }
    for (const laneId of this.#lanes.keys()) {
      if (this.#lanes.size <= mostFloors) break;
      this.#lanes.delete(laneId);
    }
  }
}
