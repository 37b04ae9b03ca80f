import type { HeraldConfig } from "../../../server/src/config.ts";
import { Herald } from "../../../server/src/herald.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";

export type ServerCalls = { url(): string; peakRss(): number };

/** Herald's API alone, as `herald start` has it beside workers in other processes. */
serve<HeraldConfig, ServerCalls>(async (config) => {
  const herald = await Herald.open(config);
  await herald.start({ api: true, work: false });
  return { calls: { url: () => herald.url!, peakRss }, close: () => herald.stop() };
});
