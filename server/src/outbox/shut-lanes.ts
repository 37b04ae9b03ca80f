/** How long a process leaves a lane alone that it couldn't open. Milliseconds. */
const restMs = 60_000;

/**
 * Lanes that this process can't open: what is sealed there was sealed with another key, is damaged, or is of another version.
 * What it has claimed of them goes back as it was, and it claims no more of them for a minute. Other processes, which may have
 * the right key, are not held up, as they would be by a pause of the lane; and the rows behind the first ones are not
 * claimed and given back one after the other.
 */
export class ShutLanes {
  private readonly until = new Map<string, number>();
  private readonly now: () => number;

  /** `now`: unix milliseconds; for tests. */
  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  add(laneId: string): void {
    this.until.set(laneId, this.now() + restMs);
  }

  has(laneId: string): boolean {
    const until = this.until.get(laneId);
    if (until === undefined) return false;
    if (until > this.now()) return true;
    this.until.delete(laneId);
    return false;
  }

  all(): string[] {
    return this.until.size === 0 ? [] : [...this.until.keys()].filter((id) => this.has(id));
  }
}
