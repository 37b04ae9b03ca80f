/**
 * How the first, second, third... series is drawn: colours that differ in lightness, too (they hold 3 to 1 against both
 * schemes' surfaces), each with its own dash pattern. `--series-1` and so on are in theme.ts.
 */
const dashes = ["0", "7 3", "2 3", "10 3 2 3", "4 2", "1 4"];

export function seriesLook(at: number): { color: string; dash: string } {
  const place = at % dashes.length;
  return { color: `var(--series-${place + 1})`, dash: dashes[place]! };
}
