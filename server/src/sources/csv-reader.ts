/**
 * A CSV reader for files that people made (RFC 4180 and what spreadsheets do beyond it). It gives each record its
 * physical line, and it survives broken quotes: in a file where one row has a stray `"`, that row alone is lost.
 *
 * Why not csv-parse: it reads a character at a time and never goes back, so that after an opened quote it takes all
 * that follows, up to the next quote or the end of the file, for one field.
 *
 * The rule for a broken quote. A record is broken if, read from its start,
 *   1. a closing quote is followed, after any spaces, by anything but a delimiter, a line end or the end of the file, or
 *   2. a quoted field reaches the end of the file, or the record gets longer than `maxRecord` (then it is called
 *      `long_quote`: nobody can tell a quote that is missing from a value that is too long), before it is closed, or
 *   3. it spans several lines and has more fields than the header, or fewer while a quoted field has a delimiter behind its
 *      first line break: then what it took in may be rows. (Spreadsheets leave out what is empty at a row's end, also where
 *      a note has line breaks.)
 * Then its first line alone is reported, and reading goes on at the next physical line as if a record began there.
 * What the rule can't see is a stray quote that happens to give a record of the right width with a line break in a field, and one
 * that takes in lines of a single value.
 *
 * To make going back cheap, the parser is a plain function over a string that surely holds the whole record: the reader
 * keeps at least `maxRecord` characters in its window. There is no state between records, and so where the stream's
 * chunks begin and end can't matter.
 *
 * Reading lines again is bounded, however hostile the file. A line that leaves a quote open when it is read by itself has,
 * when it is read inside quotes, one that closes them; and what is closed is a field. A record ends at its first surplus
 * field (rule 3): so one line is read again at most as often as there are columns.
 */

/** The longest record, in characters. */
export const maxRecord = 65_536;

/** Of how many characters records are made in one go; a number of records alone would bound no memory. */
const maxRead = 16 * maxRecord;

/** `undecodable`: the file's bytes were no text in its encoding here, now or when it was written (a U+FFFD stands there). */
export type RecordProblem = "broken_quote" | "long_quote" | "too_long" | "undecodable";

export interface CsvRecord {
  /** The physical line on which the record begins, from 1. */
  line: number;
  fields: string[];
  problem: RecordProblem | null;
  /** The record's first 200 characters as they stand in the file (of a broken record, of its first line). */
  raw: string;
}

interface ParsedRecord {
  /** Empty where there is a problem. */
  fields: string[];
  problem: RecordProblem | null;
  /** Where the next record begins. */
  end: number;
  /** Line ends passed. */
  lines: number;
}

/** Reads the records of one file, one after another. */
export class CsvReader {
  readonly #chunks: AsyncIterator<string>;
  #ended = false;
  /** The window: what was decoded and is not yet read begins at `#at`. */
  #text = "";
  #at = 0;
  #line = 1;
  /** The next U+FFFD in the window, or Infinity. */
  #undecodable = Number.POSITIVE_INFINITY;
  /** Inside a line that was longer than the window and has been reported. */
  #skipping = false;

  /** @param text the file's text in pieces of any size, without a byte order mark. */
  constructor(text: AsyncIterable<string>) {
    this.#chunks = text[Symbol.asyncIterator]();
  }

  /** What comes next, at most `length` characters and at most `maxRecord`; reads nothing. */
  async peek(length: number): Promise<string> {
    await this.#fill();
    return this.#text.slice(this.#at, this.#at + length);
  }

  /**
   * The next records: `count`, or fewer where they are long (at least one) or the file ends (none, in the end). See
   * `parseRecord` for `delimiter` and `columns`.
   */
  async read(count: number, delimiter: number, columns: number): Promise<CsvRecord[]> {
    const records: CsvRecord[] = [];
    let length = 0;
    while (records.length < count && length < maxRead) {
      // A line end may be two characters long, and a closing quote is known by the character after it.
      if (!this.#ended && this.#text.length - this.#at < maxRecord + 2) await this.#fill();
      if (this.#skipping) {
        this.#skip();
        continue;
      }
      if (this.#at >= this.#text.length) break;
      const start = this.#at;
      records.push(this.#next(delimiter, columns));
      length += this.#at - start;
    }
    return records;
  }

  /** Lets go of the file, read to its end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #next(delimiter: number, columns: number): CsvRecord {
    const start = this.#at;
    const { fields, problem, end, lines } = parseRecord(this.#text, start, delimiter, columns);
    const record = { line: this.#line, fields, problem, raw: this.#text.slice(start, Math.min(end, start + 200)) };
    if (this.#undecodable < start) this.#findUndecodable(start);
    if (problem === null && this.#undecodable < end) record.problem = "undecodable";
    this.#at = end;
    this.#line += lines;
    if (problem !== null && end === this.#text.length && !this.#ended && this.#text.charCodeAt(end - 1) !== lineFeed) {
      // The line goes on past the window, or its CR may be half of a CR LF.
      this.#skipping = true;
      this.#line -= lines;
      this.#at -= lines;
    }
    return record;
  }

  #skip(): void {
    const { end, lines } = firstLine(this.#text, this.#at, "too_long");
    if (lines === 0 && !this.#ended) {
      this.#at = end;
      return;
    }
    this.#skipping = false;
    this.#at = end;
    this.#line += lines;
  }

  async #fill(): Promise<void> {
    const pieces = [this.#text.slice(this.#at)];
    let length = pieces[0]!.length;
    while (!this.#ended && length < 4 * maxRecord) {
      const { done, value } = await this.#chunks.next();
      if (done === true) this.#ended = true;
      else {
        pieces.push(value);
        length += value.length;
      }
    }
    this.#text = pieces.join("");
    this.#at = 0;
    this.#findUndecodable(0);
  }

  #findUndecodable(from: number): void {
    const at = this.#text.indexOf("\ufffd", from);
    this.#undecodable = at === -1 ? Number.POSITIVE_INFINITY : at;
  }
}

const quote = 34;
const carriageReturn = 13;
const lineFeed = 10;

/**
 * Reads the record that begins at `start`.
 * @param columns how many fields a record over several lines has at most, and where it might have taken in rows exactly; 0 for
 *   the header, where nothing is known yet.
 */
function parseRecord(text: string, start: number, delimiter: number, columns: number): ParsedRecord {
  const fields: string[] = [];
  const limit = Math.min(text.length, start + maxRecord);
  let at = start;
  let lines = 0;
  let mayHoldRows = false;
  for (;;) {
    if (text.charCodeAt(at) === quote) {
      const close = closingQuote(text, at + 1, limit);
      if (close === -1) return firstLine(text, start, limit < text.length ? "long_quote" : "broken_quote");
      const field = text.slice(at + 1, close);
      fields.push(field.includes('"') ? field.replaceAll('""', '"') : field);
      const ends = lineEnds(field);
      lines += ends;
      mayHoldRows ||= ends > 0 && field.includes(String.fromCharCode(delimiter), field.search(/[\r\n]/));
      at = close + 1;
      // Some writers pad a quoted field.
      while (at < limit && text.charCodeAt(at) === 32) at += 1;
    } else {
      const from = at;
      while (at < limit) {
        const code = text.charCodeAt(at);
        if (code === delimiter || code === lineFeed || code === carriageReturn) break;
        at += 1;
      }
      fields.push(text.slice(from, at));
    }
    const width = columns === 0 || lines === 0 || fields.length <= columns;
    if (!width) return firstLine(text, start, "broken_quote");
    if (at >= text.length) break;
    if (at >= limit) return firstLine(text, start, lines > 0 ? "broken_quote" : "too_long");
    const code = text.charCodeAt(at);
    if (code === delimiter) at += 1;
    else if (code === lineFeed || code === carriageReturn) {
      lines += 1;
      at += code === carriageReturn && text.charCodeAt(at + 1) === lineFeed ? 2 : 1;
      if (mayHoldRows && fields.length < columns) return firstLine(text, start, "broken_quote");
      return { fields, problem: null, end: at, lines };
    } else return firstLine(text, start, "broken_quote");
  }
  if (mayHoldRows && fields.length < columns) return firstLine(text, start, "broken_quote");
  return { fields, problem: null, end: at, lines };
}

/** The quote that closes a field whose text begins at `from`, or -1 if there is none before `limit`. */
function closingQuote(text: string, from: number, limit: number): number {
  for (let at = from; at < limit; at++) {
    if (text.charCodeAt(at) !== quote) continue;
    if (text.charCodeAt(at + 1) !== quote) return at;
    at += 1;
  }
  return -1;
}

function lineEnds(field: string): number {
  let count = 0;
  for (let at = 0; at < field.length; at++) {
    const code = field.charCodeAt(at);
    // Of CR LF, the LF counts.
    if (code === lineFeed || (code === carriageReturn && field.charCodeAt(at + 1) !== lineFeed)) count += 1;
  }
  return count;
}

/** The physical line at `start`, given up. A line may be longer than the limit; the reader then skips on. */
function firstLine(text: string, start: number, problem: RecordProblem): ParsedRecord {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at++);
    if (code !== lineFeed && code !== carriageReturn) continue;
    if (code === carriageReturn && text.charCodeAt(at) === lineFeed) at += 1;
    return { fields: [], problem, end: at, lines: 1 };
  }
  return { fields: [], problem, end: at, lines: 0 };
}
