import type { HeraldConfig } from "../../../server/src/config.ts";
import { Herald } from "../../../server/src/herald.ts";
import { renderMetrics } from "../../../server/src/metrics.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";

/** One of several processes that share a database: what `herald worker` runs. */
export type WorkerCalls = {
  start(): Promise<void>;
  /** Deliveries that this process has attempted so far. */
  attempted(): Promise<number>;
  peakRss(): number;
};

serve<HeraldConfig, WorkerCalls>(async (config) => {
  const herald = await Herald.open(config);
  return {
    calls: {
      start: () => herald.start({ api: false, work: true }),
      async attempted() {
        const { text } = await renderMetrics(herald.context.db);
        return Number(/^herald_attempts_total\{kind="delivery",outcome="succeeded"\} (\d+)$/m.exec(text)?.[1] ?? 0);
      },
      peakRss,
    },
    close: () => herald.stop(),
  };
});
