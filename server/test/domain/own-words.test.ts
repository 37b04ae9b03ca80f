import { expect, test } from "vitest";
import { refusalOf } from "../../src/domain/contact-refusal.ts";
import { withoutOurWords } from "../../src/domain/own-words.ts";

const sent = ["Hi Jane, this is Ada from Analytical. Would Tuesday suit you? Reply STOP to opt out"];

test.each([
  ["Liked “Hi Jane, this is Ada from Analytical. Would Tuesday suit you? Reply STOP to opt out”", null],
  ["\u200b👍\u200b to “Hi Jane, this is Ada from Analytical. Would Tuesday suit you? Reply STOP to opt out ” ", null],
  ['Loved "Hi Jane, this is Ada from Analytical. Would Tuesday suit you? Reply STOP t..."', null],
  ["Yes!\n\nHi Jane,\nthis is Ada from Analytical. Would\nTuesday suit you? Reply STOP to opt out", null],
  // Own words beside them, or nothing else: what asks for an end is one.
  [
    "Please stop texting me. “Hi Jane, this is Ada from Analytical. Would Tuesday suit you? Reply STOP to opt out”",
    "stop texting",
  ],
  ["Hi Jane, this is Ada from Analytical. Would Tuesday suit you? Reply STOP to opt out", "STOP"],
  ["Hi Ada, reply STOP to opt out", "STOP"],
  ["STOP to opt out...", "STOP"],
])("of %j what asks for an end is %j", (text, refusal) => {
  expect(refusalOf(withoutOurWords(text, sent))).toBe(refusal);
});

test("short texts that were sent are anybody's words", () => {
  expect(withoutOurWords("Should I stop emailing you? Yes", ["Should I stop emailing you?"])).toContain(
    "stop emailing",
  );
  expect(withoutOurWords("Yes, stop emailing me", ["Shall I stop?", ""])).toBe("Yes, stop emailing me");
});

test("texts that repeat one word take about as long as others", () => {
  const took = (word: (n: number) => string) => {
    const words = (count: number) => Array.from({ length: count }, (_, n) => word(n)).join(" ");
    const sent = Array.from({ length: 20 }, (_, n) => `${words(1_900)} b${n}`);
    const begun = performance.now();
    withoutOurWords(`${words(3_900)} STOP`, sent);
    return performance.now() - begun;
  };
  const mixed = (n: number) => ((n * n * 7_919) % 36).toString(36);
  took(mixed);
  // Where each pair of words is compared, the first takes 25 times as long.
  expect(took(() => "a")).toBeLessThan(10 * took(mixed));
});

test("what was sent is found behind a false beginning of it", () => {
  const sent = ["one two one two one two three four"];
  expect(withoutOurWords("one two one two one two one two three four STOP", sent).trim()).toBe("one two   STOP");
});
