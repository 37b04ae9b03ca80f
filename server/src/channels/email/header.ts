/**
 * Header field values (RFC 5322, RFC 2047). Written here and not left to the mail library, which passes on what looks
 * like an encoded word, as a stranger may have written it, and doesn't break words longer than a line.
 */

/** On one line: whatever could end the field, or hide part of it, becomes a space. */
export function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029\ufeff]+/gu, " ").trim();
}

/** Octets of text in one encoded word: 52 characters of base64, and with the longest field name a line under 76. */
const wordOctets = 39;

/** Encoded words of UTF-8, none of which splits a character (RFC 2047, 5). */
function encodedWords(value: string): string {
  const words: string[] = [];
  let chunk = "";
  let octets = 0;
  const flush = () => words.push(`=?UTF-8?B?${Buffer.from(chunk).toString("base64")}?=`);
  for (const character of value) {
    const size = Buffer.byteLength(character);
    if (octets + size > wordOctets) {
      flush();
      chunk = "";
      octets = 0;
    }
    chunk += character;
    octets += size;
  }
  flush();
  return words.join(" ");
}

/** Printable ASCII with no word that must be broken and nothing that a reader would decode. */
function isPlain(value: string): boolean {
  return /^[ -~]*$/.test(value) && !value.includes("=?") && !/[^ ]{60}/.test(value);
}

/** An unstructured value such as a subject. `value` is one line. */
export function unstructured(value: string): string {
  return isPlain(value) ? value : encodedWords(value);
}

/** A mailbox with its display name. `name` is one line, `address` an address without comments or quotes. */
export function mailbox(name: string, address: string): string {
  if (name === "") return address;
  if (!isPlain(name)) return `${encodedWords(name)} <${address}>`;
  const atoms = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$/.test(name);
  return `${atoms ? name : `"${name.replace(/["\\]/g, "\\$&")}"`} <${address}>`;
}
