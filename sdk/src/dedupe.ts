/**
 * Remembers which events were handled. Herald delivers each at least once, under one ID: a handler whose answer was lost gets
 * it again. A store of one's own (Redis `SET key NX EX`, an SQL table with a unique key) has these two methods.
 */
export interface DedupeStore {
  /** True: nobody has claimed this ID; it is claimed now. False: it is being handled, or was. */
  claim(id: string): boolean | Promise<boolean>;
  /** The handler failed: the ID may be claimed again. */
  release(id: string): void | Promise<void>;
}

export interface MemoryDedupeOptions {
  /** IDs at most; the oldest go first. Default 100,000, some 10 MB. */
  most?: number;
  /** How long an ID is remembered. Default 4 days: Herald's retries end after three. */
  seconds?: number;
}

/** For one process. It forgets with a restart: what must never be done twice needs a store that lasts. */
export function memoryDedupe({ most = 100_000, seconds = 4 * 86_400 }: MemoryDedupeOptions = {}): DedupeStore {
  const seen = new Map<string, number>();
  return {
    claim(id) {
      const now = Date.now();
      const until = seen.get(id);
      if (until !== undefined && until > now) return false;
      // Set anew, so that it is the youngest.
      seen.delete(id);
      seen.set(id, now + seconds * 1000);
      if (seen.size > most) seen.delete(seen.keys().next().value as string);
      return true;
    },
    release(id) {
      seen.delete(id);
    },
  };
}
