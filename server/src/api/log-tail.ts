import { setTimeout as pause } from "node:timers/promises";
import {
  type EventFilter,
  isBefore,
  type LoggedEvent,
  type LogPage,
  type LogPosition,
  logHorizon,
  matches,
  positionBehind,
  readLog,
  readLogs,
} from "../db/event-log.ts";
import type { Queryable } from "../db/pool.ts";
import { HeraldError } from "../domain/error.ts";

/**
 * The end of the event log, for everybody in this process who follows it: long polls and event streams. While somebody
 * waits, one loop looks at the log a few times a second for all of them, with two statements, however many they are
 * and of however many workspaces. What it finds stays in memory for a while (the window); who is further behind reads the
 * database page by page until it has caught up with the window. When a person is erased the window is emptied: the event that
 * says so comes to every process that keeps one. So nobody who reads slowly makes anything grow here:
 * it keeps its place, and no queue is kept for it.
 *
 * Not woken by notifications: those would have to be sent with each event, on the way that every message goes, whether
 * somebody listens or not.
 */
export interface LogTailOptions {
  db: Queryable;
  /** Milliseconds between two looks. Default 200. */
  everyMs?: number;
  /** Milliseconds after which an event stream that had nothing to say shows that it lives. Default 15,000. */
  heartbeatMs?: number;
  /** Milliseconds that a stream waits for a reader that takes nothing, before it cuts it off. Default 60,000. */
  stallMs?: number;
}

/** The last events of one workspace: everything behind `from` up to `to`. */
interface Window {
  from: LogPosition;
  to: LogPosition;
  events: LoggedEvent[];
  /** Characters in `events`. */
  size: number;
  waiting: Set<() => void>;
  /** Looks since somebody waited. */
  idle: number;
}

const maxEvents = 1_000;
const maxSize = 4 * 1024 * 1024;
/** Looks after which a window that nobody waits at is dropped. */
const maxIdle = 50;
const pageSize = 500;
/** Event streams of one workspace that a process keeps open: each is a connection, and a look at the key now and then. */
const maxStreams = 100;

export class LogTail {
  readonly heartbeatMs: number;
  readonly stallMs: number;
  private readonly db: Queryable;
  private readonly everyMs: number;
  private readonly streams = new Map<string, number>();
  private readonly windows = new Map<string, Window>();
  private readonly stopping = new AbortController();
  private looking: Promise<void> | null = null;
  private known: { horizon: number; readAt: number } = { horizon: 0, readAt: Number.NEGATIVE_INFINITY };
  private asking: Promise<number> | null = null;

  constructor({ db, everyMs = 200, heartbeatMs = 15_000, stallMs = 60_000 }: LogTailOptions) {
    this.db = db;
    this.everyMs = everyMs;
    this.heartbeatMs = heartbeatMs;
    this.stallMs = stallMs;
  }

  /** Counts a stream; call what it gives once, when the stream has ended. Throws rate_limited where there are too many. */
  enter(workspaceId: string): () => void {
    const open = this.streams.get(workspaceId) ?? 0;
    if (open >= maxStreams) {
      const remedy = "Close some, or let one receiver pass the events on.";
      throw new HeraldError("rate_limited", `This workspace has ${maxStreams} event streams open here. ${remedy}`);
    }
    this.streams.set(workspaceId, open + 1);
    return () => {
      const left = (this.streams.get(workspaceId) ?? 1) - 1;
      if (left === 0) this.streams.delete(workspaceId);
      else this.streams.set(workspaceId, left);
    };
  }

  /** Aborts when the process stops: whoever follows ends then. */
  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  /** Everybody who waits gets what there is. Idempotent. */
  stop(): void {
    this.stopping.abort();
    for (const window of this.windows.values()) wake(window);
  }

  /** The place at which the log ends now. */
  async end(): Promise<LogPosition> {
    return { at: (await this.horizon(0)) - 1, id: null };
  }

  /**
   * What is behind a place in the log and matches, oldest first. While there is nothing it waits, until something comes,
   * `waitMs` are over, `signal` aborts or the process stops; then `events` is empty. `position` says where to go on also then.
   */
  async read(
    workspaceId: string,
    after: LogPosition,
    filter: EventFilter,
    { limit, waitMs, signal }: { limit: number; waitMs: number; signal: AbortSignal },
  ): Promise<LogPage> {
    const until = performance.now() + waitMs;
    let position = after;
    // A look of its own only at first, and where it has fallen behind the window.
    for (let first = true; ; first = false) {
      const page =
        this.recent(workspaceId, position, filter, limit) ??
        (await readLog(this.db, workspaceId, position, await this.horizon(first ? 0 : this.everyMs), filter, limit));
      position = page.position;
      const left = until - performance.now();
      if (page.events.length > 0 || signal.aborted || this.stopped.aborted) return page;
      // Whoever may not wait still gets a place behind what doesn't match, and a chance to go on from it.
      if (left <= 0) return page;
      if (!page.more) await this.grown(workspaceId, position, left, signal);
    }
  }

  /** An empty page after `ms`, or when `signal` aborts or the process stops. */
  async nothing(position: LogPosition, ms: number, signal: AbortSignal): Promise<LogPage> {
    await pause(ms, undefined, { signal: AbortSignal.any([signal, this.stopped]) }).catch(() => {});
    return { events: [], position, more: false };
  }

  /** From the window; null where this place is not in it. */
  private recent(workspaceId: string, after: LogPosition, filter: EventFilter, limit: number): LogPage | null {
    const window = this.windows.get(workspaceId);
    if (!window || isBefore(after, window.from) || isBefore(window.to, after)) return null;
    const events: LoggedEvent[] = [];
    for (let i = firstBehind(window.events, after); i < window.events.length; i++) {
      const event = window.events[i]!;
      if (!matches(event, filter)) continue;
      events.push(event);
      if (events.length === limit) return { events, position: positionBehind(event.id), more: true };
    }
    return { events, position: window.to, more: false };
  }

  /** Resolves when the workspace's window has grown, or as `read` says. */
  private async grown(workspaceId: string, position: LogPosition, ms: number, signal: AbortSignal): Promise<void> {
    const window = this.windows.get(workspaceId) ?? emptyWindow(this.withinLog(position));
    this.windows.set(workspaceId, window);
    window.idle = 0;
    // It has grown since this reader asked the database.
    if (isBefore(position, window.to)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        window.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
      window.waiting.add(done);
      this.looking ??= this.loop().finally(() => {
        this.looking = null;
      });
    });
  }

  private async loop(): Promise<void> {
    while (this.windows.size > 0 && !this.stopped.aborted) {
      // While the database is away everybody goes on waiting.
      await this.look().catch(() => {});
      await pause(this.everyMs, undefined, { signal: this.stopped }).catch(() => {});
    }
  }

  /** A place behind the log's end (a clock or an ID that is wrong): the window, which is everybody's, begins at the end. */
  private withinLog(position: LogPosition): LogPosition {
    const end = { at: this.known.horizon - 1, id: null };
    return isBefore(end, position) ? end : position;
  }

  /** One look at the log for all who wait. Returns how many events were new. */
  async look(): Promise<number> {
    for (const [workspaceId, window] of this.windows) {
      if (window.waiting.size === 0 && ++window.idle > maxIdle) this.windows.delete(workspaceId);
    }
    if (this.windows.size === 0) return 0;
    const horizon = await this.horizon(0);
    let found = 0;
    let behind = [...this.windows.keys()];
    while (behind.length > 0) {
      const places = behind.map((workspaceId) => ({ workspaceId, after: this.windows.get(workspaceId)!.to }));
      const pages = await readLogs(this.db, places, horizon, pageSize);
      for (const [workspaceId, page] of pages) {
        const window = this.windows.get(workspaceId)!;
        append(window, page);
        found += page.events.length;
        if (page.events.length > 0) wake(window);
      }
      behind = behind.filter((workspaceId) => pages.get(workspaceId)!.more);
    }
    return found;
  }

  /** One that is up to `maxAgeMs` old will do: an old horizon is a safe one, only behind. Asked for once at a time. */
  private async horizon(maxAgeMs: number): Promise<number> {
    if (performance.now() - this.known.readAt <= maxAgeMs) return this.known.horizon;
    this.asking ??= this.askHorizon().finally(() => {
      this.asking = null;
    });
    return await this.asking;
  }

  private async askHorizon(): Promise<number> {
    const readAt = performance.now();
    // A transaction that has begun long ago and writes only now sets it back, though it can write nothing that old.
    const horizon = Math.max(this.known.horizon, await logHorizon(this.db));
    this.known = { horizon, readAt };
    return horizon;
  }
}

function emptyWindow(position: LogPosition): Window {
  return { from: position, to: position, events: [], size: 0, waiting: new Set(), idle: 0 };
}

function wake(window: Window): void {
  for (const done of [...window.waiting]) done();
}

function append(window: Window, page: LogPage): void {
  for (const event of page.events) {
    window.events.push(event);
    window.size += event.data.length;
  }
  if (isBefore(window.to, page.position)) window.to = page.position;
  // What was said about the person is erased in the log: who wants something so old gets it from there.
  if (page.events.some(({ type }) => type === "lead.erased")) {
    window.from = window.to;
    window.events = [];
    window.size = 0;
    return;
  }
  let surplus = 0;
  while (window.events.length - surplus > maxEvents || (window.size > maxSize && surplus < window.events.length)) {
    window.size -= window.events[surplus]!.data.length;
    surplus++;
  }
  if (surplus === 0) return;
  window.from = positionBehind(window.events[surplus - 1]!.id);
  window.events.splice(0, surplus);
}

/** Events are in the order of their places. */
function firstBehind(events: readonly LoggedEvent[], after: LogPosition): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(after, positionBehind(events[middle]!.id))) high = middle;
    else low = middle + 1;
  }
  return low;
}
