import { type Dimensions, type KeptDimensions, keep, keptIn } from "../domain/analytics/dimensions.ts";

/** A set of dimensions, and all sets in which what has it is counted: each set is one object. */
export interface Interned {
  full: KeptDimensions;
  all: readonly KeptDimensions[];
}

/** Sets at most; there are as many as combinations of step, variant, sender and tags that were used lately. */
const most = 50_000;

/** Sets of dimensions that this process has seen: hashing one costs as much as all else that is done with a fact. */
export class DimensionSets {
  private readonly byText = new Map<string, Interned>();
  private readonly byIds = new Map<string, Interned>();
  private readonly kept = new Map<string, KeptDimensions>();
  private bySet = new WeakMap<Dimensions, Interned>();
  /** By workspace, those that are surely stored with all in which they are counted. */
  private readonly stored = new Map<string, Set<Interned>>();

  intern(of: Dimensions): Interned {
    const same = this.bySet.get(of);
    if (same) return same;
    const { channel, campaignId, step, variant, senderId, profile, source, tags } = of;
    const text = JSON.stringify([channel, campaignId, step, variant, senderId, profile, source, tags]);
    let set = this.byText.get(text);
    if (!set) {
      const full = this.one(keep("full", of));
      set = { full, all: keptIn(full).map((each) => this.one(each)) };
      this.byText.set(text, set);
      this.byIds.set(full.id, set);
      this.bySet.set(full, set);
    }
    return set;
  }

  private one(set: KeptDimensions): KeptDimensions {
    const known = this.kept.get(set.id);
    if (known) return known;
    this.kept.set(set.id, set);
    return set;
  }

  byId(id: string): Interned | undefined {
    return this.byIds.get(id);
  }

  /** Of these sets those that may not be stored yet. */
  unsaved(workspaceId: string, sets: Iterable<Interned>): Interned[] {
    const stored = this.stored.get(workspaceId);
    return [...sets].filter((set) => !stored?.has(set));
  }

  /** Once their transaction has committed. */
  saved(workspaceId: string, sets: readonly Interned[]): void {
    let stored = this.stored.get(workspaceId);
    if (!stored) {
      stored = new Set();
      this.stored.set(workspaceId, stored);
    }
    for (const set of sets) stored.add(set);
  }

  /** Between two batches: forgets all, where it has become much. */
  trim(): void {
    let stored = 0;
    for (const each of this.stored.values()) stored += each.size;
    if (this.byText.size <= most && stored <= 2 * most) return;
    for (const map of [this.byText, this.byIds, this.kept, this.stored]) map.clear();
    this.bySet = new WeakMap();
  }
}
