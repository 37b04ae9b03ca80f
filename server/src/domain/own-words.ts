/** Of what was sent, texts of fewer words are left where they are: people use such words themselves. */
const fewestWords = 6;
/** As many words of a beginning, with an ellipsis behind them, are what a phone cut off. */
const fewestOfBeginning = 8;

const word = /[\p{L}\p{N}\p{M}]+/gu;
/** Characters of a message in which quotes are looked for, and of a text that was sent; twenty of them take some milliseconds so. */
const longestMessage = 8_000;
export const longestSent = 4_000;
const cutOff = /^[^\p{L}\p{N}]*[\p{L}\p{N}\p{M}]*\s?(?:…|\.\.\.)/u;
const somethingSaid = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

interface Word {
  is: string;
  at: number;
  end: number;
}

const wordsOf = (text: string): Word[] =>
  [...text.matchAll(word)].map(({ 0: found, index }) => ({
    is: found.normalize("NFKC").toLowerCase(),
    at: index,
    end: index + found.length,
  }));

/**
 * A message without what was sent to its author before and stands in it word by word: phones tell a reaction so (`Liked “Hi Jane. Reply
 * STOP to opt out”`), and some mail programs mark no quotes. Where nothing else is left of it, it stays what it is.
 *
 * @param sent Texts of earlier messages; some of them may be quoted from their beginning on, with an ellipsis.
 */
export function withoutOurWords(text: string, sent: readonly string[]): string {
  if (text.length > longestMessage) return text;
  let rest = text;
  for (const one of sent) {
    const ours = wordsOf(one.slice(0, longestSent)).map(({ is }) => is);
    if (ours.length < fewestWords) continue;
    const found = placeOf(ours, rest);
    if (found) rest = `${rest.slice(0, found.from)} ${rest.slice(found.to)}`;
  }
  return somethingSaid.test(rest) ? rest : text;
}

function placeOf(ours: readonly string[], text: string): { from: number; to: number } | null {
  const theirs = wordsOf(text);
  for (const [start, { is, at }] of theirs.entries()) {
    if (is !== ours[0]) continue;
    let length = 1;
    while (length < ours.length && theirs[start + length]?.is === ours[length]) length += 1;
    const to = theirs[start + length - 1]!.end;
    if (length === ours.length) return { from: at, to };
    if (length >= fewestOfBeginning && cutOff.test(text.slice(to, to + 200))) {
      const rest = cutOff.exec(text.slice(to, to + 200))![0];
      return { from: at, to: to + rest.length };
    }
  }
  return null;
}
