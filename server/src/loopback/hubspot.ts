import parsePhoneNumber from "libphonenumber-js/max";
import { Arrivals } from "./arrivals.ts";
import { Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";
import { hubspotTypes, problemOfProperties } from "./hubspot-properties.ts";
import { OAuthProvider, type OAuthProviderOptions } from "./oauth-provider.ts";
import { type RateLimit, rateWindow } from "./rate-window.ts";

/**
 * A fake HubSpot on loopback: contacts, communications, emails, notes and lists of its CRM API v3, one by one and in batches,
 * associations of v4, a private app's token and OAuth. It refuses what HubSpot refuses, and beyond that whatever it doesn't know,
 * so that a typo can't pass.
 */

export interface HubspotLoopbackOptions {
  port?: number;
  /** The private app's token. */
  token: string;
  /** An app beside it, whose users authorize it. */
  oauth?: OAuthProviderOptions;
  /** Scopes that tokens have. Default: all that there are. */
  scopes?: readonly string[];
  limit?: RateLimit;
  latencyMs?: number;
}

export interface HubspotActivity {
  id: string;
  type: string;
  properties: Record<string, string>;
  /** The contact's ID, and the text: names that all fake peers have. */
  to: string;
  body: string;
}

export interface HubspotLoopback extends LoopbackServer {
  contacts: Map<string, Record<string, string>>;
  activities: HubspotActivity[];
  arrivals: Arrivals<HubspotActivity>;
  faults: Faults;
  oauth: OAuthProvider | null;
  /** Members of lists, in their order. */
  lists: Map<string, string[]>;
  /** Which of them are of companies. */
  companyLists: Set<string>;
  /** Contacts that were merged into others, by their old IDs. */
  merged: Map<string, string>;
  /** Tokens that are refused from now on. */
  revoked: Set<string>;
  scopes: Set<string>;
  /** Calls so far, as `POST /crm/v3/objects/notes`. */
  calls: string[];
  addContact(properties: Record<string, string>): string;
}

const allScopes = ["crm.objects.contacts.read", "crm.objects.contacts.write", "sales-email-read", "crm.lists.read"];
/** Associations of a contact that one answer holds. */
const pageSize = 500;
const contactProperties = new Set(
  "email phone mobilephone firstname lastname company jobtitle hs_linkedin_url hubspot_owner_id createdate lifecyclestage hs_additional_emails hs_searchable_calculated_phone_number hs_searchable_calculated_mobile_number".split(
    " ",
  ),
);

export async function startHubspot(options: HubspotLoopbackOptions): Promise<HubspotLoopback> {
  const arrivals = new Arrivals<HubspotActivity>();
  const faults = new Faults();
  const contacts = new Map<string, Record<string, string>>();
  const scopes = new Set(options.scopes ?? allScopes);
  const [lists, merged] = [new Map<string, string[]>(), new Map<string, string>()];
  const companyLists = new Set<string>();
  const oauth = options.oauth ? new OAuthProvider(options.oauth) : null;
  const revoked = new Set<string>();
  const calls: string[] = [];
  const over = rateWindow(options.limit);
  let lastId = 1_000;

  function handle(request: LoopbackRequest): LoopbackAnswer {
    const { method, path } = request;
    calls.push(`${method} ${path}`);
    if (method === "POST" && path === "/oauth/v3/token") return giveToken(request);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if ((token !== options.token && !oauth?.holds(token)) || revoked.has(token))
      return refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found or expired.");
    const wait = over();
    if (wait !== null) return limited(wait);
    const body = method === "POST" ? objectOf(request) : {};
    if (body === null) return invalid("Invalid input JSON");
    if (method === "POST" && path === "/oauth/v2/private-apps/get/access-token-info") {
      if (body.tokenKey !== token) return invalid("tokenKey is not this app's");
      return { status: 200, body: { hubId: 1234567, userId: 1, appId: 2, scopes: [...scopes] } };
    }
    const writes = method === "POST" && !/\/(search|batch\/read)$/.test(path);
    const scope = path.includes("/lists/") ? allScopes[3]! : writes ? allScopes[1]! : allScopes[0]!;
    if (!scopes.has(scope)) return lacks(scope);
    const parts = path.split("/").slice(1);
    if (method === "GET" && path === "/crm/v3/objects/contacts") return { status: 200, body: { results: [] } };
    if (method === "GET" && /^\/crm\/v3\/objects\/contacts\/\d+$/.test(path)) return contact(parts[4]!, request.query);
    if (method === "GET" && /^\/crm\/v3\/lists\/\d+$/.test(path)) return showList(parts[3]!);
    if (method === "GET" && /^\/crm\/v3\/lists\/\d+\/memberships$/.test(path)) return members(parts[3]!, request.query);
    if (method !== "POST") return { status: 404, body: "" };
    if (path === "/crm/v3/objects/contacts") return createContact(body);
    if (path === "/crm/v3/objects/contacts/search") return search(body);
    if (path === "/crm/v3/objects/contacts/batch/read") return readContacts(body);
    const associations = /^\/crm\/v4\/associations\/contacts\/(\w+)\/batch\/read$/.exec(path)?.[1];
    if (associations) return associated(associations, body);
    const type = parts[3] ?? "";
    if (!path.startsWith("/crm/v3/objects/") || !hubspotTypes[type]) return { status: 404, body: "" };
    if (parts.length === 4) return createActivity(type, body);
    if (parts.length === 6 && parts[4] === "batch" && parts[5] === "read") return batchRead(type, body);
    if (parts.length === 6 && parts[4] === "batch" && parts[5] === "create") return batchCreate(type, body);
    return { status: 404, body: "" };
  }

  function giveToken(request: LoopbackRequest): LoopbackAnswer {
    if (request.query.size > 0) return invalid("Parameters belong into the body");
    const given = oauth?.token(new URLSearchParams(request.body.toString()));
    if (!given?.ok) {
      const status = given?.error === "invalid_grant" ? "BAD_REFRESH_TOKEN" : "BAD_CLIENT";
      return { status: 400, body: { status, message: given?.description ?? "unknown app", correlationId: "0" } };
    }
    const { accessToken: access_token, refreshToken: refresh_token, expiresIn: expires_in } = given;
    const about = { token_type: "bearer", hub_id: 1234567, scopes: [...scopes] };
    return { status: 200, body: { access_token, refresh_token, expires_in, ...about } };
  }

  function contact(id: string, query: URLSearchParams): LoopbackAnswer {
    const asked = (query.get("properties") ?? "email,firstname,lastname").split(",");
    const strange = asked.find((name) => !contactProperties.has(name));
    if (strange !== undefined) return unknownProperty(strange);
    const now = merged.get(id) ?? id;
    const known = contacts.get(now);
    if (!known) return refusal(404, "OBJECT_NOT_FOUND", "resource not found");
    const properties = Object.fromEntries(asked.map((name) => [name, known[name] ?? null]));
    return { status: 200, body: { id: now, properties } };
  }

  function addContact(properties: Record<string, string>): string {
    const id = String(++lastId);
    contacts.set(id, properties);
    return id;
  }

  function createContact(body: Record<string, unknown>): LoopbackAnswer {
    const properties = body.properties as Record<string, string> | undefined;
    const problem = unknownIn(body, ["properties", "associations"]) ?? (properties ? null : "properties is missing");
    if (problem) return invalid(problem);
    for (const name of Object.keys(properties!)) if (!contactProperties.has(name)) return unknownProperty(name);
    const same = [...contacts].find(([, known]) => emailsOf(known).includes((properties!.email ?? "-").toLowerCase()));
    if (same) return refusal(409, "CONFLICT", `Contact already exists. Existing ID: ${same[0]}`);
    const id = addContact(properties!);
    return { status: 201, body: { id, properties } };
  }

  function search(body: Record<string, unknown>): LoopbackAnswer {
    const problem = unknownIn(body, ["filterGroups", "properties", "limit", "sorts", "after", "query"]);
    const groups = body.filterGroups as { filters: { propertyName: string; operator: string; values?: string[] }[] }[];
    if (problem || !Array.isArray(groups) || groups.length > 5) return invalid(problem ?? "1 to 5 filterGroups");
    for (const { filters } of groups)
      for (const filter of filters) {
        if (!contactProperties.has(filter.propertyName)) return unknownProperty(filter.propertyName);
        if (filter.operator !== "IN" || !Array.isArray(filter.values)) return invalid("IN needs values");
        if (filter.values.some((value) => value !== value.toLowerCase()))
          return invalid("values of IN must be lower case");
      }
    const results = [...contacts].filter(([, known]) =>
      groups.some(({ filters }) =>
        filters.every(({ propertyName, values }) => values!.includes(searched(known, propertyName))),
      ),
    );
    return {
      status: 200,
      body: { total: results.length, results: results.map(([id, properties]) => ({ id, properties })) },
    };
  }

  function readContacts(body: Record<string, unknown>): LoopbackAnswer {
    const { inputs, properties, idProperty, ...unknown } = body as {
      inputs: { id: string }[];
      properties: string[];
      idProperty?: string;
    };
    if (Object.keys(unknown).length > 0 || !Array.isArray(inputs) || inputs.length === 0 || inputs.length > 100)
      return invalid("1 to 100 inputs");
    const strange = properties.find((name) => !contactProperties.has(name));
    if (strange) return unknownProperty(strange);
    if (idProperty !== undefined && idProperty !== "email") return invalid("idProperty must be unique");
    const results = [...contacts]
      .filter(([id, known]) =>
        inputs.some((input) => (idProperty ? emailsOf(known).includes(input.id.toLowerCase()) : id === input.id)),
      )
      .map(([id, known]) => ({
        id,
        properties: Object.fromEntries(properties.map((name) => [name, known[name] ?? null])),
      }));
    const missing = results.length < inputs.length;
    const errors = [{ status: "error", category: "OBJECT_NOT_FOUND", message: "Could not get some CONTACT objects" }];
    return {
      status: missing ? 207 : 200,
      body: { status: "COMPLETE", results, ...(missing && { numErrors: 1, errors }) },
    };
  }

  function showList(listId: string): LoopbackAnswer {
    if (!lists.has(listId)) return refusal(404, "OBJECT_NOT_FOUND", `List does not exist with ID ${listId}.`);
    const objectTypeId = companyLists.has(listId) ? "0-2" : "0-1";
    return { status: 200, body: { list: { listId, objectTypeId, processingType: "DYNAMIC", name: `List ${listId}` } } };
  }

  function members(listId: string, query: URLSearchParams): LoopbackAnswer {
    const all = lists.get(listId);
    if (!all) return refusal(404, "OBJECT_NOT_FOUND", `List does not exist with ID ${listId}.`);
    const limit = Number(query.get("limit") ?? 100);
    if (!(limit >= 1 && limit <= 250)) return invalid("limit is 1 to 250");
    const from = Number(query.get("after") ?? 0);
    const results = all
      .slice(from, from + limit)
      .map((recordId) => ({ recordId, membershipTimestamp: "2026-01-05T09:30:00Z" }));
    const next = from + limit < all.length ? { paging: { next: { after: String(from + limit) } } } : {};
    return { status: 200, body: { total: all.length, results, ...next } };
  }

  /** The new object, or what is wrong with it. */
  function make(type: string, body: Record<string, unknown>): HubspotActivity | string {
    const { association, body: text } = hubspotTypes[type]!;
    const properties = (body.properties ?? {}) as Record<string, string>;
    const problem = unknownIn(body, ["properties", "associations"]) ?? problemOfProperties(type, properties);
    if (problem) return problem;
    const links = body.associations as {
      to: { id: string };
      types: { associationCategory: string; associationTypeId: number }[];
    }[];
    if (!Array.isArray(links) || links.length !== 1) return "Give one association";
    const [{ to, types }] = links as [(typeof links)[number]];
    if (types.some((one) => one.associationCategory !== "HUBSPOT_DEFINED" || one.associationTypeId !== association))
      return `${type} have the association type ${association} with contacts`;
    if (!contacts.has(to.id)) return `INVALID_OBJECT_IDS: contact ${to.id} does not exist`;
    const made = { id: String(++lastId), type, properties, to: to.id, body: properties[text] ?? "" };
    arrivals.add(made);
    return made;
  }

  function createActivity(type: string, body: Record<string, unknown>): LoopbackAnswer {
    const made = make(type, body);
    return typeof made === "string"
      ? invalid(made)
      : { status: 201, body: { id: made.id, properties: made.properties } };
  }

  /** Each is made or refused by itself, and named by its trace ID; without those one that is wrong refuses all. */
  function batchCreate(type: string, body: Record<string, unknown>): LoopbackAnswer {
    const inputs = body.inputs as Record<string, unknown>[];
    const problem = unknownIn(body, ["inputs"]);
    if (problem || !Array.isArray(inputs) || inputs.length === 0 || inputs.length > 100)
      return invalid(problem ?? "1 to 100 inputs");
    if (inputs.some(({ objectWriteTraceId }) => typeof objectWriteTraceId !== "string")) return invalid("no trace ID");
    const [results, errors]: [object[], object[]] = [[], []];
    // Not in the order of the inputs: nobody promises that.
    for (const { objectWriteTraceId, ...input } of inputs.toReversed()) {
      const made = make(type, input);
      if (typeof made !== "string") results.push({ id: made.id, properties: made.properties, objectWriteTraceId });
      else {
        const context = { objectWriteTraceId: [objectWriteTraceId] };
        errors.push({ status: "error", category: "VALIDATION_ERROR", message: made, context });
      }
    }
    const failed = errors.length > 0 ? { numErrors: errors.length, errors } : {};
    return { status: errors.length > 0 ? 207 : 201, body: { status: "COMPLETE", results, ...failed } };
  }

  function associated(type: string, body: Record<string, unknown>): LoopbackAnswer {
    const inputs = body.inputs as { id: string; after?: string }[];
    if (!hubspotTypes[type] || unknownIn(body, ["inputs"]) || !Array.isArray(inputs) || inputs.length > 1_000)
      return invalid("1 to 1,000 inputs");
    const [results, errors]: [object[], object[]] = [[], []];
    for (const { id, after } of inputs) {
      const all = arrivals.messages.filter((one) => one.type === type && (merged.get(one.to) ?? one.to) === id);
      const [from, context] = [Number(after ?? 0), { fromObjectId: [id] }];
      const to = all.slice(from, from + pageSize).map((one) => ({ toObjectId: Number(one.id), associationTypes: [] }));
      const paging = from + pageSize < all.length ? { paging: { next: { after: String(from + pageSize) } } } : {};
      if (!contacts.has(id)) errors.push({ category: "OBJECT_NOT_FOUND", message: `No contact ${id}`, context });
      else if (all.length === 0)
        errors.push({ category: "OBJECT_NOT_FOUND", subCategory: "crm.associations.NO_ASSOCIATIONS_FOUND", context });
      else results.push({ from: { id }, to, ...paging });
    }
    const failed = errors.length > 0 ? { numErrors: errors.length, errors } : {};
    return { status: errors.length > 0 ? 207 : 200, body: { status: "COMPLETE", results, ...failed } };
  }

  function batchRead(type: string, body: Record<string, unknown>): LoopbackAnswer {
    const inputs = body.inputs as { id: string }[];
    const problem = unknownIn(body, ["properties", "inputs"]);
    if (problem || !Array.isArray(inputs) || inputs.length > 100) return invalid(problem ?? "1 to 100 inputs");
    const hidden = type === "emails" && !scopes.has("sales-email-read");
    const results = arrivals.messages
      .filter((one) => one.type === type && inputs.some(({ id }) => id === one.id))
      .map(({ id, properties }) => ({ id, properties: hidden ? { ...properties, hs_email_text: "" } : properties }));
    return { status: 200, body: { status: "COMPLETE", results } };
  }

  const { port, latencyMs } = options;
  const server = await listen({ port, latencyMs, faults, arrivals, handle });
  return {
    ...{ ...server, contacts, activities: arrivals.messages, arrivals, faults, revoked, scopes, calls, addContact },
    ...{ oauth, lists, companyLists, merged },
  };
}

/** 429 as HubSpot says it. */
export function limited(waitMs: number, policyName = "TEN_SECONDLY_ROLLING"): LoopbackAnswer {
  return {
    status: 429,
    // Of a day's quota it doesn't say until when.
    ...(policyName === "DAILY" ? {} : { headers: { "retry-after": String(Math.ceil(waitMs / 1_000)) } }),
    body: {
      status: "error",
      errorType: "RATE_LIMIT",
      policyName,
      message: `You have reached your ${policyName} limit.`,
    },
  };
}

function refusal(status: number, category: string, message: string): LoopbackAnswer {
  return {
    status,
    body: { status: "error", message, category, correlationId: "00000000-0000-4000-8000-000000000000" },
  };
}

const invalid = (message: string) => refusal(400, "VALIDATION_ERROR", message);
const unknownProperty = (name: string) => invalid(`Property values were not valid: Property "${name}" does not exist`);

function lacks(scope: string): LoopbackAnswer {
  const { status, body } = refusal(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes.");
  const errors = [
    { message: "One or more of the following scopes are required.", context: { requiredGranularScopes: [scope] } },
  ];
  return { status, body: { ...(body as object), errors } };
}

/** A property as searches see it: of numbers the digits alone, without the country's code where HubSpot can tell it. */
function searched(known: Record<string, string>, name: string): string {
  const written = {
    hs_searchable_calculated_phone_number: "phone",
    hs_searchable_calculated_mobile_number: "mobilephone",
  }[name];
  if (written === undefined) return (known[name] ?? "").toLowerCase();
  const number = known[written] ?? "";
  return parsePhoneNumber(number)?.nationalNumber ?? number.replace(/\D/g, "");
}

/** A contact's own address, and those of contacts that were merged into it. */
const emailsOf = ({ email = "", hs_additional_emails = "" }: Record<string, string>): string[] =>
  [email, ...hs_additional_emails.split(";")].filter(Boolean).map((address) => address.toLowerCase());

function unknownIn(body: Record<string, unknown>, known: readonly string[]): string | null {
  const name = Object.keys(body).find((key) => !known.includes(key));
  return name === undefined ? null : `Unrecognized field "${name}"`;
}

function objectOf(request: LoopbackRequest): Record<string, unknown> | null {
  if (request.headers["content-type"] !== "application/json") return null;
  try {
    const value: unknown = JSON.parse(request.body.toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
