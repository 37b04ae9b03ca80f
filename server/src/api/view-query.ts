import { leadSorts } from "../db/lead-list.ts";
import type { ViewKind } from "../db/saved-view.ts";
import { channels, leadStatuses } from "../domain/event.ts";
import { leadLimits } from "../domain/lead.ts";

/** What the page of a list may have in its address: each parameter with what is wrong about a value; null: nothing. */
type Parameters = Readonly<Record<string, (value: string) => string | null>>;

const oneOf = (values: readonly string[]) => (value: string) =>
  values.includes(value) ? null : `must be one of ${values.join(", ")}`;
const text = (most: number) => (value: string) =>
  value.length > most || /\p{Cc}/u.test(value) ? `must be one line of at most ${most} characters` : null;

const known: Readonly<Record<ViewKind, Parameters>> = {
  leads: {
    search: text(200),
    status: oneOf(leadStatuses),
    tag: text(leadLimits.tag),
    reachableBy: oneOf(channels),
    sort: oneOf(Object.keys(leadSorts)),
    descending: oneOf(["true", "false"]),
  },
};

/** The query string with its parameters in one order and without empty ones; or why it can't be a view's. Pure. */
export function canonicalView(
  kind: ViewKind,
  query: string,
): { ok: true; query: string } | { ok: false; reason: string } {
  const given = new URLSearchParams(query);
  const names = known[kind];
  for (const name of new Set(given.keys())) {
    const check = Object.hasOwn(names, name) ? names[name] : undefined;
    if (!check) return { ok: false, reason: `A view of ${kind} has no ${JSON.stringify(name)}.` };
    if (given.getAll(name).length > 1) return { ok: false, reason: `${name} stands there more than once.` };
    const value = given.get(name)!.trim();
    const problem = value === "" ? null : check(value);
    if (problem) return { ok: false, reason: `${name} ${problem}.` };
  }
  const kept = Object.keys(names).flatMap((name) => {
    const value = given.get(name)?.trim();
    return value ? [[name, value]] : [];
  });
  return { ok: true, query: new URLSearchParams(kept).toString() };
}
