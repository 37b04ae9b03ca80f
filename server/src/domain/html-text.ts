/** The text of an HTML mail, for people and for telling what is quoted: lines of a blockquote begin with `> `. */

const breaks = new Set([
  "br",
  "p",
  "div",
  "tr",
  "li",
  "ul",
  "ol",
  "table",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "hr",
  "blockquote",
  "pre",
  "section",
  "article",
  "header",
  "footer",
]);
/** What is in them is no text. */
const silent = new Set(["script", "style", "head", "title", "noscript", "template", "svg"]);
/** Quotes in quotes are marked up to this depth; more would let a small mail become a large text. */
const deepest = 5;

const named: Readonly<Record<string, string>> = {
  ...{
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: " ",
    shy: "",
    zwnj: "",
    hellip: "…",
    ndash: "–",
    mdash: "—",
  },
  ...{
    rsquo: "’",
    lsquo: "‘",
    rdquo: "”",
    ldquo: "“",
    laquo: "«",
    raquo: "»",
    bull: "•",
    euro: "€",
    copy: "©",
    reg: "®",
  },
  ...{
    auml: "ä",
    ouml: "ö",
    uuml: "ü",
    Auml: "Ä",
    Ouml: "Ö",
    Uuml: "Ü",
    szlig: "ß",
    eacute: "é",
    egrave: "è",
    ecirc: "ê",
  },
  ...{
    agrave: "à",
    aacute: "á",
    acirc: "â",
    ccedil: "ç",
    ntilde: "ñ",
    iacute: "í",
    oacute: "ó",
    uacute: "ú",
    iexcl: "¡",
    iquest: "¿",
  },
};

/** Takes time in proportion to the length of `html`, whatever is in it. */
export function htmlText(html: string): string {
  const lines: string[] = [];
  let line = "";
  let depth = 0;
  const lastClose = html.lastIndexOf(">");
  const end = (keepEmpty: boolean) => {
    const text = line.trim();
    const before = lines.at(-1);
    if (text !== "" || (keepEmpty && before !== undefined && !/^[> ]*$/.test(before))) {
      lines.push("> ".repeat(Math.min(depth, deepest)) + text);
    }
    line = "";
  };
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf("<", at);
    const text = html.slice(at, open === -1 ? html.length : open);
    if (text !== "") line += entities(text.replace(/\s+/g, " "));
    if (open === -1) break;
    if (html.startsWith("<!--", open)) {
      const close = html.indexOf("-->", open + 4);
      at = close === -1 ? html.length : close + 3;
      continue;
    }
    const tag = /^<(\/?)([a-z][a-z0-9]*)/i.exec(html.slice(open, open + 30));
    // Once there is no end of a tag, there is none for those behind it either.
    const close = tag && open < lastClose ? html.indexOf(">", open) : -1;
    if (!tag || close === -1) {
      line += "<";
      at = open + 1;
      continue;
    }
    const name = tag[2]!.toLowerCase();
    const closing = tag[1] === "/";
    at = close + 1;
    if (silent.has(name) && !closing) {
      at = behind(html, name, at);
    } else if (breaks.has(name)) {
      end(name === "br" || name === "p");
      if (name === "blockquote") depth = Math.max(0, depth + (closing ? -1 : 1));
      if (name === "hr") lines.push("________________________________");
    } else if (name === "td" && closing) line += " ";
  }
  end(false);
  return lines.join("\n").trim();
}

/** Behind the end of an element, of which none is closed twice: each search goes on where the last one ended. */
function behind(html: string, name: string, from: number): number {
  const ending = new RegExp(`</${name}`, "gi");
  ending.lastIndex = from;
  const found = ending.exec(html);
  if (!found) return name === "head" ? from : html.length;
  const close = html.indexOf(">", found.index);
  return close === -1 ? html.length : close + 1;
}

function entities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name as string] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex as string, 16);
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return "";
    return code === 0xa0 ? " " : String.fromCodePoint(code);
  });
}
