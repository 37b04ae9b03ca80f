import fc from "fast-check";
import { expect, test } from "vitest";
import { sameText } from "../../src/channels/same-text.ts";

test.each([
  ["line ends", "a\r\nb", "a\nb"],
  ["space at the ends", " a b \n", "a b"],
  ["space before a line end", "a  \nb", "a\nb"],
  ["typographic quotes", "\u201cit\u2019s\u201d", '"it\'s"'],
  ["dashes and dots", "a \u2013 b\u2026", "a - b..."],
  ["no-break and zero-width space", "a\u00a0b\u200b", "a b"],
  ["composed letters", "e\u0301", "\u00e9"],
  ["lone surrogates", "a\ud800", "a\ufffd"],
])("a provider's tidying of %s doesn't hide a message", (_, sent, shown) => {
  expect(sameText(shown, sent)).toBe(true);
});

test.each([
  ["Hi Anna", "Hi Bert"],
  ["Hi Anna", "hi anna"],
  ["Hi Anna", "Hi Anna!"],
  ["a b", "ab"],
  ["a\nb", "a b"],
])("%j and %j are two messages", (a, b) => {
  expect(sameText(a, b)).toBe(false);
});

test("any text is the same as itself, and whichever way round it is asked", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      expect(sameText(a, a)).toBe(true);
      expect(sameText(a, b)).toBe(sameText(b, a));
    }),
  );
});
