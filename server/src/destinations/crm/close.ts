import { linkedinSlug } from "../../domain/linkedin-url.ts";
import { sameNumber } from "../../domain/phone.ts";
import type { SystemCheck } from "../system.ts";
import { type Activity, cut } from "./activity.ts";
import type { CrmClient, Logged, Person } from "./client.ts";
import { CrmError } from "./error.ts";
import { type CrmAnswer, type CrmCall, CrmHttp, type CrmHttpOptions, list, record, text } from "./http.ts";
import { sameProfile } from "./match.ts";

export const closeBase = "https://api.close.com/api/v1";

export interface CloseOptions extends CrmHttpOptions {
  base?: string | undefined;
  apiKey: string;
  ownerId?: string | undefined;
  /** The number that SMS are said to have come from or gone to; without one they become notes. */
  localPhone?: string | undefined;
}

type ObjectType = "sms" | "email" | "note";
const bodyOf: Record<ObjectType, string> = { sms: "text", email: "body_text", note: "note" };
const pageSize = 100;
const mostPages = 50;
/** Close's largest page of a search. */
const searchSize = 200;
const mostSearchPages = 10;

/**
 * Close's API v1, with an API key. A person is a contact; activities are those of its lead (which in Close is the company).
 * The status `outbox` would have Close send a message: nothing here ever says it.
 */
export class Close implements CrmClient {
  readonly system = "Close";
  private readonly http: CrmHttp;
  private readonly options: CloseOptions;
  private readonly authorization: string;

  constructor(options: CloseOptions) {
    this.options = options;
    this.http = new CrmHttp(this.system, options.base ?? closeBase, options);
    this.authorization = `Basic ${Buffer.from(`${options.apiKey}:`).toString("base64")}`;
  }

  async find(person: Person, signal: AbortSignal): Promise<string | null> {
    const external = person.externalLeadId ?? "";
    const known = /^(lead|cont)_[A-Za-z0-9]{10,60}$/.test(external) ? await this.known(external, person, signal) : null;
    if (known !== null) return known;
    const ways = [
      ["email", "email", person.email],
      ["phone", "phone", person.phone],
      ["url", "url", person.linkedinUrl],
    ] as const;
    for (const [kind, field, value] of ways) {
      if (value === null) continue;
      // Profiles are written in many ways; their name is in all of them.
      const query = searchFor(kind, field, kind === "url" ? linkedinSlug(value) : value);
      const match = await this.oldestOf(query, signal, (contact) =>
        list(contact[`${kind}s`]).some((entry) => same(text(entry[field]) ?? "", value)),
      );
      const leadId = text(match?.lead_id);
      if (leadId) return personOf(leadId, text(match?.id));
    }
    return null;
  }

  /** The search is by words, so that many may come; only who has exactly this address is the person, of several the oldest. */
  private async oldestOf(
    query: object,
    signal: AbortSignal,
    is: (contact: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown> | undefined> {
    const found: Record<string, unknown>[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < mostSearchPages; page++) {
      const body: object = { ...query, ...(cursor !== null && { cursor }) };
      const { json }: CrmAnswer = await this.call("POST", "/data/search/", signal, { body });
      const answer = record(json);
      found.push(...list(answer.data).filter(is));
      cursor = text(answer.cursor);
      if (cursor === null) break;
    }
    if (found.length === 0 && cursor !== null)
      throw new CrmError(
        "failed",
        "too_many_people",
        `More than ${searchSize * mostSearchPages} contacts in Close have an address like this one, so that Herald can't tell whether the person is among them. Set the lead's externalLeadId, then retry the delivery.`,
      );
    const since = (contact: Record<string, unknown>) => Date.parse(text(contact.date_created) ?? "") || 0;
    return found.sort((a, b) => since(a) - since(b))[0];
  }

  /** By the ID of a contact, or of a lead: then whichever of its contacts it is, if that can be told. */
  private async known(id: string, person: Person, signal: AbortSignal): Promise<string | null> {
    const lead = id.startsWith("lead_");
    const path = lead ? `/lead/${id}/?_fields=id,contacts` : `/contact/${id}/?_fields=id,lead_id`;
    const { status, json } = await this.call("GET", path, signal, { allow: [404] });
    if (status !== 200) return null;
    const found = record(json);
    if (!lead) return text(found.lead_id) && personOf(text(found.lead_id)!, text(found.id));
    const contacts = list(found.contacts);
    const is = (contact: Record<string, unknown>) =>
      list(contact.emails).some(({ email }) => person.email && same(text(email) ?? "", person.email)) ||
      list(contact.phones).some(({ phone }) => person.phone && sameNumber(person.phone, text(phone) ?? "")) ||
      list(contact.urls).some(({ url }) => person.linkedinUrl && same(text(url) ?? "", person.linkedinUrl));
    const one = contacts.find(is) ?? (contacts.length === 1 ? contacts[0] : undefined);
    return personOf(text(found.id) ?? id, text(one?.id));
  }

  /** As imports of lists have it: the contact, not the company. */
  externalId(personId: string): string {
    return partsOf(personId).contactId ?? personId;
  }

  async create(person: Person, fields: Record<string, string>, signal: AbortSignal): Promise<string> {
    const name =
      [person.firstName, person.lastName].filter(Boolean).join(" ") || person.email || person.phone || "Unknown";
    const contact = {
      ...{ name, ...(person.title && { title: person.title }) },
      ...(person.email && { emails: [{ type: "office", email: person.email }] }),
      ...(person.phone && { phones: [{ type: "mobile", phone: person.phone }] }),
      ...(person.linkedinUrl && { urls: [{ type: "url", url: person.linkedinUrl }] }),
    };
    const body = { name: person.company ?? name, ...fields, contacts: [contact] };
    const answer = await this.call("POST", "/lead/", signal, { body, creates: true });
    return personOf(idOf(answer), text(list(record(answer.json).contacts)[0]?.id));
  }

  async log(personId: string, activity: Activity, signal: AbortSignal): Promise<Logged> {
    const { type, fields } = closeActivity(activity, this.options);
    const { leadId, contactId } = partsOf(personId);
    // A note is the lead's alone.
    const body = {
      lead_id: leadId,
      ...(contactId !== null && type !== "note" && { contact_id: contactId }),
      ...fields,
    };
    const answer = await this.call("POST", `/activity/${type}/`, signal, { body, creates: true });
    return { id: idOf(answer), name: type };
  }

  async findLogged(personId: string, activity: Activity, signal: AbortSignal): Promise<Logged | null> {
    const { leadId } = partsOf(personId);
    const { type } = closeActivity(activity, this.options);
    // What an SMS becomes depends on the team's number and the lead's: either may have been set since it was tried.
    const types = activity.kind === "sms" ? new Set<ObjectType>([type, "sms", "note"]) : [type];
    for (const one of types) {
      const found = await this.findAmong(one, leadId, activity, signal);
      if (found) return found;
    }
    return null;
  }

  private async findAmong(
    type: ObjectType,
    leadId: string,
    activity: Activity,
    signal: AbortSignal,
  ): Promise<Logged | null> {
    const field = bodyOf[type];
    // By what came: pages that are shorter than asked for, too, are all read.
    let skip = 0;
    for (let page = 0; page < mostPages; page++) {
      const query = new URLSearchParams({
        ...{ lead_id: leadId, _fields: `id,${field}`, _limit: String(pageSize), _skip: String(skip) },
      });
      const answer = await this.call("GET", `/activity/${type}/?${query}`, signal);
      const { data, has_more: more } = record(answer.json);
      const entries = list(data);
      const match = entries.find((entry) => (text(entry[field]) ?? "").includes(activity.marker));
      const id = text(match?.id);
      if (id) return { id, name: type };
      if (more !== true || entries.length === 0) return null;
      skip += entries.length;
    }
    throw new CrmError(
      "failed",
      "too_many_activities",
      `Lead ${leadId} has more than ${pageSize * mostPages} activities of the type ${type}, so that Herald can't tell whether this one is among them. Look for ${activity.marker} in Close.`,
    );
  }

  /**
   * Makes each kind of call that changes nothing; what the key's user may not do of them is named. Whether its role sees all
   * leads Close tells by the role, where the user may read that.
   */
  async verify(signal: AbortSignal): Promise<SystemCheck> {
    const { id: userId, organizations, email } = record((await this.call("GET", "/me/", signal)).json);
    const organization = list(organizations)[0] ?? {};
    const nobody = searchFor("email", "email", "nobody@example.invalid");
    const needed = [
      ["search for people", "POST", "/data/search/", nobody],
      ...(["note", "email", "sms"] as const).map(
        (type) => [`read activities (${type})`, "GET", `/activity/${type}/?_limit=1&_fields=id`, undefined] as const,
      ),
    ] as const;
    const missing: string[] = [];
    for (const [what, method, path, body] of needed) {
      const { status } = await this.call(method, path, signal, { ...(body && { body }), allow: [403] });
      if (status === 403) missing.push(what);
    }
    if (missing.length > 0)
      return {
        ...{ ok: false, code: "missing_permission" },
        detail: `The API key's user may not ${missing.join(", nor ")}. Give its role in Close the permission, or use the key of another user.`,
      };
    const role = await this.roleOf(text(userId), text(organization.id), signal);
    const whose = !role
      ? "Close doesn't show this user its role; whether it sees all leads shows at the first event."
      : role.permissions.includes("view_all_leads")
        ? `It has the role ${role.name}, which sees all leads.`
        : `Its role ${role.name} lacks the permission view_all_leads: people whom only others may see won't be found. Add it in Close (Settings, Roles), or use the key of another user.`;
    return {
      ok: true,
      detail: `Connected to Close, organization ${text(organization.name) ?? "?"}, as ${text(email) ?? "?"}. ${whose}`,
    };
  }

  /** Null where Close doesn't show it. */
  private async roleOf(
    userId: string | null,
    organizationId: string | null,
    signal: AbortSignal,
  ): Promise<{ name: string; permissions: string[] } | null> {
    if (userId === null || organizationId === null || !/^\w{1,100}$/.test(organizationId)) return null;
    const allow = [400, 403, 404];
    const { status, json } = await this.call("GET", `/organization/${organizationId}/`, signal, { allow });
    const own = status === 200 && list(record(json).memberships).find((one) => text(one.user_id) === userId);
    const roleId = own ? text(own.role_id) : null;
    if (roleId === null || !/^\w{1,100}$/.test(roleId)) return null;
    const answer = await this.call("GET", `/role/${roleId}/`, signal, { allow });
    const { name, permissions } = record(answer.json);
    if (answer.status !== 200 || !Array.isArray(permissions)) return null;
    return { name: text(name) ?? roleId, permissions: permissions.filter((one) => typeof one === "string") };
  }

  close(): Promise<void> {
    return this.http.close();
  }

  async call(
    method: "GET" | "POST",
    path: string,
    signal: AbortSignal,
    { body, creates, allow }: Pick<CrmCall, "body" | "creates" | "allow"> = {},
  ): Promise<CrmAnswer> {
    const headers = { authorization: this.authorization };
    return await this.http.call({ method, path, signal, headers, body, creates, allow, problem: problemOf });
  }
}

/** An activity in Close's words. Pure: also for previews. */
export function closeActivity(
  { kind, incoming, subject, body, phone }: Activity,
  { ownerId, localPhone }: Pick<CloseOptions, "ownerId" | "localPhone">,
): { type: ObjectType; fields: Record<string, string> } {
  const status = incoming ? "inbox" : "sent";
  const owner: Record<string, string> = ownerId ? { user_id: ownerId } : {};
  if (kind === "email") {
    const direction = incoming ? "incoming" : "outgoing";
    return { type: "email", fields: { status, subject: cut(subject, 500), body_text: body, direction, ...owner } };
  }
  if (kind === "sms" && phone !== null && localPhone) {
    const phones = { local_phone: localPhone, remote_phone: phone };
    const direction = incoming ? "inbound" : "outbound";
    return { type: "sms", fields: { status, text: body, ...phones, direction, ...owner } };
  }
  // LinkedIn has no activity of its own in Close.
  const name = kind === "sms" ? "SMS" : "LinkedIn message";
  const note = kind === "note" ? body : `${name} ${incoming ? "received" : "sent"}:\n\n${body}`;
  return { type: "note", fields: { note, ...owner } };
}

function searchFor(kind: "email" | "phone" | "url", field: string, value: string): object {
  const object = `contact_${kind}`;
  const condition = {
    ...{ type: "field_condition", field: { type: "regular_field", object_type: object, field_name: field } },
    condition: { type: "text", mode: "full_words", value },
  };
  const related = {
    ...{ type: "has_related", this_object_type: "contact", related_object_type: object, related_query: condition },
  };
  return {
    query: { type: "and", queries: [{ type: "object_type", object_type: "contact" }, related] },
    ...{ _fields: { contact: ["id", "lead_id", "date_created", `${kind}s`] }, _limit: searchSize },
  };
}

/** Of addresses of any kind. */
const same = sameProfile;

/** A person's ID: the lead (in Close, the company), and which of its contacts, where that is known. */
const personOf = (leadId: string, contactId: string | null) => (contactId === null ? leadId : `${leadId}/${contactId}`);
function partsOf(personId: string): { leadId: string; contactId: string | null } {
  const [leadId = "", contactId = null] = personId.split("/");
  return { leadId, contactId };
}

function problemOf(answer: CrmAnswer): CrmError {
  const { status, seen } = answer;
  const message = messageOf(answer);
  if (status === 401)
    return new CrmError(
      "refused",
      "token_revoked",
      "Close refuses the API key: it was deleted, or belongs to somebody who left. Make a new one (Settings, Developer, API Keys) and put it into the destination's credentials.",
      seen,
    );
  if (status === 403) {
    const kind = /^\S+ \S*\/activity\/(\w+)\//.exec(seen.request ?? "")?.[1];
    const held = kind === undefined ? "" : ` Deliveries that become activities of the type ${kind} wait; others go on.`;
    return new CrmError(
      kind === undefined ? "refused" : "forbidden",
      "missing_permission",
      `The API key's user may not do this in Close: ${message} Give the user's role the permission, or use the key of another one.${held}`,
      seen,
    );
  }
  if (status === 402)
    return new CrmError("refused", "plan_ended", `Close wants the account's plan mended: ${message}`, seen);
  const wrong = record(record(answer.json)["field-errors"]);
  if (status === 404 || "lead_id" in wrong || "contact_id" in wrong)
    return new CrmError(
      "gone",
      "person_gone",
      `The lead isn't in Close any more (deleted or merged), and nobody else was found: ${message} Correct the lead's externalLeadId, then retry the delivery.`,
      seen,
    );
  return new CrmError("failed", "refused_by_crm", `Close doesn't take it (${status}): ${message}`, seen);
}

function messageOf(answer: CrmAnswer): string {
  const { error, errors, "field-errors": fields } = record(answer.json);
  const parts = [text(error), ...(Array.isArray(errors) ? errors.map(text) : [])].filter((part) => part !== null);
  const named = Object.entries(record(fields)).map(([field, reason]) => `${field}: ${String(reason)}`);
  return [...parts, ...named].join(" ").slice(0, 500) || answer.text.slice(0, 500);
}

function idOf(answer: CrmAnswer): string {
  const id = text(record(answer.json).id);
  if (id !== null) return id;
  throw new CrmError(
    "ambiguous",
    "unreadable_answer",
    "Close's answer has no ID. Herald asks whether it was logged.",
    answer.seen,
  );
}
