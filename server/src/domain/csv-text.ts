/**
 * A text as a cell of a CSV file: what a spreadsheet would take for a formula gets a quote in front. Some trim what stands before it,
 * and take the wide forms of its signs for the signs.
 */
export const cellOf = (text: string): string =>
  /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(text) ? `'${text}` : text;
