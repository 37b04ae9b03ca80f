import { withLatinLetters } from "./look-alikes.ts";

/**
 * The words by which people stop text messages, and take that back. The lists are Twilio's
 * (https://help.twilio.com/articles/223134027), with the phrases that US rules name since April 2025 (47 CFR 64.1200(a)(10): revoke, opt out).
 */

export type Keyword = "stop" | "start" | "help";

const words: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ...["STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT"].map(
    (word) => [word, "stop"] as const,
  ),
  ...["START", "YES", "UNSTOP"].map((word) => [word, "start"] as const),
  ...["HELP", "INFO"].map((word) => [word, "help"] as const),
]);

/**
 * The keyword that a message is: the whole of it, in any case, with spaces and punctuation around it. "Stop by tomorrow" is
 * none. In letters that only look like Latin ones it is still a word that stops; none that takes that back.
 */
export function keywordOf(text: string): Keyword | null {
  if (text.length > 100) return null;
  const keyword = words.get(bareWord(text));
  if (keyword !== undefined) return keyword;
  const latin = withLatinLetters(text.normalize("NFKC"));
  return latin !== null && words.get(bareWord(latin)) === "stop" ? "stop" : null;
}

/** Whether a message is one of a workspace's own words for STOP, with or without its accents: phones leave them out, or add them. */
export function isOptOutWord(text: string, own: readonly string[]): boolean {
  if (own.length === 0 || text.length > 100) return false;
  const latin = withLatinLetters(text.normalize("NFKC"));
  const said = [plainWord(text), ...(latin === null ? [] : [plainWord(latin)])];
  return own.some((one) => said.includes(plainWord(one)));
}

/** Without the accents of Latin, Greek and Cyrillic letters; marks of other scripts make other words. */
const plainWord = (text: string) =>
  bareWord(text)
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC");

/** A message as words are compared: in capitals of usual width, single spaces (a hyphen is one: OPT-OUT), nothing around it. */
export function bareWord(text: string): string {
  return (
    text
      .normalize("NFKC")
      // U+FE0F and U+20E3: what makes an emoji of a sign.
      .replace(/^(?:[\s\p{P}\p{S}\p{Cf}]|\ufe0f|\u20e3)+|(?:[\s\p{P}\p{S}\p{Cf}]|\ufe0f|\u20e3)+$/gu, "")
      .replace(/[\s\p{Pd}]+/gu, " ")
      .toUpperCase()
  );
}
