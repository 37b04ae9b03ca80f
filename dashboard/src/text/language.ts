/**
 * The language that the texts are written in: the one place that says so. Dates, numbers and lists follow it, whatever the
 * browser's own, so that a page is in one language.
 */
export const language = "en";

/**
 * The viewer's own form of the language (en-GB writes 5 Jan, en-US Jan 5), or the language itself. A tag that is none is passed
 * over: where the system's locale is C or POSIX, Chromium says `en-US@posix`, and `Intl` throws at it.
 */
export function localeOf(preferred: readonly string[]): string {
  return preferred.find((one) => (one === language || one.startsWith(`${language}-`)) && isLocale(one)) ?? language;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

export const locale = localeOf(globalThis.navigator?.languages ?? []);
