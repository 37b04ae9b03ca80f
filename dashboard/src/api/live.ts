import { sessionHeaders } from "./client.ts";
import { eventFrames } from "./event-frames.ts";

/**
 * What happens in the workspace, as it happens: one connection to the event stream for all parts of a tab. It is closed
 * while the tab is hidden, since a browser has six connections to a server for all of its tabs; a tab that is shown again
 * asks for what it shows.
 *
 * Where the stream can't be had (a proxy that keeps frames back, a limit), `state` is `polling`, and queries that are shown are
 * asked again every 15 seconds.
 */

/** An event of the log, in the herald format. */
export interface LiveEvent {
  eventId: string;
  eventType: string;
  timestamp: string;
  // biome-ignore lint/suspicious/noExplicitAny: its type follows from eventType; see sdk/src/events.ts.
  data: any;
}

export type LiveState = "connecting" | "live" | "polling";

const reconnectMs = { first: 1_000, most: 30_000 };
/** A comment comes every 15 seconds. */
const silentMs = 45_000;

export class LiveEvents {
  private readonly listeners = new Set<(event: LiveEvent) => void>();
  private readonly watchers = new Set<() => void>();
  private connection: AbortController | null = null;
  private current: LiveState = "connecting";

  get state(): LiveState {
    return this.current;
  }

  /** Called for each event, until the function that it gives is called. */
  listen(listener: (event: LiveEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Called when `state` changes: for useSyncExternalStore. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  };

  /** Connects while the tab is shown, until the function that it gives is called. `onReturn`: something may have been missed. */
  start(onReturn: () => void): () => void {
    const look = () => {
      if (document.visibilityState === "hidden") return this.disconnect();
      if (this.connection !== null) return;
      onReturn();
      this.connect();
    };
    document.addEventListener("visibilitychange", look);
    if (document.visibilityState !== "hidden") this.connect();
    return () => {
      document.removeEventListener("visibilitychange", look);
      this.disconnect();
    };
  }

  private disconnect(): void {
    this.connection?.abort();
    this.connection = null;
  }

  private connect(): void {
    const connection = new AbortController();
    this.connection = connection;
    void this.run(connection.signal);
  }

  private async run(signal: AbortSignal): Promise<void> {
    let lastId: string | null = null;
    for (let waitMs = reconnectMs.first; !signal.aborted; waitMs = Math.min(waitMs * 2, reconnectMs.most)) {
      try {
        for await (const frame of await this.open(lastId, signal)) {
          this.become("live");
          waitMs = reconnectMs.first;
          lastId = frame.id ?? lastId;
          if (frame.data !== null) this.tell(JSON.parse(frame.data) as LiveEvent);
        }
      } catch {
        // Whatever it was: the queries that are shown say what is wrong with the server.
      }
      if (signal.aborted) return;
      this.become("polling");
      await new Promise((resolve) => setTimeout(resolve, waitMs * (0.75 + Math.random() / 2)));
    }
  }

  private async open(lastId: string | null, signal: AbortSignal) {
    const silence = new AbortController();
    const headers: Record<string, string> = { ...sessionHeaders(), accept: "text/event-stream" };
    if (lastId !== null) headers["last-event-id"] = lastId;
    let timer = setTimeout(() => silence.abort(), silentMs);
    const response = await fetch("/v1/events/stream", { headers, signal: AbortSignal.any([signal, silence.signal]) });
    if (!response.ok || response.body === null) {
      clearTimeout(timer);
      throw new Error(`The stream answered ${response.status}.`);
    }
    const frames = eventFrames(response.body);
    return (async function* () {
      try {
        for await (const frame of frames) {
          clearTimeout(timer);
          timer = setTimeout(() => silence.abort(), silentMs);
          yield frame;
        }
      } finally {
        clearTimeout(timer);
      }
    })();
  }

  private tell(event: LiveEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private become(state: LiveState): void {
    if (state === this.current) return;
    this.current = state;
    for (const watcher of this.watchers) watcher();
  }
}

/** The tab's. */
export const liveEvents = new LiveEvents();
