/** A list of people in another system (a CRM's list, report or view), as it is read page by page. */

export interface ListedPerson {
  /** Their ID there: a lead's `externalLeadId`. */
  id: string;
  /** By the names of a lead's fields; null: empty there. A name that isn't one of them is a custom field. */
  values: Readonly<Record<string, string | null>>;
}

export type PeoplePage =
  | {
      ok: true;
      people: readonly ListedPerson[];
      /** Where the next page begins, opaque; null: this was the last one. */
      next: string | null;
    }
  /** Nothing was read. `final`: it won't be, until somebody does something. `lost`: the place doesn't hold any more, the beginning does. */
  | { ok: false; code: string; detail: string; retryAfterMs: number | null; final: boolean; lost?: boolean };

export interface PeopleReader {
  /** `place`: null, or what the page before gave. Never throws for anything that the system or the network does. */
  page(place: string | null, signal: AbortSignal): Promise<PeoplePage>;
  close(): Promise<void>;
}
