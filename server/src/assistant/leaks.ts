import { squeezed, wordsOf } from "./readable.ts";

/**
 * Whether an answer gives away what the assistant was told: in a piece of it, in disguise, or the rest of what earlier messages
 * gave away in parts. What is public anyway (the knowledge, templates) is no secret.
 */
export interface Secrets {
  /** What must not be repeated to anybody. */
  confidential: readonly string[];
  /** What anybody may be told. */
  open: readonly string[];
  /** What was said from here before, the oldest first. */
  earlier: readonly string[];
}

/** Words in a row that nobody says by chance; of scripts without blanks, so many letters. A sentence of five counts as a whole. */
const telling = { words: 6, letters: 12, sentence: 5 } as const;
/** Of a sentence's runs of three words, the part that is as good as the sentence. */
const enough = 0.5;
const fewestRuns = 4;

export function leaks(text: string, { confidential, open, earlier }: Secrets): boolean {
  const forms = disguises(text);
  const past = squeezed(earlier.join(" "));
  const known = `${squeezed(open.join("\n"))} ${past}`;
  // Where one part ends the next one begins.
  const together = past === "" ? "" : past.slice(-200) + squeezed(text);
  const pieces = (words: readonly string[]) => {
    for (const phrase of phrasesOf(words)) {
      if (known.includes(phrase)) continue;
      if (together.includes(phrase) || forms.some((form) => form.includes(phrase))) return true;
    }
    return false;
  };
  const publicRuns = runsOf(open.join("\n"));
  const now = runsOf(text);
  const said = new Set([...now, ...earlier.flatMap((one) => [...runsOf(one)])]);
  const inParts = (sentence: string) => {
    const runs = [...runsOf(sentence)].filter((run) => !publicRuns.has(run));
    if (runs.length < fewestRuns || !runs.some((run) => now.has(run))) return false;
    return runs.filter((run) => said.has(run)).length >= enough * runs.length;
  };
  return confidential.some((secret) => {
    const sentences = secret.split(/[.!?;:\n]+(?=\s|$)/);
    return pieces(wordsOf(secret)) || sentences.some((one) => wholeSentence(one, pieces) || inParts(one));
  });
}

function wholeSentence(sentence: string, pieces: (words: readonly string[]) => boolean): boolean {
  const words = wordsOf(sentence);
  return words.length === telling.sentence && words.join("").length >= telling.letters && pieces(words);
}

/** Each row of telling words, as letters; of fewer words, all of them. */
function* phrasesOf(words: readonly string[]): Generator<string> {
  const least = Math.min(telling.words, Math.max(words.length, telling.sentence));
  for (let begin = 0; begin + least <= words.length; begin++) {
    let end = begin + least;
    let phrase = squeezed(words.slice(begin, end).join(""));
    while (phrase.length < telling.letters && end < words.length) phrase += squeezed(words[end++]!);
    if (phrase.length >= telling.letters) yield phrase;
  }
}

function runsOf(text: string): Set<string> {
  const words = wordsOf(text);
  return new Set(words.slice(2).map((word, i) => `${words[i]} ${words[i + 1]} ${word}`));
}

/** As it is, backwards (by letters and by words), in ROT13, and what base64 and hexadecimal digits in it say. */
function disguises(text: string): string[] {
  const letters = squeezed(text);
  const decoded = [
    ...(text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? []).map((part) => Buffer.from(part, "base64")),
    ...(text.match(/(?:[0-9a-f]{2}[\s:]?){8,}/gi) ?? []).map((part) => Buffer.from(part.replace(/[\s:]/g, ""), "hex")),
  ].map((bytes) => squeezed(bytes.toString("utf8")));
  const rotated = text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
  return [
    letters,
    [...letters].reverse().join(""),
    squeezed(wordsOf(text).reverse().join("")),
    squeezed(rotated),
    ...decoded,
  ];
}
