import type { Row } from "./case.ts";

const columns: readonly [string, (row: Row) => string][] = [
  ["point", (row) => row.point],
  ["victim", (row) => row.victim],
  ["accepted", (row) => String(row.accepted)],
  ["delivered", (row) => String(row.delivered)],
  ["duplicates (allowed)", (row) => `${row.duplicates} (${row.allowed})`],
  ["recovered after", (row) => `${row.recoveredSeconds.toFixed(1)} s`],
  ["verdict", (row) => row.verdict],
];

/** For people: a line a fault, and below it what was wrong. */
export function tableOf(rows: readonly Row[]): string {
  const cells = [
    columns.map(([name]) => name),
    ...rows.map((row) =>
      columns.map(([, of]) =>
        row.verdict === "skipped" && of(row) !== row.verdict ? of(row).replace(/^\d.*/, "-") : of(row),
      ),
    ),
  ];
  const widths = columns.map((_, n) => Math.max(...cells.map((line) => line[n]!.length)));
  const notes = rows.flatMap((row) => row.notes.map((note) => `${row.point}, ${row.victim}: ${note}`));
  return [
    ...cells.map((line) =>
      line
        .map((cell, n) => cell.padEnd(widths[n]!))
        .join("  ")
        .trimEnd(),
    ),
    ...notes,
  ].join("\n");
}

/** For programs. */
export function lastLine(seed: number, rows: readonly Row[]): string {
  const count = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
  return JSON.stringify({
    test: "crash",
    seed,
    ok: count("FAILED") === 0,
    passed: count("ok"),
    failed: count("FAILED"),
    skipped: count("skipped"),
    rows,
  });
}
