import type { TouchedLane } from "../db/event.ts";
import { failingDestinations } from "../db/failing.ts";
import { type Database, isRetryable } from "../db/pool.ts";
import { disableDestination } from "./disable.ts";

/** Days of nothing but failures after which a destination is disabled. */
export const failingDays = 5;

/**
 * Disables destinations that have failed for days, once over all processes. Returns how many, and the lanes that have
 * the events about it.
 */
export async function disableFailing(db: Database): Promise<{ disabled: number; lanes: TouchedLane[] }> {
  const lanes: TouchedLane[] = [];
  let disabled = 0;
  for (const { workspaceId, id, failingSince } of await failingDestinations(db, failingDays)) {
    const since = failingSince.toISOString();
    const reason = `Every attempt since ${since} failed, for ${failingDays} days and more. Look at what its deliveries say, mend the receiver, and enable the destination: it can then be sent what it missed.`;
    try {
      const done = await db.transaction((tx) =>
        disableDestination(tx, workspaceId, id, { by: "system", reason, failingSince }),
      );
      if (!done?.changed) continue;
      disabled += 1;
      lanes.push(...done.lanes);
    } catch (error) {
      // Two that are disabled at the same moment may wait for each other; the next look takes the one that gave way.
      if (!isRetryable(error)) throw error;
    }
  }
  return { disabled, lanes };
}
