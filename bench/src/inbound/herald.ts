import type { HeraldConfig } from "../../../server/src/config.ts";
import { Herald } from "../../../server/src/herald.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";
import { outboxEmpty } from "../herald.ts";
import { until } from "../until.ts";

export type InboundCalls = {
  url(): string;
  /** Resolves when all that came in is processed, and all that came of it delivered. */
  done(): Promise<void>;
  peakRss(): number;
};

/** Herald as `herald start` has it: it takes in, processes and delivers in one process. */
serve<HeraldConfig, InboundCalls>(async (config) => {
  const herald = await Herald.open(config);
  await herald.start({ api: true, work: true });
  const waiting = "select exists (select 1 from received where status = 'waiting') as busy";
  return {
    calls: {
      url: () => herald.url!,
      async done() {
        await until(async () => !(await herald.context.db.query<{ busy: boolean }>(waiting)).rows[0]!.busy);
        await outboxEmpty(herald);
      },
      peakRss,
    },
    close: () => herald.stop(),
  };
});
