import { type LeadStatus, leadStatuses } from "./event.ts";

/**
 * What others say about leads, in whatever order it arrives: it counts by the time at which it happened, so that the state at
 * the end is the same for each order, and for any repetition. Times are unix milliseconds.
 *
 * - A status that somebody set: the latest one. What follows from messages (an invitation, a message, a reply) moves it
 *   forward from there, if it happened later.
 * - A tag, a field: what was said last. At the same time a tag that is added wins, and the greater value of a field.
 * - Who it is (name, profile, the CRM's ID): what was said first, and only where the lead has nothing of its own.
 */
export interface Told {
  tags?: Readonly<Record<string, number>>;
  fields?: Readonly<Record<string, number>>;
  person?: Readonly<Record<string, number>>;
}

const own = (times: Readonly<Record<string, number>> | undefined, key: string): number | undefined =>
  times !== undefined && Object.hasOwn(times, key) ? times[key] : undefined;

/** A key that is `__proto__` is one like others. */
const plain = (times: ReadonlyMap<string, number>): Record<string, number> => Object.fromEntries(times);

/** Tags after such a change. Those with a time come behind the others, by it. */
export function toldTags(
  lead: { tags: readonly string[]; told: Told | null },
  change: { add: readonly string[]; remove: readonly string[] },
  at: number,
): { tags: string[]; told: Told } {
  const times = new Map(Object.entries(lead.told?.tags ?? {}));
  const tags = new Set(lead.tags);
  for (const tag of change.remove) {
    const known = times.get(tag);
    if (known !== undefined && known >= at) continue;
    times.set(tag, at);
    tags.delete(tag);
  }
  for (const tag of change.add) {
    const known = times.get(tag);
    if (known !== undefined && known > at) continue;
    times.set(tag, at);
    tags.add(tag);
  }
  const byTime = (a: string, b: string) => times.get(a)! - times.get(b)! || (a < b ? -1 : 1);
  const first = [...tags].filter((tag) => !times.has(tag));
  const behind = [...tags].filter((tag) => times.has(tag)).sort(byTime);
  return { tags: [...first, ...behind], told: { ...lead.told, tags: plain(times) } };
}

/** Which of these fields count: null deletes one. */
export function toldFields(
  lead: { custom: Readonly<Record<string, string>>; told: Told | null },
  fields: readonly (readonly [string, string | null])[],
  at: number,
): { fields: [string, string | null][]; told: Told } {
  const times = new Map(Object.entries(lead.told?.fields ?? {}));
  const counting: [string, string | null][] = [];
  for (const [key, value] of fields) {
    const known = times.get(key);
    const current = Object.hasOwn(lead.custom, key) ? lead.custom[key]! : null;
    const tied = known === at && (value === null || (current !== null && value <= current));
    if (known !== undefined && (known > at || tied)) continue;
    times.set(key, at);
    counting.push([key, value]);
  }
  return { fields: counting, told: { ...lead.told, fields: plain(times) } };
}

/** Who it is, in parts that are told each by itself; a name is one. */
const parts = {
  externalLeadId: ["externalLeadId"],
  profile: ["profile"],
  name: ["firstName", "lastName"],
} as const;
type Described = Record<"externalLeadId" | "profile" | "firstName" | "lastName", string | null>;

/** Who it is after that; null: nothing changes. */
export function toldPerson(
  lead: Described & { told: Told | null },
  said: Described,
  at: number,
): (Described & { told: Told }) | null {
  const times: Record<string, number> = { ...lead.told?.person };
  const result: Described = {
    ...{ externalLeadId: lead.externalLeadId, profile: lead.profile },
    ...{ firstName: lead.firstName, lastName: lead.lastName },
  };
  let changed = false;
  for (const [part, keys] of Object.entries(parts)) {
    const text = (of: Described) => JSON.stringify(keys.map((key) => of[key]));
    if (keys.every((key) => said[key] === null)) continue;
    const known = own(times, part);
    const empty = lead[keys[0]] === null && keys.every((key) => lead[key] === null);
    // Its own, or told earlier.
    if (known === undefined ? !empty : known < at || (known === at && text(said) >= text(lead))) continue;
    times[part] = at;
    for (const key of keys) result[key] = said[key];
    changed = true;
  }
  return changed ? { ...result, told: { ...lead.told, person: times } } : null;
}

/** What messages move a lead's status along; the others are set by people, and moved by none. */
const along = ["PENDING", "CONNECTION_SENT", "CONNECTION_ACCEPTED", "MESSAGE_SENT", "REPLY_RECEIVED"] as const;

/** A status that somebody set, moved along by what happened later. */
export function movedAlong(
  status: LeadStatus,
  later: { invited: boolean; connected: boolean; written: boolean; replied: boolean },
): LeadStatus {
  const rank = (along as readonly LeadStatus[]).indexOf(status);
  if (rank < 0) return status;
  const reached = later.replied ? 4 : later.written ? 3 : later.connected ? 2 : later.invited ? 1 : 0;
  return along[Math.max(rank, reached)]!;
}

/** Whether a status that was told at `at` counts beside the one that is known. */
export function statusCounts(
  known: { statusTold: LeadStatus | null; statusToldAt: Date | null },
  status: LeadStatus,
  at: number,
): boolean {
  const before = known.statusToldAt?.getTime() ?? null;
  if (before === null || at !== before) return before === null || at > before;
  return leadStatuses.indexOf(status) > leadStatuses.indexOf(known.statusTold ?? "PENDING");
}
