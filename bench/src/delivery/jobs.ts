import { newEventId } from "../../../server/src/domain/id.ts";
import { sampleEventData } from "../sample.ts";
import type { DeliveryJob } from "./post.ts";
import type { Target } from "./settings.ts";

/** As many as are stored by one call of a queue. */
export const chunk = 1_000;

/** Jobs over all targets in turn, in chunks. */
export function* jobChunks(targets: readonly Target[], count: number): Generator<DeliveryJob[]> {
  for (let done = 0; done < count; done += chunk) {
    yield Array.from({ length: Math.min(chunk, count - done) }, (_, i) => {
      const { workspaceId, url } = targets[(done + i) % targets.length]!;
      return { eventId: newEventId(Date.now()), workspaceId, url, data: sampleEventData() };
    });
  }
}
