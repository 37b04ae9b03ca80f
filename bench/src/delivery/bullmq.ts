import { Queue, Worker } from "bullmq";
import { serve } from "../child.ts";
import { type ContestantCalls, peakRss } from "../contestant.ts";
import { until } from "../until.ts";
import { jobChunks } from "./jobs.ts";
import { type DeliveryJob, startDeliverer } from "./post.ts";
import { connections, type DeliverySettings } from "./settings.ts";

/**
 * BullMQ on a Redis without persistence: what it has taken is gone with the machine, which nothing else here allows
 * itself. It makes the same signed POST, and keeps nothing of a finished job.
 */
serve<DeliverySettings & { redisSocket: string }, ContestantCalls>(async ({ redisSocket, targets, secret }) => {
  const deliverer = startDeliverer(secret);
  const connection = { path: redisSocket, maxRetriesPerRequest: null };
  const queue = new Queue<DeliveryJob>("deliver", { connection, defaultJobOptions: { removeOnComplete: true } });
  await queue.waitUntilReady();
  let worker: Worker<DeliveryJob> | null = null;
  let startedAt = 0;
  return {
    calls: {
      async store(count) {
        const ids: string[] = [];
        let seconds = 0;
        for (const jobs of jobChunks(targets, count)) {
          const begin = performance.now();
          await queue.addBulk(jobs.map((data) => ({ name: "deliver", data })));
          seconds += (performance.now() - begin) / 1000;
          ids.push(...jobs.map(({ eventId }) => eventId));
        }
        return { ids, seconds };
      },
      async start() {
        startedAt = performance.now();
        worker = new Worker<DeliveryJob>("deliver", ({ data }) => deliverer.deliver(data), {
          connection,
          concurrency: connections,
        });
        worker.on("error", () => {});
      },
      async finished() {
        await until(async () => {
          const { active = 0, waiting = 0 } = await queue.getJobCounts("active", "waiting");
          return active + waiting === 0;
        });
        return (performance.now() - startedAt) / 1000;
      },
      async halt() {
        await worker?.close();
        worker = null;
      },
      peakRss,
    },
    async close() {
      await worker?.close();
      await queue.close();
      await deliverer.close();
    },
  };
});
