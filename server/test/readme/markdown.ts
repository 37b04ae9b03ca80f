/** As much of Markdown as the project's papers use. */

export interface Block {
  /** The word behind the opening fence. */
  language: string;
  text: string;
}

export function fencedBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));
}

/** The commands of the `sh` blocks, in order: a line each, with those that end in a backslash joined; `a && b` is two. */
export function commandsOf(markdown: string): string[] {
  return fencedBlocks(markdown)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.replace(/\\\n\s*/g, "").split("\n"))
    .flatMap((line) => line.split(" && "))
    .map((command) => command.trim())
    .filter((command) => command !== "");
}

/** The rows of the table whose header begins with these cells; without the header. */
export function tableRows(markdown: string, ...header: string[]): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => header.every((cell, i) => cellsOf(line)[i] === cell));
  if (start === -1) throw new Error(`There is no table with the header ${header.join(", ")}.`);
  const body = lines.slice(start + 2);
  const end = body.findIndex((line) => !line.startsWith("|"));
  return body.slice(0, end).map(cellsOf);
}

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Inline code, without what stands in fenced blocks. */
export function inlineCode(markdown: string): string[] {
  return [...withoutBlocks(markdown).matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
}

/** Targets of links and pictures. */
export function linkTargets(markdown: string): string[] {
  return [...withoutBlocks(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
}

/** The anchors that GitHub makes of the headings. */
export function anchors(markdown: string): string[] {
  return [...withoutBlocks(markdown).matchAll(/^#+ +(.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutBlocks(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, "");
}
