import type { SystemCheck } from "../system.ts";
import { type Activity, cut } from "./activity.ts";
import type { CrmClient, Logged, Person } from "./client.ts";
import { CrmError } from "./error.ts";
import { type CrmAnswer, CrmHttp, type CrmHttpOptions, list, record, text } from "./http.ts";

const version = "/services/data/v64.0";

export interface SalesforceOptions extends CrmHttpOptions {
  /** `https://<mydomain>.my.salesforce.com` */
  base: string;
  clientId: string;
  clientSecret: string;
  ownerId?: string | undefined;
  /** The field of Lead and Contact with the profile's address (`LinkedIn__c`); none: nobody is found by it. */
  linkedinField?: string | undefined;
  /** Whether `instance_url` may be any: only for stand-ins. */
  anyInstance?: boolean;
}

/** So long a used-up daily quota is left alone: it is counted over 24 hours, and some of it comes back each hour. */
const quotaRestMs = 3_600_000;
const longestSubject = 255;

/** Salesforce's REST API: every activity is a Task that is completed, of a Contact or a Lead. */
export class Salesforce implements CrmClient {
  readonly system = "Salesforce";
  private readonly http: CrmHttp;
  private readonly options: SalesforceOptions;
  private session: Promise<{ token: string; instance: string }> | null = null;

  constructor(options: SalesforceOptions) {
    this.options = options;
    this.http = new CrmHttp(this.system, options.base, options);
  }

  async find(person: Person, signal: AbortSignal): Promise<string | null> {
    const external = person.externalLeadId ?? "";
    if (/^(003|00Q)[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$/.test(external)) {
      const object = external.startsWith("003") ? "Contact" : "Lead";
      const live = object === "Lead" ? " and IsConverted = false" : "";
      const found = await this.query(`select Id from ${object} where Id = ${quoted(external)}${live}`, signal);
      if (found[0]) return text(found[0].Id);
    }
    const { linkedinField } = this.options;
    const ways: string[] = [];
    if (person.email) ways.push(`Email = ${quoted(person.email)}`);
    if (person.phone) ways.push(`(Phone = ${quoted(person.phone)} or MobilePhone = ${quoted(person.phone)})`);
    if (person.linkedinUrl && linkedinField) ways.push(`${linkedinField} = ${quoted(person.linkedinUrl)}`);
    for (const where of ways) {
      // A converted lead lives on as its contact.
      for (const from of [`Contact where ${where}`, `Lead where ${where} and IsConverted = false`]) {
        const found = await this.query(`select Id from ${from} order by CreatedDate limit 1`, signal);
        if (found[0]) return text(found[0].Id);
      }
    }
    return null;
  }

  async create(person: Person, signal: AbortSignal): Promise<string> {
    const { ownerId, linkedinField } = this.options;
    const given: Record<string, string | null> = {
      ...{ FirstName: person.firstName, LastName: person.lastName ?? person.firstName ?? "Unknown" },
      ...{ Company: person.company ?? "Unknown", Title: person.title, Email: person.email, Phone: person.phone },
      ...{ OwnerId: ownerId ?? null, ...(linkedinField && { [linkedinField]: person.linkedinUrl }) },
    };
    const body = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    return idOf(await this.call("POST", `${version}/sobjects/Lead`, signal, { body, creates: true }));
  }

  async log(whoId: string, activity: Activity, signal: AbortSignal): Promise<Logged> {
    const { kind, incoming, subject, body, at } = activity;
    const name = { linkedin: "LinkedIn message", sms: "SMS", email: "Email", note: "" }[kind];
    const title =
      kind === "note" ? subject : `${name} ${incoming ? "received" : "sent"}${kind === "email" ? `: ${subject}` : ""}`;
    const task = {
      ...{ WhoId: whoId, Subject: cut(title, longestSubject), Description: body, Status: "Completed" },
      ...{ ActivityDate: at.slice(0, 10), ...(kind === "email" && { TaskSubtype: "Email" }) },
      ...(this.options.ownerId && { OwnerId: this.options.ownerId }),
    };
    const answer = await this.call("POST", `${version}/sobjects/Task`, signal, { body: task, creates: true });
    return { id: idOf(answer), name: "task" };
  }

  /** A Task's description can't be asked for in a condition, so that those of its person and day are read. */
  async findLogged(whoId: string, { marker, at }: Activity, signal: AbortSignal): Promise<Logged | null> {
    const where = `WhoId = ${quoted(whoId)} and ActivityDate = ${at.slice(0, 10)}`;
    const found = await this.query(`select Id, Description from Task where ${where} order by CreatedDate desc`, signal);
    const id = text(found.find((task) => (text(task.Description) ?? "").includes(marker))?.Id);
    return id ? { id, name: "task" } : null;
  }

  async verify(signal: AbortSignal): Promise<SystemCheck> {
    const needed = { Task: ["createable", "queryable"], Contact: ["queryable"], Lead: ["queryable"] };
    for (const [object, rights] of Object.entries(needed)) {
      const answer = await this.call("GET", `${version}/sobjects/${object}`, signal, { allow: [404] });
      const described = record(record(answer.json).objectDescribe);
      const missing = rights.filter((right) => described[right] !== true);
      if (missing.length > 0)
        return {
          ...{ ok: false, code: "missing_permission" },
          detail: `The app's run-as user may not ${missing.includes("createable") ? "create" : "read"} ${object} records. Give it the permission by a permission set, then verify the destination.`,
        };
    }
    return { ok: true, detail: `Connected to ${this.http.base}, with every permission that is needed.` };
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async query(soql: string, signal: AbortSignal): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    let path: string | null = `${version}/query?${new URLSearchParams({ q: soql })}`;
    while (path !== null) {
      const answer: CrmAnswer = await this.call("GET", path, signal);
      const { records, done, nextRecordsUrl } = record(answer.json);
      rows.push(...list(records));
      const next = text(nextRecordsUrl);
      path = done === false && next?.startsWith("/services/data/") ? next : null;
    }
    return rows;
  }

  private async call(
    method: "GET" | "POST",
    path: string,
    signal: AbortSignal,
    { body, creates = false, allow = [] }: { body?: object; creates?: boolean; allow?: readonly number[] } = {},
  ): Promise<CrmAnswer> {
    for (let renewed = false; ; renewed = true) {
      this.session ??= this.login(signal);
      const mine = this.session;
      const { token, instance } = await mine.catch((error: unknown) => {
        if (this.session === mine) this.session = null;
        throw error;
      });
      const headers = { authorization: `Bearer ${token}` };
      const answer = await this.http.call({ method, path, signal, headers, creates, ...(body && { body }) }, instance);
      if (answer.status < 300 || allow.includes(answer.status)) return answer;
      // Tokens don't say how long they live.
      if (answer.status !== 401 || renewed) throw problemOf(answer);
      if (this.session === mine) this.session = null;
    }
  }

  private async login(signal: AbortSignal): Promise<{ token: string; instance: string }> {
    const { clientId, clientSecret, anyInstance } = this.options;
    const body = new URLSearchParams({
      ...{ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret },
    });
    const call = { method: "POST", path: "/services/oauth2/token", headers: {}, body, signal } as const;
    const answer = await this.http.call(call);
    const { access_token: token, instance_url: instance, error, error_description: why } = record(answer.json);
    // The answer of a success holds the token: it isn't shown.
    const seen = { ...answer.seen, response: text(error) ?? "" };
    if (answer.status >= 300 || !text(token) || !text(instance))
      throw new CrmError(
        "refused",
        "token_refused",
        `Salesforce gives no token (${text(error) ?? answer.status}: ${text(why) ?? ""}). Check clientId, clientSecret and domain, that the app allows the client credentials flow, and that it has a run-as user.`,
        seen,
      );
    if (!anyInstance && !/^https:\/\/[a-z0-9.-]+\.(salesforce|force)\.com$/i.test(text(instance)!))
      throw new CrmError(
        "refused",
        "wrong_instance",
        "Salesforce names an instance that isn't one of salesforce.com. Check the destination's domain.",
        seen,
      );
    return { token: text(token)!, instance: text(instance)! };
  }
}

/** A text in SOQL. */
export const quoted = (value: string): string => `'${value.replace(/[\\'"\n\r\t\b\f]/g, escapeOf)}'`;
const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };
const escapeOf = (character: string) => escapes[character] ?? `\\${character}`;

function problemOf(answer: CrmAnswer): CrmError {
  const { status, seen } = answer;
  const { errorCode, message = "", fields } = list(answer.json)[0] ?? {};
  const code = text(errorCode) ?? String(status);
  const said = `${String(message)}${Array.isArray(fields) && fields.length > 0 ? ` (${fields.join(", ")})` : ""}`.slice(
    0,
    500,
  );
  if (status === 401)
    return new CrmError(
      "refused",
      "token_revoked",
      `Salesforce refuses a fresh token (${code}). Check the app's policies and its run-as user.`,
      seen,
    );
  if (code === "REQUEST_LIMIT_EXCEEDED" && /concurrent/i.test(said))
    return new CrmError(
      "throttled",
      "rate_limited",
      "Too many long calls run in the Salesforce organization at once. Herald goes on by itself.",
      { ...seen, retryAfterMs: 10_000 },
    );
  if (code === "REQUEST_LIMIT_EXCEEDED")
    return new CrmError(
      "throttled",
      "quota_used_up",
      "The Salesforce organization's API calls of these 24 hours are used up. Herald goes on by itself once there are some; buy more, or have other integrations call less.",
      { ...seen, retryAfterMs: quotaRestMs },
    );
  if (code === "UNABLE_TO_LOCK_ROW")
    return new CrmError(
      "unavailable",
      "row_locked",
      "Somebody else changes the person in Salesforce at this moment. Herald tries again.",
      seen,
    );
  if (/^INSUFFICIENT_ACCESS|^CANNOT_INSERT|^INVALID_TYPE$|^API_DISABLED/.test(code) || status === 403)
    return new CrmError(
      "refused",
      "missing_permission",
      `The app's run-as user may not do this in Salesforce (${code}): ${said} Give it the permission by a permission set.`,
      seen,
    );
  if (/^(ENTITY_IS_DELETED|INVALID_CROSS_REFERENCE_KEY|CANNOT_UPDATE_CONVERTED_LEAD)$/.test(code))
    return new CrmError(
      "gone",
      "person_gone",
      `The person isn't in Salesforce any more (deleted, merged or converted), and nobody else was found: ${said}`,
      seen,
    );
  return new CrmError("failed", "refused_by_crm", `Salesforce doesn't take it (${code}): ${said}`, seen);
}

function idOf(answer: CrmAnswer): string {
  const id = text(record(answer.json).id);
  if (id !== null) return id;
  throw new CrmError(
    "ambiguous",
    "unreadable_answer",
    "Salesforce's answer has no ID. Herald asks whether it was logged.",
    answer.seen,
  );
}
