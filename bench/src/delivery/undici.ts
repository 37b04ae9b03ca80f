import { newEventId } from "../../../server/src/domain/id.ts";
import { serve } from "../child.ts";
import { type ContestantCalls, peakRss } from "../contestant.ts";
import { sampleEventData } from "../sample.ts";
import { signedRequest, startPoster } from "./post.ts";
import { connections, type DeliverySettings } from "./settings.ts";

/**
 * The baseline: nothing but undici's documented way to POST, as fast as it goes over the same number of connections. One
 * request, signed beforehand, again and again; no queue, no database, no log.
 */
serve<DeliverySettings, ContestantCalls>(async ({ targets, secret }) => {
  const poster = startPoster();
  const url = new URL(targets[0]!.url);
  let left = 0;
  let startedAt = 0;
  let running: Promise<unknown> = Promise.resolve();

  async function lane(headers: Record<string, string>, body: string): Promise<void> {
    while (left-- > 0) await poster.post(url, headers, body);
  }

  return {
    calls: {
      async store(count) {
        left = count;
        return { ids: [], seconds: 0 };
      },
      async start() {
        const event = {
          eventId: newEventId(Date.now()),
          workspaceId: targets[0]!.workspaceId,
          data: sampleEventData(),
        };
        const { headers, body } = signedRequest(event, secret);
        startedAt = performance.now();
        running = Promise.all(Array.from({ length: connections }, () => lane(headers, body)));
        running.catch(() => {});
      },
      async finished() {
        await running;
        return (performance.now() - startedAt) / 1000;
      },
      halt: async () => {},
      peakRss,
    },
    close: () => poster.close(),
  };
});
