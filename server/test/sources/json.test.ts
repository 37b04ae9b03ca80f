import { expect, test } from "vitest";
import { timeOf } from "../../src/sources/json.ts";

test.each([
  ["2026-01-05T09:30:00Z", "2026-01-05T09:30:00.000Z"],
  ["2026-01-05T15:15:00+05:45", "2026-01-05T09:30:00.000Z"],
  // This machine's zone is none of the sender's business.
  ["2026-01-05T09:30:00", "2026-01-05T09:30:00.000Z"],
  ["2026-01-05 09:30:00.5", "2026-01-05T09:30:00.500Z"],
  ["2026-01-05", "2026-01-05T00:00:00.000Z"],
  ["Mon, 05 Jan 2026 09:30:00 +0000", "2026-01-05T09:30:00.000Z"],
  ["5", null],
  ["noon", null],
])("%j is the time %j, on a machine of any zone", (text, expected) => {
  const zone = process.env.TZ;
  process.env.TZ = "Asia/Kathmandu";
  const at = timeOf(text);
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  expect(at === null ? null : new Date(at).toISOString()).toBe(expected);
});
