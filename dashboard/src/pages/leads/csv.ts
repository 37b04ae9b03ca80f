/** What the import's page needs of a CSV file: its first rows, to map and preview. The server reads the file itself. */

/** Bytes of a file's beginning that are looked at. */
const lookBytes = 256 * 1024;

export interface CsvLook {
  delimiter: string;
  header: string[];
  /** The first rows that are whole. */
  rows: string[][];
  /** Where the first line ends, in bytes: what follows is sent as it is, behind a header of our own. */
  bodyStart: number;
}

/** Reads the beginning. Null: there is no row below the header. */
export async function lookAt(file: Blob): Promise<CsvLook | null> {
  const bytes = new Uint8Array(await file.slice(0, lookBytes).arrayBuffer());
  const whole = file.size <= lookBytes;
  const text = new TextDecoder().decode(bytes);
  const headerText = firstRecord(text);
  const delimiter = delimiterOf(headerText);
  const records = parse(text, delimiter);
  // The last one may have been cut off in its middle.
  const complete = whole ? records : records.slice(0, -1);
  const [header, ...rows] = complete.filter((record) => record.some((cell) => cell !== ""));
  if (!header || rows.length === 0) return null;
  // The byte order mark isn't part of what was decoded.
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return {
    ...{ delimiter, header: header.map((name) => name.trim()), rows: rows.slice(0, 100) },
    bodyStart: mark + new TextEncoder().encode(headerText).length,
  };
}

/** Up to the first line end that isn't quoted, with it. */
function firstRecord(text: string): string {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === "\n" && !quoted) return text.slice(0, at + 1);
  }
  return text;
}

function delimiterOf(header: string): string {
  const count = (sign: string) => header.split(sign).length;
  return [",", ";", "\t"].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}

/** RFC 4180, with any delimiter; lenient as the server is. */
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
    } else if (sign === "\n") {
      record.push(cell.replace(/\r$/, ""));
      records.push(record);
      record = [];
      cell = "";
    } else cell += sign;
  }
  if (cell !== "" || record.length > 0) records.push([...record, cell]);
  return records;
}

export const quote = (cell: string): string => (/[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
