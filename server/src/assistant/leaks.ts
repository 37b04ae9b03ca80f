import { squeezed, undisguised, wordsOf } from "./readable.ts";

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
  const past = squeezed(earlier.join(" "));
  const letters = squeezed(text);
  // Where one part ends the next one begins.
  const forms = [...disguises(text, letters), past.slice(-200) + letters];
  const begins = beginsOf(forms);
  const runs = runsOf(text);
  let known: string | null = null;
  let publicRuns: Set<string> | null = null;
  let said: Set<string> | null = null;
  for (const secret of confidential) {
    const { phrases, sentences } = dissected(secret);
    for (const phrase of phrases) {
      if (!begins.has(phrase.slice(0, telling.letters)) || !forms.some((form) => form.includes(phrase))) continue;
      known ??= `${squeezed(open.join("\n"))} ${past}`;
      if (!known.includes(phrase)) return true;
    }
    for (const sentence of sentences) {
      if (!sentence.some((run) => runs.has(run))) continue;
      publicRuns ??= runsOf(open.join("\n"));
      const common = publicRuns;
      const secretRuns = sentence.filter((run) => !common.has(run));
      if (secretRuns.length < fewestRuns || !secretRuns.some((run) => runs.has(run))) continue;
      said ??= new Set([...runs, ...earlier.flatMap((one) => [...runsOf(one)])]);
      const all = said;
      if (secretRuns.filter((run) => all.has(run)).length >= enough * secretRuns.length) return true;
    }
  }
  return false;
}

interface Dissected {
  /** Telling rows of words, as letters. */
  phrases: readonly string[];
  /** Of each sentence that is long enough, its runs of three words. */
  sentences: readonly (readonly string[])[];
}

/** The same few texts are looked for in every answer. */
const kept = new Map<string, Dissected>();
const mostKept = 200;

function dissected(secret: string): Dissected {
  const found = kept.get(secret);
  if (found) return found;
  const sentences = secret.split(/[.!?;:\n]+(?=\s|$)/);
  const short = sentences.map(wordsOf).filter((words) => words.length === telling.sentence);
  const made = {
    phrases: [...new Set([wordsOf(secret), ...short].flatMap((words) => [...phrasesOf(words)]))],
    sentences: [...new Set(sentences)].map((one) => [...runsOf(one)]).filter((runs) => runs.length >= fewestRuns),
  };
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value!);
  kept.set(secret, made);
  return made;
}

/** Each row of telling words, as letters; of fewer words, all of them. */
function* phrasesOf(words: readonly string[]): Generator<string> {
  const parts = words.map(squeezed);
  const least = Math.min(telling.words, Math.max(parts.length, telling.sentence));
  for (let begin = 0; begin + least <= parts.length; begin++) {
    let end = begin + least;
    let phrase = parts.slice(begin, end).join("");
    while (phrase.length < telling.letters && end < parts.length) phrase += parts[end++]!;
    if (phrase.length >= telling.letters) yield phrase;
  }
}

/** All rows of so many letters that a telling phrase can begin with. */
function beginsOf(forms: readonly string[]): Set<string> {
  const begins = new Set<string>();
  for (const form of forms) {
    for (let i = 0; i + telling.letters <= form.length; i++) begins.add(form.slice(i, i + telling.letters));
  }
  return begins;
}

function runsOf(text: string): Set<string> {
  const words = wordsOf(text);
  return new Set(words.slice(2).map((word, i) => `${words[i]} ${words[i + 1]} ${word}`));
}

/** As it is, backwards (by letters and by words), in ROT13, and what base64 and hexadecimal digits in it say. */
function disguises(text: string, letters: string): string[] {
  return [
    letters,
    [...letters].reverse().join(""),
    squeezed(wordsOf(text).reverse().join("")),
    squeezed(rotated(text)),
    ...[undisguised(text), unescaped(text)].filter((form) => form !== text).map(squeezed),
    ...decoded(text).map(squeezed),
  ];
}

/** Signs by their numbers, as programs write them: `%20`, `\u0020`, `&#32;`. */
const escaped = /%([0-9a-f]{2})|\\u\{?([0-9a-f]{4,6})\}?|\\x([0-9a-f]{2})|&#x([0-9a-f]{2,6});|&#(\d{2,7});/gi;
const unescaped = (text: string): string =>
  text.replace(escaped, (sign, a, b, c, d, decimal) => {
    const code = decimal ? Number(decimal) : Number.parseInt(a ?? b ?? c ?? d, 16);
    return code > 0x10ffff ? sign : String.fromCodePoint(code);
  });

/** What base64 and hexadecimal digits in it say. */
const decoded = (text: string): string[] =>
  [
    ...(text.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? []).map((part) => Buffer.from(part, "base64")),
    ...(text.match(/(?:[0-9a-f]{2}[\s:]?){8,}/gi) ?? []).map((part) => Buffer.from(part.replace(/[\s:]/g, ""), "hex")),
  ].map((bytes) => bytes.toString("utf8"));

/** ROT13. */
const rotated = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });

const key = /\b(?:sk|pk|rk|hk_live|whsec|ghp|gho|xox[abp])[-_][\w-]{8,}|-----BEGIN|\beyJ[\w-]{20,}\./;
/** Words look like that backwards and in ROT13 ("ex-employee"); with digits among them they don't. */
const keyWithDigits = /\b(?:sk|pk|rk|hk_live|whsec|ghp|gho|xox[abp])[-_](?=[a-z_-]{0,60}\d)[\w-]{8,}/i;

/** Whether it has what looks like a key or a token: as it is, spelled with blanks, encoded, backwards or in ROT13. */
export function hasKey(text: string): boolean {
  const spelled = text.replace(/(?<=(?:^|\s)\S)[ \t](?=\S(?:\s|$))/g, "");
  return (
    [text, spelled, ...decoded(text)].some((form) => key.test(form)) ||
    [[...text].reverse().join(""), rotated(text)].some((form) => keyWithDigits.test(form))
  );
}
