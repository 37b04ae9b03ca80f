import {
  addCounts,
  type CountChange,
  dimensionsById,
  factsOfLeads,
  insertDimensions,
  insertFacts,
  replaceAnswers,
  type StoredFact,
} from "../db/analytics-count.ts";
import type { Queryable } from "../db/pool.ts";
import { counters, dayMs } from "../domain/analytics/counters.ts";
import { type Answer, derive } from "../domain/analytics/derive.ts";
import type { KeptDimensions } from "../domain/analytics/dimensions.ts";
import type { Fact } from "../domain/analytics/fact.ts";
import type { DimensionSets, Interned } from "./dimension-sets.ts";

const placeOf = new Map(counters.map((name, n) => [name, n]));

/**
 * Adds facts, and puts right whatever follows from them: each lead that they are about is counted without them and with them,
 * and the difference is written. Facts that are known already change nothing. In the caller's transaction, which holds the
 * edition's head; after its commit, and only then, `saved` is to be called.
 */
export async function applyFacts(
  tx: Queryable,
  workspaceId: string,
  edition: number,
  facts: readonly Fact[],
  sets: DimensionSets,
): Promise<{ added: number; saved: () => void }> {
  const leadIds = [...new Set(facts.map((fact) => fact.leadId))];
  const stored = await factsOfLeads(tx, workspaceId, edition, leadIds);
  await load(tx, workspaceId, stored, sets);
  const known = Map.groupBy(stored, (fact) => fact.leadId);
  const change = new Change(sets);
  const added: StoredFact[] = [];
  const fresh = new Set<Interned>();
  for (const [leadId, told] of Map.groupBy(facts, (fact) => fact.leadId)) {
    const before = (known.get(leadId) ?? []).map((fact) => ({ ...fact, dimensions: sets.byId(fact.dimensions)!.full }));
    const ids = new Set(before.map(({ id }) => id));
    const news: Fact[] = [];
    for (const fact of told) {
      if (ids.has(fact.id)) continue;
      ids.add(fact.id);
      // The set's own object, by which what is derived from it is found again.
      news.push({ ...fact, dimensions: sets.intern(fact.dimensions).full });
    }
    if (news.length === 0) continue;
    change.add(derive(before), -1);
    change.add(derive([...before, ...news]), 1);
    for (const fact of news) {
      const set = sets.intern(fact.dimensions);
      fresh.add(set);
      added.push({ ...fact, dimensions: set.full.id });
    }
  }
  const { quarters, days } = change.counts();
  // Those of facts that count nothing are stored, too.
  const unsaved = sets.unsaved(workspaceId, change.used().union(fresh));
  await insertDimensions(tx, workspaceId, [...new Set(unsaved.flatMap(({ all }) => all))]);
  await insertFacts(tx, workspaceId, edition, added);
  await addCounts(tx, workspaceId, edition, "quarter", quarters);
  await addCounts(tx, workspaceId, edition, "day", days);
  const { gone, answers } = change.answers();
  await replaceAnswers(tx, workspaceId, edition, gone, answers);
  return { added: added.length, saved: () => sets.saved(workspaceId, unsaved) };
}

async function load(
  tx: Queryable,
  workspaceId: string,
  stored: readonly StoredFact[],
  sets: DimensionSets,
): Promise<void> {
  const missing = new Set(stored.map((fact) => fact.dimensions).filter((id) => !sets.byId(id)));
  for (const set of await dimensionsById(tx, workspaceId, [...missing])) sets.intern(set);
}

/** The difference that some leads make. */
class Change {
  private readonly sets: DimensionSets;
  /** By quarter and set: numbers in the order of `counters`. */
  private readonly byQuarter = new Map<number, Map<Interned, Int32Array>>();
  private readonly before = new Map<string, Answer>();
  private readonly after = new Map<string, Answer>();

  constructor(sets: DimensionSets) {
    this.sets = sets;
  }

  add({ contributions, answers }: ReturnType<typeof derive>, sign: 1 | -1): void {
    for (const { at, dimensions, counter } of contributions) {
      const numbers = numbersOf(mapOf(this.byQuarter, at), this.sets.intern(dimensions));
      numbers[placeOf.get(counter)!]! += sign;
    }
    for (const answer of answers) (sign === 1 ? this.after : this.before).set(answer.messageId, answer);
  }

  used(): Set<Interned> {
    return new Set([...this.byQuarter.values()].flatMap((sets) => [...sets.keys()]));
  }

  /** In each grouping, by quarters; by days in those that are kept so. */
  counts(): { quarters: CountChange[]; days: CountChange[] } {
    const quarters: CountChange[] = [];
    const byDay = new Map<number, Map<KeptDimensions, Int32Array>>();
    for (const [at, sets] of this.byQuarter) {
      const sums = new Map<KeptDimensions, Int32Array>();
      for (const [{ full, all }, numbers] of sets) {
        const places = placesOf(numbers);
        if (places.length === 0) continue;
        for (const set of all) addTo(numbersOf(sums, set), numbers, places);
        sums.set(full, numbers);
      }
      quarters.push(...changesOf(at, sums));
      const day = mapOf(byDay, Math.floor(at / dayMs) * dayMs);
      for (const [set, numbers] of sums) {
        if (set.grouping !== "full") addTo(numbersOf(day, set), numbers, placesOf(numbers));
      }
    }
    return { quarters, days: [...byDay].flatMap(([at, sums]) => changesOf(at, sums)) };
  }

  answers() {
    const same = (a: Answer | undefined, b: Answer | undefined) =>
      a?.sentAt === b?.sentAt && a?.seconds === b?.seconds && a?.dimensions === b?.dimensions;
    const gone = [...this.before].filter(([id, answer]) => !same(answer, this.after.get(id))).map(([id]) => id);
    const fresh = [...this.after.values()].filter((answer) => !same(answer, this.before.get(answer.messageId)));
    return {
      gone,
      answers: fresh.map((answer) => ({ ...answer, dimensions: this.sets.intern(answer.dimensions).full.id })),
    };
  }
}

/** Most numbers are 0. */
function placesOf(numbers: Int32Array): number[] {
  const places: number[] = [];
  for (let n = 0; n < numbers.length; n++) if (numbers[n] !== 0) places.push(n);
  return places;
}

function addTo(sum: Int32Array, numbers: Int32Array, places: readonly number[]): void {
  for (const n of places) sum[n]! += numbers[n]!;
}

const changesOf = (at: number, sums: ReadonlyMap<KeptDimensions, Int32Array>): CountChange[] =>
  [...sums].flatMap(([{ id }, by]) => (by.some((number) => number !== 0) ? [{ dimensions: id, at, by }] : []));

function mapOf<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let map = maps.get(key);
  if (!map) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}

function numbersOf<K>(of: Map<K, Int32Array>, key: K): Int32Array {
  let numbers = of.get(key);
  if (!numbers) {
    numbers = new Int32Array(counters.length);
    of.set(key, numbers);
  }
  return numbers;
}
