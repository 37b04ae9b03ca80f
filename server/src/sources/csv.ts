import type { ErrorDetail } from "../domain/error.ts";
import { HeraldError } from "../domain/error.ts";
import { type NormalisedLead, normaliseLead } from "../domain/lead.ts";
import { decodeText } from "./csv-decoder.ts";
import { type Column, mapHeader, sniffDelimiter } from "./csv-header.ts";
import { CsvReader, type CsvRecord, maxRecord, type RecordProblem } from "./csv-reader.ts";

export interface CsvOptions {
  /** Country of phone numbers without a country code: ISO 3166, in capitals (`US`). */
  defaultCountry?: string;
  /** Rows, good and bad, in a batch. From 1, default 1,000. */
  batchSize?: number;
}

export interface CsvLead {
  /** The physical line on which the row begins, from 1 (the header's). */
  line: number;
  lead: NormalisedLead;
  /** What was wrong and didn't matter: a time zone that was left out. */
  warnings: ErrorDetail[];
}

export interface CsvRejection {
  line: number;
  /** The first field that is wrong; absent where the row can't be read at all. */
  field?: string;
  /** All that is wrong with the row, in sentences. */
  reason: string;
  /** The row's first 200 characters as they stand in the file. */
  raw: string;
}

export interface CsvBatch {
  rows: CsvLead[];
  rejected: CsvRejection[];
  /** Bytes taken from the stream so far, for showing progress. */
  bytesRead: number;
}

const longest = maxRecord.toLocaleString("en-US");
const problemReasons: { readonly [P in RecordProblem]: string } = {
  broken_quote:
    "A quote on this line is not closed where its value ends; in a value that has quotes, each of them is written twice, " +
    "and a row in which a value goes on with delimiters after a line break has as many values as the header.",
  long_quote: `A value that begins with a quote in this row is longer than ${longest} characters; is the quote missing that ends it?`,
  too_long: `This row has more than ${longest} characters.`,
  undecodable: 'This row has characters that could not be read (\ufffd); save the table as "CSV UTF-8" and try again.',
};

/**
 * Reads leads from a CSV file, as it arrives, in constant memory: UTF-8 or UTF-16, with `,` `;` `|` or tab, with any
 * line ends. Each bad row is rejected alone, with its line and the reason; blank rows are skipped. A wrong time zone is a
 * warning. Values that are missing at a row's end are empty: spreadsheets leave them out. The same lead twice is two rows here: the database knows which leads there are.
 * @throws HeraldError `invalid_request` for a file of which no row can be read as it was meant (empty, no text, a header
 *   without addresses), before the first batch.
 */
export async function* readLeads(
  stream: AsyncIterable<Uint8Array>,
  options: CsvOptions = {},
): AsyncGenerator<CsvBatch> {
  const { defaultCountry, batchSize = 1_000 } = options;
  let bytesRead = 0;
  const counted = async function* () {
    for await (const chunk of stream) {
      bytesRead += chunk.length;
      yield chunk;
    }
  };
  const reader = new CsvReader(decodeText(counted()));
  try {
    const { delimiter, columns } = await readHeader(reader);
    // Behind a broken quote lines may be the rest of its value, and a line of a note that is an address would become a lead:
    // what is short there is not believed before a whole row has come.
    let broken = 0;
    for (;;) {
      const records = await reader.read(batchSize, delimiter, columns.length);
      if (records.length === 0) return;
      const batch: CsvBatch = { rows: [], rejected: [], bytesRead };
      for (const record of records) {
        if (record.problem === "broken_quote" || record.problem === "long_quote") broken = record.line;
        else if (record.fields.length >= columns.length) broken = 0;
        addRecord(batch, record, columns, broken, defaultCountry);
      }
      yield batch;
    }
  } finally {
    await reader.close();
  }
}

async function readHeader(reader: CsvReader): Promise<{ delimiter: number; columns: Column[] }> {
  for (;;) {
    const start = await reader.peek(maxRecord);
    if (start === "") throw new HeraldError("invalid_request", "The file is empty.");
    // Excel's own way to name the delimiter.
    const sep = /^sep=([,;\t|])\s*$/im.exec(start.slice(0, 10))?.[1];
    const delimiter = sniffDelimiter(start).charCodeAt(0);
    const [header] = await reader.read(1, delimiter, 0);
    if (header === undefined) continue;
    if (header.problem !== null) {
      throw new HeraldError("invalid_request", `The header can't be read. ${problemReasons[header.problem]}`);
    }
    if (sep !== undefined || isBlank(header)) continue;
    return { delimiter, columns: mapHeader(header.fields) };
  }
}

function isBlank(record: CsvRecord): boolean {
  return record.problem === null && record.fields.every((field) => field.trim() === "");
}

/** `broken`: the line of a broken quote, of which this may be a part; 0: none. */
function addRecord(
  batch: CsvBatch,
  record: CsvRecord,
  columns: readonly Column[],
  broken: number,
  defaultCountry?: string,
): void {
  if (isBlank(record)) return;
  const unreadable = whyUnreadable(record, columns.length, broken);
  if (unreadable !== null) {
    batch.rejected.push({ line: record.line, reason: unreadable, raw: storable(record.raw) });
    return;
  }
  const result = normaliseLead(rawLead(record.fields, columns), { defaultCountry, badTimeZone: "warning" });
  if (result.ok) {
    batch.rows.push({ line: record.line, lead: result.lead, warnings: result.warnings });
    return;
  }
  const reason = result.errors.map((error) => error.reason).join(" ");
  batch.rejected.push({ line: record.line, field: result.errors[0]!.field, reason, raw: storable(record.raw) });
}

function whyUnreadable({ problem, fields }: CsvRecord, columns: number, broken: number): string | null {
  if (problem !== null) return problemReasons[problem];
  const differs = `This row has ${fields.length} values and the header has ${columns} columns; `;
  if (fields.slice(columns).some((field) => field.trim() !== "")) {
    return `${differs}a value with a delimiter or a line break in it must stand in quotes.`;
  }
  if (fields.length >= columns || broken === 0) return null;
  return `${differs}it may be the rest of line ${broken}, where a quote is wrong.`;
}

/**
 * A rejection is stored too: PostgreSQL refuses NUL, and the cut at 200 may have split a character. A copy, because V8
 * makes a piece of a text as a view of the whole: a report would keep 256 KiB of the file for each line that it shows.
 */
function storable(raw: string): string {
  return Buffer.from(raw.trimEnd().replaceAll("\0", "\ufffd")).toString();
}

function rawLead(fields: readonly string[], columns: readonly Column[]): Record<string, unknown> {
  const custom: Record<string, string> = {};
  const raw: Record<string, unknown> = { custom };
  for (const [index, column] of columns.entries()) {
    const value = fields[index] ?? "";
    if (column === null) continue;
    if ("custom" in column) custom[column.custom] = value;
    else raw[column.field] = column.field === "tags" ? value.split(/[;|,]/) : value;
  }
  return raw;
}
