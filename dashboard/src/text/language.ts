/**
 * The language that the texts are written in: the one place that says so. Dates, numbers and lists follow it, whatever the
 * browser's own, so that a page is in one language.
 */
export const language = "en";

/** The viewer's own form of the language (en-GB writes 5 Jan, en-US Jan 5), or the language itself. */
export function localeOf(preferred: readonly string[]): string {
  return preferred.find((one) => one === language || one.startsWith(`${language}-`)) ?? language;
}

export const locale = localeOf(globalThis.navigator?.languages ?? []);
