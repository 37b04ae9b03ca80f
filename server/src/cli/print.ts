let whenClosed: () => void = () => process.exit(0);

// `herald listen | head` ends the reader: no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  whenClosed();
});

/** What to do when nobody reads standard output any more. Default: the process ends, in silence. */
export function onOutputClosed(action: () => void): void {
  whenClosed = action;
}

/** Words for people go to stdout; logs go to stderr. */
export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

export function printError(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Rows of text in columns, two spaces apart; columns named in `right` are aligned to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

/** `1 row`, `2 rows`, `12,345 rows`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? noun : plural}`;
}

/** Text that is broken into lines in the source: each paragraph on one line, for whoever wraps it to the terminal's width. */
export function paragraphs(text: string): string {
  return text.replace(/(?<!\n)\n(?!\n)/g, " ");
}
