import { withLatinLetters } from "../domain/look-alikes.ts";

/** Texts as the eye reads them, for what judges answers. */

/** Digits of other scripts: those of a script follow each other from a code that ends in 0, or in 6 in the scripts of India. */
const latinDigit = (digit: string) => {
  const code = digit.codePointAt(0)!;
  const begins = code >= 0x966 && code <= 0xdef ? 6 : 0;
  return String(((code & 15) - begins) % 10);
};

/** Full-width letters, other scripts' digits, look-alike dots and what can't be seen. */
export function normal(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/(?![0-9])\p{Nd}/gu, latinDigit)
    .replace(/[\p{Cf}\u00ad]/gu, "")
    .replace(/[\u3002\uff61\u2024]/g, ".")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u00a0\u202f\u2009]/g, " ");
}

const letterByLetter = /(?<![\p{L}\p{N}])[\p{L}\p{N}](?:[ .·*_-]{1,3}[\p{L}\p{N}](?![\p{L}\p{N}])){3,}/gu;

/** Words that are written letter by letter ("N-E-P-T-U-N-E") as words, without signs within others (`*Nep*tune`), in Latin letters where others stand for them. */
export function undisguised(text: string): string {
  const joined = text
    .replace(letterByLetter, (spelled) => spelled.replace(/[^\p{L}\p{N}]/gu, ""))
    .replace(/(?<=\p{L})[*_~]{1,3}|[*_~]{1,3}(?=\p{L})/gu, "");
  return withLatinLetters(joined) ?? joined;
}

/** Lower case, one blank between words, ordinals as numbers: for looking up words in a source. */
export const simple = (text: string) =>
  text
    .toLowerCase()
    .replace(/[\s,]+/g, " ")
    .replace(/(\d)(?:st|nd|rd|th)\b/g, "$1");

/** Words; in scripts without blanks every character is one. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}]+/gu) ?? [];

const lookAlike = new Map(
  Object.entries({ а: "a", е: "e", о: "o", р: "p", с: "c", у: "y", х: "x", і: "i", ј: "j", ѕ: "s", ο: "o", α: "a" }),
);
for (const [i, letter] of [..."oi.east"].entries()) if (letter !== ".") lookAlike.set(String(i), letter);

/** Letters and digits alone, look-alikes as one: the same however it is spaced, accented or written. */
export const squeezed = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replace(/[аеорсухіјѕοα013457]/g, (letter) => lookAlike.get(letter) ?? letter);
