/** A field that differs. */
export interface Change {
  /** `smsHours.from`. */
  path: string;
  before: unknown;
  after: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields that differ between two states, by their paths; lists are compared as wholes. */
export function changesBetween(before: unknown, after: unknown, path = ""): Change[] {
  if (!isObject(before) || !isObject(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => changesBetween(before[name], after[name], path === "" ? name : `${path}.${name}`));
}

/** As it is shown: texts bare, others as JSON, what isn't there as a dash. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
