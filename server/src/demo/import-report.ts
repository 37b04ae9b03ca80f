import { count, print } from "../cli/print.ts";
import { badLines, type Person } from "./people.ts";
import type { ImportReport } from "./setup.ts";

/** The rows that did not become leads: those that are wrong, and those of leads that are there already. */
export function badRowsOf({ errors, duplicateRows }: ImportReport): { line: number; reason: string }[] {
  const again = duplicateRows.map(({ line, leadId, field }) => ({
    line,
    reason: `The lead ${leadId} has this ${field} already.`,
  }));
  return [...errors, ...again].sort((a, b) => a.line - b.line);
}

export function describeImport(file: string, report: ImportReport): void {
  const bad = badRowsOf(report);
  print(
    `${count(report.rows, "row")} of ${file}: ${count(report.added, "lead")} imported, ${count(bad.length, "bad row")}:`,
  );
  for (const { line, reason } of bad) print(`  line ${line}: ${reason}`);
  for (const { line, reason } of report.warningRows) print(`  line ${line}, imported with a warning: ${reason}`);
}

export function importComplaints(report: ImportReport, people: readonly Person[]): string[] {
  const complaints: string[] = [];
  if (report.added !== people.length)
    complaints.push(`${report.added} leads were imported; the file has ${people.length}`);
  const lines = badRowsOf(report).map(({ line }) => line);
  if (lines.join() !== badLines.join())
    complaints.push(`bad rows were found on the lines ${lines}; they are ${badLines}`);
  return complaints;
}
