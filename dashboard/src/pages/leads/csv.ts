/** What the import's page needs of a CSV file: its first rows, to map and preview. The server reads the file itself. */

/** Bytes of a file's beginning that are looked at. */
const lookBytes = 256 * 1024;

type Encoding = "utf-8" | "utf-16le" | "utf-16be";

export interface CsvLook {
  delimiter: string;
  header: string[];
  /** The first rows that are whole. */
  rows: string[][];
  encoding: Encoding;
  /** Lines before the header: blank ones, and Excel's `sep=;`. */
  linesBefore: number;
  /** Where the header ends, in bytes: what follows is sent as it is, behind a header of our own. */
  bodyStart: number;
}

/** Byte order marks, as the server knows them (server/src/sources/csv-decoder.ts). */
const marks: readonly { encoding: Encoding; bytes: readonly number[] }[] = [
  { encoding: "utf-8", bytes: [0xef, 0xbb, 0xbf] },
  { encoding: "utf-16le", bytes: [0xff, 0xfe] },
  { encoding: "utf-16be", bytes: [0xfe, 0xff] },
];

/** Reads the beginning. Null: there is no row below the header. */
export async function lookAt(file: Blob): Promise<CsvLook | null> {
  const bytes = new Uint8Array(await file.slice(0, lookBytes).arrayBuffer());
  const whole = file.size <= lookBytes;
  const mark = marks.find((one) => one.bytes.every((byte, at) => bytes[at] === byte));
  const encoding = mark?.encoding ?? "utf-8";
  const begin = mark?.bytes.length ?? 0;
  // One sign for each unit of one or two bytes, so that places in it are places in the file, whatever the letters are:
  // quotes, delimiters and line ends are single units in all of these encodings.
  const unit = encoding === "utf-8" ? 1 : 2;
  const units = decode(bytes.subarray(begin), unit === 1 ? "latin1" : encoding);
  let from = 0;
  let to = endOfRecord(units, from);
  let linesBefore = 0;
  for (; to < units.length && isBefore(units.slice(from, to)); to = endOfRecord(units, from)) {
    from = to;
    linesBefore += 1;
  }
  const delimiter = delimiterOf(units.slice(from, to));
  const text = (first: number, last?: number) =>
    decode(bytes.subarray(begin + first * unit, last === undefined ? undefined : begin + last * unit), encoding);
  const [header] = parse(text(from, to), delimiter);
  const records = parse(text(to), delimiter);
  // The last one may have been cut off in its middle.
  const complete = whole ? records : records.slice(0, -1);
  const rows = complete.filter((record) => record.some((cell) => cell.trim() !== ""));
  if (!header || rows.length === 0) return null;
  return {
    ...{ delimiter, header: header.map((name) => name.trim()), rows: rows.slice(0, 100) },
    ...{ encoding, linesBefore, bodyStart: begin + to * unit },
  };
}

const decode = (bytes: Uint8Array, encoding: string) => new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);

/** Lines that the server passes over, too (server/src/sources/csv.ts). */
const isBefore = (record: string): boolean => /^(sep=[,;\t|]\s*|[\s,;|"]*)$/i.test(record);

/** The file under a header with these names, in the file's own encoding and with its lines at their places. */
export function withHeader(file: Blob, look: CsvLook, names: readonly string[]): Blob {
  const text = `${"\n".repeat(look.linesBefore)}${names.map(quote).join(look.delimiter)}\n`;
  return new Blob([encode(text, look.encoding), file.slice(look.bodyStart)], { type: "text/csv" });
}

function encode(text: string, encoding: Encoding): Uint8Array<ArrayBuffer> {
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  const marked = `\ufeff${text}`;
  const view = new DataView(new ArrayBuffer(marked.length * 2));
  for (let at = 0; at < marked.length; at++) view.setUint16(at * 2, marked.charCodeAt(at), encoding === "utf-16le");
  return new Uint8Array(view.buffer);
}

/** Behind the first line end from there that isn't quoted: `\n`, `\r\n` or `\r`. */
function endOfRecord(units: string, from: number): number {
  let quoted = false;
  for (let at = from; at < units.length; at++) {
    if (units[at] === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (units[at] === "\n") return at + 1;
    else if (units[at] === "\r") return units[at + 1] === "\n" ? at + 2 : at + 1;
  }
  return units.length;
}

function delimiterOf(header: string): string {
  const unquoted = header.replaceAll(/"[^"]*"/g, "");
  const count = (sign: string) => unquoted.split(sign).length;
  return [",", ";", "\t", "|"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

/** RFC 4180, with any delimiter and line end; lenient as the server is. */
function parse(text: string, delimiter: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === delimiter) {
      record.push(cell);
      cell = "";
    } else if (sign === "\n" || sign === "\r") {
      if (sign === "\r" && text[at + 1] === "\n") at++;
      records.push([...record, cell]);
      record = [];
      cell = "";
    } else cell += sign;
  }
  if (cell !== "" || record.length > 0) records.push([...record, cell]);
  return records;
}

export const quote = (cell: string): string => (/[",;|\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/**
 * A cell of a file that people open in a spreadsheet: what that would take for a formula gets a quote in front, as in the server's
 * files. Some trim what stands before it, and take the wide forms of its signs for the signs.
 */
export const shownCell = (text: string): string =>
  quote(/^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(text) ? `'${text}` : text);
