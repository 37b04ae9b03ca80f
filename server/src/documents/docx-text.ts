import type * as Fflate from "fflate";
import { type DocumentLimits, type Reading, Unreadable } from "./reading.ts";

/** Bytes of one part, unpacked, at most: markup is many times its text. */
const largestPart = 100 * 1024 * 1024;

/**
 * The text of a Word document: its paragraphs and tables, then its foot- and endnotes. What was deleted with changes tracked,
 * comments, headers and footers are left out. Throws where it can't be read.
 */
export async function textOfDocx(
  { unzipSync, strFromU8 }: typeof Fflate,
  bytes: Buffer,
  { characters }: DocumentLimits,
): Promise<Reading> {
  let total = 0;
  const parts = unzipSync(bytes, {
    filter: ({ name, originalSize }) => {
      if (name !== "_rels/.rels" && !/^word\/[^/]+\.xml$/.test(name)) return false;
      total += originalSize;
      if (total > largestPart) throw new Unreadable("too_long");
      return true;
    },
  });
  const part = (name: string) => (parts[name] ? strFromU8(parts[name]) : null);
  const body = part(mainPart(part("_rels/.rels") ?? ""));
  if (body === null) throw new Unreadable("no_document");
  const texts = [body, part("word/footnotes.xml"), part("word/endnotes.xml")].map((xml) =>
    xml === null ? "" : textOfWordXml(xml, characters),
  );
  return { ok: true, text: texts.filter((text) => text.trim() !== "").join("\n\n"), pages: null };
}

/** The document's own part: nearly always `word/document.xml`. */
function mainPart(relations: string): string {
  for (const [tag] of relations.matchAll(/<Relationship\b[^>]*>/g)) {
    if (!/\bType="[^"]*\/officeDocument"/.test(tag)) continue;
    const target = /\bTarget="\/?([^"]*)"/.exec(tag)?.[1];
    if (target !== undefined) return target;
  }
  return "word/document.xml";
}

/** What isn't shown, or is another form of what stands beside it. */
const hidden = new Set(["del", "moveFrom", "instrText", "Fallback"]);

const token =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<[?!][^>]*>|<(\/?)([^\s<>/]+)((?:[^<>"']|"[^"]*"|'[^']*')*)>|([^<]+)/g;

/** The words of WordprocessingML: a paragraph ends with an empty line, a row of a table is a line with ` | ` between its cells. */
export function textOfWordXml(xml: string, characters: number): string {
  let text = "";
  let length = 0;
  /** The cells of the rows that are open: a table may be in a cell of another. */
  const rows: string[][] = [];
  /** Within `<w:t>`, whose text alone is the document's. */
  let inText = false;
  /** How deep it is in what isn't shown. */
  let depth = 0;
  const write = (more: string) => {
    length += more.length;
    // Spaces that are cut away later count as well: it is to end, not to be exact.
    if (length > 4 * characters) throw new Unreadable("too_long");
    const row = rows.at(-1);
    if (row) row.push((row.pop() ?? "") + more);
    else text += more;
  };
  for (const [, cdata, slash, qualified, attributes, plain] of xml.matchAll(token)) {
    if (qualified === undefined) {
      if (inText && depth === 0) write(cdata ?? unescaped(plain ?? ""));
      continue;
    }
    const name = qualified.slice(qualified.indexOf(":") + 1);
    const closes = slash === "/";
    const isEmpty = !closes && attributes!.endsWith("/");
    if (hidden.has(name) && !isEmpty) depth += closes ? -1 : 1;
    if (depth > 0) continue;
    if (name === "t") inText = !closes && !isEmpty;
    // Others are stops of the ruler.
    else if (name === "tab" && isEmpty && !attributes!.includes("val=")) write("\t");
    else if ((name === "br" || name === "cr") && isEmpty) write("\n");
    else if (name === "noBreakHyphen" && isEmpty) write("-");
    else if (name === "p" && (closes || isEmpty)) write("\n\n");
    else if (name === "tc" && !closes && !isEmpty) rows.at(-1)?.push("");
    else if (name === "tr" && !closes && !isEmpty) rows.push([]);
    else if (name === "tr" && closes) {
      const cells = rows.pop() ?? [];
      write(`${cells.map((cell) => cell.replace(/\s+/g, " ").trim()).join(" | ")}\n`);
    } else if (name === "tbl" && closes) write("\n");
  }
  return text;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}
