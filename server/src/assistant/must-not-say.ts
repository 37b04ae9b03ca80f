import { normal } from "./readable.ts";

/** Characters that a `*` stands for at most; it doesn't go over a sentence's end. */
const longestGap = 200;
const sentenceEnd = /[.!?\n]/g;

interface Place {
  /** Where the first part begins. */
  from: number;
  /** Behind the last part that was found. */
  to: number;
}

/**
 * What of a text (`normal`) a profile forbids to say; null: nothing. `*` in `words` is anything within a sentence, the rest is taken as it
 * is written, as whole words.
 *
 * One regular expression for all of it was rejected: with a few stars it tries for minutes, and everybody else waits.
 */
export function forbiddenIn(text: string, words: string): string | null {
  const parts = partsOf(normal(words));
  if (parts.length === 0) return null;
  const stops = [...text.matchAll(sentenceEnd)].map(({ index }) => index);
  let found: Place[] | null = null;
  for (const part of parts) {
    const before: Place[] | null = found;
    found = [];
    // Both are in the order of the text, so that one walk through each is enough.
    let [seen, stop, sentence] = [-1, 0, 0];
    for (const { from, to } of placesOf(part, text)) {
      if (before === null) {
        found.push({ from, to });
        continue;
      }
      while (stop < stops.length && stops[stop]! < from) sentence = stops[stop++]! + 1;
      while (seen + 1 < before.length && before[seen + 1]!.to <= from) seen++;
      const nearest = before[seen];
      if (nearest && nearest.to >= Math.max(sentence, from - longestGap)) found.push({ from: nearest.from, to });
    }
    if (found.length === 0) return null;
  }
  const [first] = found!;
  return text.slice(first!.from, first!.to);
}

/** The texts between the stars; at the ends of the whole no word goes on. */
function partsOf(words: string): RegExp[] {
  const parts = words.split("*").map((part) => part.trim());
  return parts.flatMap((part, n) => {
    if (part === "") return [];
    const literal = part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replace(/\s+/g, "\\s+");
    const begin = n === 0 && /^[\p{L}\p{N}]/u.test(part) ? "(?<![\\p{L}\\p{N}])" : "";
    const end = n === parts.length - 1 && /[\p{L}\p{N}]$/u.test(part) ? "(?![\\p{L}\\p{N}])" : "";
    return [new RegExp(`${begin}${literal}${end}`, "giu")];
  });
}

/** Also those that begin within another one. */
function* placesOf(pattern: RegExp, text: string): Generator<Place> {
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const from = match.index;
    yield { from, to: from + match[0].length };
    pattern.lastIndex = from + (text.codePointAt(from)! > 0xffff ? 2 : 1);
  }
}
