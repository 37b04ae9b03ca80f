import { Arrivals } from "./arrivals.ts";
import { Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";

/**
 * A fake Salesforce on loopback: tokens by client credentials, Contacts, Leads and Tasks, and the few SOQL queries that a log
 * of activities needs. Fields that it doesn't know, a WhatId beside a Lead, and a converted lead are refused.
 */

export interface SalesforceLoopbackOptions {
  port?: number;
  clientId: string;
  clientSecret: string;
}

export interface SalesforceTask {
  id: string;
  type: string;
  fields: Record<string, string>;
  /** WhoId, and Description: names that all fake peers have. */
  to: string;
  body: string;
}

export interface SalesforceLoopback extends LoopbackServer {
  /** By ID: 003 are Contacts, 00Q Leads. */
  people: Map<string, Record<string, string>>;
  activities: SalesforceTask[];
  arrivals: Arrivals<SalesforceTask>;
  faults: Faults;
  calls: string[];
  /** From now on no client gets a token, and none that there is holds. */
  revoke(): void;
  /** Tokens so far end now; new ones are given. */
  expire(): void;
  addPerson(kind: "Contact" | "Lead", fields: Record<string, string>): string;
}

const taskFields = "WhoId WhatId Subject Description Status ActivityDate TaskSubtype OwnerId".split(" ");
const personFields = "FirstName LastName Company Title Email Phone MobilePhone LinkedIn__c OwnerId".split(" ");
const prefixes = { Contact: "003", Lead: "00Q" } as const;

export async function startSalesforce(options: SalesforceLoopbackOptions): Promise<SalesforceLoopback> {
  const arrivals = new Arrivals<SalesforceTask>();
  const faults = new Faults();
  const people = new Map<string, Record<string, string>>();
  const calls: string[] = [];
  let [lastId, generation, revoked] = [1_000, 0, false];
  let url = "";
  const newId = (prefix: string) => `${prefix}${String(++lastId).padStart(12, "0")}AAA`;

  function handle(request: LoopbackRequest): LoopbackAnswer {
    const { method, path } = request;
    calls.push(`${method} ${path}`);
    if (method === "POST" && path === "/services/oauth2/token") return token(request);
    if (revoked || request.headers.authorization !== `Bearer token-${generation}`)
      return refusal(401, "INVALID_SESSION_ID", "Session expired or invalid");
    const place = path.replace("/services/data/v64.0", "");
    if (method === "GET" && place === "/query") return query(request.query.get("q") ?? "");
    const object = /^\/sobjects\/(Task|Contact|Lead)$/.exec(place)?.[1];
    if (!object) return refusal(404, "NOT_FOUND", "The requested resource does not exist");
    if (method === "GET") return { status: 200, body: { objectDescribe: { createable: true, queryable: true } } };
    const fields = JSON.parse(request.body.toString()) as Record<string, string>;
    return object === "Task" ? createTask(fields) : createLead(fields);
  }

  function token(request: LoopbackRequest): LoopbackAnswer {
    const form = new URLSearchParams(request.body.toString());
    const known = form.get("client_id") === options.clientId && form.get("client_secret") === options.clientSecret;
    if (revoked || !known || form.get("grant_type") !== "client_credentials")
      return { status: 400, body: { error: "invalid_client", error_description: "invalid client credentials" } };
    return { status: 200, body: { access_token: `token-${generation}`, instance_url: url, token_type: "Bearer" } };
  }

  function createTask(fields: Record<string, string>): LoopbackAnswer {
    const unknown = Object.keys(fields).find((name) => !taskFields.includes(name));
    if (unknown) return refusal(400, "INVALID_FIELD", `No such column '${unknown}' on sobject of type Task`);
    const { WhoId = "", WhatId, Subject = "", Description = "", ActivityDate = "" } = fields;
    if (!people.has(WhoId)) return refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ["WhoId"]);
    if (WhatId !== undefined && WhoId.startsWith("00Q"))
      return refusal(400, "FIELD_INTEGRITY_EXCEPTION", "You can only relate to a Contact", ["WhatId"]);
    if (Subject.length > 255 || Description.length > 32_000)
      return refusal(400, "STRING_TOO_LONG", "data value too large");
    if (!/^\d{4}-\d\d-\d\d$/.test(ActivityDate)) return refusal(400, "JSON_PARSER_ERROR", "ActivityDate is no date");
    const id = newId("00T");
    arrivals.add({ id, type: "Task", fields, to: WhoId, body: Description });
    return { status: 201, body: { id, success: true, errors: [] } };
  }

  function createLead(fields: Record<string, string>): LoopbackAnswer {
    const unknown = Object.keys(fields).find((name) => !personFields.includes(name));
    if (unknown) return refusal(400, "INVALID_FIELD", `No such column '${unknown}' on sobject of type Lead`);
    if (!fields.LastName || !fields.Company)
      return refusal(400, "REQUIRED_FIELD_MISSING", "Required fields are missing", ["LastName", "Company"]);
    return { status: 201, body: { id: addPerson("Lead", fields), success: true, errors: [] } };
  }

  function addPerson(kind: "Contact" | "Lead", fields: Record<string, string>): string {
    const id = newId(prefixes[kind]);
    people.set(id, fields);
    return id;
  }

  /** `select ... from <object> where <field> = '<text>' [or ...]`: texts must be escaped; dates are bare. */
  function query(soql: string): LoopbackAnswer {
    const [, object = "", where = ""] = /^select [\w, ]+ from (Task|Contact|Lead) where (.*)$/s.exec(soql) ?? [];
    const conditions = [...where.matchAll(/(\w+) = (?:'((?:[^'\\]|\\.)*)'|(\d{4}-\d\d-\d\d)|(?:true|false))/g)];
    const rest = where
      .replace(/(\w+) = (?:'((?:[^'\\]|\\.)*)'|[\w-]+)/g, "")
      .replace(/and|or|order by \w+( desc)?|limit \d+|[\s()]/g, "");
    if (object === "" || conditions.length === 0 || !/^(der|by|CreatedDate|desc)*$/.test(rest))
      return refusal(400, "MALFORMED_QUERY", `unexpected: ${rest || soql}`);
    const texts = conditions.filter(([, , value, date]) => value !== undefined || date !== undefined);
    const values = texts.map(([, field, value, date]) => [field!, date ?? value!.replace(/\\(.)/g, "$1")] as const);
    if (object === "Task") {
      const found = arrivals.messages.filter(({ fields }) => values.every(([field, value]) => fields[field] === value));
      return rows(found.map(({ id, body }) => ({ Id: id, Description: body })));
    }
    const found = [...people].filter(
      ([id, fields]) =>
        id.startsWith(prefixes[object as "Contact"]) &&
        values.some(([field, value]) => (field === "Id" ? id : fields[field]) === value),
    );
    return rows(found.map(([id]) => ({ Id: id })));
  }

  const server = await listen({ port: options.port, faults, arrivals, handle });
  url = server.url;
  return {
    ...{ ...server, people, activities: arrivals.messages, arrivals, faults, calls, addPerson },
    expire: () => void generation++,
    revoke() {
      revoked = true;
    },
  };
}

const rows = (records: object[]): LoopbackAnswer => ({
  ...{ status: 200, body: { totalSize: records.length, done: true, records } },
});

/** Errors are an array; a used-up quota is 403. */
export function refusal(status: number, errorCode: string, message: string, fields: string[] = []): LoopbackAnswer {
  return { status, body: [{ errorCode, message, fields }] };
}
