import { setTimeout as delay } from "node:timers/promises";
import type { HeraldEvent } from "../../domain/event.ts";
import { type ApiClient, ApiRefusal } from "../api-client.ts";
import { Failure } from "../failure.ts";

interface EventPage {
  data: HeraldEvent[];
  nextCursor: string | null;
}

/** Seconds that a call waits for events to come; the API's most is 25. */
const waitSeconds = 20;

/** The ID of the newest event, to begin behind it; where there is none yet, the beginning of time. */
export async function newestPosition(api: ApiClient): Promise<string> {
  const { data } = await api.get<EventPage>("/v1/events?limit=1");
  return data[0]?.eventId ?? new Date(0).toISOString();
}

/**
 * Events after `position` (an event's ID, or a time), in order, as they happen, until `signal` aborts. While the Herald
 * can't be reached it goes on trying: `onTrouble` is told when that begins (with the reason) and when it ends (null).
 * @throws ApiRefusal, Failure where trying again can't help: a bad key, a bad position
 */
export async function* follow(
  api: ApiClient,
  position: string,
  onTrouble: (reason: string | null) => void,
  signal: AbortSignal,
): AsyncGenerator<HeraldEvent> {
  let after = position;
  let failures = 0;
  while (!signal.aborted) {
    let page: EventPage;
    try {
      const query = new URLSearchParams({ after, wait: String(waitSeconds), limit: "100" });
      // A connection that died without a word would wait for ever.
      const patience = AbortSignal.any([signal, AbortSignal.timeout((waitSeconds + 20) * 1_000)]);
      page = await api.get<EventPage>(`/v1/events?${query}`, patience);
    } catch (error) {
      if (signal.aborted) return;
      if (!isPassing(error)) throw error;
      if (failures === 0) onTrouble((error as Error).message);
      failures += 1;
      await delay(Math.min(10_000, 250 * 2 ** failures), undefined, { signal }).catch(() => {});
      continue;
    }
    if (failures > 0) onTrouble(null);
    failures = 0;
    yield* page.data;
    after = page.nextCursor ?? after;
  }
}

/** Herald is away, restarting, or too busy: the same call may pass later. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiRefusal) return error.status === 429 || error.status >= 500;
  return error instanceof Failure || (error as Error).name === "TimeoutError";
}
