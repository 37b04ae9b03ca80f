/**
 * Arrays for statements that take a column of values as one parameter. The driver would build them too, but with two
 * regular expressions for every element; on the hot path that was a tenth of the processor time.
 */

/** `array_send`'s format (PostgreSQL: src/backend/utils/adt/arrayfuncs.c): dimensions, nulls?, element type, length, first index. */
const headerBytes = 20;
/** Bytes of UTF-8 for one of UTF-16's units, at most. */
const longestUnit = 3;
const firstDraft = 256 * 1024;
/** One large array must not occupy its memory for ever. */
const longestDraft = 16 * 1024 * 1024;

/** Where arrays are written before their length is known. Nothing of it is kept: it is copied out within the same turn. */
let draft = Buffer.allocUnsafe(firstDraft);

/** Room for so many bytes more, behind the first `at`. */
function reserve(at: number, bytes: number): void {
  if (at + bytes <= draft.length) return;
  const larger = Buffer.allocUnsafe(2 * (at + bytes));
  draft.copy(larger, 0, 0, at);
  draft = larger;
}

/** The array of what was written from `headerBytes` to `end`. Null where all values are null: see `textArray`. */
function finish(elementType: number, length: number, nulls: number, end: number): Buffer | null {
  if (nulls > 0 && nulls === length) return null;
  draft.writeInt32BE(length === 0 ? 0 : 1, 0);
  draft.writeInt32BE(nulls > 0 ? 1 : 0, 4);
  draft.writeInt32BE(elementType, 8);
  draft.writeInt32BE(length, 12);
  draft.writeInt32BE(1, 16);
  const array = Buffer.from(draft.subarray(0, length === 0 ? 12 : end));
  if (draft.length > longestDraft) draft = Buffer.allocUnsafe(firstDraft);
  return array;
}

/**
 * A `text[]`, in PostgreSQL's binary format: neither side looks at each character for what must be escaped. Null where all
 * values are null: `unnest` of several arrays fills up the short ones, and that costs least. The parameter must be of
 * that very type.
 */
export function textArray<T>(items: readonly T[], pick: (item: T) => string | null | undefined): Buffer | null {
  let at = headerBytes;
  let nulls = 0;
  for (let i = 0; i < items.length; i++) {
    const value = pick(items[i]!);
    if (value === null || value === undefined) {
      nulls++;
      reserve(at, 4);
      draft.writeInt32BE(-1, at);
      at += 4;
    } else {
      reserve(at, 4 + value.length * longestUnit);
      const length = draft.write(value, at + 4);
      draft.writeInt32BE(length, at);
      at += 4 + length;
    }
  }
  return finish(25, items.length, nulls, at);
}

/** A `bytea[]`, as `textArray`. */
export function byteaArray<T>(items: readonly T[], pick: (item: T) => Buffer): Buffer | null {
  let at = headerBytes;
  for (let i = 0; i < items.length; i++) {
    const value = pick(items[i]!);
    reserve(at, 4 + value.length);
    draft.writeInt32BE(value.length, at);
    value.copy(draft, at + 4);
    at += 4 + value.length;
  }
  return finish(17, items.length, 0, at);
}

type Pick<T> = (item: T) => number | null | undefined;

/** An `int[]`, as `textArray`. */
export function int4Array<T>(items: readonly T[], pick: Pick<T>): Buffer | null {
  return fixedArray(items, pick, 23, 4, (value, at) => draft.writeInt32BE(value, at));
}

/** A `bigint[]` of integers that are exact in JavaScript, as `textArray`. */
export function int8Array<T>(items: readonly T[], pick: Pick<T>): Buffer | null {
  return fixedArray(items, pick, 20, 8, (value, at) => {
    draft.writeInt32BE(Math.floor(value / 2 ** 32), at);
    draft.writeUInt32BE(value >>> 0, at + 4);
  });
}

/** A `float8[]`, as `textArray`; also of Infinity, which to_timestamp takes for the end of time. */
export function float8Array<T>(items: readonly T[], pick: Pick<T>): Buffer | null {
  return fixedArray(items, pick, 701, 8, (value, at) => draft.writeDoubleBE(value, at));
}

function fixedArray<T>(
  items: readonly T[],
  pick: Pick<T>,
  elementType: number,
  bytes: number,
  write: (value: number, at: number) => void,
): Buffer | null {
  let at = headerBytes;
  let nulls = 0;
  reserve(at, items.length * (4 + bytes));
  for (let i = 0; i < items.length; i++) {
    const value = pick(items[i]!);
    if (value === null || value === undefined) {
      nulls++;
      draft.writeInt32BE(-1, at);
      at += 4;
    } else {
      draft.writeInt32BE(bytes, at);
      write(value, at + 4);
      at += 4 + bytes;
    }
  }
  return finish(elementType, items.length, nulls, at);
}

/** A `text[]` as an array literal: for an array that is an element of another one. */
export function textArrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
