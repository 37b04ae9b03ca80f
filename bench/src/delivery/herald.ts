import { recordEvents } from "../../../server/src/db/event.ts";
import { eventIdTime } from "../../../server/src/domain/id.ts";
import { Herald } from "../../../server/src/herald.ts";
import { serve } from "../child.ts";
import { type ContestantCalls, peakRss } from "../contestant.ts";
import { outboxEmpty } from "../herald.ts";
import { jobChunks } from "./jobs.ts";
import type { DeliverySettings } from "./settings.ts";

/**
 * Herald as `herald start` runs it, without the API: it starts, finds the backlog, and works it off. Every delivery is
 * claimed, signed, sent, logged with request and answer, and settled.
 */
serve<DeliverySettings, ContestantCalls>(async ({ config, targets, fanout = 1, leads = 0 }) => {
  // One of each workspace.
  const workspaces = targets.filter((_, i) => i % fanout === 0);
  let herald = await Herald.open(config);
  let startedAt = 0;
  return {
    calls: {
      async store(count) {
        const { db } = herald.context;
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
      async start() {
        startedAt = performance.now();
        await herald.start({ api: false, work: true });
      },
      async finished() {
        await outboxEmpty(herald);
        return (performance.now() - startedAt) / 1000;
      },
      async halt() {
        await herald.stop();
        herald = await Herald.open(config);
      },
      peakRss,
    },
    close: () => herald.stop(),
  };
});
