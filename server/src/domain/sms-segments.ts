/**
 * How an SMS is counted and charged: GSM 03.38 has 160 characters in one segment and 153 in each of several (six bytes are the
 * header that joins them); a text with any other character is UCS-2, 70 and 67 UTF-16 units. Characters of the extension
 * table take two places, and neither they nor surrogate pairs are cut in two by the end of a segment.
 * Source: 3GPP TS 23.038 and 23.040.
 */
export interface SmsSize {
  encoding: "GSM-7" | "UCS-2";
  /** Places that the text takes, in septets or UTF-16 units. */
  units: number;
  segments: number;
  /** Places that are free in the last segment. */
  left: number;
}

const basic = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const extended = new Set("\f^{}\\[~]|€");

export function smsSize(text: string): SmsSize {
  const characters = [...text];
  const gsm = characters.every((character) => basic.has(character) || extended.has(character));
  const sizes = characters.map((character) => (gsm ? (basic.has(character) ? 1 : 2) : character.length));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const [alone, joined] = gsm ? [160, 153] : [70, 67];
  const encoding = gsm ? "GSM-7" : "UCS-2";
  if (units <= alone) return { encoding, units, segments: 1, left: alone - units };
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > joined) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return { encoding, units, segments, left: joined - used };
}

/** In how many parts a text message goes out: each is paid for. */
export const smsSegments = (text: string): number => smsSize(text).segments;
