import type * as Unpdf from "unpdf";
import { type DocumentLimits, type Reading, Unreadable } from "./reading.ts";

interface TextItem {
  str: string;
  hasEOL: boolean;
  height: number;
  /** The last one is how far up it stands. */
  transform: number[];
}

/** The text of a PDF, page after page. Throws where it can't be read. */
export async function textOfPdf(
  { getDocumentProxy }: typeof Unpdf,
  bytes: Buffer,
  { pages: mostPages, characters }: DocumentLimits,
): Promise<Reading> {
  const pdf = await getDocumentProxy(new Uint8Array(bytes), {
    // Nothing is drawn, and nothing is run.
    ...{ disableFontFace: true, isEvalSupported: false, verbosity: 0, maxImageSize: 0 },
  }).catch((error: Error) => {
    throw new Unreadable(error.name === "PasswordException" ? "encrypted" : "broken");
  });
  if (pdf.numPages > mostPages) throw new Unreadable("too_many_pages");
  const pages: string[] = [];
  let length = 0;
  for (let no = 1; no <= pdf.numPages; no++) {
    const page = await pdf.getPage(no);
    const { items } = await page.getTextContent();
    const text = textOfItems(items.filter((item): item is TextItem & (typeof items)[number] => "str" in item));
    page.cleanup();
    length += text.length;
    if (length > characters) throw new Unreadable("too_long");
    pages.push(text);
  }
  return { ok: true, text: pages.join("\n\n"), pages: pdf.numPages };
}

/** Lines as they stand on the page; where more than a line's height is between two, an empty one parts them. */
export function textOfItems(items: readonly TextItem[]): string {
  const lines: { text: string; y: number; height: number }[] = [];
  let open: (typeof lines)[number] | null = null;
  for (const { str, hasEOL, height, transform } of items) {
    const y: number = transform[5] ?? 0;
    open ??= { text: "", y, height };
    open.text += str;
    open.height = Math.max(open.height, height);
    if (!hasEOL) continue;
    lines.push(open);
    open = null;
  }
  if (open) lines.push(open);
  let text = "";
  let before: (typeof lines)[number] | null = null;
  for (const line of lines.filter(({ text }) => text.trim() !== "")) {
    const gap = before === null ? 0 : Math.abs(before.y - line.y);
    text += before === null ? "" : gap > 1.7 * Math.max(before.height, line.height, 1) ? "\n\n" : "\n";
    text += line.text;
    before = line;
  }
  return text;
}
