import { isUtf8 } from "node:buffer";

const windows1252 = new TextDecoder("windows-1252");

/**
 * A mail of old programs, which write 8-bit letters and name no charset: what is no UTF-8 then is windows-1252, as browsers and mail
 * programs take it; read as UTF-8 its letters would be lost. Line by line, since a mail is put together from several. Header
 * fields have no charset at all; a body is left alone where the mail names another charset than UTF-8 anywhere.
 */
export function unlabelledAsUtf8(raw: Buffer): Buffer {
  if (isUtf8(raw)) return raw;
  const head = headLength(raw);
  const others = namesAnother(raw);
  const lines: Buffer[] = [];
  for (let at = 0; at < raw.length; ) {
    if (others && at >= head) {
      lines.push(raw.subarray(at));
      break;
    }
    const end = raw.indexOf(10, at) + 1 || raw.length;
    const line = raw.subarray(at, end);
    lines.push(isUtf8(line) ? line : Buffer.from(windows1252.decode(line)));
    at = end;
  }
  return Buffer.concat(lines);
}

/** Charsets that are looked at: a mail that was made for it could name one in each line. */
const mostNames = 1_000;

function namesAnother(raw: Buffer): boolean {
  let count = 0;
  for (const [, name] of raw.toString("latin1").matchAll(/charset\s{0,20}=\s{0,20}["']?([\w.:-]{1,60})/gi)) {
    if (!/^utf-?8$/i.test(name!)) return true;
    if (++count === mostNames) return false;
  }
  return false;
}

/** Bytes up to the first empty line. */
function headLength(raw: Buffer): number {
  const ends = ["\r\n\r\n", "\n\n"].map((mark) => raw.indexOf(mark)).filter((at) => at !== -1);
  return ends.length === 0 ? raw.length : Math.min(...ends);
}
