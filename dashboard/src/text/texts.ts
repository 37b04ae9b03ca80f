/**
 * The texts of one part of the dashboard: an object of strings, and of functions where a text has values in it. Another
 * language is a second object of the same type.
 *
 *     export const t = texts({
 *       title: "Leads",
 *       found: (count: number) => `${formatNumber(count)} ${plural(count, "lead", "leads")}`,
 *     });
 */
export function texts<const T extends Texts>(english: T): T {
  return english;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments are checked where a text is used, by its own type.
type Text = string | ((...values: any[]) => string);
interface Texts {
  readonly [name: string]: Text | Texts | readonly string[];
}

/** `one` for 1, else `other`. English needs no more forms. */
export function plural(count: number, one: string, other: string): string {
  return count === 1 ? one : other;
}
