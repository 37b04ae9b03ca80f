import { recordEvents } from "../../../server/src/db/event.ts";
import { Database } from "../../../server/src/db/pool.ts";
import { eventIdTime } from "../../../server/src/domain/id.ts";
import { serve } from "../child.ts";
import type { ContestantCalls } from "../contestant.ts";
import { jobChunks } from "./jobs.ts";
import type { DeliverySettings } from "./settings.ts";

export type StoreCalls = Pick<ContestantCalls, "store">;

/** Stores what a Herald delivers then. It is no Herald itself: beside another process one leases less at once. */
serve<DeliverySettings, StoreCalls>(async ({ database, targets, fanout = 1, leads = 0 }) => {
  // One of each workspace.
  const workspaces = targets.filter((_, i) => i % fanout === 0);
  const db = new Database(database);
  return {
    calls: {
      async store(count) {
        const ids: string[] = [];
        let seconds = 0;
        for (const jobs of jobChunks(workspaces, Math.ceil(count / fanout))) {
          const facts = jobs.map(({ eventId, workspaceId, data }, n) => ({
            ...{ workspaceId, id: eventId, at: eventIdTime(eventId) ?? 0, type: "message.sent" },
            ...{
              leadId: leads > 0 ? `lead_${(ids.length + n) % leads}` : null,
              campaignId: null,
              channel: "sms",
              formats: 7,
              data,
            },
          }));
          const begin = performance.now();
          await recordEvents(db, facts);
          seconds += (performance.now() - begin) / 1000;
          ids.push(...facts.map(({ id }) => id));
        }
        return { ids, seconds };
      },
    },
    close: () => db.close(),
  };
});
