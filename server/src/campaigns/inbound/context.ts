import { type NewEvent, recordEvents, type TouchedLane } from "../../db/event.ts";
import type { ToldLead } from "../../db/lead-told.ts";
import type { Queryable } from "../../db/pool.ts";

/** What came of a fact. */
export type Applied =
  | { kind: "done"; detail: string | null; leadId?: string | null; messageId?: string | null }
  /** Nobody whom it could concern is known. */
  | { kind: "unmatched"; detail: string }
  /**
   * Something must be decided first: Herald's own outcome of the same message. Nothing was written that would be written
   * twice when it is looked at again. `undecided`: of a message that may have gone out, which can take hours to find out, or
   * a person. `counted`: what it says of a person has counted, also where that message will never be known.
   */
  | { kind: "later"; detail: string; undecided?: boolean; counted?: { leadId: string | null } };

/** Where a fact came from, and the transaction in which it is written. */
export interface Arrival {
  readonly tx: Queryable;
  readonly workspaceId: string;
  readonly sourceId: string;
  /** Whether a reply of somebody whom nobody knows makes a lead. */
  readonly createLeads: boolean;
  readonly receivedAt: Date;
  /** Whom its one fact concerns, found and locked just before, with nothing written to the lead since. Undefined: not known. */
  readonly lead?: ToldLead | undefined;
  /** `seen`: it is from before the erasure of who said it. Nothing of it is kept. */
  readonly saidByErased: { seen: boolean };
  /** What is to be done after the commit. */
  readonly effects: Effects;
}

export interface Effects {
  /** Destinations that got deliveries. */
  lanes: TouchedLane[];
  /** Senders that go on. */
  messages?: TouchedLane[];
  /** Leads left their sequences, or go on: the planner is to look. */
  moved: boolean;
  /** Campaigns in which a message failed. */
  failedIn: { workspaceId: string; campaignId: string }[];
}

export async function record(arrival: Arrival, ...events: NewEvent[]): Promise<void> {
  arrival.effects.lanes.push(...(await recordEvents(arrival.tx, events)));
}

/** When it happened: what is said, unless that lies in the future, or before computers told the time. */
export function timeOf(arrival: Arrival, at: number | null): Date {
  return at === null || at < 0 || at > arrival.receivedAt.getTime() ? arrival.receivedAt : new Date(at);
}
