/**
 * The words by which people stop text messages, and take that back. The lists are Twilio's
 * (https://help.twilio.com/articles/223134027), with the phrases that US carriers ask for since April 2025 (REVOKE, OPTOUT).
 */

export type Keyword = "stop" | "start" | "help";

const words: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ...["STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"].map(
    (word) => [word, "stop"] as const,
  ),
  ...["START", "YES", "UNSTOP"].map((word) => [word, "start"] as const),
  ...["HELP", "INFO"].map((word) => [word, "help"] as const),
]);

/**
 * The keyword that a message is: the whole of it, in any case, with spaces and punctuation around it. "Stop by tomorrow" is
 * none.
 */
export function keywordOf(text: string): Keyword | null {
  if (text.length > 100) return null;
  const bare = text
    .replace(/^[\s\p{P}\p{S}\p{Cf}]+|[\s\p{P}\p{S}\p{Cf}]+$/gu, "")
    .replace(/\s+/g, " ")
    .toUpperCase();
  return words.get(bare) ?? null;
}
