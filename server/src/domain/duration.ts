const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const longest = 366 * units.d!;

export type ParsedDuration = { ok: true; ms: number } | { ok: false; reason: string };

/**
 * A length of time as a person writes it, in milliseconds: a whole number with a unit (`30s`, `2m`, `1h`, `3d`), or a
 * number of seconds (`90`, `"90"`, 1.5). From 0 to 366 days.
 */
export function parseDuration(value: string | number): ParsedDuration {
  const match = /^(\d+(?:\.\d+)?)\s*([smhd]?)$/i.exec(String(value).trim());
  if (match === null || (match[2] !== "" && match[1]!.includes("."))) {
    return { ok: false, reason: "Give a length of time such as 30s, 2m, 1h or 3d, or a number of seconds." };
  }
  const ms = Math.round(Number(match[1]) * units[match[2]!.toLowerCase() || "s"]!);
  return ms > longest ? { ok: false, reason: "A length of time is at most 366 days." } : { ok: true, ms };
}
