import { Herald } from "../../../server/src/herald.ts";
import { serve } from "../child.ts";
import { type ContestantCalls, peakRss } from "../contestant.ts";
import { outboxEmpty } from "../herald.ts";
import type { DeliverySettings } from "./settings.ts";

/** Its events are stored by another process (`store.ts`), so that its memory is that of delivering alone. */
export type HeraldCalls = Omit<ContestantCalls, "store">;

/**
 * Herald as `herald start` runs it, without the API and without counting for analytics, which has a benchmark of its own and would count here what
 * was stored before: it starts, finds the backlog, and works it off. Every delivery is claimed, signed, sent, logged with request and answer, and settled.
 */
serve<DeliverySettings, HeraldCalls>(async ({ config }) => {
  let herald = await Herald.open(config);
  let startedAt = 0;
  return {
    calls: {
      async start() {
        startedAt = performance.now();
        await herald.start({ api: false, work: true, analytics: false });
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
