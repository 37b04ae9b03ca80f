/**
 * Whether a text that a provider shows is the one that was sent. Providers tidy texts up on the way: line ends, space at
 * the ends, and (Twilio's Smart Encoding) typographic characters that would cost a longer SMS. A text that is missed
 * here is sent again, so both sides are brought to the plainest form before they are compared.
 */
export function sameText(a: string, b: string): boolean {
  return a === b || plain(a) === plain(b);
}

const plainForms: readonly [RegExp, string][] = [
  [/\r\n?/g, "\n"],
  [/[\u2018\u2019\u201a\u201b\u2032]/g, "'"],
  [/[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, "-"],
  [/\u2026/g, "..."],
  [/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, " "],
  [/[\u200b-\u200d\u2060\ufeff]/g, ""],
  [/[ \t]+$/gm, ""],
];

function plain(text: string): string {
  let result = text.toWellFormed().normalize("NFC");
  for (const [form, replacement] of plainForms) result = result.replace(form, replacement);
  return result.trim();
}
