import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { type LiveEvent, type LiveState, liveEvents } from "./live.ts";
import { mayLookAgain } from "./look-again.ts";
import { resourceOf } from "./resource.ts";

/** Resources (first words of paths) whose queries an event outdates, by the first word of its type; `*` for all events. */
const outdated: Readonly<Record<string, readonly string[]>> = {
  message: [
    "messages",
    "conversations",
    "inbox",
    "campaigns",
    "leads",
    "analytics",
    "stats",
    "tasks",
    "assistant",
    "senders",
  ],
  reply: ["messages", "conversations", "inbox", "campaigns", "leads", "analytics", "stats", "assistant"],
  connection_request: ["messages", "conversations", "inbox", "campaigns", "leads", "analytics"],
  conversation: ["conversations", "inbox"],
  lead: ["leads", "conversations", "campaigns", "suppressions"],
  campaign: ["campaigns", "tasks", "analytics"],
  sender: ["senders", "campaigns"],
  destination: ["destinations", "deliveries"],
  task: ["tasks", "campaigns", "leads", "assistant"],
  draft: ["assistant"],
  approval: ["approvals"],
  replay: ["replays", "destinations"],
  source: ["sources"],
};

/** A list that shows each event as it comes: it listens to `liveEvents` itself. */
const never = new Set(["session", "events"]);

/** Milliseconds from one look at all outdated queries to the next: 200 events a second must not be 200 requests. */
const gatherMs = 1_500;
const pollMs = 15_000;
/** After an event until figures have it: they are counted from the log every five seconds, behind its horizon. */
const countedMs = 8_000;

export const outdatedBy = (eventType: string): readonly string[] => outdated[eventType.split(".")[0] ?? ""] ?? [];

/** Keeps queries that are shown current, by the event stream. Used once, by the app. */
export function useLiveQueries(workspaceId: string): void {
  const queries = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another workspace has another stream.
  useEffect(() => {
    const gathered = new Set<string>();
    /** Hashes of queries that are outdated, and were not to be asked for yet. */
    const postponed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | null = null;
    let counted: ReturnType<typeof setTimeout> | null = null;
    let again: ReturnType<typeof setTimeout> | null = null;
    let lookedAt = 0;
    const look = () => {
      timer = null;
      lookedAt = performance.now();
      const now = new Set(gathered);
      gathered.clear();
      outdate(now);
      if (now.has("analytics")) counted ??= setTimeout(lookAtFigures, countedMs);
    };
    const outdate = (resources: ReadonlySet<string>) => {
      const before = new Set(postponed);
      postponed.clear();
      void queries.invalidateQueries({
        predicate: (query) => {
          if (!resources.has(resourceOf(query.queryKey[0])) && !before.has(query.queryHash)) return false;
          if (!query.isActive() || mayLookAgain(query, Date.now())) return true;
          postponed.add(query.queryHash);
          return false;
        },
      });
      if (postponed.size > 0) timer ??= setTimeout(look, gatherMs);
    };
    const lookAtFigures = () => {
      counted = null;
      outdate(new Set(["analytics"]));
    };
    const everything = () =>
      void queries.invalidateQueries({ predicate: ({ queryKey }) => !never.has(resourceOf(queryKey[0])) });
    const stopListening = liveEvents.listen(({ eventType }) => {
      for (const resource of outdatedBy(eventType)) gathered.add(resource);
      if (gathered.size > 0) timer ??= setTimeout(look, Math.max(0, lookedAt + gatherMs - performance.now()));
    });
    // What happened between the first answers and the stream's beginning is told by nobody, and figures come late.
    const lookAgain = () => {
      again ??= setTimeout(() => {
        again = null;
        everything();
      }, countedMs);
    };
    const stop = liveEvents.start(() => {
      everything();
      lookAgain();
    });
    lookAgain();
    const poll = setInterval(() => {
      if (liveEvents.state === "polling" && document.visibilityState === "visible") everything();
    }, pollMs);
    return () => {
      stop();
      stopListening();
      clearInterval(poll);
      if (timer !== null) clearTimeout(timer);
      if (counted !== null) clearTimeout(counted);
      if (again !== null) clearTimeout(again);
    };
  }, [queries, workspaceId]);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(liveEvents.watch, () => liveEvents.state);
}

/** Calls `onEvent` for each event of the workspace while the component is shown. `onEvent` must be stable (useCallback). */
export function useLiveEvents(onEvent: (event: LiveEvent) => void): void {
  useEffect(() => liveEvents.listen(onEvent), [onEvent]);
}
