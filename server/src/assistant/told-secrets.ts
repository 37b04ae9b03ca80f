import type { ErrorDetail } from "../domain/error.ts";
import type { ProfileContent } from "../domain/profile.ts";

/**
 * Sentences of a profile that tell the model something which nobody may hear. It needn't know: what a model knows it can be
 * talked into saying, and told as a plain fact in another language no check of its answers finds it (`speaks-of-orders.ts`).
 * These are hints for who writes the profile, by patterns for four languages; they refuse nothing.
 */
const told: readonly RegExp[] = [
  // English: a statement that is not to be told ("that you are a person" is none), or one that is called secret.
  /\b(?:never|don'?t|do not|must not|nobody|no one)\b.{0,40}\b(?:tell|say|mention|reveal|disclose|admit|know|learn|find out)\b.{0,60}\bthat (?!you\b).*\b(?:is|are|was|were|has|have|costs?|makes?|buys?|pays?|comes?|get|gets|sell|sells)\b/i,
  /\b(?:secret|confidential|internal|internally|not public|between us)\b.*(?::|\b(?:is|are|costs?)\b|\d)/i,
  /\d.*\b(?:never|do not|don'?t) (?:say|tell|mention|reveal|disclose|quote)\b/i,
  // German, French, Spanish
  /\b(?:sage?|verrate|erzähle?|erwähne|nenne)n?\b.{0,40}\b(?:nie|niemals|niemande[mn]?|nicht)\b.*\bdass (?!du\b|sie\b)|\b(?:geheim|vertraulich|intern)\b.*(?::|\b(?:ist|sind|kostet)\b|\d)/i,
  /\bne\b.{0,25}\b(?:dis|dites|révèle|révélez|mentionne|mentionnez)\b.{0,30}\bjamais\b.*\bque\b|\b(?:secret|confidentiel|confidentielle)\b.*(?::|\b(?:est|sont)\b|\d)/i,
  /\b(?:nunca|no|jamás) (?:\S+ )?(?:digas?|reveles?|menciones?)\b.*\bque (?!eres\b)|\b(?:secreto|confidencial)\b.*(?::|\b(?:es|son)\b|\d)/i,
];

const fields = ["instructions", "objectives", "tone", "handOffRules"] as const;
const longestShown = 120;
const mostShown = 10;

/** What of the profile tells the model a secret: the field, and the sentence in words for who wrote it. */
export function toldSecrets(content: Pick<ProfileContent, (typeof fields)[number]>): ErrorDetail[] {
  return fields
    .flatMap((field) =>
      content[field]
        .split(/(?<=[.!?])\s+|\n+/)
        .filter((sentence) => told.some((pattern) => pattern.test(sentence)))
        .map((sentence) => ({ field: `content.${field}`, reason: reasonOf(sentence.trim()) })),
    )
    .slice(0, mostShown);
}

const reasonOf = (sentence: string) =>
  `"${sentence.length > longestShown ? `${sentence.slice(0, longestShown)}…` : sentence}" tells the model what nobody may hear. It can be talked into saying it in another language, which no check finds: leave it out.`;
