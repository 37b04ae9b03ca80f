import { databaseNow } from "../db/due.ts";
import type { ClaimedItem } from "../db/outbox.ts";
import { cappedWorkspaces, pacedActions, unaskedMessages } from "../db/pace.ts";
import type { Queryable } from "../db/pool.ts";
import { openPaceBook, type PaceBook } from "./pace-book.ts";

/** What the gate said of some claimed messages. */
export interface Gated {
  go: ClaimedItem[];
  /** Not now: due again at `until` (unix milliseconds). */
  wait: { item: ClaimedItem; until: number; reason: string }[];
  /** Lanes whose messages count. */
  counted: ReadonlySet<string>;
  /** Of `go`, by their IDs: messages of campaigns whose sender is outside of its hours. They are planned again. */
  closed: ReadonlySet<string>;
  now: number;
}

/** How long a sender counts as one without limits before that is looked up again. */
const rememberMs = 5_000;

/**
 * The last word on a sender's pace, just before an attempt is committed: whatever planned or accepted a message, it goes out
 * only if the sender may send now by what its message rows say. A sender's messages are in one process at a time, which
 * prepares one batch at a time: between this look and the commit nobody else counts.
 */
export class PaceGate {
  private readonly db: Queryable;
  private readonly unpaced = new Map<string, { version: number; until: number }>();

  constructor(db: Queryable) {
    this.db = db;
  }

  /** Workspaces of these items that have a cap over all their senders. */
  async capped(items: readonly ClaimedItem[]): Promise<string[]> {
    const asked = items.filter((item) => !this.isUnpaced(item));
    return await cappedWorkspaces(this.db, [...new Set(asked.map(({ workspaceId }) => workspaceId))]);
  }

  /** `db`: where the attempts are committed in the same transaction, that. */
  async judge(items: readonly ClaimedItem[], db: Queryable = this.db): Promise<Gated> {
    const go: ClaimedItem[] = [];
    const asked: ClaimedItem[] = [];
    for (const item of items) (this.isUnpaced(item) ? go : asked).push(item);
    if (asked.length === 0) return { go, wait: [], counted: new Set(), closed: new Set(), now: Date.now() };
    const now = await databaseNow(db);
    const lanes = new Map(asked.map((item) => [item.laneId, item]));
    const book = await openPaceBook(
      db,
      [...lanes.values()].map(({ workspaceId, laneId }) => ({ workspaceId, senderId: laneId })),
      now,
    );
    const counted = new Set<string>();
    for (const item of lanes.values()) {
      if (book.isPaced(item.laneId)) counted.add(item.laneId);
      else if (!book.hasHours(item.laneId))
        this.unpaced.set(item.laneId, { version: item.laneVersion, until: performance.now() + rememberMs });
    }
    const { closed, waiting } = await outsideOfHours(db, book, asked);
    const wait: Gated["wait"] = [...waiting.values()];
    const paced: ClaimedItem[] = [];
    for (const item of asked) {
      if (waiting.has(item.ref)) continue;
      // What is planned again uses up no slot.
      if (counted.has(item.laneId) && !closed.has(item.ref)) paced.push(item);
      else go.push(item);
    }
    const actions = await pacedActions(db, paced);
    for (const item of paced) {
      const message = actions.get(item.ref);
      // Not queued any more, or to be looked up: that is no sending.
      if (!message) go.push(item);
      else this.admit(item, message, book, go, wait);
    }
    return { go, wait, counted, closed, now };
  }

  private admit(
    item: ClaimedItem,
    message: { action: "message" | "connect"; key: string },
    book: PaceBook,
    go: ClaimedItem[],
    wait: Gated["wait"],
  ): void {
    const slot = book.paceSlot(item.laneId, message.action);
    // A parked lane is for the database to judge.
    if (slot.at <= book.now || slot.at === Number.POSITIVE_INFINITY) {
      book.take(item.laneId, message.action, message.key);
      go.push(item);
      return;
    }
    // Those behind the first one are due one gap after the other: not all of them need a look at the next slot.
    const behind = wait.filter((other) => other.item.laneId === item.laneId).length;
    const until = slot.at + behind * book.leastGap(item.laneId, message.action);
    wait.push({ item, until, reason: slot.reason ?? "the sender's pace" });
  }

  private isUnpaced(item: ClaimedItem): boolean {
    const known = this.unpaced.get(item.laneId);
    return known !== undefined && known.version === item.laneVersion && known.until > performance.now();
  }
}

/**
 * What of these Herald sends by itself while the sender is outside of its hours: messages of campaigns go back to the planner,
 * which knows when both are open; the assistant's wait for the sender's hours here. What a person or the API sends goes.
 */
async function outsideOfHours(
  db: Queryable,
  book: PaceBook,
  items: readonly ClaimedItem[],
): Promise<{ closed: ReadonlySet<string>; waiting: ReadonlyMap<string, Gated["wait"][number]> }> {
  const outside = items.filter(({ laneId }) => book.opensAt(laneId) > book.now);
  const unasked = await unaskedMessages(db, outside);
  const closed = new Set<string>();
  const waiting = new Map<string, Gated["wait"][number]>();
  for (const item of outside) {
    const planned = unasked.get(item.ref);
    if (planned === true) closed.add(item.ref);
    else if (planned === false) {
      const until = Math.min(book.opensAt(item.laneId), book.now + longestWaitMs);
      waiting.set(item.ref, { item, until, reason: "outside of the sender's hours" });
    }
  }
  return { closed, waiting };
}

/** Hours may be changed, or never come: it is looked at again by then. A day. */
const longestWaitMs = 86_400_000;
