/**
 * The offsets of time zones, in a form that costs nothing to ask again.
 *
 * Intl knows every zone, but takes 1 to 3 µs for one reading of one clock, and can't say when clocks change. So a stretch
 * of about a year is sampled the first time that it is asked for (0.3 ms), the changes in it are found by bisection, and
 * from then on an answer is a comparison of integers. Temporal was rejected for this: its polyfill makes objects on the
 * path that a simulation takes a million times, and looks for changes by sampling Intl too, more coarsely.
 */

/** A stretch of time in which a zone's clocks don't change; all in ms. A longer one is cut where a block ends. */
export interface Stretch {
  /** Unix ms of its first instant. */
  readonly from: number;
  /** Unix ms of the first instant after it. */
  readonly until: number;
  /** Wall clock minus UTC: 3,600,000 for Berlin's winter. */
  readonly offset: number;
}

/**
 * How far apart samples are. Two changes between samples could go unseen; the shortest time between two of them in any
 * zone since 1970 is seven days (America/Boa_Vista, October 2000), by a scan of all zones in tzdata 2026c.
 */
const sampleMs = 3 * 86_400_000;
const blockMs = 134 * sampleMs;

const nowhere: Stretch = { from: Number.NaN, until: Number.NaN, offset: 0 };

class ZoneOffsets {
  readonly #clock: Intl.DateTimeFormat;
  readonly #blocks = new Map<number, readonly Stretch[]>();
  /** The next question is mostly about the same half of a year. */
  #latest = nowhere;

  constructor(zone: string) {
    this.#clock = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  stretchAt(instant: number): Stretch {
    const latest = this.#latest;
    if (instant >= latest.from && instant < latest.until) return latest;
    const index = Math.floor(instant / blockMs);
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = this.#sample(index * blockMs);
      this.#blocks.set(index, block);
    }
    const found = block.find((stretch) => instant < stretch.until)!;
    this.#latest = found;
    return found;
  }

  #sample(start: number): Stretch[] {
    const stretches: Stretch[] = [];
    let from = start;
    let offset = this.#read(start);
    for (let before = start; before < start + blockMs; before += sampleMs) {
      const next = this.#read(before + sampleMs);
      if (next === offset) continue;
      const change = this.#changeBetween(before, before + sampleMs, offset);
      stretches.push({ from, until: change, offset });
      from = change;
      offset = next;
    }
    if (from < start + blockMs) stretches.push({ from, until: start + blockMs, offset });
    return stretches;
  }

  /** The first whole second after `before`, and not after `after`, at which the offset is no longer `offset`. */
  #changeBetween(before: number, after: number, offset: number): number {
    while (after - before > 1000) {
      const middle = before + Math.floor((after - before) / 2000) * 1000;
      if (this.#read(middle) === offset) before = middle;
      else after = middle;
    }
    return after;
  }

  /** The offset by Intl at an instant that is a whole second. */
  #read(instant: number): number {
    const [month, day, year, hour, minute, second] = this.#clock.format(instant).match(/\d+/g)!.map(Number);
    return Date.UTC(year!, month! - 1, day!, hour, minute, second) - instant;
  }
}

/** One for each zone that was asked for; there are some 600 names. A block of a zone holds one to six stretches. */
const zones = new Map<string, ZoneOffsets>();

/**
 * The stretch of unchanged clocks around an instant (unix ms, from the year 1900 on) in a zone (IANA name).
 * @throws RangeError if there is no such zone, or the instant is not a finite number that a Date can hold.
 */
export function stretchAt(zone: string, instant: number): Stretch {
  let offsets = zones.get(zone);
  if (offsets === undefined) {
    offsets = new ZoneOffsets(zone);
    zones.set(zone, offsets);
  }
  return offsets.stretchAt(instant);
}
