import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CsvReader, type CsvRecord, maxRecord } from "../../src/sources/csv-reader.ts";

async function* pieces(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function readAll(text: string, columns: number, { delimiter = ",", size = 1 << 20, count = 1_000 } = {}) {
  const reader = new CsvReader(pieces(text, size));
  const records: CsvRecord[] = [];
  for (;;) {
    const batch = await reader.read(count, delimiter.charCodeAt(0), columns);
    if (batch.length === 0) return records;
    records.push(...batch);
  }
}

/** A record as its line and fields, or its line and problem. */
const brief = (records: CsvRecord[]) => records.map(({ line, fields, problem }) => [line, problem ?? fields]);

test("quotes, doubled quotes, delimiters and line breaks in quotes, and lines counted physically", async () => {
  expect(brief(await readAll('a,"b,b"\r\n"c\r\nc\rc\nc","d""d"\r\n\r\ne,""\r\n', 2))).toEqual([
    [1, ["a", "b,b"]],
    [2, ["c\r\nc\rc\nc", 'd"d']],
    [6, [""]],
    [7, ["e", ""]],
  ]);
});

test.each(["\n", "\r\n", "\r"])("lines end in %j, the last one with or without", async (end) => {
  const expected = [
    [1, ["a", "b"]],
    [2, ["c", "d"]],
  ];
  expect(brief(await readAll(`a,b${end}c,d${end}`, 2))).toEqual(expected);
  expect(brief(await readAll(`a,b${end}c,d`, 2))).toEqual(expected);
});

test("a quote inside a value that doesn't begin with one is a character like others", async () => {
  expect(brief(await readAll('5" pipe,O"Hara\nx,y', 2))).toEqual([
    [1, ['5" pipe', 'O"Hara']],
    [2, ["x", "y"]],
  ]);
});

const after = [2, ["x", "y"]];
test.each([
  ["an opened quote, then no quote at all", 'a,"b\nx,y\n', [[1, "broken_quote"], after]],
  ["an opened quote, then a quoted field", 'a,"b\nx,"y"\nz,z\n', [[1, "broken_quote"], after, [3, ["z", "z"]]]],
  [
    "an opened quote, closed later in a record too wide",
    'a,"b\nx,y\nz,",w\n',
    [[1, "broken_quote"], after, [3, "broken_quote"]],
  ],
  [
    "an opened quote, closed later in a record too narrow",
    '"a,b\nx,y\n"\n',
    [[1, "broken_quote"], after, [3, "broken_quote"]],
  ],
  ["text after a closing quote", 'a,"b"c\nx,y\n', [[1, "broken_quote"], after]],
  [
    "a record over two lines that is too narrow at the end of the file",
    '"a,b\nx,y"',
    [
      [1, "broken_quote"],
      [2, ["x", 'y"']],
    ],
  ],
  ["an opened quote at the end of the file", 'a,b\nx,y\nz,"', [[1, ["a", "b"]], after, [3, "broken_quote"]]],
])("%s costs one line alone", async (_, text, expected) => {
  expect(brief(await readAll(text, 2))).toEqual(expected);
});

test("a record over several lines may lack values at its end, unless what it took in may be rows", async () => {
  const read = async (text: string) => brief(await readAll(text, 4));
  expect(await read('a,"met, twice\r\nwants a call"\r\nx,y\r\n')).toEqual([
    [1, ["a", "met, twice\r\nwants a call"]],
    [3, ["x", "y"]],
  ]);
  expect(await read('"b\nb\n",c,"d\nd"')).toEqual([[1, ["b\nb\n", "c", "d\nd"]]]);
  // A quote that is missing, and one too many three rows on.
  expect(await read('"a,b,c,d\nx,y\nz,24"\n')).toEqual([
    [1, "broken_quote"],
    [2, ["x", "y"]],
    [3, ["z", '24"']],
  ]);
  expect(await read('a,"b\nc,d"\n')).toEqual([
    [1, "broken_quote"],
    [2, ["c", 'd"']],
  ]);
});

test("a quoted field longer than the limit is said to be, and the lines in it are rows", async () => {
  const rows = Array.from({ length: 9_000 }, (_, index) => `row${index},value`);
  const records = await readAll(`a,"b\n${rows.join("\n")}\nc,"d"\n`, 2);
  expect(records).toHaveLength(9_002);
  expect(brief(records.slice(0, 2))).toEqual([
    [1, "long_quote"],
    [2, ["row0", "value"]],
  ]);
  expect(brief(records.slice(-1))).toEqual([[9_002, ["c", "d"]]]);
});

test.each(["\n", "\r\n", "\r"])(
  "a line longer than the window, ending in %j, is reported once and left",
  async (end) => {
    for (let length = 4 * maxRecord - 3; length <= 4 * maxRecord + 3; length++) {
      const records = await readAll(`${"x".repeat(length)}${end}a,b${end}`, 2, { size: 4 * maxRecord });
      expect(brief(records)).toEqual([
        [1, "too_long"],
        [2, ["a", "b"]],
      ]);
      expect(records[0]!.raw).toHaveLength(200);
    }
  },
);

test("a record may have 65,535 characters and no more", async () => {
  const fits = `${"x".repeat(maxRecord - 3)},y`;
  expect((await readAll(`${fits}\nz,z\n`, 2)).map((record) => record.problem)).toEqual([null, null]);
  expect((await readAll(`${fits}y\nz,z\n`, 2)).map((record) => record.problem)).toEqual(["too_long", null]);
});

test("spaces after a closing quote are padding", async () => {
  expect(brief(await readAll('"a"  ,"b" \n', 2))).toEqual([[1, ["a", "b"]]]);
});

test("a file of many windows is read as one", async () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => [
    `name ${index}`,
    `"line one\r\n${"x".repeat(index % 50)}"`,
  ]);
  const text = rows.map((row) => `${row.join(",")}\r\n`).join("");
  expect(text.length).toBeGreaterThan(12 * maxRecord);
  const records = await readAll(text, 2, { size: 997 });
  expect(records.map((record) => record.fields)).toEqual(rows.map(([name, value]) => [name, value!.slice(1, -1)]));
  expect(records.at(-1)!.line).toBe(39_999);
});

test("a file made of broken quotes takes no more than a small multiple of the time", async () => {
  const time = async (line: string) => {
    const start = performance.now();
    expect(await readAll(line.repeat(15_000), 2)).toHaveLength(15_000);
    return performance.now() - start;
  };
  // Each line closes the quote of the one before it and opens another: read to the limit each time, 15,000 lines are
  // thousands of times the work. 200 leaves room for a busy machine.
  const sound = Math.max(await time("aaaa,b\n"), 1);
  expect(await time('a",b,"c\n')).toBeLessThan(200 * sound);
});

test("only the records with a U+FFFD are undecodable", async () => {
  const text = 'a,b\n\ufffd,b\nc,d\n"\ufffd",\ufffd\ne,\ufffd\nf,g';
  expect((await readAll(text, 2)).map((record) => record.problem ?? record.fields[0])).toEqual([
    ...["a", "undecodable", "c", "undecodable", "undecodable", "f"],
  ]);
});

test("any table that csv-stringify writes is read back, wherever the chunks are cut", async () => {
  const cell = fc.oneof(
    fc.string({ unit: fc.constantFrom('"', ",", ";", "\t", "\n", "\r", "\r\n", " ", "a", "é", "🧵"), maxLength: 12 }),
    fc.string({ unit: "grapheme", maxLength: 12 }),
  );
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }),
    );
  const format = fc.record({
    delimiter: fc.constantFrom(",", ";", "\t"),
    record_delimiter: fc.constantFrom("\n", "\r\n", "\r"),
    quoted: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      table,
      format,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 5 }),
      async (rows, options, size, count) => {
        // csv-stringify quotes CR only where it is the record delimiter or all is quoted.
        const quoteAll = options.quoted || rows.flat().some((value) => /[\r\n]/.test(value));
        const text = stringify(rows, { ...options, quoted: quoteAll, quoted_empty: quoteAll });
        const records = await readAll(text, rows[0]!.length, { delimiter: options.delimiter, size, count });
        expect(records.map((record) => record.fields)).toEqual(rows);
        const lines = records.map((record) => record.line);
        expect(lines).toEqual(
          rows.map(
            (_, index) => 1 + text.slice(0, starts(rows, options, quoteAll, index)).split(/\r\n|\r|\n/).length - 1,
          ),
        );
      },
    ),
  );
});

function starts(rows: string[][], options: object, quoted: boolean, index: number): number {
  return stringify(rows.slice(0, index), { ...options, quoted, quoted_empty: quoted }).length;
}

test("any text at all is read to its end, and the same in one piece and in pieces", async () => {
  const text = fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a", " ", "\ufffd"), maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 20 }), async (content, size) => {
      const whole = await readAll(content, 3);
      expect(await readAll(content, 3, { size, count: 1 })).toEqual(whole);
      const physical = content.split(/\r\n|\r|\n/).length;
      for (const record of whole) expect(record.line).toBeLessThanOrEqual(physical);
    }),
    { numRuns: 500 },
  );
});

test("closing a reader midway lets go of the file", async () => {
  let closed = false;
  async function* file() {
    try {
      for (;;) yield "a,b\n";
    } finally {
      closed = true;
    }
  }
  const reader = new CsvReader(file());
  await reader.read(3, 44, 2);
  await reader.close();
  expect(closed).toBe(true);
});
