import { allZones, offset } from "./oracle.ts";

export interface Change {
  zone: string;
  /** The first instant with the new offset. */
  at: number;
  /** In ms; positive is a gap, negative a repetition. */
  by: number;
}

/** Every change of clocks in the years 2024 to 2027, of all zones. */
export const changes: readonly Change[] = allZones.flatMap(changesOf);

function changesOf(zone: string): Change[] {
  const found: Change[] = [];
  // No zone changes twice within two weeks in these years; Morocco's Ramadan is five.
  const step = 14 * 86_400_000;
  for (let before = Date.UTC(2024, 0); before < Date.UTC(2028, 0); before += step) {
    const old = offset(zone, before);
    if (offset(zone, before + step) === old) continue;
    let [low, high] = [before, before + step];
    while (high - low > 60_000) {
      const middle = low + Math.floor((high - low) / 120_000) * 60_000;
      if (offset(zone, middle) === old) low = middle;
      else high = middle;
    }
    found.push({ zone, at: high, by: offset(zone, high) - old });
  }
  return found;
}
