import { useCallback, useEffect, useRef, useState } from "react";
import type { LiveEvent } from "../../api/live.ts";
import { useLiveEvents } from "../../api/live-queries.ts";

/** Live events kept here; with more of them the list is asked for anew, which has them all, page after page. */
const most = 3_000;

export interface LiveLog {
  /** Newest first. */
  events: readonly LiveEvent[];
  /** How many came since it is held. */
  waiting: number;
  /** Shows what waits. */
  release: () => void;
}

/**
 * Events that came since the page was opened. They are shown once a frame at most, however many come, and not while `held`:
 * what a person reads doesn't move away.
 */
export function useLiveLog({
  matches,
  held,
  onGap,
}: {
  /** Stable (useCallback): another one begins with an empty list. */
  matches: (event: LiveEvent) => boolean;
  held: boolean;
  /** More came than are kept, or the tab was hidden: the list has to be asked for anew. Stable. */
  onGap: () => void;
}): LiveLog {
  const [events, setEvents] = useState<readonly LiveEvent[]>([]);
  const [waiting, setWaiting] = useState(0);
  const buffer = useRef<LiveEvent[]>([]);
  /** The buffer was full: what came since is missing in it. */
  const overflowed = useRef(false);
  const frame = useRef<number | null>(null);
  const isHeld = useRef(held);
  isHeld.current = held;

  const restart = useCallback(() => {
    buffer.current = [];
    overflowed.current = false;
    setWaiting(0);
    setEvents([]);
  }, []);
  const release = useCallback(() => {
    const came = buffer.current.reverse();
    const missing = overflowed.current;
    buffer.current = [];
    overflowed.current = false;
    setWaiting(0);
    if (came.length === 0) return;
    // The list, asked for anew, has all; what is kept here would stand above what is missing.
    if (missing) {
      setEvents([]);
      onGap();
      return;
    }
    setEvents((before) => {
      if (before.length + came.length <= most) return [...came, ...before];
      queueMicrotask(onGap);
      return came.slice(0, 100);
    });
  }, [onGap]);
  const tick = useCallback(() => {
    frame.current = null;
    if (isHeld.current) setWaiting(buffer.current.length);
    else release();
  }, [release]);

  useLiveEvents(
    useCallback(
      (event) => {
        if (!matches(event)) return;
        if (buffer.current.length < most) buffer.current.push(event);
        else overflowed.current = true;
        frame.current ??= requestAnimationFrame(tick);
      },
      [matches, tick],
    ),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter is another list.
  useEffect(restart, [matches, restart]);
  useEffect(() => {
    if (!held) release();
  }, [held, release]);
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "hidden") return;
      restart();
      onGap();
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      if (frame.current !== null) cancelAnimationFrame(frame.current);
      frame.current = null;
    };
  }, [onGap, restart]);
  return { events, waiting, release };
}
