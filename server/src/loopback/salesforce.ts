import { Arrivals } from "./arrivals.ts";
import { Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";
import { OAuthProvider } from "./oauth-provider.ts";
import { soql } from "./soql.ts";

/**
 * A fake Salesforce on loopback: tokens by client credentials and by OAuth, Contacts, Leads and Tasks, one by one and in
 * collections, SOQL with pages, and reports. Fields that it doesn't know, a WhatId beside a Lead, and a converted lead are refused.
 */

export interface SalesforceLoopbackOptions {
  port?: number;
  clientId: string;
  clientSecret: string;
  latencyMs?: number;
}

export interface SalesforceTask {
  id: string;
  type: string;
  fields: Record<string, string>;
  /** WhoId, and Description: names that all fake peers have. */
  to: string;
  body: string;
}

export interface SalesforceReport {
  rows: { label: string; value: string }[][];
  allData?: boolean;
  format?: string;
}

export interface SalesforceLoopback extends LoopbackServer {
  /** By ID: 003 are Contacts, 00Q Leads. */
  people: Map<string, Record<string, string>>;
  activities: SalesforceTask[];
  arrivals: Arrivals<SalesforceTask>;
  faults: Faults;
  calls: string[];
  oauth: OAuthProvider;
  reports: Map<string, SalesforceReport>;
  /** Objects that the user may not create: `Task`. */
  forbidden: Set<string>;
  /** From now on no client gets a token, and none that there is holds. */
  revoke(): void;
  /** Tokens so far end now; new ones are given. */
  expire(): void;
  addPerson(kind: "Contact" | "Lead", fields: Record<string, string>): string;
  /** The person's record is merged into another one; or a lead is converted to a contact. */
  merge(id: string, into: string): void;
  convert(leadId: string, contactId: string): void;
}

const api = "/services/data/v64.0";
const taskFields = "WhoId WhatId Subject Description Status ActivityDate TaskSubtype Type OwnerId Campaign__c".split(
  " ",
);
const personFields = "FirstName LastName Title Email Phone MobilePhone LinkedIn__c OwnerId LeadSource".split(" ");
const prefixes = { Contact: "003", Lead: "00Q" } as const;
const longestUrl = 16_384;

export async function startSalesforce(options: SalesforceLoopbackOptions): Promise<SalesforceLoopback> {
  const arrivals = new Arrivals<SalesforceTask>();
  const faults = new Faults();
  const people = new Map<string, Record<string, string>>();
  const ended = new Map<string, { master: string } | { contact: string }>();
  const reports = new Map<string, SalesforceReport>();
  const places = new Map<string, { rows: Record<string, unknown>[]; size: number }>();
  const forbidden = new Set<string>();
  const calls: string[] = [];
  const oauth = new OAuthProvider({ clientId: options.clientId, clientSecret: options.clientSecret });
  let [lastId, generation, revoked] = [1_000, 0, false];
  let url = "";
  const newId = (prefix: string) => `${prefix}${String(++lastId).padStart(12, "0")}AAA`;

  function handle(request: LoopbackRequest): LoopbackAnswer {
    const { method, path } = request;
    calls.push(`${method} ${path}`);
    if (method === "POST" && path === "/services/oauth2/token") return token(request);
    const shown = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (revoked || (shown !== `token-${generation}` && !oauth.holds(shown)))
      return refusal(401, "INVALID_SESSION_ID", "Session expired or invalid");
    if (path.length + String(request.query).length > longestUrl) return { status: 414, body: "URI Too Long" };
    const place = path.startsWith(api) ? path.slice(api.length) : "?";
    if (method === "GET" && /^\/query(All)?$/.test(place)) return query(request, place === "/queryAll");
    if (method === "GET" && places.has(place.replace("/query/", ""))) return page(place.replace("/query/", ""));
    if (method === "GET" && place.startsWith("/query/"))
      return refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    const report = /^\/analytics\/reports\/(\w+)$/.exec(place)?.[1];
    if (method === "GET" && report) return showReport(report, request.query);
    if (method === "POST" && place === "/composite/sobjects") return createCollection(request);
    const object = /^\/sobjects\/(Task|Contact|Lead)$/.exec(place)?.[1];
    if (!object) return refusal(404, "NOT_FOUND", "The requested resource does not exist");
    const createable = !forbidden.has(object);
    if (method === "GET") return { status: 200, body: { objectDescribe: { createable, queryable: true } } };
    const result = create(object, JSON.parse(request.body.toString()) as Record<string, unknown>);
    return typeof result === "string" ? { status: 201, body: { id: result, success: true, errors: [] } } : result;
  }

  function token(request: LoopbackRequest): LoopbackAnswer {
    const form = new URLSearchParams(request.body.toString());
    const common = { instance_url: url, token_type: "Bearer", id: `${url}/id/00D000000000001AAA/005000000000001AAA` };
    if (form.get("grant_type") !== "client_credentials") {
      const given = oauth.token(form);
      if (!given.ok) return { status: 400, body: { error: given.error, error_description: given.description } };
      const { accessToken, refreshToken, scopes } = given;
      const refresh = form.get("grant_type") === "authorization_code" ? { refresh_token: refreshToken } : {};
      return { status: 200, body: { ...common, access_token: accessToken, ...refresh, scope: scopes.join(" ") } };
    }
    const known = form.get("client_id") === options.clientId && form.get("client_secret") === options.clientSecret;
    if (revoked || !known)
      return { status: 400, body: { error: "invalid_client", error_description: "invalid client credentials" } };
    return { status: 200, body: { ...common, access_token: `token-${generation}` } };
  }

  function createCollection(request: LoopbackRequest): LoopbackAnswer {
    const { allOrNone, records, ...unknown } = JSON.parse(request.body.toString()) as Record<string, unknown>;
    if (allOrNone !== false || !Array.isArray(records) || records.length > 200 || Object.keys(unknown).length > 0)
      return refusal(400, "JSON_PARSER_ERROR", "allOrNone: false, and up to 200 records");
    const results = records.map(({ attributes, ...fields }: Record<string, unknown>) => {
      const { type } = (attributes ?? {}) as { type?: string };
      const result = create(type ?? "", fields);
      if (typeof result === "string") return { id: result, success: true, errors: [] };
      const [{ errorCode, message, fields: named }] = result.body as [
        { errorCode: string; message: string; fields: [] },
      ];
      return { success: false, errors: [{ statusCode: errorCode, message, fields: named }] };
    });
    return { status: 200, body: results };
  }

  /** The new record's ID, or why there is none. */
  function create(object: string, given: Record<string, unknown>): string | LoopbackAnswer {
    const known = object === "Task" ? taskFields : object === "Lead" ? [...personFields, "Company", "Description"] : [];
    const unknown = Object.entries(given).find(([name, value]) => !known.includes(name) || typeof value !== "string");
    if (unknown) return refusal(400, "INVALID_FIELD", `No such column '${unknown[0]}' on sobject of type ${object}`);
    if (forbidden.has(object))
      return refusal(403, "INSUFFICIENT_ACCESS_OR_READONLY", `insufficient access rights on ${object}`);
    const fields = given as Record<string, string>;
    return object === "Task" ? createTask(fields) : createLead(fields);
  }

  function createTask(fields: Record<string, string>): string | LoopbackAnswer {
    const { WhoId = "", WhatId, Subject = "", Description = "", Status, ActivityDate = "", TaskSubtype } = fields;
    if (ended.has(WhoId) && "contact" in ended.get(WhoId)!)
      return refusal(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ["WhoId"]);
    if (ended.has(WhoId)) return refusal(400, "ENTITY_IS_DELETED", "entity is deleted");
    if (!people.has(WhoId)) return refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ["WhoId"]);
    const broken = Object.entries({ OwnerId: "005", WhatId: "006" }).find(
      ([name, prefix]) => fields[name] !== undefined && !fields[name].startsWith(prefix),
    );
    if (broken) return refusal(400, "INVALID_CROSS_REFERENCE_KEY", `${broken[0]}: invalid`, [broken[0]]);
    if (WhatId !== undefined && WhoId.startsWith("00Q"))
      return refusal(400, "FIELD_INTEGRITY_EXCEPTION", "You can only relate to a Contact", ["WhatId"]);
    if (!["Completed", "Not Started"].includes(Status ?? ""))
      return refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field", [
        "Status",
      ]);
    if (TaskSubtype !== undefined && !["Task", "Email", "Call"].includes(TaskSubtype))
      return refusal(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value", ["TaskSubtype"]);
    if (Subject.length > 255 || Description.length > 32_000)
      return refusal(400, "STRING_TOO_LONG", "data value too large");
    if (!/^\d{4}-\d\d-\d\d$/.test(ActivityDate)) return refusal(400, "JSON_PARSER_ERROR", "ActivityDate is no date");
    const id = newId("00T");
    arrivals.add({ id, type: "Task", fields, to: WhoId, body: Description });
    return id;
  }

  function createLead(fields: Record<string, string>): string | LoopbackAnswer {
    if (!fields.LastName || !fields.Company)
      return refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing", ["LastName", "Company"]);
    return addPerson("Lead", fields);
  }

  function addPerson(kind: "Contact" | "Lead", fields: Record<string, string>): string {
    const id = newId(prefixes[kind]);
    people.set(id, fields);
    return id;
  }

  function rowsOf(kind: "Contact" | "Lead", all: boolean): Record<string, unknown>[] {
    const living = [...people].map(([Id, fields]) => ({ ...fields, Id, IsDeleted: false, IsConverted: false }));
    const others = [...ended].map(([Id, to]) => ({
      ...("master" in to ? { Id, IsDeleted: true, MasterRecordId: to.master, IsConverted: false } : {}),
      ...("contact" in to ? { Id, IsDeleted: false, IsConverted: true, ConvertedContactId: to.contact } : {}),
    }));
    return [...living, ...others.filter((row) => all || row.IsDeleted === false)].filter(({ Id }) =>
      Id?.startsWith(prefixes[kind]),
    );
  }

  function query(request: LoopbackRequest, all: boolean): LoopbackAnswer {
    const person = [...personFields, "Id", "IsDeleted", "MasterRecordId"];
    const answer = soql(request.query.get("q") ?? "", {
      Task: {
        rows: arrivals.messages.map(({ id, fields }) => ({ ...fields, Id: id })),
        columns: [...taskFields, "Id"],
        unfiltered: ["Description"],
      },
      Contact: { rows: rowsOf("Contact", all), columns: [...person, "Account.Name"] },
      Lead: {
        rows: rowsOf("Lead", all),
        columns: [...person, "Company", "Description", "IsConverted", "ConvertedContactId"],
        unfiltered: ["Description"],
      },
    });
    if (!answer.ok) return refusal(400, answer.code, answer.message);
    const asked = /batchSize=(\d+)/.exec(String(request.headers["sforce-query-options"] ?? ""))?.[1];
    const size = Math.max(200, Number(asked ?? 2_000));
    const place = `01g${String(++lastId)}-${size}`;
    places.set(place, { rows: answer.rows, size });
    return page(place);
  }

  /** A place may be asked for again, as after a crash. */
  function page(place: string): LoopbackAnswer {
    const { rows, size } = places.get(place)!;
    const records = rows.slice(0, size);
    const done = rows.length <= size;
    const next = `01g${String(++lastId)}-${size}`;
    if (!done) places.set(next, { rows: rows.slice(size), size });
    const more = done ? {} : { nextRecordsUrl: `${api}/query/${next}` };
    return { status: 200, body: { totalSize: rows.length, done, records, ...more } };
  }

  function showReport(id: string, asked: URLSearchParams): LoopbackAnswer {
    const report = reports.get(id);
    if (!report) return refusal(404, "NOT_FOUND", "The requested resource does not exist");
    const rows = asked.get("includeDetails") === "true" ? report.rows.map((dataCells) => ({ dataCells })) : [];
    const { allData = true, format = "TABULAR" } = report;
    const reportMetadata = { id, reportFormat: format };
    return { status: 200, body: { allData, reportMetadata, factMap: { "T!T": { rows, aggregates: [] } } } };
  }

  const server = await listen({ port: options.port, latencyMs: options.latencyMs, faults, arrivals, handle });
  url = server.url;
  return {
    ...{
      ...server,
      people,
      activities: arrivals.messages,
      arrivals,
      faults,
      calls,
      addPerson,
      oauth,
      reports,
      forbidden,
    },
    expire() {
      generation++;
      oauth.expire();
    },
    revoke() {
      revoked = true;
      oauth.revoke();
    },
    merge(id, into) {
      people.delete(id);
      ended.set(id, { master: into });
    },
    convert(leadId, contactId) {
      people.delete(leadId);
      ended.set(leadId, { contact: contactId });
    },
  };
}

/** Errors are an array; a used-up quota is 403. */
export function refusal(status: number, errorCode: string, message: string, fields: string[] = []): LoopbackAnswer {
  return { status, body: [{ errorCode, message, fields }] };
}
