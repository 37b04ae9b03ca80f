/**
 * Remembers which events were handled. Herald delivers each at least once, under one ID: a handler whose answer was lost or too
 * late gets it again, perhaps while it is still at it. In Redis:
 *
 *     claim: async (id) =>
 *       (await redis.set(`herald:${id}`, "busy", { NX: true, EX: 300 })) !== null ||
 *       ((await redis.get(`herald:${id}`)) === "done" ? false : "busy"),
 *     done: (id) => redis.set(`herald:${id}`, "done", { EX: 345_600 }),
 *     release: (id) => redis.del(`herald:${id}`),
 *
 * In SQL a table with a unique key does the same; best is a row that is inserted in the transaction of the work itself.
 */
export interface DedupeStore {
  /**
   * True: nobody has claimed this ID; it is claimed now. "busy": somebody is handling it, and Herald is to ask again. False: it was
   * handled. A claim should end by itself after some minutes unless it was done: its process may have died.
   */
  claim(id: string): boolean | "busy" | Promise<boolean | "busy">;
  /** The handler failed: the ID may be claimed again. */
  release(id: string): unknown;
  /** The handler has succeeded. A store without this takes each claim for done, and loses an event whose handler dies. */
  done?(id: string): unknown;
}

export interface MemoryDedupeOptions {
  /** IDs at most; the oldest go first. Default 100,000, some 10 MB. */
  most?: number;
  /** How long an ID is remembered that was handled. Default 4 days: Herald's retries end after three. */
  seconds?: number;
  /** How long a handler may take; after that its event may be handled again. Default 300. */
  busySeconds?: number;
}

/** For one process. It forgets with a restart: what must never be done twice needs a store that lasts. */
export function memoryDedupe({
  most = 100_000,
  seconds = 4 * 86_400,
  busySeconds = 300,
}: MemoryDedupeOptions = {}): Required<DedupeStore> & { claim(id: string): boolean | "busy" } {
  const seen = new Map<string, { until: number; done: boolean }>();
  const set = (id: string, done: boolean, forSeconds: number) => {
    // Set anew, so that it is the youngest.
    seen.delete(id);
    seen.set(id, { until: Date.now() + forSeconds * 1000, done });
    if (seen.size > most) seen.delete(seen.keys().next().value as string);
  };
  return {
    claim(id) {
      const known = seen.get(id);
      if (known && known.until > Date.now()) return known.done ? false : "busy";
      set(id, false, busySeconds);
      return true;
    },
    release: (id) => seen.delete(id),
    done: (id) => set(id, true, seconds),
  };
}
