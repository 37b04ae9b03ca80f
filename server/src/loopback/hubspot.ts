import { Arrivals } from "./arrivals.ts";
import { Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";
import { type RateLimit, rateWindow } from "./rate-window.ts";

/**
 * A fake HubSpot on loopback: contacts, communications, emails and notes of its CRM API v3, associations of v4. It refuses
 * what HubSpot refuses, and beyond that whatever it doesn't know, so that a typo can't pass.
 */

export interface HubspotLoopbackOptions {
  port?: number;
  /** The private app's token. */
  token: string;
  /** Scopes that it has. Default: all that there are. */
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
  /** Tokens that are refused from now on. */
  revoked: Set<string>;
  scopes: Set<string>;
  /** Calls so far, as `POST /crm/v3/objects/notes`. */
  calls: string[];
  addContact(properties: Record<string, string>): string;
}

const allScopes = ["crm.objects.contacts.read", "crm.objects.contacts.write", "sales-email-read"];
const types: Record<string, { association: number; body: string; required: string[]; optional: string[] }> = {
  communications: {
    ...{ association: 81, body: "hs_communication_body" },
    required: [
      "hs_communication_channel_type",
      "hs_communication_logged_from",
      "hs_communication_body",
      "hs_timestamp",
    ],
    optional: ["hubspot_owner_id"],
  },
  emails: {
    ...{ association: 198, body: "hs_email_text" },
    required: ["hs_timestamp", "hs_email_direction"],
    optional: ["hs_email_status", "hs_email_subject", "hs_email_text", "hubspot_owner_id"],
  },
  notes: {
    ...{ association: 202, body: "hs_note_body", required: ["hs_timestamp"] },
    optional: ["hs_note_body", "hubspot_owner_id"],
  },
};
const values: Record<string, readonly string[]> = {
  hs_communication_channel_type: ["LINKEDIN_MESSAGE", "SMS", "WHATS_APP"],
  hs_communication_logged_from: ["CRM"],
  hs_email_direction: ["EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"],
  hs_email_status: ["BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"],
};
const contactProperties = new Set(
  "email phone mobilephone firstname lastname company jobtitle hs_linkedin_url hubspot_owner_id createdate".split(" "),
);

export async function startHubspot(options: HubspotLoopbackOptions): Promise<HubspotLoopback> {
  const arrivals = new Arrivals<HubspotActivity>();
  const faults = new Faults();
  const contacts = new Map<string, Record<string, string>>();
  const scopes = new Set(options.scopes ?? allScopes);
  const revoked = new Set<string>();
  const calls: string[] = [];
  const over = rateWindow(options.limit);
  let lastId = 1_000;

  function handle(request: LoopbackRequest): LoopbackAnswer {
    const { method, path } = request;
    calls.push(`${method} ${path}`);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token !== options.token || revoked.has(token))
      return refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found or expired.");
    const wait = over();
    if (wait !== null) return limited(wait);
    const body = method === "POST" ? objectOf(request) : {};
    if (body === null) return invalid("Invalid input JSON");
    if (method === "POST" && path === "/oauth/v2/private-apps/get/access-token-info") {
      if (body.tokenKey !== token) return invalid("tokenKey is not this app's");
      return { status: 200, body: { hubId: 1234567, userId: 1, appId: 2, scopes: [...scopes] } };
    }
    const scope = method === "POST" && !/\/(search|batch\/read)$/.test(path) ? allScopes[1]! : allScopes[0]!;
    if (!scopes.has(scope)) return lacks(scope);
    const parts = path.split("/").slice(1);
    if (method === "GET" && /^\/crm\/v3\/objects\/contacts\/\d+$/.test(path)) return contact(parts[4]!);
    if (method === "POST" && path === "/crm/v3/objects/contacts") return createContact(body);
    if (method === "POST" && path === "/crm/v3/objects/contacts/search") return search(body);
    if (method === "GET" && /^\/crm\/v4\/objects\/contacts\/\d+\/associations\/\w+$/.test(path))
      return associated(parts[4]!, parts[6]!, request.query);
    const type = parts[3] ?? "";
    if (method === "POST" && path.startsWith("/crm/v3/objects/") && types[type]) {
      if (parts.length === 4) return createActivity(type, body);
      if (parts[4] === "batch" && parts[5] === "read" && parts.length === 6) return batchRead(type, body);
    }
    return { status: 404, body: "" };
  }

  function contact(id: string): LoopbackAnswer {
    const properties = contacts.get(id);
    return properties
      ? { status: 200, body: { id, properties } }
      : refusal(404, "OBJECT_NOT_FOUND", "resource not found");
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
    const same = [...contacts].find(([, known]) => known.email && known.email === properties!.email);
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
        filters.every(({ propertyName, values }) => values!.includes((known[propertyName] ?? "").toLowerCase())),
      ),
    );
    return {
      status: 200,
      body: { total: results.length, results: results.map(([id, properties]) => ({ id, properties })) },
    };
  }

  function createActivity(type: string, body: Record<string, unknown>): LoopbackAnswer {
    const { association, required, optional, body: text } = types[type]!;
    const problem = unknownIn(body, ["properties", "associations"]);
    if (problem) return invalid(problem);
    const properties = (body.properties ?? {}) as Record<string, string>;
    for (const name of required) if (!properties[name]) return invalid(`Required property ${name} is missing`);
    for (const [name, value] of Object.entries(properties)) {
      if (![...required, ...optional].includes(name)) return unknownProperty(name);
      if (typeof value !== "string" || value.length > 65_536) return invalid(`${name} is no text of 65,536 characters`);
      if (values[name] && !values[name].includes(value))
        return invalid(`${value} is not one of the options of ${name}`);
    }
    if (Number.isNaN(Date.parse(properties.hs_timestamp!))) return invalid("hs_timestamp is no time");
    const links = body.associations as {
      to: { id: string };
      types: { associationCategory: string; associationTypeId: number }[];
    }[];
    if (!Array.isArray(links) || links.length !== 1) return invalid("Give one association");
    const [link] = links;
    if (
      link!.types.some((one) => one.associationCategory !== "HUBSPOT_DEFINED" || one.associationTypeId !== association)
    )
      return invalid(`${type} have the association type ${association} with contacts`);
    if (!contacts.has(link!.to.id)) return invalid(`INVALID_OBJECT_IDS: contact ${link!.to.id} does not exist`);
    const id = String(++lastId);
    arrivals.add({ id, type, properties, to: link!.to.id, body: properties[text] ?? "" });
    return { status: 201, body: { id, properties } };
  }

  function associated(contactId: string, type: string, query: URLSearchParams): LoopbackAnswer {
    if (!contacts.has(contactId)) return refusal(404, "OBJECT_NOT_FOUND", "resource not found");
    const limit = Number(query.get("limit") ?? 500);
    if (!types[type] || !(limit >= 1 && limit <= 500)) return invalid("limit is 1 to 500");
    const all = arrivals.messages.filter((one) => one.type === type && one.to === contactId);
    const from = Number(query.get("after") ?? 0);
    const results = all.slice(from, from + limit).map(({ id }) => ({ toObjectId: Number(id), associationTypes: [] }));
    const next = from + limit < all.length ? { paging: { next: { after: String(from + limit) } } } : {};
    return { status: 200, body: { results, ...next } };
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
  return { ...server, contacts, activities: arrivals.messages, arrivals, faults, revoked, scopes, calls, addContact };
}

/** 429 as HubSpot says it. */
export function limited(waitMs: number, policyName = "TEN_SECONDLY_ROLLING"): LoopbackAnswer {
  return {
    ...{ status: 429, headers: { "retry-after": String(Math.ceil(waitMs / 1_000)) } },
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
