import type { Normalised } from "./phone.ts";

function refuse(reason: string): Normalised {
  return { ok: false, reason };
}

/**
 * Today's IANA names for which V8's list still has the old spelling (it says Asia/Calcutta). Both name the same zone;
 * whichever a person writes is kept.
 */
const renamed = [
  "Africa/Asmara",
  "America/Argentina/Buenos_Aires",
  "America/Argentina/Catamarca",
  "America/Argentina/Cordoba",
  "America/Argentina/Jujuy",
  "America/Argentina/Mendoza",
  "America/Atikokan",
  "America/Indiana/Indianapolis",
  "America/Kentucky/Louisville",
  "America/Nuuk",
  "Asia/Ho_Chi_Minh",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Asia/Yangon",
  "Atlantic/Faroe",
  "Europe/Kyiv",
  "Pacific/Chuuk",
  "Pacific/Kanton",
  "Pacific/Pohnpei",
];

const names = new Map<string, string>(
  [...Intl.supportedValuesOf("timeZone"), ...renamed, "UTC"].map((name) => [name.toLowerCase(), name]),
);
names.set("gmt", "UTC").set("etc/utc", "UTC").set("etc/gmt", "UTC");

/**
 * The IANA name of a time zone in its canonical spelling (`europe/berlin` is `Europe/Berlin`); links such as
 * `US/Pacific` become the zone that they lead to.
 *
 * Offsets and abbreviations are refused although Intl takes some: `+02:00` and `EST` don't know of daylight saving, and
 * half of the year a message would come at the wrong hour.
 */
export function normaliseTimeZone(raw: string): Normalised {
  const text = raw.trim();
  const known = names.get(text.toLowerCase());
  if (known !== undefined) return { ok: true, value: known };
  if (/^(utc|gmt)?\s*[+-]?\d/i.test(text)) {
    return refuse("An offset doesn't know when clocks change; give the zone's name, for example Europe/Berlin.");
  }
  if (!/^[a-z0-9_+-]+(\/[a-z0-9_+-]+)+$/i.test(text) || text.length > 64) {
    return refuse("This is not a time zone's name, such as America/New_York or Europe/Berlin.");
  }
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    // Making a DateTimeFormat costs 30 µs and more: a link is looked up once. The set of valid names is small.
    names.set(text.toLowerCase(), timeZone);
    return { ok: true, value: timeZone };
  } catch {
    return refuse("There is no such time zone; names look like America/New_York or Europe/Berlin.");
  }
}
