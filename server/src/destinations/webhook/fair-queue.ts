import { Fifo } from "./fifo.ts";
import type { Post } from "./http-client.ts";
import { type InLine, Line } from "./line.ts";

/** An answer that takes longer makes its destination a slow one. Milliseconds. */
export const slowAfterMs = 1_000;

/** The posts of one destination. */
interface Queue {
  readonly waiting: Fifo<Post>;
  /** Its requests under way, and how many of them count as slow. */
  busy: number;
  slowBusy: number;
  /** By its latest answer; null: there was none yet. */
  slow: boolean | null;
  /** It stands among those that wait for their turn. */
  queued: boolean;
}

/** A request that may begin, or has begun. */
export interface Turn extends InLine<Turn> {
  readonly post: Post;
  readonly queue: Queue;
  /** From `performance.now()`. */
  begunAt: number;
  slow: boolean;
}

const isOlder = (post: Post, before: number | null) =>
  before === null || (post.since !== undefined && post.since < before);

/**
 * Whose post is next on connections that many destinations may share (all the hooks of hooks.zapier.com). Destinations take
 * turns. Those that answer fast share `connections`, and one whose first answer isn't there yet gets half of them at most.
 * Those that are slow share twice as many others, of which each takes at most as many as it leaves free (dynamic
 * thresholds of Choudhury and Hahne, 1998): one alone gets as many as a fast one, and there is always one left for the
 * next. So slow ones hold up neither the fast ones nor, for long, each other.
 */
export class FairQueue {
  private readonly connections: number;
  private readonly queues = new Map<string, Queue>();
  private readonly fastTurns = new Fifo<Queue>();
  private readonly slowTurns = new Fifo<Queue>();
  /** In the order in which they began. */
  private readonly running = new Line<Turn>();
  private slowBusy = 0;

  constructor(connections: number) {
    this.connections = connections;
  }

  /** Whether any post may be waiting. */
  get waits(): boolean {
    return this.fastTurns.size > 0 || this.slowTurns.size > 0;
  }

  add(post: Post): void {
    const { owner } = post.target;
    let queue = this.queues.get(owner);
    if (!queue) {
      queue = { waiting: new Fifo(), busy: 0, slowBusy: 0, slow: null, queued: false };
      this.queues.set(owner, queue);
    }
    queue.waiting.push(post);
    if (!queue.queued) this.queue(queue);
  }

  /** The next post for which a connection may be used now; it has left the queue. Null: none. */
  next(): Turn | null {
    // The fast ones again: of the slow ones some may have turned out to be fast.
    const queue = this.fastTurn() ?? this.turnOf(this.slowTurns) ?? this.fastTurn();
    if (!queue) return null;
    const post = queue.waiting.shift()!;
    if (queue.waiting.size > 0) this.queue(queue);
    return { post, queue, begunAt: 0, slow: false, previous: null, next: null };
  }

  begin(turn: Turn): void {
    turn.begunAt = performance.now();
    turn.queue.busy += 1;
    this.running.add(turn);
    if (turn.queue.slow) this.countSlow(turn);
  }

  /** It has ended, and its connection is free or gone. */
  end(turn: Turn): void {
    const { queue } = turn;
    this.running.delete(turn);
    queue.busy -= 1;
    if (turn.slow) {
      queue.slowBusy -= 1;
      this.slowBusy -= 1;
    }
    queue.slow = performance.now() - turn.begunAt > slowAfterMs;
  }

  /** What takes long is counted as slow from now on, so that the others get connections of their own. */
  markSlow(): void {
    const before = performance.now() - slowAfterMs;
    for (const turn of this.running.while(({ begunAt }) => begunAt <= before)) {
      if (turn.slow) continue;
      turn.queue.slow = true;
      this.countSlow(turn);
    }
  }

  /** Takes out what has waited since before then, by `performance.now()`; all that waits, without an argument. */
  take(before: number | null = null): Post[] {
    const taken: Post[] = [];
    for (const { waiting } of this.queues.values()) {
      for (let post = waiting.first; post && isOlder(post, before); post = waiting.first) {
        taken.push(post);
        waiting.shift();
      }
    }
    return taken;
  }

  private countSlow(turn: Turn): void {
    turn.slow = true;
    turn.queue.slowBusy += 1;
    this.slowBusy += 1;
  }

  private queue(queue: Queue): void {
    queue.queued = true;
    (queue.slow ? this.slowTurns : this.fastTurns).push(queue);
  }

  private fastTurn(): Queue | null {
    return this.running.size - this.slowBusy < this.connections ? this.turnOf(this.fastTurns) : null;
  }

  /** The first of these that may begin; it has left them. */
  private turnOf(turns: Fifo<Queue>): Queue | null {
    for (let left = turns.size; left > 0; left--) {
      const queue = turns.shift()!;
      queue.queued = false;
      if (queue.waiting.size === 0) continue;
      const stays = (turns === this.slowTurns) === (queue.slow === true);
      if (stays && this.mayBegin(queue)) return queue;
      // To the end, or to where it belongs by now.
      this.queue(queue);
    }
    return null;
  }

  private mayBegin({ slow, busy, slowBusy }: Queue): boolean {
    if (slow) return slowBusy < Math.min(this.connections, 2 * this.connections - this.slowBusy);
    return slow !== null || busy < Math.max(1, this.connections / 2);
  }
}
