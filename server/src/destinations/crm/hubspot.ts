import { nationalNumber, sameNumber } from "../../domain/phone.ts";
import type { SystemCheck } from "../system.ts";
import { type Access, type ApiCall, callWith } from "./access.ts";
import type { Activity } from "./activity.ts";
import type { CrmClient, Logged, Person } from "./client.ts";
import { CrmError, itsOwn } from "./error.ts";
import { Gather, type Gathered } from "./gather.ts";
import { type CrmAnswer, CrmHttp, type CrmHttpOptions, list, record, text } from "./http.ts";
import { listScope, neededScopes } from "./hubspot-auth.ts";
import { type HubspotObject, hubspotObject, inputOf, type ObjectType, objects } from "./hubspot-objects.ts";
import { missingScope, problemOf, problemSaid } from "./hubspot-problem.ts";
import { canBe, profileSpellings, sameProfile, type Written } from "./match.ts";

export const hubspotBase = "https://api.hubapi.com";
/** Inputs of a batch, to create or to read. */
export const batchSize = 100;
/** Pages of associations of a contact; one with more activities of one kind isn't read to its end. */
const mostPages = 20;

export interface HubspotOptions extends CrmHttpOptions {
  base?: string | undefined;
  access: Access;
  /** A private app's token, which says by itself what it may do. Null: OAuth, where its grant says it. */
  privateToken: string | null;
  ownerId?: string | undefined;
  /** The contact property with the profile's address. */
  linkedinProperty: string;
}

interface ToLog {
  contactId: string;
  activity: Activity;
}

/** HubSpot's CRM API v3. What is asked for at the same time goes into batches of 100. */
export class Hubspot implements CrmClient {
  readonly system = "HubSpot";
  private readonly http: CrmHttp;
  private readonly options: HubspotOptions;
  private readonly creating: Record<ObjectType, Gather<ToLog, Logged>>;
  private readonly asking: Record<ObjectType, Gather<ToLog, Logged | { id: null }>>;
  private readonly byEmail: Gather<string, { id: string | null }>;

  constructor(options: HubspotOptions) {
    this.options = options;
    this.http = new CrmHttp(this.system, options.base ?? hubspotBase, options);
    const creating = (type: ObjectType) =>
      new Gather<ToLog, Logged>(batchSize, (items, signal) => this.createAll(type, items, signal));
    const asking = (type: ObjectType) =>
      new Gather<ToLog, Logged | { id: null }>(batchSize, (items, signal) => this.findAllLogged(type, items, signal));
    this.creating = {
      communications: creating("communications"),
      emails: creating("emails"),
      notes: creating("notes"),
    };
    this.asking = { communications: asking("communications"), emails: asking("emails"), notes: asking("notes") };
    this.byEmail = new Gather(batchSize, (emails, signal) => this.findEmails(emails, signal));
  }

  async find(person: Person, signal: AbortSignal): Promise<string | null> {
    if (person.externalLeadId !== null && /^\d{1,20}$/.test(person.externalLeadId)) {
      const known = await this.contact(person.externalLeadId, signal);
      if (known && canBe(person, known.written)) return known.id;
    }
    const { id } = person.email ? await this.byEmail.add(person.email, signal) : { id: null };
    return id ?? (await this.search(person, signal));
  }

  /** A merged contact answers by its old ID too, with the one that it has now. */
  private async contact(id: string, signal: AbortSignal): Promise<{ id: string; written: Written } | null> {
    const { linkedinProperty } = this.options;
    const asked = ["email", "hs_additional_emails", "phone", "mobilephone", "lastname", linkedinProperty];
    const path = `/crm/v3/objects/contacts/${id}?properties=${asked.join(",")}`;
    const answer = await this.call({ method: "GET", path, signal, allow: [404] });
    if (answer.status === 404) return null;
    const { id: now, properties } = record(answer.json);
    const of = (name: string) => text(record(properties)[name]);
    const emails = [of("email"), ...(of("hs_additional_emails") ?? "").split(";")];
    const phones = [of("phone"), of("mobilephone")];
    return {
      id: text(now) ?? id,
      written: { emails, phones, profiles: [of(linkedinProperty)], lastName: of("lastname") },
    };
  }

  /** A batch is read by addresses, a hundred at once: searches are few a second. */
  private async findEmails(emails: readonly string[], signal: AbortSignal): Promise<Gathered<{ id: string | null }>> {
    const inputs = [...new Set(emails)].map((id) => ({ id }));
    const body = { idProperty: "email", properties: ["email", "hs_additional_emails"], inputs };
    const answer = await this.call({ method: "POST", path: "/crm/v3/objects/contacts/batch/read", signal, body });
    const contacts = list(record(answer.json).results);
    const found = new Map<string, string | null>();
    // Who was merged into another has their address there as a further one. Whose own it is comes first.
    for (const property of ["hs_additional_emails", "email"])
      for (const { id, properties } of contacts)
        for (const email of (text(record(properties)[property]) ?? "").split(";"))
          found.set(email.trim().toLowerCase(), text(id));
    return emails.map((email) => ({ id: found.get(email) ?? null }));
  }

  private async search(person: Person, signal: AbortSignal): Promise<string | null> {
    const { linkedinProperty } = this.options;
    // In the order in which they count: who has the number comes before who has the profile.
    const rules: { property: string; searched: string; values: string[]; is: (written: string) => boolean }[] = [];
    const { phone, linkedinUrl } = person;
    if (phone) {
      // However it is written: HubSpot keeps the digits after the country's code apart, or all where it can't read the number.
      const values = [nationalNumber(phone), phone.slice(1)];
      const is = (written: string) => sameNumber(phone, written);
      rules.push({ property: "phone", searched: "hs_searchable_calculated_phone_number", values, is });
      rules.push({ property: "mobilephone", searched: "hs_searchable_calculated_mobile_number", values, is });
    }
    if (linkedinUrl) {
      const is = (written: string) => sameProfile(linkedinUrl, written);
      const values = profileSpellings(linkedinUrl);
      rules.push({ property: linkedinProperty, searched: linkedinProperty, values, is });
    }
    if (rules.length === 0) return null;
    const body = {
      filterGroups: rules.map(({ searched: propertyName, values }) => ({
        filters: [{ propertyName, operator: "IN", values }],
      })),
      ...{ properties: rules.map(({ property }) => property), limit: 100 },
      sorts: [{ propertyName: "createdate", direction: "ASCENDING" }],
    };
    const path = "/crm/v3/objects/contacts/search";
    const answer = await this.call({ method: "POST", path, signal, body, narrow: true });
    const found = list(record(answer.json).results);
    for (const { property, is } of rules) {
      const match = found.find((contact) => is(text(record(contact.properties)[property]) ?? ""));
      if (match) return text(match.id);
    }
    return null;
  }

  async create(person: Person, fields: Record<string, string>, signal: AbortSignal): Promise<string> {
    const given = {
      ...{ email: person.email, phone: person.phone, [this.options.linkedinProperty]: person.linkedinUrl },
      ...{ firstname: person.firstName, lastname: person.lastName, company: person.company, jobtitle: person.title },
      ...{ hubspot_owner_id: this.options.ownerId ?? null, ...fields },
    };
    const properties = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    const call = { method: "POST", path: "/crm/v3/objects/contacts", creates: true } as const;
    const answer = await this.call({ ...call, signal, body: { properties }, allow: [409] });
    if (answer.status !== 409) return idOf(answer);
    // Somebody else was faster, or the search didn't know them yet.
    const existing = /Existing ID: (\d+)/.exec(answer.text)?.[1];
    if (existing) return existing;
    throw new CrmError(
      "failed",
      "person_conflict",
      `HubSpot has such a contact already, and doesn't say which: ${problemOf(answer).message} Set the lead's externalLeadId.`,
      answer.seen,
    );
  }

  log(contactId: string, activity: Activity, signal: AbortSignal): Promise<Logged> {
    const { type } = hubspotObject(activity, undefined);
    return this.creating[type].add({ contactId, activity }, signal);
  }

  private async createAll(type: ObjectType, items: readonly ToLog[], signal: AbortSignal): Promise<Gathered<Logged>> {
    const inputs = items.map(({ contactId, activity }) => ({
      ...inputOf(this.objectOf(activity), contactId),
      objectWriteTraceId: activity.marker,
    }));
    if (items.length === 1) return [await this.createOne(type, inputs[0]!, signal)];
    const path = `/crm/v3/objects/${type}/batch/create`;
    const refusals = [400, 404, 409];
    const call = { method: "POST", path, body: { inputs }, creates: true, allow: refusals } as const;
    const answer = await this.call({ ...call, signal });
    // Refused as a whole, for the sake of one: each by itself then.
    if (refusals.includes(answer.status))
      return await Promise.all(inputs.map((input) => this.createOne(type, input, signal).catch(itsOwn)));
    return items.map(({ activity }) => this.resultIn(type, answer, activity));
  }

  private async createOne(type: ObjectType, input: object, signal: AbortSignal): Promise<Logged> {
    const { objectWriteTraceId: _, ...body } = input as { objectWriteTraceId: string };
    const answer = await this.call({ method: "POST", path: `/crm/v3/objects/${type}`, signal, body, creates: true });
    return { id: idOf(answer), name: objects[type].name };
  }

  private resultIn(type: ObjectType, answer: CrmAnswer, { marker }: Activity): Logged | CrmError {
    const { name, body } = objects[type];
    const { results, errors } = record(answer.json);
    const result = list(results).find(
      ({ objectWriteTraceId, properties }) =>
        objectWriteTraceId === marker || (text(record(properties)[body]) ?? "").includes(marker),
    );
    const id = text(result?.id);
    if (id) return { id, name };
    const error = list(errors).find(({ context }) => JSON.stringify(context ?? null).includes(`"${marker}"`));
    if (error) return problemSaid(statusOf(error), error, "", { ...answer.seen, response: JSON.stringify(error) });
    return new CrmError(
      "ambiguous",
      "unreadable_answer",
      "HubSpot's answer to a batch doesn't say what became of this one. Herald asks whether it was logged.",
      answer.seen,
    );
  }

  private objectOf(activity: Activity): HubspotObject {
    return hubspotObject(activity, this.options.ownerId);
  }

  /**
   * By the contacts' associations: HubSpot's search learns of what was created some seconds later, and is the narrowest of
   * its limits.
   */
  async findLogged(contactId: string, activity: Activity, signal: AbortSignal): Promise<Logged | null> {
    const { type } = this.objectOf(activity);
    const found = await this.asking[type].add({ contactId, activity }, signal);
    return found.id === null ? null : found;
  }

  private async findAllLogged(
    type: ObjectType,
    items: readonly ToLog[],
    signal: AbortSignal,
  ): Promise<Gathered<Logged | { id: null }>> {
    const { body: property, name } = objects[type];
    const { ids, cutOff, troubles } = await this.associated(
      type,
      [...new Set(items.map(({ contactId }) => contactId))],
      signal,
    );
    const open = new Map(items.map(({ activity }) => [activity.marker, activity]));
    const found = new Map<string, string>();
    for (let from = 0; from < ids.length && open.size > 0; from += batchSize) {
      const body = {
        properties: [property, "hs_timestamp"],
        inputs: ids.slice(from, from + batchSize).map((id) => ({ id })),
      };
      const answer = await this.call({ method: "POST", path: `/crm/v3/objects/${type}/batch/read`, signal, body });
      for (const object of list(record(answer.json).results)) {
        const properties = record(object.properties);
        const said = text(properties[property]);
        const at = Date.parse(text(properties.hs_timestamp) ?? "");
        // Texts of emails are hidden from who lacks a scope. None of Herald's is empty; one of the same millisecond is its.
        const is = ({ marker, at: ours }: Activity) =>
          said === null ? Date.parse(ours) === at : said.includes(marker);
        const marker = [...open.values()].find(is)?.marker;
        const id = text(object.id);
        if (marker === undefined || id === null) continue;
        found.set(marker, id);
        open.delete(marker);
      }
    }
    return items.map(({ contactId, activity }) => {
      const id = found.get(activity.marker);
      if (id !== undefined) return { id, name };
      const error = troubles.get(contactId);
      if (error) return error;
      if (!cutOff.has(contactId)) return { id: null };
      return new CrmError(
        "failed",
        "too_many_activities",
        `Contact ${contactId} has so many ${type} that Herald can't tell whether this one is among them. Look for ${activity.marker} in HubSpot.`,
      );
    });
  }

  /** IDs of the contacts' objects, those first that were most probably created last; contacts that have more, and of which something is wrong. */
  private async associated(type: ObjectType, contactIds: readonly string[], signal: AbortSignal) {
    const ids = new Set<string>();
    const troubles = new Map<string, CrmError>();
    let inputs: { id: string; after?: string }[] = contactIds.map((id) => ({ id }));
    for (let page = 0; page < mostPages && inputs.length > 0; page++) {
      const path = `/crm/v4/associations/contacts/${type}/batch/read`;
      const answer = await this.call({ method: "POST", path, signal, body: { inputs } });
      const { results, errors } = record(answer.json);
      for (const error of list(errors)) {
        // A contact without any is an error to HubSpot, too.
        if (/NO_ASSOCIATIONS_FOUND/.test(JSON.stringify(error))) continue;
        const said = JSON.stringify(error);
        const problem = problemSaid(statusOf(error), error, "", { ...answer.seen, response: said });
        const named = inputs.filter(({ id }) => said.includes(`"${id}"`));
        if (named.length === 0 && problem.problem !== "gone") throw problem;
        for (const { id } of named) troubles.set(id, problem);
      }
      inputs = [];
      for (const { from, to, paging } of list(results)) {
        for (const { toObjectId } of list(to)) ids.add(text(toObjectId) ?? "");
        const [id, after] = [text(record(from).id), text(record(record(paging).next).after)];
        if (id !== null && after !== null) inputs.push({ id, after });
      }
    }
    ids.delete("");
    const sorted = [...ids].sort((a, b) => b.length - a.length || (a < b ? 1 : -1));
    return { ids: sorted, cutOff: new Set(inputs.map(({ id }) => id)), troubles };
  }

  async verify(signal: AbortSignal): Promise<SystemCheck> {
    const { privateToken, access } = this.options;
    let [account, granted]: [string | null, unknown] = [null, null];
    if (privateToken === null) {
      await this.call({ method: "GET", path: "/crm/v3/objects/contacts?limit=1", signal });
      const { grant } = await access.now(signal);
      [account, granted] = [grant?.account ?? null, grant?.scopes ?? neededScopes];
    } else {
      const path = "/oauth/v2/private-apps/get/access-token-info";
      const answer = await this.call({ method: "POST", path, signal, body: { tokenKey: privateToken } });
      const { hubId, scopes } = record(answer.json);
      [account, granted] = [text(hubId), scopes];
    }
    const has = (scope: string) => Array.isArray(granted) && granted.includes(scope);
    const missing = neededScopes.filter((scope) => !has(scope));
    if (missing.length > 0) return { ok: false, code: "missing_scope", detail: missingScope(missing) };
    const lists = has(listScope) ? "" : ` Lists can't be imported: that needs the scope ${listScope}.`;
    return {
      ok: true,
      detail: `Connected to HubSpot account ${account ?? "?"}, with every permission that is needed.${lists}`,
    };
  }

  close(): Promise<void> {
    return this.http.close();
  }

  call(call: Omit<ApiCall, "problem">): Promise<CrmAnswer> {
    const problem = (answer: CrmAnswer) =>
      this.options.privateToken === null && answer.status === 401 ? reconnect(answer) : problemOf(answer);
    return callWith(this.http, this.options.access, { ...call, problem });
  }
}

function reconnect({ seen }: CrmAnswer): CrmError {
  return new CrmError(
    "refused",
    "token_revoked",
    "HubSpot refuses a token that it gave a moment ago: the app was removed from the account. Connect the destination again: POST /v1/destinations/{id}/oauth/start.",
    seen,
  );
}

/** Errors within a batch have their status as a word or a number, or only a category. */
function statusOf({ status, category }: Record<string, unknown>): number {
  if (category === "OBJECT_NOT_FOUND") return 404;
  if (category === "MISSING_SCOPES") return 403;
  return Number(status) || 400;
}

function idOf(answer: CrmAnswer): string {
  const id = text(record(answer.json).id);
  if (id !== null) return id;
  throw new CrmError(
    "ambiguous",
    "unreadable_answer",
    "HubSpot's answer has no ID. Herald asks whether it was logged.",
    answer.seen,
  );
}
