import type { ErrorDetail } from "../error.ts";

/** Each unit with its letters, and the most of it that is at most a year (366 days). */
const units = {
  seconds: { letters: "s", most: 31_622_400 },
  minutes: { letters: "m", most: 527_040 },
  hours: { letters: "h", most: 8_784 },
  days: { letters: "d", most: 366 },
  business_days: { letters: "bd", most: 366 },
} as const;

export type DelayUnit = keyof typeof units;

/** In the order of their lengths. */
export const delayUnits = Object.keys(units) as readonly DelayUnit[];

/**
 * How long a step waits. Seconds, minutes and hours are elapsed time; days keep the hour on the wall clock, whatever
 * clocks do in between; business days are Monday to Friday without holidays.
 */
export interface Delay {
  /** A whole number, from 0 to a year. */
  amount: number;
  unit: DelayUnit;
}

export type ParsedDelay = { ok: true; delay: Delay } | { ok: false; reason: string };

/** All that is wrong with a delay; fields are named under `prefix` (`steps.2.delay.`). */
export function delayProblems({ amount, unit }: Delay, prefix = ""): ErrorDetail[] {
  if (!Object.hasOwn(units, unit)) {
    return [{ field: `${prefix}unit`, reason: `This is not a unit; they are ${delayUnits.join(", ")}.` }];
  }
  const { most } = units[unit];
  if (amount > most) {
    const [asked, limit] = [amount, most].map((count) => count.toLocaleString("en-US"));
    const reason = `A delay is at most a year, ${limit} ${unit.replace("_", " ")}; this is ${asked}.`;
    return [{ field: `${prefix}amount`, reason }];
  }
  return Number.isInteger(amount) && amount >= 0
    ? []
    : [{ field: `${prefix}amount`, reason: "This must be a whole number, 0 or more." }];
}

/**
 * A delay as a person or a client writes it: a whole number with a unit (`30s`, `2m`, `1h`, `3d`, `2bd`), a number of
 * seconds (`90`, `"90"`), or the object. All that `parseDuration` takes is taken; parts of a second are rounded up, as
 * a delay is never shorter than asked for.
 */
export function parseDelay(value: string | number | Delay): ParsedDelay {
  const delay =
    typeof value === "object" ? { amount: value.amount, unit: value.unit } : readDelay(String(value).trim());
  if (delay === null) {
    return { ok: false, reason: "Give a delay such as 30m, 2h, 3d or 2bd (business days), or a number of seconds." };
  }
  const [problem] = delayProblems(delay);
  return problem === undefined ? { ok: true, delay } : { ok: false, reason: problem.reason };
}

function readDelay(text: string): Delay | null {
  const match = /^(\d+(?:\.\d+)?)\s*(bd|[smhd]?)$/i.exec(text);
  if (match === null || (match[2] !== "" && match[1]!.includes("."))) return null;
  const letters = match[2]!.toLowerCase() || "s";
  return { amount: Math.ceil(Number(match[1])), unit: delayUnits.find((unit) => units[unit].letters === letters)! };
}

/** The shortest text that `parseDelay` reads as this delay: `2bd`. */
export function formatDelay({ amount, unit }: Delay): string {
  return `${amount}${units[unit].letters}`;
}

const hourMs = 3_600_000;

/** What of a delay surely passes, whatever the calendar: elapsed units in full, days less what clocks and date line can take. */
export function leastMs({ amount, unit }: Delay): number {
  if (unit === "days" || unit === "business_days") return Math.max(0, amount * 24 * hourMs - 26 * hourMs);
  return amount * { seconds: 1_000, minutes: 60_000, hours: hourMs }[unit];
}
