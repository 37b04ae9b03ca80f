import { simulate } from "../../../server/src/campaigns/simulation.ts";
import { loadSimulation } from "../../../server/src/campaigns/simulation-input.ts";
import type { Findings } from "../../../server/src/campaigns/simulation-report.ts";
import { Database, type DatabaseConfig } from "../../../server/src/db/pool.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";

/** One message a place in each list; leads, steps and senders as they are. */
export interface Simulated {
  seconds: number;
  loadSeconds: number;
  totals: Findings["totals"];
  ends: boolean;
  leadIds: string[];
  positions: Uint16Array;
  times: Float64Array;
}

export type SimulateCalls = {
  run(job: { workspaceId: string; campaignId: string; startsAt: number }): Promise<Simulated>;
  peakRss(): number;
};

/** The simulation as the API does it, in a process of its own: read from the database, and run in memory. */
serve<DatabaseConfig, SimulateCalls>(async (config) => {
  const db = new Database(config);
  return {
    calls: {
      async run({ workspaceId, campaignId, startsAt }) {
        const startedAt = performance.now();
        const input = await loadSimulation(db, workspaceId, campaignId, { startsAt });
        const loadedAt = performance.now();
        const { totals, endsAt, messages } = simulate(input);
        const endedAt = performance.now();
        const numbers = Array.from({ length: messages.count }, (_, n) => n);
        return {
          seconds: (endedAt - startedAt) / 1000,
          loadSeconds: (loadedAt - startedAt) / 1000,
          totals,
          ends: endsAt !== null,
          leadIds: numbers.map((n) => messages.leadId(n)),
          positions: Uint16Array.from(numbers, (n) => messages.position(n)),
          times: Float64Array.from(numbers, (n) => messages.at(n)),
        };
      },
      peakRss,
    },
    close: () => db.close(),
  };
});
