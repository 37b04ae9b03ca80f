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
    head.lastIndexOf("\n"),
  );
  if (sentence > most / 2) return sentence + 1;
  const word = head.lastIndexOf(" ");
  if (word > most / 2) return word + 1;
  // Not between the two halves of a character.
  return /[\ud800-\udbff]$/.test(head) ? most - 1 : most;
}
