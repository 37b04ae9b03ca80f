import { Logger, makeWorkerUtils, type Runner, run } from "graphile-worker";
import { serve } from "../child.ts";
import { type ContestantCalls, peakRss } from "../contestant.ts";
import { until } from "../until.ts";
import { jobChunks } from "./jobs.ts";
import { type DeliveryJob, startDeliverer } from "./post.ts";
import { connections, type DeliverySettings } from "./settings.ts";

/**
 * graphile-worker on the same PostgreSQL, set as https://worker.graphile.org/docs/performance sets it for its own record
 * (local queue of 500, batched completion without delay), with as many jobs at once as there are connections. It makes
 * the same signed POST, and keeps no log of it.
 */
serve<DeliverySettings, ContestantCalls>(async ({ connectionString, targets, secret }) => {
  const deliverer = startDeliverer(secret);
  const preset = {
    worker: {
      connectionString,
      schema: "graphile_worker",
      concurrentJobs: connections,
      maxPoolSize: 25,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
      logger: new Logger(() => () => {}),
    },
  };
  const utils = await makeWorkerUtils({ preset });
  await utils.migrate();
  let runner: Runner | null = null;
  let startedAt = 0;
  return {
    calls: {
      async store(count) {
        const ids: string[] = [];
        let seconds = 0;
        for (const jobs of jobChunks(targets, count)) {
          const begin = performance.now();
          await utils.addJobs(jobs.map((payload) => ({ identifier: "deliver", payload })));
          seconds += (performance.now() - begin) / 1000;
          ids.push(...jobs.map(({ eventId }) => eventId));
        }
        return { ids, seconds };
      },
      async start() {
        startedAt = performance.now();
        runner = await run({ preset, taskList: { deliver: (payload) => deliverer.deliver(payload as DeliveryJob) } });
      },
      async finished() {
        const sql = "select exists (select 1 from graphile_worker._private_jobs) as busy";
        await until(() =>
          utils.withPgClient(async (client) => !(await client.query<{ busy: boolean }>(sql)).rows[0]!.busy),
        );
        return (performance.now() - startedAt) / 1000;
      },
      async halt() {
        await runner?.stop();
        runner = null;
      },
      peakRss,
    },
    async close() {
      await runner?.stop();
      await utils.release();
      await deliverer.close();
    },
  };
});
