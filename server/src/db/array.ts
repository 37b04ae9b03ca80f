/**
 * Arrays for statements that take a column of values as one parameter. The driver would build them too, but with two
 * regular expressions for every element; on the hot path that was a tenth of the processor time.
 */

/** `array_send`'s format (PostgreSQL: src/backend/utils/adt/arrayfuncs.c): dimensions, nulls?, element type, length, first index. */
const headerBytes = 20;
/** The type OID of text: the array's parameter must be cast to `text[]`. */
const textOid = 25;
/** Bytes of UTF-8 for one of UTF-16's units, at most. */
const longestUnit = 3;

/** Where arrays are written before their length is known. Nothing of it is kept: it is copied out within the same turn. */
let draft = Buffer.allocUnsafe(256 * 1024);

/**
 * A `text[]`, in PostgreSQL's binary format: neither side looks at each character for what must be escaped. Null where all
 * values are null: `unnest` of several arrays fills up the short ones, and that costs least.
 */
export function textArray<T>(items: readonly T[], pick: (item: T) => string | null | undefined): Buffer | null {
  let at = headerBytes;
  let nulls = 0;
  for (let i = 0; i < items.length; i++) {
    const value = pick(items[i]!);
    const most = 4 + (value?.length ?? 0) * longestUnit;
    if (at + most > draft.length) draft = Buffer.concat([draft.subarray(0, at)], 2 * (at + most));
    if (value === null || value === undefined) {
      nulls++;
      draft.writeInt32BE(-1, at);
      at += 4;
    } else {
      const length = draft.write(value, at + 4);
      draft.writeInt32BE(length, at);
      at += 4 + length;
    }
  }
  if (nulls > 0 && nulls === items.length) return null;
  draft.writeInt32BE(items.length === 0 ? 0 : 1, 0);
  draft.writeInt32BE(nulls > 0 ? 1 : 0, 4);
  draft.writeInt32BE(textOid, 8);
  if (items.length > 0) {
    draft.writeInt32BE(items.length, 12);
    draft.writeInt32BE(1, 16);
  }
  const array = Buffer.from(draft.subarray(0, items.length === 0 ? 12 : at));
  if (draft.length > longestDraft) draft = Buffer.allocUnsafe(256 * 1024);
  return array;
}

/** One large array must not occupy its memory for ever. */
const longestDraft = 16 * 1024 * 1024;

/** A `text[]` as an array literal: for an array that is an element of another one. */
export function textArrayLiteral(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

/** Numbers, also Infinity (which to_timestamp takes for the end of time). Null where all values are null. */
export function numberArray<T>(items: readonly T[], pick: (item: T) => number | null | undefined): string | null {
  let out = "{";
  let nulls = 0;
  for (let i = 0; i < items.length; i++) {
    if (i > 0) out += ",";
    const value = pick(items[i]!);
    if (value === null || value === undefined) {
      out += "NULL";
      nulls++;
    } else out += value;
  }
  return nulls > 0 && nulls === items.length ? null : `${out}}`;
}
