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
  let theirs = wordsOf(rest);
  for (const one of sent) {
    const ours = wordsOf(one.slice(0, longestSent)).map(({ is }) => is);
    if (ours.length < fewestWords) continue;
    const found = placeOf(ours, theirs, rest);
    if (!found) continue;
    rest = `${rest.slice(0, found.from)} ${rest.slice(found.to)}`;
    theirs = wordsOf(rest);
  }
  return somethingSaid.test(rest) ? rest : text;
}

function placeOf(ours: readonly string[], theirs: readonly Word[], text: string): { from: number; to: number } | null {
  const lengths = beginningsIn(
    ours,
    theirs.map(({ is }) => is),
  );
  for (const [start, length] of lengths.entries()) {
    if (length < Math.min(ours.length, fewestOfBeginning)) continue;
    const from = theirs[start]!.at;
    const to = theirs[start + length - 1]!.end;
    if (length === ours.length) return { from, to };
    const cut = cutOff.exec(text.slice(to, to + 200));
    if (cut) return { from, to: to + cut[0].length };
  }
  return null;
}

/**
 * How many words of `ours`, from the first one on, stand at each place of `theirs`. By what is known of how `ours` repeats itself (the
 * Z-function), in time that grows with the words and not with their product: a text of one word would take seconds.
 */
function beginningsIn(ours: readonly string[], theirs: readonly string[]): number[] {
  // No word is empty, so that none is longer than `ours`.
  const all = [...ours, "", ...theirs];
  const z = new Array<number>(all.length).fill(0);
  let [from, to] = [0, 0];
  for (let n = 1; n < all.length; n++) {
    let length = n < to ? Math.min(to - n, z[n - from]!) : 0;
    while (n + length < all.length && all[length] === all[n + length]) length += 1;
    z[n] = length;
    if (n + length > to) [from, to] = [n, n + length];
  }
  return z.slice(ours.length + 1);
}
