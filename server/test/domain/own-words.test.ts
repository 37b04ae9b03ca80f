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
