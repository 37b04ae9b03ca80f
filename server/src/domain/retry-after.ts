export interface RetryAfterLimits {
  /** The shortest wait to return, in ms. Default 0. */
  min?: number;
  /** The longest wait to return, in ms: a peer can't make us wait for ever. Default one day. */
  max?: number;
}

/**
 * The three forms of an HTTP-date (RFC 9110, 5.6.7) all begin with the day's name, and the two in use end in GMT.
 * `Date.parse` alone would read almost anything as a date, "-5" and "1.5" too.
 */
const httpDate = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}( gmt| \d{4})$/i;

/**
 * How many milliseconds a peer asks us to wait by `Retry-After` (RFC 9110, 10.2.3): whole seconds, or a date. Clamped to
 * the limits; a date in the past is the least wait. Null where the header is absent or makes no sense.
 */
export function retryAfterMs(
  header: string | null | undefined,
  now: Date,
  { min = 0, max = 86_400_000 }: RetryAfterLimits = {},
): number | null {
  const text = header?.trim() ?? "";
  let wait: number;
  if (/^\d+$/.test(text)) wait = Number(text) * 1000;
  else if (httpDate.test(text)) {
    // asctime carries no zone and means UTC, which Date.parse wouldn't know.
    wait = Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`) - now.getTime();
  } else return null;
  return Number.isNaN(wait) ? null : Math.min(Math.max(wait, min), max);
}
