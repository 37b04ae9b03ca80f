import { useLocation, useRouter } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

type Value = string | number | boolean | readonly string[];
type Widened<T> = {
  [K in keyof T]: T[K] extends readonly string[]
    ? readonly string[]
    : T[K] extends string
      ? string
      : T[K] extends number
        ? number
        : T[K] extends boolean
          ? boolean
          : T[K];
};

/**
 * State that lives in the address: filters, sorting, the chosen tab. A link to it shows the same, Back undoes it. Defaults
 * say the types, and aren't written into the address; they must be stable (outside of the component).
 *
 *     const defaults = { q: "", status: [] as string[], sort: "createdAt", descending: true };
 *     const [filters, setFilters] = useUrlState(defaults);
 *     setFilters({ q: "ada" });                 // others stay
 *     setFilters({ q: "ad" }, { replace: true }); // while typing: no step for Back
 */
export function useUrlState<const T extends Record<string, Value>>(
  defaults: T,
): [state: Widened<T>, set: (change: Partial<Widened<T>>, options?: { replace?: boolean }) => void] {
  const router = useRouter();
  const { search } = useLocation();
  const state = useMemo(() => read(defaults, search as Record<string, unknown>), [defaults, search]);
  const set = useCallback(
    (change: Partial<Widened<T>>, { replace = false } = {}) => {
      const before = router.state.location.search as Record<string, unknown>;
      const next: Record<string, unknown> = { ...before };
      for (const [name, value] of Object.entries(change) as [keyof T & string, Value][]) {
        next[name] = write(value) === write(defaults[name] as Value) ? undefined : write(value);
      }
      void router.navigate({ to: ".", search: next as never, replace, resetScroll: false });
    },
    [router, defaults],
  );
  return [state, set];
}

/** The same for a page's `early`, which is called before anything is rendered. */
export const urlState = <const T extends Record<string, Value>>(defaults: T): Widened<T> =>
  read(defaults, Object.fromEntries(new URLSearchParams(location.search)));

const write = (value: Value): string => (Array.isArray(value) ? value.join(",") : String(value));

function read<T extends Record<string, Value>>(defaults: T, search: Record<string, unknown>): Widened<T> {
  const state: Record<string, Value> = {};
  for (const [name, value] of Object.entries(defaults)) {
    const given = search[name];
    state[name] = typeof given === "string" ? parse(given, value) : value;
  }
  return state as Widened<T>;
}

/** What an address says that can't be so is as if it wasn't there. */
function parse(text: string, example: Value): Value {
  if (Array.isArray(example)) return text === "" ? [] : text.split(",");
  if (typeof example === "number") return Number.isFinite(Number(text)) && text !== "" ? Number(text) : example;
  if (typeof example === "boolean") return text === "true" ? true : text === "false" ? false : example;
  return text;
}
