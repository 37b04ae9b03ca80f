/** Names that Liquid reads as they are: others stand in brackets. */
const plain = /^[A-Za-z_][\w-]*$/;

/** A lead's field as a template writes it: `{{ topic }}`, or `{{ custom["job.level"] }}` where its name says something else to Liquid. */
export function variableOf(name: string): string {
  if (plain.test(name)) return `{{ ${name} }}`;
  // Liquid's texts know no escape; a name with both quotes can't be written.
  const quote = name.includes('"') ? "'" : '"';
  return `{{ custom[${quote}${name}${quote}] }}`;
}
