import { applyFact } from "../campaigns/inbound/apply.ts";
import type { Applied, Arrival, Effects } from "../campaigns/inbound/context.ts";
import { keysOfFact, type PeopleKeys } from "../campaigns/inbound/keys.ts";
import { lockToldLead, type ToldLead } from "../db/lead-told.ts";
import type { Queryable } from "../db/pool.ts";
import { type DueReceived, type ReceivedOutcome, strangersMailDays } from "../db/received.ts";
import { GatheringConnection } from "../db/together.ts";
import type { InboundFact, Reading } from "../domain/inbound.ts";

/** An item, and what it says. */
export interface ReadItem {
  item: DueReceived;
  reading: Reading;
}

/** Something must be decided first: Herald's own outcome of the same message. What the item wrote before is to be undone. */
export class NotYet extends Error {
  readonly undecided: boolean;
  constructor({ detail, undecided = false }: Later) {
    super(detail);
    this.undecided = undecided;
  }
}

type Later = Extract<Applied, { kind: "later" }>;

/** Which items can't be applied with the others: each has to be tried by itself. Their transaction is to be undone. */
export class NotTogether extends Error {
  readonly items: ReadonlySet<DueReceived>;
  constructor(items: ReadonlySet<DueReceived>, cause: unknown) {
    super("Some items can't be applied with the others.", { cause });
    this.items = items;
  }
}

/**
 * Applies the items of a source in one transaction, each all of it or nothing. What concerns the same person goes one after
 * the other, in the order of `batch`; the rest side by side, so that their statements are made together (`db/together.ts`).
 *
 * @throws NotTogether where some have to be tried by themselves; another error where the statement of some failed, which can
 * be anybody's.
 */
export async function applyBatch(
  tx: Queryable,
  batch: readonly ReadItem[],
  effects: Effects,
): Promise<ReceivedOutcome[]> {
  const [only] = batch;
  if (batch.length === 1) return [await outcomeOf(arrivalOf(tx, only!.item, effects), only!.item, only!.reading)];
  const connection = new GatheringConnection(tx);
  const outcomes: ReceivedOutcome[] = [];
  const alone = new Set<DueReceived>();
  let cause: unknown = null;
  let broken: { error: unknown } | null = null;
  const people = await peopleOf(connection, batch, effects);
  const strands = people.map(async ({ numbers, lead }) => {
    for (const [place, n] of numbers.entries()) {
      const { item, reading } = batch[n]!;
      // What the first item of a person finds is as it was found.
      const known = place === 0 && reading.kind === "facts" && reading.facts.length === 1 ? lead : undefined;
      try {
        outcomes[n] = await outcomeOf({ ...arrivalOf(connection, item, effects), lead: known }, item, reading);
      } catch (error) {
        // What is wrong with the transaction is nobody's fault in particular.
        if (connection.lost) broken ??= { error };
        else alone.add(item);
        cause ??= error;
        return;
      }
    }
  });
  await Promise.all(strands);
  if (broken) throw (broken as { error: unknown }).error;
  if (alone.size > 0) throw new NotTogether(alone, cause);
  return outcomes;
}

function arrivalOf(tx: Queryable, item: DueReceived, effects: Effects): Arrival {
  const { workspaceId, sourceId, createLeads, receivedAt } = item;
  return { tx, workspaceId, sourceId, createLeads, receivedAt, saidByErased: { seen: false }, effects };
}

/** Items that go one after the other. */
interface Strand {
  numbers: number[];
  /** Whom the first of them concerns, where that is one lead. */
  lead: ToldLead | undefined;
}

/** The numbers of the items, by whom they concern. Whoever is known is locked, in one order for all processes. */
async function peopleOf(tx: Queryable, batch: readonly ReadItem[], effects: Effects): Promise<Strand[]> {
  const found = await Promise.all(
    batch.map(async ({ item, reading }): Promise<PeopleKeys> => {
      if (reading.kind !== "facts") return { keys: [], leadIds: [] };
      const arrival = arrivalOf(tx, item, effects);
      const all = await Promise.all(reading.facts.map((fact) => keysOfFact(arrival, fact)));
      return { keys: all.flatMap(({ keys }) => keys), leadIds: all.flatMap(({ leadIds }) => leadIds) };
    }),
  );
  const { workspaceId } = batch[0]!.item;
  const leadIds = new Set(found.flatMap((one) => one.leadIds));
  const leads = await Promise.all([...leadIds].map((id) => lockToldLead(tx, workspaceId, id)));
  const byId = new Map(leads.flatMap((lead) => (lead ? [[lead.id, lead]] : [])));
  return joined(found.map(({ keys, leadIds: ids }) => [...keys, ...ids])).map((numbers) => {
    const [id, ...others] = new Set(found[numbers[0]!]!.leadIds);
    return { numbers, lead: others.length === 0 && id !== undefined ? byId.get(id) : undefined };
  });
}

/** Numbers of the lists, joined where they have a key in common, directly or by others; in their order. */
export function joined(lists: readonly (readonly string[])[]): number[][] {
  const parent = lists.map((_, n) => n);
  const root = (n: number): number => {
    let at = n;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  const holder = new Map<string, number>();
  for (const [n, keys] of lists.entries()) {
    for (const key of keys) {
      const other = holder.get(key);
      if (other === undefined) holder.set(key, n);
      else parent[root(n)] = root(other);
    }
  }
  const groups = new Map<number, number[]>();
  for (const n of lists.keys()) {
    const group = groups.get(root(n));
    if (group) group.push(n);
    else groups.set(root(n), [n]);
  }
  return [...groups.values()];
}

/** Applies what was read, all of it or nothing; throws NotYet where that must wait and something was written. */
async function outcomeOf(arrival: Arrival, { kind }: DueReceived, reading: Reading): Promise<ReceivedOutcome> {
  const { type } = reading;
  if (reading.kind === "nothing") return { status: "processed", type, detail: reading.detail };
  if (reading.kind === "unknown") return { status: "unknown", type, detail: reading.detail };
  const outcome: ReceivedOutcome = { status: "processed", type, detail: null };
  const details: string[] = [];
  for (const fact of reading.facts) {
    const later = await add(arrival, fact, outcome, details);
    if (later === null) continue;
    // A fact that has to wait has written nothing; those before it may have.
    if (reading.facts.length > 1) throw new NotYet(later);
    const { detail, undecided = false, counted } = later;
    return { status: "waiting", type, detail, undecided, ...(counted && { counted: true, leadId: counted.leadId }) };
  }
  if (arrival.saidByErased.seen) {
    const detail = "Whom it is from was erased after it was written: nothing of it is kept.";
    return { ...outcome, status: "processed", detail, emptied: true };
  }
  if (outcome.status === "unmatched" && kind === "imap") return { ...outcome, ...ofStrangers(reading.facts, details) };
  return { ...outcome, detail: details.length > 0 ? details.join(" ") : null };
}

/**
 * A mail that concerns nobody who is known. Who wrote it may become a lead: its beginning stays for a while, to be processed
 * again. What people write to others, and what programs send, is none of Herald's business: it is known that it was there.
 */
function ofStrangers(facts: readonly InboundFact[], details: readonly string[]): Partial<ReceivedOutcome> {
  const said = details.join(" ");
  const may = facts.some((fact) => fact.kind !== "message" || (fact.direction === "in" && !fact.mail?.automatic));
  if (!may) {
    const detail = `It concerns nobody who is known here: only its header is kept. ${said}`;
    return { status: "processed", detail, keeps: "header" };
  }
  const detail = `${said} It is kept for ${strangersMailDays} days, and can be processed again once its lead is there.`;
  return { detail, keeps: "beginning" };
}

/** Why the fact has to wait; null: it is done. */
async function add(
  arrival: Arrival,
  fact: InboundFact,
  outcome: ReceivedOutcome,
  details: string[],
): Promise<Later | null> {
  const applied = await applyFact(arrival, fact);
  if (applied.kind === "later") return applied;
  if (applied.detail !== null) details.push(applied.detail);
  if (applied.kind === "unmatched") {
    outcome.status = "unmatched";
    return null;
  }
  outcome.leadId ??= applied.leadId ?? null;
  outcome.messageId ??= applied.messageId ?? null;
  return null;
}
