/**
 * Letters that look like Latin ones (Unicode TR 39, the pairs that fonts draw alike), by which somebody's STOP is no STOP to a program:
 * because a keyboard was left in another script, or on purpose.
 */
const pairs: readonly (readonly [string, string])[] = [
  // Cyrillic.
  ["АВЕЅІЈКМНОРСТХУԚԜҺаеѕіјорсухһԁԛԝӏткм", "ABESIJKMHOPCTXYQWHaesijopcyxhdqwltkm"],
  // Greek.
  ["ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲνραικτυ", "ABEZHIKMNOPTYXocvpaiktu"],
  // Armenian, and small capitals.
  ["ՏՕՍոսօ", "SOUnuo"],
  ["ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz"],
];
const latinOf: ReadonlyMap<string, string> = new Map([
  ...pairs.flatMap(([others, latin]) => [...others].map((letter, n) => [letter, latin[n]!] as const)),
  // Letters in filled circles and squares, and those of flags: 🅢, 🆂, 🇸.
  ...[0x1f150, 0x1f170, 0x1f1e6].flatMap((first) =>
    Array.from({ length: 26 }, (_, n) => [String.fromCodePoint(first + n), String.fromCharCode(65 + n)] as const),
  ),
]);

const plainText = /^[\0-\u024f\u2000-\u206f]*$/;
const word = /[\p{L}\u{1f150}-\u{1f169}\u{1f170}-\u{1f189}\u{1f1e6}-\u{1f1ff}]+/gu;
const latin = /^[a-z]+$/i;
/** What has fewer letters is a word of Russian or Greek more often than one in disguise: "со", "а". */
const shortest = 3;

/**
 * A text in which each word that has look-alikes, and nothing else but Latin letters, is written in Latin ones; null: it has none. A word that
 * mixes scripts is one in disguise; one of look-alikes alone may be a word of another language ("сор"), so that what comes of it is to be
 * read beside the text, and not in its place.
 */
export function withLatinLetters(text: string): string | null {
  if (plainText.test(text)) return null;
  const written = text.replace(word, (found) => {
    const letters = [...found];
    if (letters.length < shortest) return found;
    const folded = letters.map((letter) => latinOf.get(letter) ?? letter).join("");
    return latin.test(folded) ? folded : found;
  });
  return written === text ? null : written;
}
