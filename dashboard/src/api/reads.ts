import type { QueryKey } from "@tanstack/react-query";

/** A query of `apiQuery`, whatever it answers. */
export interface Asked {
  queryKey: QueryKey;
}

/** A call of `/v1/session/reads`. */
export interface ReadCall {
  path: string;
  query: Record<string, string>;
}

export function readOf({ queryKey: [operation, input] }: Asked): ReadCall {
  return {
    path: (operation as string).slice("GET ".length),
    query: textsOf((input as { query?: object }).query ?? {}),
  };
}

/** The address at which these are asked before a script has run (page-files.ts). */
export const readsAddress = (asked: readonly Asked[]): string =>
  `/v1/session/reads?${new URLSearchParams({ calls: JSON.stringify(asked.map(readOf)) })}`;

const textsOf = (query: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, String(value)]),
  );
