/** Characters of a passage, as a rule: enough for an answer to stand in one, few enough to give several to a model. */
const usual = 1_200;

/**
 * Cuts a text into passages as they are searched: at empty lines where it can be, else at the end of a sentence, a word, or
 * after so many characters.
 */
export function passagesOf(text: string, most: number = usual): string[] {
  const passages: string[] = [];
  let open = "";
  const end = () => {
    if (open.trim() !== "") passages.push(open.trim());
    open = "";
  };
  for (const paragraph of text.replaceAll("\r\n", "\n").split(/\n\s*\n/)) {
    if (open.length + paragraph.length > most) end();
    let rest = paragraph;
    while (rest.length > most) {
      const at = cutAt(rest, most);
      passages.push(rest.slice(0, at).trim());
      rest = rest.slice(at);
    }
    open += `${open === "" ? "" : "\n\n"}${rest}`;
  }
  end();
  return passages.filter((passage) => passage !== "");
}

function cutAt(text: string, most: number): number {
  const head = text.slice(0, most);
  const sentence = Math.max(
    head.lastIndexOf(". "),
    head.lastIndexOf("? "),
    head.lastIndexOf("! "),
    ...["。", "！", "？", "।"].map((end) => head.lastIndexOf(end)),
    head.lastIndexOf("\n"),
  );
  if (sentence > most / 2) return sentence + 1;
  const word = head.lastIndexOf(" ");
  if (word > most / 2) return word + 1;
  // Not between the two halves of a character.
  return /[\ud800-\udbff]$/.test(head) ? most - 1 : most;
}

/** Scripts whose words aren't parted by blanks, or take endings that no dictionary here knows; so many characters in a row mean something. */
const unparted: readonly [RegExp, number][] = [
  [/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々]{2,}|\p{Script=Hangul}{2,}/gu, 2],
  [/[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]{3,}/gu, 3],
];

/**
 * By what a text in such a script is found, beside its words as PostgreSQL parts them, which are whole sentences there: each two
 * characters in a row (of Thai and its like three), with blanks between them. Empty for all others.
 */
export function piecesOf(text: string): string {
  const pieces = new Set<string>();
  const plain = text.normalize("NFKC");
  for (const [pattern, size] of unparted) {
    for (const [run] of plain.matchAll(pattern)) {
      const characters = [...run];
      for (let i = 0; i + size <= characters.length; i++) pieces.add(characters.slice(i, i + size).join(""));
    }
  }
  return [...pieces].join(" ");
}
