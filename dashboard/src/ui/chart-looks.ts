/**
 * How the first, second, third... series is drawn: colours that differ in lightness, too (they hold 3 to 1 against both
 * schemes' surfaces), each with its own dash pattern. `--series-1` and so on are in theme.ts.
 */
const dashes = ["0", "7 3", "2 3", "10 3 2 3", "4 2", "1 4"];

export function seriesLook(at: number): { color: string; dash: string } {
  const place = at % dashes.length;
  return { color: `var(--series-${place + 1})`, dash: dashes[place]! };
}

/** What fills a bar: stripes, dots... by series, the first one plain. Drawn with 8 by 8 pixels that repeat. */
const fills = [
  null,
  "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4",
  "M2,2 h0.01 M6,6 h0.01",
  "M0,2 h8 M0,6 h8",
  "M2,0 v8 M6,0 v8",
  "M0,4 h8 M4,0 v8",
];

export const patternId = (chart: string, at: number): string => `${chart}series${at}`;

export function patternOf(at: number): string | null {
  return fills[at % fills.length]!;
}
