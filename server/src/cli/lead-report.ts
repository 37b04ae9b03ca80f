import { writeFile } from "node:fs/promises";
import { stringify } from "csv-stringify/sync";
import { type ImportReport, reportedFindings } from "../sources/lead-import.ts";
import { Failure } from "./failure.ts";
import { count, print } from "./print.ts";

/** Rows with problems that are printed; a file has more. */
const shown = 20;

interface Finding {
  line: number;
  kind: "rejected" | "duplicate" | "warning";
  field: string;
  reason: string;
  /** The row's first characters as they stand in the file, where it was rejected. */
  row: string;
}

/** Everything that the report lists, by line. */
export function findingsOf(report: ImportReport): Finding[] {
  const findings: Finding[] = [
    ...report.errors.map(
      ({ line, field = "", reason, raw }): Finding => ({ line, kind: "rejected", field, reason, row: raw }),
    ),
    ...report.duplicateRows.map(({ line, field, leadId }): Finding => {
      return { line, kind: "duplicate", field, reason: `The lead ${leadId} has this ${field} already.`, row: "" };
    }),
    ...report.warningRows.map(
      ({ line, field, reason }): Finding => ({ line, kind: "warning", field, reason, row: "" }),
    ),
  ];
  return findings.sort((a, b) => a.line - b.line);
}

export function printReport(report: ImportReport, errorsFile: string | undefined, ms: number): void {
  const { rows, added, duplicates, rejected, warnings, enrolled } = report;
  print(`${count(rows, "row")} in ${(ms / 1_000).toFixed(1)} s: ${count(added, "lead")} added.`);
  if (enrolled !== null) print(`${count(enrolled, "lead")} entered the campaign.`);
  if (duplicates > 0)
    print(`${count(duplicates, "row")} of leads that are known already; nothing of them was changed.`);
  if (warnings > 0) print(`${count(warnings, "row")} went in without a value that was wrong.`);
  if (rejected > 0) print(`${count(rejected, "row")} rejected; the others went in.`);
  if (added > 0) print(`To take it back: herald leads undo ${report.importId}`);
  const findings = findingsOf(report);
  if (findings.length === 0) return;
  print();
  for (const { line, kind, reason } of findings.slice(0, shown)) print(`  line ${line}: ${kind}: ${reason}`);
  const total = rejected + duplicates + warnings;
  if (total > shown && errorsFile === undefined) {
    print(`  and ${count(total - shown, "further one")}; write them to a file with --errors bad-rows.csv`);
  }
  if (errorsFile !== undefined) {
    const most = findings.length < total ? ` (of each kind the first ${reportedFindings.toLocaleString("en-US")})` : "";
    print();
    print(`${count(findings.length, "finding")}${most} in ${errorsFile}.`);
  }
}

/** The findings as CSV. Texts that a spreadsheet would run as formulas are kept as texts. */
export async function writeErrors(file: string, report: ImportReport): Promise<void> {
  const columns = ["line", "kind", "field", "reason", "row"];
  const csv = stringify(findingsOf(report), { header: true, columns, escape_formulas: true });
  try {
    await writeFile(file, csv);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Failure(`The leads were imported, but the problems could not be written to ${file}: ${reason}.`, {
      cause: error,
    });
  }
}
