/**
 * A list's statement for the filters that are given: of each `($2::text is null or ...)` only the second half is left where
 * there is a value.
 *
 * Why: sessions plan without knowing the values (`force_generic_plan`, see pool.ts), which is what statements want that run all
 * the time. Such a plan can't use an index for a filter that may not be there, not even for the place of the next page,
 * and goes through all of the workspace's rows. The statement must not have a name: its text differs. The value has to stand in
 * the second half, too, since PostgreSQL asks for the type of each.
 */
export function given(text: string, values: readonly unknown[]): { text: string; values: unknown[] } {
  const written = text.replace(/\(\$(\d+)::[a-z0-9]+(?:\[\])? is null or /g, (optional, n: string) =>
    values[Number(n) - 1] == null ? optional : "(",
  );
  return { text: written, values: [...values] };
}
