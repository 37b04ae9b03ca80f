import type { QueryClient } from "@tanstack/react-query";
import { apiQuery } from "../../api/query.ts";
import { sessionQuery } from "../../api/session.ts";
import { askTogether } from "../../api/together.ts";
import { now } from "../../text/clock.ts";
import { dayBegins, dayOf } from "../../text/days.ts";
import { formatNumber, formatPercent } from "../../text/format.ts";
import { attentionCalls, startCalls } from "./first-calls.ts";
import { startEnded } from "./start-store.ts";

/** What the page asks: here, so that it is asked before the page is rendered, too. */

/** Whether what the first steps depend on is known. */
export const isAnswered = (queries: QueryClient): boolean =>
  Object.values(startCalls).every(({ queryKey }) => queries.getQueryData(queryKey) !== undefined);

/** Days that may be chosen; the address has them. */
export const ranges = [7, 30, 90];
export const defaults = { days: 30 };

export const rangeOf = (given: number): number => (ranges.includes(given) ? given : defaults.days);

/** Whole days by the workspace's clock, today among them: ISO 8601, the same for a day. */
export const fromOf = (days: number, timeZone: string): string =>
  dayBegins(dayOf(now(), timeZone, 1 - days), timeZone).toISOString();

/** Asks all that the page will ask first, while its frame is still being rendered. */
export function askEarly(queries: QueryClient): void {
  const workspace = queries.getQueryData(sessionQuery.queryKey)?.workspace;
  if (!workspace) return;
  const calls = { ...attentionCalls, ...(startEnded(workspace.id) ? {} : startCalls) };
  askTogether(queries, Object.values(calls));
  // Behind them: where the browser knows zones by its formatters alone, the first use of one takes a slow processor a tenth of a second.
  const days = rangeOf(Number(new URLSearchParams(location.search).get("days")));
  const query = { from: fromOf(days, workspace.timeZone), compare: "previous" as const };
  void queries.prefetchQuery(apiQuery("GET /v1/analytics/overview", { query }));
  // So do the first large number and the first share, of which a new workspace has none.
  if (!startEnded(workspace.id)) return;
  formatNumber(1_000);
  formatPercent(0);
}
