/**
 * Results of tools are read by a model, which pays for each word: a result has at most so many characters of JSON. Texts are cut
 * first, then lists, the longest ones first; each cut says so in its place, and how to get the rest.
 */

/** Characters of a result at most, as JSON. Some 10,000 tokens. */
export const maxResult = 40_000;

/** Bytes of a request at most: the longest message, and room for the rest. */
export const maxRequest = 512 * 1024;

const textLimits = [4_000, 1_000, 300, 100];
const listLimits = [50, 20, 8, 3, 1];

export interface Bounded {
  text: string;
  cut: boolean;
}

/** The value as JSON of at most `max` characters. */
export function bounded(value: unknown, max = maxResult): Bounded {
  const whole = JSON.stringify(value, null, 1);
  if (whole.length <= max && longestText(value) <= textLimits[0]!) return { text: whole, cut: false };
  for (const list of listLimits) {
    for (const text of textLimits) {
      const cut = JSON.stringify(shortened(value, text, list), null, 1);
      if (cut.length <= max) return { text: cut, cut: true };
    }
  }
  return { text: JSON.stringify({ tooLarge: "Ask for less: fewer rows, or one item by its ID." }), cut: true };
}

function longestText(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((longest: number, inner) => Math.max(longest, longestText(inner)), 0);
}

function shortened(value: unknown, maxText: number, maxList: number): unknown {
  if (typeof value === "string") {
    if (value.length <= maxText) return value;
    // Not within a surrogate pair, whose half is no text.
    return `${value.slice(0, maxText).toWellFormed()}… (${value.length - maxText} more characters)`;
  }
  if (Array.isArray(value)) {
    const kept = value.slice(0, maxList).map((inner) => shortened(inner, maxText, maxList));
    return value.length > maxList ? [...kept, `… ${value.length - maxList} more are left out: ask for fewer`] : kept;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const kept = entries.slice(0, maxList * 4).map(([key, inner]) => [key, shortened(inner, maxText, maxList)]);
  const more = entries.length - kept.length;
  return Object.fromEntries(more > 0 ? [...kept, ["…", `${more} more fields are left out`]] : kept);
}
