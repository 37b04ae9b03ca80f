/**
 * PostgreSQL array literals, for statements that take a column of values as one parameter. The driver would build them
 * too, but with two regular expressions for every element; on the hot path that was a tenth of the processor time.
 */

const needsEscape = /["\\]/;

export function textArray<T>(items: readonly T[], pick: (item: T) => string | null | undefined): string {
  let out = "{";
  for (let i = 0; i < items.length; i++) {
    const value = pick(items[i]!);
    if (i > 0) out += ",";
    if (value === null || value === undefined) out += "NULL";
    else if (needsEscape.test(value)) out += `"${value.replace(/["\\]/g, "\\$&")}"`;
    else out += `"${value}"`;
  }
  return `${out}}`;
}

/** Numbers, also Infinity (which to_timestamp takes for the end of time). */
export function numberArray<T>(items: readonly T[], pick: (item: T) => number | null | undefined): string {
  let out = "{";
  for (let i = 0; i < items.length; i++) {
    if (i > 0) out += ",";
    out += pick(items[i]!) ?? "NULL";
  }
  return `${out}}`;
}
