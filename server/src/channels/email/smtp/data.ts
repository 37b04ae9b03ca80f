/**
 * A mail's content as it follows DATA (RFC 5321, 4.1.1.4 and 4.5.2), its end included; each character stands for a byte. Lines end with CRLF
 * alone: a lone CR or LF before a dot would be the end of the mail for some servers and not for others, and what stands behind
 * it a mail of its own.
 */
export function dataOf(content: Buffer): string {
  let text = content.toString("latin1");
  if (/\r(?!\n)|(?<!\r)\n/.test(text)) text = text.replace(/\r\n|\r|\n/g, "\r\n");
  if (text !== "" && !text.endsWith("\r\n")) text += "\r\n";
  return `${text.replace(/(^|\n)\./g, "$1..")}.\r\n`;
}
