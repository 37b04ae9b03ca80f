import { setTimeout as delay } from "node:timers/promises";
import type { HeraldEvent } from "../../domain/event.ts";
import { type ApiClient, ApiRefusal } from "../api-client.ts";
import { Failure } from "../failure.ts";
import { framesOf } from "./server-sent-events.ts";

/** The ID of the newest event, to begin behind it; where there is none yet, the beginning of time. */
export async function newestPosition(api: ApiClient): Promise<string> {
  const { data } = await api.get<{ data: HeraldEvent[] }>("/v1/events?limit=1");
  return data[0]?.eventId ?? new Date(0).toISOString();
}

export interface FollowOptions {
  /** Only events of these types. Default: all. */
  types?: readonly string[] | undefined;
  /** Told when Herald can't be reached (with the reason), and when that is over (null). */
  onTrouble: (reason: string | null) => void;
  signal: AbortSignal;
  /** Milliseconds without a byte after which a connection counts as dead. Default 45,000: Herald says something every 15 s. */
  patienceMs?: number;
}

/**
 * Events after `position` (an event's ID, or a time), in order, as they happen, until `signal` aborts: over the event
 * stream, which is opened again behind the last event whenever it ends. While the Herald can't be reached it goes on trying.
 * @throws ApiRefusal, Failure where trying again can't help: a bad key, a bad position
 */
export async function* follow(
  api: ApiClient,
  position: string,
  { types, onTrouble, signal, patienceMs = 45_000 }: FollowOptions,
): AsyncGenerator<HeraldEvent> {
  const path = `/v1/events/stream${types ? `?${new URLSearchParams({ types: types.join(",") })}` : ""}`;
  let after = position;
  /** Connections in a row that brought nothing. */
  let failures = 0;
  while (!signal.aborted) {
    const patience = new Patience(patienceMs);
    const ended = AbortSignal.any([signal, patience.signal]);
    let heard = false;
    try {
      patience.begin();
      const bytes = await api.stream(path, { "last-event-id": after }, ended);
      for await (const frame of framesOf(patience.watch(bytes))) {
        if (failures > 0) onTrouble(null);
        failures = 0;
        heard = true;
        if (frame.data !== null) yield JSON.parse(frame.data) as HeraldEvent;
        // Behind the yield: it is dealt with.
        after = frame.id ?? after;
      }
    } catch (error) {
      if (signal.aborted) return;
      // A stream that breaks is no trouble yet: Herald may restart, or have cut off a handler that took its time.
      if (!heard) {
        if (!isPassing(error)) throw error;
        if (failures === 0) onTrouble((error as Error).message);
        failures += 1;
      }
    } finally {
      patience.end();
    }
    await delay(Math.min(10_000, 250 * 2 ** failures), undefined, { signal }).catch(() => {});
  }
}

/** Gives a connection up that says nothing for too long: one that died without a word would be waited for for ever. */
class Patience {
  private readonly controller = new AbortController();
  private readonly ms: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.ms = ms;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  begin(): void {
    clearTimeout(this.timer);
    const reason = new DOMException(`Herald said nothing for ${this.ms / 1_000} seconds.`, "TimeoutError");
    this.timer = setTimeout(() => this.controller.abort(reason), this.ms);
  }

  end(): void {
    clearTimeout(this.timer);
  }

  /** Time counts while bytes are waited for, not while somebody works on what came. */
  async *watch(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.end();
      yield chunk;
      this.begin();
    }
  }
}

/** Herald is away, restarting, or too busy: the same call may pass later. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiRefusal) return error.status === 429 || error.status >= 500;
  return error instanceof Failure || (error as Error).name === "TimeoutError";
}
