import { type Dimensions, type KeptDimensions, keep, keptIn } from "../domain/analytics/dimensions.ts";

/** A set of dimensions, and all sets in which what has it is counted. */
export interface Interned {
  full: KeptDimensions;
  all: readonly KeptDimensions[];
}

/** Sets at most; there are as many as combinations of step, variant, sender and tags that were used lately. */
const most = 20_000;

/** Sets of dimensions that this process has seen: hashing one costs as much as all else that is done with a fact. */
export class DimensionSets {
  private readonly byText = new Map<string, Interned>();
  private readonly byIds = new Map<string, Interned>();
  private readonly bySet = new WeakMap<Dimensions, Interned>();
  /** `workspace/id` of those that are surely stored. */
  private stored = new Set<string>();

  intern(of: Dimensions): Interned {
    const same = this.bySet.get(of);
    if (same) return same;
    const { channel, campaignId, step, variant, senderId, profile, source, tags } = of;
    const text = JSON.stringify([channel, campaignId, step, variant, senderId, profile, source, tags]);
    let set = this.byText.get(text);
    if (!set) {
      const full = keep("full", of);
      set = { full, all: keptIn(full) };
      this.byText.set(text, set);
      this.byIds.set(full.id, set);
      this.bySet.set(full, set);
    }
    return set;
  }

  byId(id: string): Interned | undefined {
    return this.byIds.get(id);
  }

  /** Of what these sets are counted in, what may not be stored yet. */
  unsaved(workspaceId: string, sets: Iterable<Interned>): KeptDimensions[] {
    const found = new Map<string, KeptDimensions>();
    for (const { all } of sets) {
      for (const set of all) if (!this.stored.has(`${workspaceId}/${set.id}`)) found.set(set.id, set);
    }
    return [...found.values()];
  }

  /** Once their transaction has committed. */
  saved(workspaceId: string, sets: readonly KeptDimensions[]): void {
    for (const { id } of sets) this.stored.add(`${workspaceId}/${id}`);
  }

  /** Between two batches: forgets all, where it has become much. */
  trim(): void {
    if (this.byText.size <= most && this.stored.size <= 10 * most) return;
    this.byText.clear();
    this.byIds.clear();
    this.stored = new Set();
  }
}
