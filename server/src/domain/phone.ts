import parsePhoneNumber, { isSupportedCountry, ParseError, parsePhoneNumberWithError } from "libphonenumber-js/max";

/** Either the canonical spelling of an address, or one sentence for the person who has to correct it. */
export type Normalised = { ok: true; value: string } | { ok: false; reason: string };

function refuse(reason: string): Normalised {
  return { ok: false, reason };
}

/** Whether `code` is a two-letter ISO 3166 code, in capitals, whose numbering plan is known. */
export function isPhoneCountry(code: string): boolean {
  return isSupportedCountry(code);
}

const parseReasons: Record<string, string> = {
  TOO_SHORT: "This phone number has too few digits.",
  TOO_LONG: "This phone number has too many digits.",
  INVALID_COUNTRY: "This phone number starts with a country code that doesn't exist.",
  NOT_A_NUMBER: "This is not a phone number.",
};
const noCountry = "This phone number has no country code; write it with one, for example +1 202 555 0143.";

/**
 * The E.164 form of a phone number, which is what identifies a lead and what providers take.
 *
 * The number must be assigned by its country's numbering plan, by the full (`max`) metadata of libphonenumber: what only
 * has a possible length still can't be reached, and some providers charge for the try. One number costs 5 to 12 µs.
 * @param defaultCountry ISO 3166 code in capitals (`US`), for numbers that are written without a country code. Without
 *   it, a number needs `+` or the prefix `00`.
 */
export function normalisePhone(raw: string, defaultCountry?: string): Normalised {
  // Phone books wrap numbers in invisible direction marks, and spreadsheets put an apostrophe in front of them.
  let text = raw
    .replace(/\p{Cf}/gu, "")
    .trim()
    .replace(/^tel:/i, "")
    .replace(/^＋/, "+")
    .replace(/^'/, "");
  if (text.length > 100) return refuse("This is too long for a phone number.");
  if (/^\d+[.,]?\d*e\+?\d+$/i.test(text)) {
    return refuse("A spreadsheet has shortened this phone number; format the column as text and export it again.");
  }
  if (defaultCountry === undefined) text = text.replace(/^00(?=[\s\d])/, "+");
  else if (!isSupportedCountry(defaultCountry)) return refuse(`There is no country ${defaultCountry}.`);
  try {
    // `extract: false`: the whole text must be the number, not merely contain one.
    const number = parsePhoneNumberWithError(text, { defaultCountry, extract: false });
    if (number.ext !== undefined) return refuse("This phone number has an extension, which can't get text messages.");
    if (!number.isPossible()) return refuse("This phone number has too few or too many digits for its country.");
    if (!number.isValid()) return refuse("There is no such phone number in its country.");
    return { ok: true, value: number.number };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    if (error.message === "INVALID_COUNTRY" && !/^[+＋]/.test(text)) return refuse(noCountry);
    return refuse(parseReasons[error.message] ?? "This is not a phone number.");
  }
}

/** The digits after the country's code (`2025550122`), of an E.164 number. */
export const nationalNumber = (e164: string): string =>
  parsePhoneNumber(e164)?.nationalNumber ?? e164.replace(/\D/g, "");

/** Whether a number as somebody typed it, in whatever form, is this E.164 number. Without a country code it is read as of the same country. */
export function sameNumber(e164: string, written: string): boolean {
  if (written.length > 100) return false;
  const defaultCallingCode = parsePhoneNumber(e164)?.countryCallingCode;
  return parsePhoneNumber(written, { ...(defaultCallingCode && { defaultCallingCode }) })?.number === e164;
}
