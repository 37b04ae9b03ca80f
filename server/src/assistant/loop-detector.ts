import type { SpokenMessage } from "../db/assistant-message.ts";

/**
 * Whether the other side is a program, too: two assistants would thank each other for ever. It looks at what was said, and
 * knows nothing but times and texts.
 */

/** Answers within this time of our message, so many in a row, are nobody's. */
const quickMs = 15_000;
const quickAnswers = 5;
/** The same words again, so many times among the latest messages of the lead. */
const repeats = 3;
/** Of one short word ("Yes", "OK"), by which people answer one question after the other. */
const shortWord = { letters: 8, repeats: 6 } as const;
const looked = 12;
/** Messages of ours and of the lead in an hour that nobody types. */
const hourMs = 3_600_000;
const inAnHour = 30;

/** Why it is a loop, for people; null: it doesn't look like one. */
export function loopIn(history: readonly SpokenMessage[]): string | null {
  const theirs = history.filter(({ direction }) => direction === "inbound").slice(-looked);
  const counts = new Map<string, number>();
  for (const { text } of theirs) {
    const words = bare(text);
    if (words.length < 2) continue;
    const n = (counts.get(words) ?? 0) + 1;
    counts.set(words, n);
    const isShort = words.length <= shortWord.letters && !words.includes(" ");
    if (n >= (isShort ? shortWord.repeats : repeats))
      return `The lead wrote the same ${n} times ("${text.slice(0, 60)}").`;
  }
  const ours = new Set(
    history
      .filter(({ direction, text }) => direction === "outbound" && text.length >= 20)
      .map(({ text }) => bare(text)),
  );
  const echoes = theirs.filter(({ text }) => ours.has(bare(text))).length;
  if (echoes >= 2) return "The lead sends back what it was sent.";
  let quick = 0;
  for (const [i, message] of history.entries()) {
    const before = history[i - 1];
    if (message.direction !== "inbound" || before?.direction !== "outbound") continue;
    quick = message.at.getTime() - before.at.getTime() < quickMs ? quick + 1 : 0;
  }
  if (quick >= quickAnswers)
    return `The last ${quick} answers came within ${quickMs / 1000} s each: that is a program.`;
  const last = history.at(-1)?.at.getTime() ?? 0;
  const lately = history.filter(({ at }) => last - at.getTime() < hourMs).length;
  return lately >= inAnHour && history.length >= inAnHour ? `${lately} messages within an hour.` : null;
}

const bare = (text: string) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
