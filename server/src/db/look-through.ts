/**
 * Lists of which no index has what is asked for look through rows in their order: in pieces, so that each statement is short, and
 * not for longer than a person waits. A page may then have fewer rows than asked for, or none, and leads on all the same.
 */

/** Rows that one statement looks at. */
export const looksAtOnce = 20_000;
/** What is wanted of a piece; `lookedTo`: the last row that was looked at, null: there are none behind it. */
export interface Piece<Row, Place> {
  rows: Row[];
  lookedTo: Place | null;
}

/**
 * A page of `limit` rows (at least 1) behind `from`, and where the next one begins (null: this is the end).
 *
 * @param look finds up to `wanted` rows behind a place. `lookedTo` counts only where it found fewer.
 * @param mostMs milliseconds after which no further piece is begun.
 */
export async function lookThrough<Row, Place>(
  from: Place | null,
  limit: number,
  placeOf: (row: Row) => Place,
  look: (from: Place | null, wanted: number) => Promise<Piece<Row, Place>>,
  mostMs = 1_000,
): Promise<{ rows: Row[]; next: Place | null }> {
  const began = performance.now();
  const found: Row[] = [];
  for (let place = from; ; ) {
    const wanted = limit - found.length + 1;
    const { rows, lookedTo } = await look(place, wanted);
    found.push(...rows);
    // One more than asked for says that there are more.
    if (found.length > limit) return { rows: found.slice(0, limit), next: placeOf(found[limit - 1]!) };
    if (lookedTo === null || performance.now() - began > mostMs) return { rows: found, next: lookedTo };
    place = lookedTo;
  }
}
