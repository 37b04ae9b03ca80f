/** Texts that people wrote, made fit to be shown. */

/** So many code points at most; what is cut off is marked. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const points = [...text];
  return points.length <= most
    ? text
    : `${points
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
}

/** Without control characters and those that turn the direction of what follows; in one line. */
export function inLine(text: string, most: number): string {
  return cut(visible(text).replace(/\s+/g, " ").trim(), most);
}

/** As `inLine`, with its lines: at most twelve. */
export function inLines(text: string, most: number): string {
  const lines = visible(text)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line, i, all) => line !== "" || all[i - 1] !== "");
  const kept = lines.length > 12 ? [...lines.slice(0, 12), "…"] : lines;
  return cut(kept.join("\n").trim(), most);
}

function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g, "")
    .replace(/[^\P{Cc}\n]/gu, " ");
}

/** Lines joined into as few texts as possible, each at most so long. A line must fit by itself. */
export function packed(lines: readonly string[], most: number): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= most) texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts;
}
