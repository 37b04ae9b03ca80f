import { hrefsOf } from "./html-links.ts";

/** Links of an HTML body that can be followed through Herald, in their order: those to web pages, of `a` and `area`. */
export function linksOf(html: string): { url: string; start: number; end: number }[] {
  return hrefsOf(html).flatMap(({ value, start, end }) => {
    const url = decoded(value.trim());
    if (url === null || !/^https?:\/\//i.test(url) || !URL.canParse(url)) return [];
    // As a header takes it.
    return [{ url: new URL(url).href, start, end }];
  });
}

/**
 * The body with its links led over Herald, and a picture of one pixel at its end. `clickUrl` gives a link's address by its
 * index in `linksOf`; `skip` tells links that stay as they are.
 */
export function trackedHtml(
  html: string,
  tracking: {
    pixelUrl: string | null;
    clickUrl: ((link: number) => string | null) | null;
    skip: (url: string) => boolean;
  },
): string {
  const { pixelUrl, clickUrl, skip } = tracking;
  let out = "";
  let at = 0;
  if (clickUrl) {
    for (const [n, { url, start, end }] of linksOf(html).entries()) {
      const through = n > 0xffff || skip(url) ? null : clickUrl(n);
      if (through === null) continue;
      out += html.slice(at, start) + through;
      at = end;
    }
  }
  out += html.slice(at);
  if (pixelUrl === null) return out;
  const pixel = `<img src="${pixelUrl}" width="1" height="1" alt="" style="display:block;border:0">`;
  const end = /<\/body\s*>(?![\s\S]*<\/body\s*>)/i.exec(out)?.index ?? out.length;
  return out.slice(0, end) + pixel + out.slice(end);
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** An attribute's value without entities; null: it has one that isn't known here, and is better left alone. */
function decoded(value: string): string | null {
  let known = true;
  const text = value.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z][a-z0-9]*));/gi, (whole, decimal, hex, name) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : null;
    if (code !== null && code <= 0x10ffff && code > 0) return String.fromCodePoint(code);
    const character = name ? named[name.toLowerCase()] : undefined;
    if (character === undefined) known = false;
    return character ?? whole;
  });
  return known ? text : null;
}
