import { nationalNumber, sameNumber } from "../../domain/phone.ts";
import type { SystemCheck } from "../system.ts";
import { type Access, type ApiCall, callWith } from "./access.ts";
import { type Activity, cut } from "./activity.ts";
import type { CrmClient, Logged, Person } from "./client.ts";
import { CrmError, itsOwn } from "./error.ts";
import { Gather, type Gathered } from "./gather.ts";
import { type CrmAnswer, CrmHttp, type CrmHttpOptions, list, record, text } from "./http.ts";
import { profileSpellings, sameProfile } from "./match.ts";
import { problemOf, problemSaid } from "./salesforce-problem.ts";

export const salesforceVersion = "/services/data/v64.0";

export interface SalesforceOptions extends CrmHttpOptions {
  /** `https://<mydomain>.my.salesforce.com` */
  base: string;
  access: Access;
  ownerId?: string | undefined;
  /** The field of Lead and Contact with the profile's address (`LinkedIn__c`); none: nobody is found by it. */
  linkedinField?: string | undefined;
  /** Whether people who aren't there are created, as Leads. */
  createsPeople?: boolean;
}

const longestSubject = 255;
/** Records of a collection: Salesforce takes 200. */
const collection = 100;
/** People of one question, so that its URL stays below 16 KB. */
const mostAsked = 50;
/** A number's condition is longer. */
const mostNumbers = 20;

interface ToLog {
  whoId: string;
  activity: Activity;
}
interface Asked {
  value: string;
}

/** A kind of address: how it is asked for in some fields, and whether a field has it. */
interface Address {
  fields: readonly string[];
  condition(field: string, values: readonly string[]): string;
  same(value: string, written: string): boolean;
}
const isOneOf = (field: string, values: readonly string[]) => `${field} in (${values.map(quoted).join(", ")})`;
const emails: Address = {
  fields: ["Email"],
  condition: isOneOf,
  same: (value, written) => value.toLowerCase() === written.toLowerCase(),
};
const numbers: Address = {
  fields: ["Phone", "MobilePhone"],
  // However it is written: its digits after the country's code, with anything between them.
  condition: (field, values) =>
    values.map((value) => `${field} like ${quoted(`%${[...nationalNumber(value)].join("%")}%`)}`).join(" or "),
  same: sameNumber,
};
const profiles = (field: string): Address => ({
  fields: [field],
  condition: (name, values) => isOneOf(name, values.flatMap(profileSpellings)),
  same: sameProfile,
});

/** An activity as a Task that is completed. Pure: also for previews. */
export function salesforceTask(activity: Activity, ownerId: string | undefined, whoId: string | null) {
  const { kind, incoming, subject, body, at, fields } = activity;
  const name = { linkedin: "LinkedIn message", sms: "SMS", email: "Email", note: "" }[kind];
  const title =
    kind === "note" ? subject : `${name} ${incoming ? "received" : "sent"}${kind === "email" ? `: ${subject}` : ""}`;
  const { WhatId, ...others } = fields;
  return {
    ...others,
    // A Task of a Lead is of nothing else.
    ...(WhatId !== undefined && !whoId?.startsWith("00Q") && { WhatId }),
    ...(whoId !== null && { WhoId: whoId }),
    ...{ Subject: cut(title, longestSubject), Description: body, Status: "Completed", ActivityDate: at.slice(0, 10) },
    ...(kind === "email" && { TaskSubtype: "Email" }),
    ...(ownerId && { OwnerId: ownerId }),
  };
}

/** Fields by which Herald's own meaning is carried: no template may say otherwise. */
export const ownFields: readonly string[] = [
  ...["WhoId", "Subject", "Description", "Status", "ActivityDate", "TaskSubtype", "OwnerId", "Id", "attributes"],
];

/** Salesforce's REST API. What is asked for at the same time goes into collections and into one question. */
export class Salesforce implements CrmClient {
  readonly system = "Salesforce";
  private readonly http: CrmHttp;
  private readonly options: SalesforceOptions;
  private readonly creating = new Gather<ToLog, Logged>(collection, (items, signal) => this.createAll(items, signal));
  private readonly asking = new Gather<ToLog, Logged | { id: null }>(mostAsked, (items, signal) =>
    this.findAllLogged(items, signal),
  );
  private readonly byEmail = new Gather<Asked, { id: string | null }>(mostAsked, (asked, signal) =>
    this.findAll(emails, asked, signal),
  );
  private readonly byPhone = new Gather<Asked, { id: string | null }>(mostNumbers, (asked, signal) =>
    this.findAll(numbers, asked, signal),
  );

  constructor(options: SalesforceOptions) {
    this.options = options;
    this.http = new CrmHttp(this.system, options.base, options);
  }

  async find(person: Person, signal: AbortSignal): Promise<string | null> {
    const external = person.externalLeadId ?? "";
    if (/^(003|00Q)[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/.test(external)) {
      const found = await this.living(external, signal);
      if (found) return found;
    }
    if (person.email) {
      const { id } = await this.byEmail.add({ value: person.email }, signal);
      if (id) return id;
    }
    if (person.phone) {
      const { id } = await this.byPhone.add({ value: person.phone }, signal);
      if (id) return id;
    }
    const { linkedinField } = this.options;
    if (!person.linkedinUrl || !linkedinField) return null;
    const [found] = await this.findAll(profiles(linkedinField), [{ value: person.linkedinUrl }], signal);
    return found && "id" in found ? found.id : null;
  }

  /** Who this ID is by now: itself, the contact that a lead was converted to, or the record that it was merged into. */
  private async living(id: string, signal: AbortSignal): Promise<string | null> {
    const object = id.startsWith("003") ? "Contact" : "Lead";
    const more = object === "Lead" ? ", IsConverted, ConvertedContactId" : "";
    // Also what is deleted, as merged records are.
    const soql = `select Id, IsDeleted, MasterRecordId${more} from ${object} where Id = ${quoted(id)}`;
    const [found] = await this.query(soql, signal, "queryAll");
    if (!found) return null;
    const other = text(found.IsConverted === true ? found.ConvertedContactId : found.MasterRecordId);
    if (other !== null && other !== id) return await this.living(other, signal);
    return found.IsDeleted === true || found.IsConverted === true ? null : text(found.Id);
  }

  /** The oldest with one of the values in one of the fields, each. A contact comes before a lead. */
  private async findAll(
    { fields, condition: conditionOf, same }: Address,
    asked: readonly Asked[],
    signal: AbortSignal,
  ): Promise<Gathered<{ id: string | null }>> {
    const found = new Map<string, string>();
    for (const [object, condition] of [
      ["Contact", ""],
      // A converted lead lives on as its contact.
      ["Lead", " and IsConverted = false"],
    ]) {
      const open = [...new Set(asked.map(({ value }) => value))].filter((value) => !found.has(value));
      if (open.length === 0) break;
      const where = fields.map((field) => conditionOf(field, open)).join(" or ");
      const soql = `select Id, ${fields.join(", ")} from ${object} where (${where})${condition} order by CreatedDate`;
      for (const row of await this.query(soql, signal))
        for (const value of open) {
          const id = text(row.Id);
          if (id === null || found.has(value)) continue;
          if (fields.some((field) => same(value, text(row[field]) ?? ""))) found.set(value, id);
        }
    }
    return asked.map(({ value }) => ({ id: found.get(value) ?? null }));
  }

  async create(person: Person, fields: Record<string, string>, signal: AbortSignal): Promise<string> {
    const path = `${salesforceVersion}/sobjects/Lead`;
    const body = this.leadOf(person, fields);
    return idOf(await this.call({ method: "POST", path, signal, body, creates: true }).catch(onlyCreating));
  }

  async findCreated(person: Person, fields: Record<string, string>, signal: AbortSignal): Promise<string | null> {
    const mark = this.markOf(person);
    if (mark === null) return null;
    // A description can't be asked for in a condition.
    const { LastName } = this.leadOf(person, fields);
    const where = `LastName = ${quoted(LastName!)} and IsConverted = false`;
    const rows = await this.query(`select Id, Description from Lead where ${where} order by CreatedDate`, signal);
    const lines = ({ Description }: Record<string, unknown>) => (text(Description) ?? "").split(/\r?\n/);
    return text(rows.find((row) => lines(row).includes(mark))?.Id);
  }

  /** The line of a description by which somebody who is created is found again; null: an address does. */
  private markOf({ email, phone, linkedinUrl, ref }: Person): string | null {
    if (email || phone || (linkedinUrl && this.options.linkedinField)) return null;
    return linkedinUrl ? `LinkedIn: ${linkedinUrl}` : `Lead in Herald: ${ref}`;
  }

  private leadOf(person: Person, fields: Record<string, string>): Record<string, string> {
    const { ownerId, linkedinField } = this.options;
    const given: Record<string, string | null> = {
      ...{ FirstName: person.firstName, LastName: person.lastName ?? person.firstName ?? "Unknown" },
      ...{ Company: person.company ?? "Unknown", Title: person.title, Email: person.email, Phone: person.phone },
      ...{ OwnerId: ownerId ?? null, ...(linkedinField && { [linkedinField]: person.linkedinUrl }), ...fields },
    };
    const mark = this.markOf(person);
    if (mark !== null) given.Description = [given.Description, mark].filter(Boolean).join("\n");
    return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== null));
  }

  log(whoId: string, activity: Activity, signal: AbortSignal): Promise<Logged> {
    return this.creating.add({ whoId, activity }, signal);
  }

  private async createAll(items: readonly ToLog[], signal: AbortSignal): Promise<Gathered<Logged>> {
    const tasks = items.map(({ whoId, activity }) => salesforceTask(activity, this.options.ownerId, whoId));
    const create = { method: "POST", signal, creates: true } as const;
    const createOne = async (task: object): Promise<Logged> => {
      const answer = await this.call({ ...create, path: `${salesforceVersion}/sobjects/Task`, body: task });
      return { id: idOf(answer), name: "task" };
    };
    if (tasks.length === 1) return [await createOne(tasks[0]!)];
    const records = tasks.map((task) => ({ attributes: { type: "Task" }, ...task }));
    // Each is taken or refused by itself.
    const path = `${salesforceVersion}/composite/sobjects`;
    const answer = await this.call({ ...create, path, body: { allOrNone: false, records }, allow: [400] });
    // Refused as a whole, for the sake of one: each by itself then.
    if (answer.status === 400) return await Promise.all(tasks.map((task) => createOne(task).catch(itsOwn)));
    const results = list(answer.json);
    return items.map((_, n) => {
      const { id, success, errors } = results[n] ?? {};
      if (success === true && text(id)) return { id: text(id)!, name: "task" };
      const error = list(errors)[0];
      if (error) return problemSaid(400, error, { ...answer.seen, response: JSON.stringify(results[n]) });
      return unreadable(answer);
    });
  }

  async findLogged(whoId: string, activity: Activity, signal: AbortSignal): Promise<Logged | null> {
    const found = await this.asking.add({ whoId, activity }, signal);
    return found.id === null ? null : found;
  }

  /** A Task's description can't be asked for in a condition, so that those of these people and days are read. */
  private async findAllLogged(items: readonly ToLog[], signal: AbortSignal): Promise<Gathered<Logged | { id: null }>> {
    const people = [...new Set(items.map(({ whoId }) => quoted(whoId)))].join(", ");
    // Also by the day on which it was told: earlier versions logged it there.
    const times = items.flatMap(({ activity }) => [activity.at, activity.toldAt]);
    const days = [...new Set(times.map((time) => time.slice(0, 10)))].join(", ");
    const where = `WhoId in (${people}) and ActivityDate in (${days})`;
    const rows = await this.query(`select Id, Description from Task where ${where} order by CreatedDate desc`, signal);
    return items.map(({ activity }) => {
      const found = rows.find((task) => (text(task.Description) ?? "").includes(activity.marker));
      const id = text(found?.Id);
      return id === null ? { id } : { id, name: "task" };
    });
  }

  async verify(signal: AbortSignal): Promise<SystemCheck> {
    const both = ["createable", "queryable"];
    const needed = { Task: both, Contact: ["queryable"], Lead: this.options.createsPeople ? both : ["queryable"] };
    for (const [object, rights] of Object.entries(needed)) {
      const path = `${salesforceVersion}/sobjects/${object}`;
      const answer = await this.call({ method: "GET", path, signal, allow: [404] });
      const described = record(record(answer.json).objectDescribe);
      const missing = rights.filter((right) => described[right] !== true);
      if (missing.length > 0)
        return {
          ...{ ok: false, code: "missing_permission" },
          detail: `The app's user may not ${missing.includes("createable") ? "create" : "read"} ${object} records. Give it the permission by a permission set, then verify the destination.`,
        };
    }
    return { ok: true, detail: `Connected to ${this.http.base}, with every permission that is needed.` };
  }

  close(): Promise<void> {
    return this.http.close();
  }

  /** All rows of a question. */
  rows(soql: string, signal: AbortSignal): Promise<Record<string, unknown>[]> {
    return this.query(soql, signal);
  }

  private async query(
    soql: string,
    signal: AbortSignal,
    resource: "query" | "queryAll" = "query",
  ): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    let path: string | null = `${salesforceVersion}/${resource}?${new URLSearchParams({ q: soql })}`;
    while (path !== null) {
      const answer: CrmAnswer = await this.call({ method: "GET", path, signal });
      const { records, nextRecordsUrl } = record(answer.json);
      rows.push(...list(records));
      path = nextPage(nextRecordsUrl);
    }
    return rows;
  }

  call(call: Omit<ApiCall, "problem">): Promise<CrmAnswer> {
    return callWith(this.http, this.options.access, { ...call, problem: problemOf });
  }
}

/**
 * The path of a question's next page, as Salesforce names it; null: there is none.
 *
 * @throws CrmError where there is one that isn't known as such: taken for the end, what is on it would be logged again
 */
export function nextPage(url: unknown): string | null {
  const path = text(url);
  if (path === null || /^\/services\/data\/v[\d.]+\/query(All)?\/[\w-]+$/.test(path)) return path;
  const shown = path.slice(0, 200);
  throw new CrmError(
    "unavailable",
    "unreadable_answer",
    `Salesforce's answer goes on at an address that Herald doesn't know (${shown}), so that it can't be read to its end.`,
  );
}

/** A text in SOQL. */
export const quoted = (value: string): string => `'${value.replace(/[\\'"\n\r\t\b\f]/g, escapeOf)}'`;
const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };
const escapeOf = (character: string) => escapes[character] ?? `\\${character}`;

function unreadable(answer: CrmAnswer): CrmError {
  return new CrmError(
    "ambiguous",
    "unreadable_answer",
    "Salesforce's answer has no ID. Herald asks whether it was logged.",
    answer.seen,
  );
}

/** Who may create no Leads may still log with those who are there. */
function onlyCreating(error: unknown): never {
  if (!(error instanceof CrmError) || error.code !== "missing_permission") throw error;
  const detail = `${error.message} Events of people whom Salesforce doesn't have wait for it; or turn config.createPeople off.`;
  throw new CrmError("forbidden", error.code, detail, error.details);
}

function idOf(answer: CrmAnswer): string {
  const id = text(record(answer.json).id);
  if (id !== null) return id;
  throw unreadable(answer);
}
