import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { readDocument } from "../../src/documents/document.ts";
import { assembled, docxOf, paragraph, pdfOf } from "./files.ts";

const textOf = async (bytes: Buffer) => {
  const read = await readDocument(bytes);
  return read.ok ? read.text : `refused: ${read.detail}`;
};

test("a PDF gives its lines, with an empty one where the page has a gap, page after page", async () => {
  const lines = [
    [700, "Prices"],
    [660, "A panel (flat roof) costs $400."],
    [645, "It lasts 25 years."],
  ] as const;
  const read = await readDocument(pdfOf([lines, [[700, "Terms"]]], { flate: true }));
  expect(read).toEqual({
    ...{ ok: true, kind: "pdf", pages: 2 },
    text: "Prices\n\nA panel (flat roof) costs $400.\nIt lasts 25 years.\n\nTerms",
  });
});

test("a Word document gives its paragraphs, tables and notes, and nothing that isn't shown in it", async () => {
  const cell = (text: string) => `<w:tc><w:tcPr/>${paragraph(text)}</w:tc>`;
  const body = [
    `<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr><w:r><w:t>Caf&#233; &amp; &lt;more&gt;</w:t></w:r></w:p>`,
    `<w:tbl><w:tr>${cell("Panel")}${cell("$400")}</w:tr><w:tr>${cell("")}${cell("a year")}</w:tr></w:tbl>`,
    `<w:p><w:del w:author="a > b"><w:r><w:t>struck</w:t><w:delText>out</w:delText></w:r></w:del><w:r><w:t>stays</w:t><w:br/><w:t>below</w:t></w:r></w:p>`,
    `<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:r><w:instrText>PAGE</w:instrText></w:r><!-- <w:t>no</w:t> --></w:p>`,
    "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Choice><mc:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>",
  ].join("");
  const notes = { "word/footnotes.xml": `<w:footnotes>${paragraph("Without tax.")}</w:footnotes>` };
  const shown = "Café & <more>\n\nPanel | $400\n | a year\n\nstays\nbelow\n\nbox\n\nWithout tax.";
  expect(await textOf(docxOf(body, { ...notes, "word/header1.xml": paragraph("header") }))).toBe(shown);
});

test("texts are taken as they are, in UTF-8 and UTF-16, whatever the file is called", async () => {
  expect(await textOf(Buffer.from("\ufeff# Prices\r\n\r\n\r\n\r\n$400 – for all  \r\n"))).toBe(
    "# Prices\n\n$400 – for all",
  );
  expect(await textOf(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("Grüße", "utf16le")]))).toBe("Grüße");
});

test("what can't be read is refused with what to do", async () => {
  const page = [[[700, "x"]]] as const;
  const files: [Buffer, RegExp][] = [
    [pdfOf(page, { encrypted: true }), /^refused: This PDF has a password\. Save it without one/],
    [pdfOf([[], []]), /its pages are pictures.*\(OCR\)/],
    [pdfOf(page).subarray(0, 80), /damaged, or was cut off\. Save it anew/],
    [pdfOf(Array.from({ length: 1_001 }, () => [])), /more than 1,000 pages\. Split it/],
    [docxOf(paragraph("a".repeat(2_500_000))), /more than 500,000 characters of text\. Split it/],
    [Buffer.from("a".repeat(500_001)), /^refused: This file has more than 500,000 characters/],
    [docxOf("", { "_rels/.rels": "", "word/document.xml": "" }), /No text is in this file/],
    [docxOf(paragraph("cut")).subarray(0, 90), /damaged, or was cut off/],
    [Buffer.from("d0cf11e0a1b11ae1", "hex"), /old kind \(\.doc\), or one with a password\. Save it in Word as \.docx/],
    [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]), /none of the files that can be read: PDF, DOCX, and texts/],
    [Buffer.from("a\0b"), /none of the files/],
  ];
  for (const [file, words] of files) expect(await textOf(file)).toMatch(words);
  const sheet = docxOf("", { "_rels/.rels": '<Relationship Type="x/officeDocument" Target="xl/workbook.xml"/>' });
  expect(await textOf(sheet)).toMatch(/ZIP file is no Word document/);
});

test("a file that swells, or keeps its reader busy, ends the reader and nothing else", async () => {
  const spaces = deflateSync(Buffer.alloc(96 * 1024 * 1024, " "), { level: 1 });
  const bomb = assembled([
    ...[
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << >> >>",
    ].map((text) => Buffer.from(text)),
    Buffer.concat([
      Buffer.from(`<< /Length ${spaces.length} /Filter /FlateDecode >>\nstream\n`),
      ...[spaces, Buffer.from("\nendstream")],
    ]),
  ]);
  expect(await readDocument(bomb, { limits: { memoryMiB: 140, deadlineMs: 600_000 } })).toMatchObject({
    ...{ ok: false, detail: expect.stringContaining("more memory than reading it may take (140 MiB)") },
  });
  // What a Word file says of itself is enough: its list of parts has their sizes.
  const large = docxOf(paragraph("x"));
  const entry = large.lastIndexOf("word/document.xml") - 46;
  large.writeUInt32LE(101 * 1024 * 1024, entry + 24);
  expect(await textOf(large)).toMatch(/Split it/);
  const late = await readDocument(pdfOf([[[700, "x"]]]), { limits: { deadlineMs: 1 } });
  expect(late).toMatchObject({ ok: false, detail: expect.stringContaining("takes longer than 0.001 seconds") });
  // Nobody waits any more.
  expect((await readDocument(pdfOf([[[700, "x"]]]), { signal: AbortSignal.abort() })).ok).toBe(false);
});
