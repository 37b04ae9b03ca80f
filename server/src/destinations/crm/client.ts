import type { SystemCheck } from "../system.ts";
import type { Activity } from "./activity.ts";

/** Who a person is, as far as Herald knows. */
export interface Person {
  /** The lead's, or an address: the same for the same person. */
  ref: string;
  leadId: string | null;
  externalLeadId: string | null;
  email: string | null;
  phone: string | null;
  linkedinUrl: string | null;
  firstName: string | null;
  lastName: string | null;
  company: string | null;
  title: string | null;
}

/** What was made in the CRM. `name`: what it is called there, for people. */
export interface Logged {
  id: string;
  name: string;
}

/** One CRM's API. All of it throws CrmError; it keeps nothing of people or events, and asks nobody twice. What
 * is asked for at the same time may be one call. */
export interface CrmClient {
  /** The CRM's name, for people. */
  readonly system: string;
  /** By externalLeadId where it is one of this CRM's, else by email, phone, LinkedIn URL. Null: not there. */
  find(person: Person, signal: AbortSignal): Promise<string | null>;
  /** Of an ID that `find` or `create` gave: what is kept as the lead's externalLeadId. Undefined: the same. */
  externalId?(personId: string): string;
  /** `fields`: more of the CRM's own, by their names there. */
  create(person: Person, fields: Record<string, string>, signal: AbortSignal): Promise<string>;
  /**
   * Somebody whom an earlier `create` of the same has made, though its answer was lost, and whom `find` finds by no address. Null:
   * nobody. Undefined: `find` finds whomever `create` makes.
   */
  findCreated?(person: Person, fields: Record<string, string>, signal: AbortSignal): Promise<string | null>;
  log(personId: string, activity: Activity, signal: AbortSignal): Promise<Logged>;
  /** The activity whose body holds `activity.marker`. Null: surely not there. */
  findLogged(personId: string, activity: Activity, signal: AbortSignal): Promise<Logged | null>;
  verify(signal: AbortSignal): Promise<SystemCheck>;
  close(): Promise<void>;
}
