/** A fixed window of calls, as an account's rate limit. */
export interface RateLimit {
  calls: number;
  windowMs: number;
}

/** Counts a call. Returns how many milliseconds are left of the window, where it is one too many; else null. */
export function rateWindow(limit: RateLimit | undefined): () => number | null {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  return () => {
    if (!limit) return null;
    const now = performance.now();
    if (now - since >= limit.windowMs) [since, count] = [now, 0];
    count += 1;
    return count > limit.calls ? limit.windowMs - (now - since) : null;
  };
}
