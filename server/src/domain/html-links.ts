/**
 * What values do to an HTML body. They come from strangers; escaped, they can't end a quoted attribute, but a whole
 * `javascript:alert(1)` is a sound value of `href`. So a link that begins with a value must begin with one of four
 * schemes. What is let through is listed, not what is refused: entities, case, and white space in the middle then have no
 * rules to be known. And a value must not become an attribute or a tag of its own.
 *
 * The scanner follows the tokenizer of the HTML standard as far as attributes go, except that it looks into comments
 * and the like too, because Outlook reads what stands in conditional ones.
 */

/** Around each value in a body that is to be checked: two code points that are no characters, now or ever. */
const open = "\ufdd0";
const close = "\ufdd1";
const marks = /[\ufdd0\ufdd1]/g;

export const markValue = (html: string): string => open + withoutMarks(html) + close;
export const withoutMarks = (html: string): string => html.replace(marks, "");

const schemes = ["https:", "http:", "mailto:", "tel:"];
const safe = /^(?:https?:|mailto:|tel:|#|$)/;

/** Attributes that a click follows or that a program loads. */
const linkAttributes = new Set(["href", "xlink:href", "src", "action", "formaction", "background", "poster", "data"]);

export interface HtmlProblem {
  code: "unsafe_link" | "loose_value";
  /** A sentence without its end. */
  reason: string;
}

/** What the marked values of this body do to its links and tags. */
export function valueProblem(html: string): HtmlProblem | null {
  for (const piece of piecesOf(html)) {
    if (!(piece.name + piece.value).includes(open)) continue;
    const problem = looseValue(piece);
    if (problem !== null) return problem;
    if (!linkAttributes.has(piece.name)) continue;
    const [known] = piece.value.split(open, 1) as [string];
    // With one of these the template has said itself what kind of link it is.
    if (!/[:/?#]/.test(known) && !isSafe(withoutMarks(piece.value))) return unsafeLink(piece);
  }
  return null;
}

/** What is wrong with a template's own links and tags; its values are marked, and empty. */
export function templateProblem(html: string): HtmlProblem | null {
  for (const piece of piecesOf(html)) {
    const problem = looseValue(piece);
    if (problem !== null) return problem;
    if (!linkAttributes.has(piece.name)) continue;
    const [known, ...values] = piece.value.trimStart().toLowerCase().split(open) as [string, ...string[]];
    const maybe = values.length > 0 && schemes.some((scheme) => scheme.startsWith(known));
    if (!maybe && !isSafe(known)) return unsafeLink(piece);
  }
  return null;
}

function isSafe(link: string): boolean {
  return safe.test(link.trim().toLowerCase());
}

function unsafeLink({ name, value }: Piece): HtmlProblem {
  const reason = `the link "${excerpt(value)}" (${name}) does not begin with https:, http:, mailto: or tel:`;
  return { code: "unsafe_link", reason };
}

/** In quotes a value stays what it is; without them its first space ends it, and what follows is an attribute. */
function looseValue({ name, value, quoted, text }: Piece): HtmlProblem | null {
  const whole = value.replace(/\ufdd0[^\ufdd0\ufdd1]*\ufdd1/g, "");
  if (!(quoted ? name : name + whole).match(marks)) return null;
  const reason = `a value stands in a tag outside of quotes, at "${excerpt(text)}"`;
  return { code: "loose_value", reason };
}

/** The values of `href` of links, with where they stand (without their quotes), in their order. Only those in quotes. */
export function hrefsOf(html: string): { value: string; start: number; end: number }[] {
  const found: { value: string; start: number; end: number }[] = [];
  let tag = "";
  for (const { name, value, quoted, at } of piecesOf(html)) {
    if (at === null) tag = name;
    else if (name === "href" && quoted && (tag === "a" || tag === "area"))
      found.push({ value, start: at, end: at + value.length });
  }
  return found;
}

/** An attribute of a tag, or (unquoted, without a value) the name of the tag itself. */
interface Piece {
  /** In lower case. */
  name: string;
  value: string;
  quoted: boolean;
  /** As it stands there. */
  text: string;
  /** Where an attribute's value begins, behind its quote; null: a tag's name. */
  at: number | null;
}

const tagStart = new RegExp(`<!--|<[!?]|</?([a-z${open}][^\\t\\n\\f\\r />]*)`, "gi");
const attribute =
  /[\t\n\f\r /]*(=?[^\t\n\f\r />=]*)(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:("[^"]*"?|'[^']*'?)|([^\t\n\f\r >]*)))?/y;
/** Elements whose content is text to their end tag; but not inside of SVG. */
const textElement = /^<(?:script|style|title|textarea|xmp|iframe|noembed|noframes)$/i;

/** Attributes in the order in which they stand. `inside`: of a comment or the like, in which no other begins. */
function* piecesOf(html: string, from = 0, to = html.length, inside = false): Generator<Piece> {
  for (let at = from; at < to; ) {
    tagStart.lastIndex = at;
    const tag = tagStart.exec(html);
    if (tag === null || tag.index >= to) return;
    const [opening, name] = tag;
    at = tag.index + opening.length;
    if (name !== undefined) {
      yield { name: name.toLowerCase(), value: "", quoted: false, text: opening, at: null };
      for (;;) {
        attribute.lastIndex = at;
        const [text, attributeName, quoted, bare] = attribute.exec(html)!;
        if (attributeName === "") break;
        const value = quoted === undefined ? (bare ?? "") : quoted.slice(1).replace(/["']$/, "");
        const valueAt = at + text.length - (quoted?.length ?? 0) + (quoted === undefined ? -value.length : 1);
        yield { name: attributeName!.toLowerCase(), value, quoted: quoted !== undefined, text, at: valueAt };
        at += text.length;
      }
    }
    const closing = inside ? null : closingOf(opening, name);
    if (closing === null) continue;
    // `<!-->` is a whole comment.
    closing.lastIndex = name === undefined ? tag.index + 2 : at;
    const end = closing.exec(html);
    if (end === null || end.index > at) yield* piecesOf(html, at, end?.index ?? to, true);
    at = end === null ? to : end.index + end[0].length;
  }
}

/** What ends a region that shows no tags; null where tags go on. */
function closingOf(opening: string, name: string | undefined): RegExp | null {
  if (opening === "<!--") return /--!?>/g;
  if (name === undefined) return />/g;
  return textElement.test(opening) ? new RegExp(`</${name}(?=[\\t\\n\\f\\r />])`, "gi") : null;
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", "#34": '"', "#39": "'" };

function excerpt(value: string): string {
  const text = value
    .replace(/\ufdd0\ufdd1/g, "...")
    .replace(marks, "")
    .replace(/&(amp|lt|gt|#34|#39);/g, (_, name: string) => entities[name]!)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return text.length > 100 ? `${text.slice(0, 100)}...`.toWellFormed() : text;
}
