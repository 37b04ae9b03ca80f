import fc from "fast-check";
import { expect, test } from "vitest";
import { bounded } from "../../src/mcp/bounded.ts";

test("a result is JSON and no longer than its limit, whatever is in it, and whole where it fits", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 200, max: 5_000 }), (value, max) => {
      const { text, cut } = bounded(value, max);
      expect(text.length).toBeLessThanOrEqual(max);
      if (!cut) expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      else JSON.parse(text);
    }),
  );
});

test("texts are cut before rows are left out, never within a character, and each cut says how much", () => {
  const rows = Array.from({ length: 40 }, (_, id) => ({ id, text: `x${"😀".repeat(2_000)}` }));
  const { text, cut } = bounded({ rows });
  expect(cut).toBe(true);
  const shown = JSON.parse(text).rows;
  expect(shown.length).toBe(40);
  expect(shown[39].id).toBe(39);
  expect(shown[0].text.isWellFormed()).toBe(true);
  expect(shown[0].text).toMatch(/… \(\d+ more characters\)$/);
});
