import type { SystemCheck } from "../system.ts";
import { type Activity, cut } from "./activity.ts";
import type { CrmClient, Logged, Person } from "./client.ts";
import { CrmError } from "./error.ts";
import { type CrmAnswer, CrmHttp, type CrmHttpOptions, list, record, text } from "./http.ts";

export const hubspotBase = "https://api.hubapi.com";

/** What a private app needs. Without `sales-email-read` HubSpot blanks the text of emails, by which they are found again. */
const scopes = ["crm.objects.contacts.read", "crm.objects.contacts.write", "sales-email-read"];

/** How activities are called in HubSpot, their text's property, and their association with a contact. */
const objects = {
  communications: { name: "communication", body: "hs_communication_body", association: 81, html: true },
  emails: { name: "email", body: "hs_email_text", association: 198, html: false },
  notes: { name: "note", body: "hs_note_body", association: 202, html: true },
} as const;
type ObjectType = keyof typeof objects;
const typeOf: Record<Activity["kind"], ObjectType> = {
  ...{ linkedin: "communications", sms: "communications", email: "emails", note: "notes" },
};

const pageSize = 500;
const batchSize = 100;
/** A contact with more activities of one kind isn't read to its end. */
const mostPages = 20;

export interface HubspotOptions extends CrmHttpOptions {
  base?: string | undefined;
  token: string;
  ownerId?: string | undefined;
  /** The contact property with the profile's address. */
  linkedinProperty: string;
}

/** HubSpot's CRM API v3, with a private app's token. */
export class Hubspot implements CrmClient {
  readonly system = "HubSpot";
  private readonly http: CrmHttp;
  private readonly options: HubspotOptions;

  constructor(options: HubspotOptions) {
    this.options = options;
    this.http = new CrmHttp(this.system, options.base ?? hubspotBase, options);
  }

  async find(person: Person, signal: AbortSignal): Promise<string | null> {
    if (person.externalLeadId !== null && /^\d{1,20}$/.test(person.externalLeadId)) {
      const answer = await this.call("GET", `/crm/v3/objects/contacts/${person.externalLeadId}`, signal, {
        allow: [404],
      });
      // A merged contact answers by its old ID too, with the one that it has now.
      if (answer.status === 200) return text(record(answer.json).id) ?? person.externalLeadId;
    }
    const { linkedinProperty } = this.options;
    // In the order in which they count: who has the email comes before who has the number.
    const rules: [string, string[]][] = [];
    if (person.email) rules.push(["email", [person.email]]);
    if (person.phone) rules.push(["phone", [person.phone]], ["mobilephone", [person.phone]]);
    if (person.linkedinUrl) rules.push([linkedinProperty, spellings(person.linkedinUrl)]);
    if (rules.length === 0) return null;
    const body = {
      filterGroups: rules.map(([propertyName, values]) => ({ filters: [{ propertyName, operator: "IN", values }] })),
      ...{ properties: rules.map(([property]) => property), limit: 100 },
      sorts: [{ propertyName: "createdate", direction: "ASCENDING" }],
    };
    const answer = await this.call("POST", "/crm/v3/objects/contacts/search", signal, { body });
    const found = list(record(answer.json).results);
    for (const [property, values] of rules) {
      const match = found.find((contact) =>
        values.includes((text(record(contact.properties)[property]) ?? "").toLowerCase()),
      );
      if (match) return text(match.id);
    }
    return null;
  }

  async create(person: Person, signal: AbortSignal): Promise<string> {
    const given = {
      ...{ email: person.email, phone: person.phone, [this.options.linkedinProperty]: person.linkedinUrl },
      ...{ firstname: person.firstName, lastname: person.lastName, company: person.company, jobtitle: person.title },
      hubspot_owner_id: this.options.ownerId ?? null,
    };
    const properties = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    const answer = await this.call("POST", "/crm/v3/objects/contacts", signal, {
      ...{ body: { properties }, creates: true, allow: [409] },
    });
    if (answer.status !== 409) return idOf(answer);
    // Somebody else was faster, or the search didn't know them yet.
    const existing = /Existing ID: (\d+)/.exec(answer.text)?.[1];
    if (existing) return existing;
    throw new CrmError(
      "failed",
      "person_conflict",
      `HubSpot has such a contact already, and doesn't say which: ${messageOf(answer)} Set the lead's externalLeadId.`,
      answer.seen,
    );
  }

  async log(contactId: string, activity: Activity, signal: AbortSignal): Promise<Logged> {
    const type = typeOf[activity.kind];
    const { name, association } = objects[type];
    const body = {
      properties: this.propertiesOf(type, activity),
      associations: [
        {
          to: { id: contactId },
          types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: association }],
        },
      ],
    };
    const answer = await this.call("POST", `/crm/v3/objects/${type}`, signal, { body, creates: true });
    return { id: idOf(answer), name };
  }

  private propertiesOf(type: ObjectType, activity: Activity): Record<string, string> {
    const { body, html } = objects[type];
    const properties: Record<string, string> = { hs_timestamp: activity.at };
    properties[body] = html ? htmlOf(activity.body) : activity.body;
    if (this.options.ownerId) properties.hubspot_owner_id = this.options.ownerId;
    if (type === "communications") {
      properties.hs_communication_channel_type = activity.kind === "sms" ? "SMS" : "LINKEDIN_MESSAGE";
      properties.hs_communication_logged_from = "CRM";
      // Communications have no direction of their own.
      const who = activity.incoming ? "Received" : "Sent";
      properties[body] = `<p><strong>${who}</strong></p>${properties[body]}`;
    } else if (type === "emails") {
      properties.hs_email_direction = activity.incoming ? "INCOMING_EMAIL" : "EMAIL";
      properties.hs_email_status = "SENT";
      properties.hs_email_subject = cut(activity.subject, 1_000);
    }
    return properties;
  }

  /**
   * By the contact's associations: HubSpot's search learns of what was created some seconds later, and is the narrowest of
   * its limits.
   */
  async findLogged(contactId: string, activity: Activity, signal: AbortSignal): Promise<Logged | null> {
    const type = typeOf[activity.kind];
    const { body: property, name } = objects[type];
    const ids: string[] = [];
    let after: string | null = null;
    for (let page = 0; page === 0 || after !== null; page++) {
      if (page === mostPages)
        throw new CrmError(
          "failed",
          "too_many_activities",
          `Contact ${contactId} has more than ${pageSize * mostPages} ${type}, so that Herald can't tell whether this one is among them. Look for ${activity.marker} in HubSpot.`,
        );
      const query = new URLSearchParams({ limit: String(pageSize), ...(after !== null && { after }) });
      const path = `/crm/v4/objects/contacts/${contactId}/associations/${type}?${query}`;
      const answer: CrmAnswer = await this.call("GET", path, signal);
      for (const { toObjectId } of list(record(answer.json).results)) {
        const id = text(toObjectId);
        if (id) ids.push(id);
      }
      after = text(record(record(record(answer.json).paging).next).after);
    }
    // What was created last has most probably the highest ID.
    ids.sort((a, b) => b.length - a.length || (a < b ? 1 : -1));
    for (let from = 0; from < ids.length; from += batchSize) {
      const body = { properties: [property], inputs: ids.slice(from, from + batchSize).map((id) => ({ id })) };
      const answer = await this.call("POST", `/crm/v3/objects/${type}/batch/read`, signal, { body });
      const match = list(record(answer.json).results).find((object) =>
        (text(record(object.properties)[property]) ?? "").includes(activity.marker),
      );
      const id = text(match?.id);
      if (id) return { id, name };
    }
    return null;
  }

  async verify(signal: AbortSignal): Promise<SystemCheck> {
    const answer = await this.call("POST", "/oauth/v2/private-apps/get/access-token-info", signal, {
      body: { tokenKey: this.options.token },
    });
    const { hubId, scopes: granted } = record(answer.json);
    const missing = scopes.filter((scope) => !(Array.isArray(granted) && granted.includes(scope)));
    if (missing.length > 0) return { ok: false, code: "missing_scope", detail: missingScope(missing) };
    return {
      ok: true,
      detail: `Connected to HubSpot account ${text(hubId) ?? "?"}, with every permission that is needed.`,
    };
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async call(
    method: "GET" | "POST",
    path: string,
    signal: AbortSignal,
    { body, creates = false, allow = [] }: { body?: object; creates?: boolean; allow?: readonly number[] } = {},
  ): Promise<CrmAnswer> {
    const headers = { authorization: `Bearer ${this.options.token}` };
    const answer = await this.http.call({ method, path, signal, headers, creates, ...(body && { body }) });
    if (answer.status < 300 || allow.includes(answer.status)) return answer;
    throw problemOf(answer);
  }
}

function problemOf(answer: CrmAnswer): CrmError {
  const { status, seen } = answer;
  const { category, errors } = record(answer.json);
  if (status === 401)
    return new CrmError(
      "refused",
      "token_revoked",
      "HubSpot refuses the token: it was revoked, rotated or has expired. Copy the private app's current token (Settings, Integrations, Private Apps) into the destination's credentials.",
      seen,
    );
  if (status === 403) {
    const context = record(list(errors)[0]?.context);
    const named = [context.requiredGranularScopes, context.requiredScopes].find(Array.isArray) as string[] | undefined;
    if (category === "MISSING_SCOPES" || named)
      return new CrmError("refused", "missing_scope", missingScope(named ?? []), seen);
    return new CrmError(
      "refused",
      "forbidden",
      `HubSpot forbids it: ${messageOf(answer)} Check the private app's scopes and the account's plan.`,
      seen,
    );
  }
  const message = messageOf(answer);
  if (
    status === 404 ||
    /INVALID_OBJECT_IDS|association.*(not|invalid)|contact.*(not found|does not exist|invalid)/i.test(message)
  )
    return new CrmError(
      "gone",
      "person_gone",
      `The contact isn't in HubSpot any more (deleted or merged), and nobody else was found: ${message} Correct the lead's externalLeadId, then retry the delivery.`,
      seen,
    );
  return new CrmError("failed", "refused_by_crm", `HubSpot doesn't take it (${status}): ${message}`, seen);
}

const missingScope = (missing: readonly string[]) =>
  `The private app lacks ${missing.length === 1 ? "the scope" : "scopes:"} ${missing.join(", ") || "(HubSpot doesn't say which)"}. Add it in HubSpot (Settings, Integrations, Private Apps, Scopes), then verify the destination.`;

const messageOf = (answer: CrmAnswer) => (text(record(answer.json).message) ?? answer.text).slice(0, 500);

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

/** As people write a profile's address into a CRM. In lower case: HubSpot compares without regard to it. */
function spellings(linkedinUrl: string): string[] {
  const bare = linkedinUrl.replace(/^https:\/\/www\./, "").toLowerCase();
  return ["https://www.", "https://", "http://www.", "www.", ""].flatMap((start) => [
    `${start}${bare}`,
    `${start}${bare}/`,
  ]);
}

/** HubSpot shows these texts as HTML; what a lead wrote must not become any. */
function htmlOf(plain: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return plain.replace(/[&<>"']/g, (character) => entities[character]!).replace(/\r?\n/g, "<br>");
}
