import { expect, test } from "vitest";
import { parseObject, storable, timeOf } from "../../src/sources/json.ts";

test.each([
  ["2026-01-05T09:30:00Z", "2026-01-05T09:30:00.000Z"],
  ["2026-01-05T15:15:00+05:45", "2026-01-05T09:30:00.000Z"],
  // This machine's zone is none of the sender's business.
  ["2026-01-05T09:30:00", "2026-01-05T09:30:00.000Z"],
  ["2026-01-05 09:30:00.5", "2026-01-05T09:30:00.500Z"],
  ["2026-01-05", "2026-01-05T00:00:00.000Z"],
  ["Mon, 05 Jan 2026 09:30:00 +0000", "2026-01-05T09:30:00.000Z"],
  [1767605400, "2026-01-05T09:30:00.000Z"],
  [1767605400123, "2026-01-05T09:30:00.123Z"],
  ["1767605400123", "2026-01-05T09:30:00.123Z"],
  [20260105, null],
  [Number.NaN, null],
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

test("what can be stored has neither NUL nor halves of surrogate pairs, in names and texts; a backslash is none of them", () => {
  const fine = { path: "C:\\users\\u0000", text: "\u{1F600} \n", list: [{ a: null }] };
  expect(storable(fine)).toEqual(fine);
  expect(storable({ "a\0": ["b\0", { c: "\ud83d" }] })).toEqual({ "a\u2400": ["b\u2400", { c: "\ufffd" }] });
});

test("another body is parsed anew, also after one that is no object", () => {
  expect(["[1]", '{"a":1}', "{", '{"b":2}'].map((text) => parseObject(Buffer.from(text)))).toEqual([
    null,
    { a: 1 },
    null,
    { b: 2 },
  ]);
});
