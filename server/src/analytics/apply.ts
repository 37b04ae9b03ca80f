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
import { counters } from "../domain/analytics/counters.ts";
import { type Answer, derive } from "../domain/analytics/derive.ts";
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
  const counts = change.counts();
  const unsaved = sets.unsaved(workspaceId, [...change.used(), ...fresh]);
  await insertDimensions(tx, workspaceId, unsaved);
  await insertFacts(tx, workspaceId, edition, added);
  await addCounts(tx, workspaceId, edition, counts);
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
  private readonly bySet = new Map<Interned, Map<number, Int32Array>>();
  private readonly before = new Map<string, Answer>();
  private readonly after = new Map<string, Answer>();

  constructor(sets: DimensionSets) {
    this.sets = sets;
  }

  add({ contributions, answers }: ReturnType<typeof derive>, sign: 1 | -1): void {
    for (const { at, dimensions, counter } of contributions) {
      const set = this.sets.intern(dimensions);
      let quarters = this.bySet.get(set);
      if (!quarters) {
        quarters = new Map();
        this.bySet.set(set, quarters);
      }
      let numbers = quarters.get(at);
      if (!numbers) {
        numbers = new Int32Array(counters.length);
        quarters.set(at, numbers);
      }
      numbers[placeOf.get(counter)!]! += sign;
    }
    for (const answer of answers) (sign === 1 ? this.after : this.before).set(answer.messageId, answer);
  }

  used(): Iterable<Interned> {
    return this.bySet.keys();
  }

  /** In each grouping. */
  counts(): CountChange[] {
    const changes = new Map<string, CountChange>();
    for (const [set, quarters] of this.bySet) {
      for (const [at, numbers] of quarters) {
        if (numbers.every((number) => number === 0)) continue;
        for (const { id } of set.all) {
          const key = `${id}${at}`;
          const change = changes.get(key);
          if (!change) changes.set(key, { dimensions: id, at, by: Int32Array.from(numbers) });
          else for (let n = 0; n < numbers.length; n++) change.by[n]! += numbers[n]!;
        }
      }
    }
    return [...changes.values()].filter(({ by }) => by.some((number) => number !== 0));
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
