/** Milliseconds by which a clock may be wrong and nobody misread a time. */
const tolerance = 90_000;

let wrongBy = 0;

/** What a browser's clock says is compared with Herald's, whose times the pages show. `date`: the header of an answer that has just come. */
export function compareClocks(date: string | null): void {
  const told = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(told)) return;
  const difference = told - Date.now();
  wrongBy = Math.abs(difference) > tolerance ? difference : 0;
}

/** Milliseconds since 1970 by Herald's clock: what has just happened is "now", also where the browser's clock is an hour wrong. */
export const now = (): number => Date.now() + wrongBy;
