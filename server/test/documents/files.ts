import { deflateSync } from "node:zlib";
import { zipSync } from "fflate";

/** A PDF of pages, each a list of lines with how far up they stand. `encrypted`: as one with a password looks to a reader. */
export function pdfOf(
  pages: readonly (readonly (readonly [y: number, text: string])[])[],
  { encrypted = false, flate = false, catalog = "" } = {},
): Buffer {
  const objects: Buffer[] = [];
  const add = (...parts: (string | Buffer)[]) => {
    objects.push(Buffer.concat(parts.map((part) => Buffer.from(part as string, "latin1"))));
    return objects.length;
  };
  const font = 3 + 2 * pages.length;
  add(`<< /Type /Catalog /Pages 2 0 R ${catalog} >>`);
  add(`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, at) => `${3 + 2 * at} 0 R`).join(" ")}] >>`);
  for (const [at, lines] of pages.entries()) {
    const drawn = lines.map(([y, text]) => `BT /F1 12 Tf 72 ${y} Td (${text.replace(/[\\()]/g, "\\$&")}) Tj ET`);
    const content = flate ? deflateSync(drawn.join("\n")) : Buffer.from(drawn.join("\n"), "latin1");
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${4 + 2 * at} 0 R /Resources << /Font << /F1 ${font} 0 R >> >> >>`,
    );
    add(`<< /Length ${content.length} ${flate ? "/Filter /FlateDecode" : ""} >>\nstream\n`, content, "\nendstream");
  }
  add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
  return assembled(objects, encrypted);
}

/** Objects as a PDF file: the first one is the catalogue. */
export function assembled(objects: readonly Buffer[], encrypted = false): Buffer {
  const parts: Buffer[] = [Buffer.from("%PDF-1.7\n")];
  const places: number[] = [];
  let at = parts[0]!.length;
  for (const [index, object] of objects.entries()) {
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from("\nendobj\n")]);
    places.push(at);
    at += part.length;
    parts.push(part);
  }
  const key = "00".repeat(32);
  const encryption = encrypted
    ? `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${key}> /U <${key}> /P -4 >> /ID [<00> <00>]`
    : "";
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${encryption} >>\nstartxref\n${at}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

/** A Word document with this in its body; more files by their names. */
export function docxOf(body: string, more: Readonly<Record<string, string | Uint8Array>> = {}): Buffer {
  const bytes = (text: string | Uint8Array) => (typeof text === "string" ? new TextEncoder().encode(text) : text);
  const files = {
    "[Content_Types].xml":
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels":
      '<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/document.xml": `<?xml version="1.0"?><w:document xmlns:w="w"><w:body>${body}</w:body></w:document>`,
    ...more,
  };
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, content]) => [name, bytes(content)]))),
  );
}

export const paragraph = (text: string) => `<w:p><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`;
