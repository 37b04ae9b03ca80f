/** Pages of a list after which it is looked at less often: each look asks for all of them, one after the other. */
const longList = 3;
const longListMs = 15_000;

interface Looked {
  state: { data: unknown; dataUpdatedAt: number; fetchStatus: string };
}

/**
 * Whether an outdated query is asked for again now. What is being fetched is left in peace, or while events come a long list
 * would never be there; and a long list isn't fetched again and again.
 */
export function mayLookAgain({ state: { data, dataUpdatedAt, fetchStatus } }: Looked, now: number): boolean {
  if (fetchStatus !== "idle") return false;
  const pages = (data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0;
  return pages <= longList || now - dataUpdatedAt >= longListMs;
}
