/**
 * Items that a process has leased and that wait for a place in their lane. A lane has as many places as calls may be under
 * way in it; whoever takes an item holds a place until `free`. Lanes with free places are kept in a ring and take turns.
 */
export class Places<Item extends { laneId: string; places: number }> {
  private readonly lanes = new Map<string, { waiting: Item[]; busy: number }>();
  private waiting = 0;

  add(items: readonly Item[]): void {
    for (const item of items) {
      const lane = this.lanes.get(item.laneId);
      if (lane) lane.waiting.push(item);
      else this.lanes.set(item.laneId, { waiting: [item], busy: 0 });
    }
    this.waiting += items.length;
  }

  /**
   * Takes at most `limit` items for which there is a place, in the order of each lane; fairly over lanes. `worth`: how many of a
   * lane's places are worth filling, undefined: all.
   */
  take(limit: number, worth?: (laneId: string) => number | undefined): Item[] {
    const taken: Item[] = [];
    if (this.waiting === 0) return taken;
    for (const [id, lane] of this.lanes) {
      const next = lane.waiting[0];
      if (!next) continue;
      const places = Math.min(next.places, worth?.(id) ?? next.places);
      const free = places - lane.busy;
      // Half of the places at least, or all that waits: one place at a time would make a transaction of each item.
      if (free <= 0 || (free < places / 2 && free < lane.waiting.length)) continue;
      const room = Math.min(free, limit - taken.length);
      const items = lane.waiting.splice(0, room);
      lane.busy += items.length;
      this.waiting -= items.length;
      taken.push(...items);
      // To the end of the order in which a Map is walked: the next round begins with the others.
      this.lanes.delete(id);
      this.lanes.set(id, lane);
      if (taken.length >= limit) break;
    }
    return taken;
  }

  /** A call in this lane has ended. */
  free(laneId: string): void {
    const lane = this.lanes.get(laneId);
    if (!lane) return;
    lane.busy -= 1;
    if (lane.busy === 0 && lane.waiting.length === 0) this.lanes.delete(laneId);
  }

  /** Takes out all that waits. */
  drain(): Item[] {
    const all: Item[] = [];
    for (const [id, lane] of this.lanes) {
      all.push(...lane.waiting.splice(0));
      if (lane.busy === 0) this.lanes.delete(id);
    }
    this.waiting = 0;
    return all;
  }
}
