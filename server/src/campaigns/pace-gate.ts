import { databaseNow } from "../db/due.ts";
import type { ClaimedItem } from "../db/outbox.ts";
import { cappedWorkspaces, pacedActions } from "../db/pace.ts";
import type { Queryable } from "../db/pool.ts";
import { openPaceBook, type PaceBook } from "./pace-book.ts";

/** What the gate said of some claimed messages. */
export interface Gated {
  go: ClaimedItem[];
  /** Not now: due again at `until` (unix milliseconds). */
  wait: { item: ClaimedItem; until: number; reason: string }[];
  /** Lanes whose messages count. */
  counted: ReadonlySet<string>;
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
    if (asked.length === 0) return { go, wait: [], counted: new Set(), now: Date.now() };
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
      else this.unpaced.set(item.laneId, { version: item.laneVersion, until: performance.now() + rememberMs });
    }
    const paced = asked.filter((item) => counted.has(item.laneId));
    go.push(...asked.filter((item) => !counted.has(item.laneId)));
    const actions = await pacedActions(db, paced);
    const wait: Gated["wait"] = [];
    for (const item of paced) {
      const message = actions.get(item.ref);
      // Not queued any more, or to be looked up: that is no sending.
      if (!message) go.push(item);
      else this.admit(item, message, book, go, wait);
    }
    return { go, wait, counted, now };
  }

  private admit(
    item: ClaimedItem,
    message: { action: "message" | "connect"; key: string },
    book: PaceBook,
    go: ClaimedItem[],
    wait: Gated["wait"],
  ): void {
    const slot = book.slot(item.laneId, message.action);
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
