import { Arrivals } from "./arrivals.ts";
import { Faults } from "./faults.ts";
import { type LoopbackAnswer, type LoopbackRequest, type LoopbackServer, listen } from "./http.ts";
import { type RateLimit, rateWindow } from "./rate-window.ts";

/**
 * A fake Close on loopback: leads with contacts, and the activities sms, email and note of its API v1. It refuses fields that
 * it doesn't know, and the status `outbox`, by which the real one would send a message.
 */

export interface CloseLoopbackOptions {
  port?: number;
  apiKey: string;
  limit?: RateLimit;
  latencyMs?: number;
}

export interface CloseActivity {
  id: string;
  type: string;
  fields: Record<string, string>;
  /** The lead's ID, and the text: names that all fake peers have. */
  to: string;
  body: string;
}

export interface CloseContact {
  id?: string;
  name?: string;
  title?: string;
  emails?: { email: string }[];
  phones?: { phone: string }[];
  urls?: { url: string }[];
  date_created?: string;
}

export interface CloseLoopback extends LoopbackServer {
  /** Contacts by their lead's ID. */
  leads: Map<string, CloseContact>;
  activities: CloseActivity[];
  arrivals: Arrivals<CloseActivity>;
  faults: Faults;
  revoked: Set<string>;
  /** What the key's user may not do: `POST /activity/note/`. */
  forbidden: Set<string>;
  calls: string[];
  /** Smart Views by their IDs: which leads they hold; null: of the old search. */
  smartViews: Map<string, { of: "lead" | "contact"; leads: string[] } | null>;
  /** Places of searches so far don't hold any more. */
  expireCursors(): void;
  addLead(contact: CloseContact, name?: string): string;
  /** A lead's contact becomes one of the other lead, and its own ID ends. */
  merge(leadId: string, into: string): void;
  /** Roles by their IDs, and which the key's user has. */
  roles: Map<string, { name: string; permissions: string[] }>;
  role: string;
}

const api = "/api/v1";
const fields: Record<string, { body: string; required: string[]; statuses: string[] | null; optional: string[] }> = {
  sms: {
    ...{ body: "text", required: ["lead_id", "status", "text", "local_phone", "remote_phone", "direction"] },
    ...{ statuses: ["inbox", "sent"], optional: ["user_id", "contact_id"] },
  },
  email: {
    ...{ body: "body_text", required: ["lead_id", "status", "subject", "body_text"] },
    ...{ statuses: ["inbox", "draft", "sent"], optional: ["direction", "user_id", "contact_id"] },
  },
  note: { body: "note", required: ["lead_id", "note"], statuses: null, optional: ["user_id"] },
};

export async function startClose(options: CloseLoopbackOptions): Promise<CloseLoopback> {
  const arrivals = new Arrivals<CloseActivity>();
  const faults = new Faults();
  const leads = new Map<string, CloseContact>();
  const names = new Map<string, string>();
  /** Contacts that leads got by merging. */
  const others = new Map<string, CloseContact[]>();
  const smartViews: CloseLoopback["smartViews"] = new Map();
  let generation = 0;
  const roles: CloseLoopback["roles"] = new Map([
    ["admin", { name: "Admin", permissions: ["bulk_edit", "export", "manage_organization", "view_all_leads"] }],
  ]);
  const [revoked, forbidden] = [new Set<string>(), new Set<string>()];
  const calls: string[] = [];
  const over = rateWindow(options.limit);
  const allowed = `Basic ${Buffer.from(`${options.apiKey}:`).toString("base64")}`;
  let lastId = 1_000;
  const newId = (kind: string) => `${kind}_${String(++lastId).padStart(20, "0")}`;

  function handle(request: LoopbackRequest): LoopbackAnswer {
    const { method } = request;
    const path = request.path.startsWith(api) ? request.path.slice(api.length) : "?";
    calls.push(`${method} ${path}`);
    if (request.headers.authorization !== allowed || revoked.has(options.apiKey))
      return { status: 401, body: { error: "The API key you provided is not valid." } };
    const wait = over();
    if (wait !== null) return limited(wait);
    if (forbidden.has(`${method} ${path}`)) return { status: 403, body: { error: "You do not have permission." } };
    const body = method === "POST" ? objectOf(request) : {};
    if (body === null) return { status: 400, body: { error: "The request contains invalid JSON." } };
    if (method === "GET" && path === "/me/") {
      const organizations = [{ id: "orga_1", name: "Loopback" }];
      return { status: 200, body: { id: "user_1", email: "rep@example.com", organizations } };
    }
    if (method === "GET" && path === "/organization/orga_1/") {
      const memberships = [
        { user_id: "user_0", role_id: "admin" },
        { user_id: "user_1", role_id: server.role },
      ];
      return { status: 200, body: { id: "orga_1", name: "Loopback", memberships } };
    }
    const role = /^\/role\/(\w+)\/$/.exec(path)?.[1];
    if (method === "GET" && role) {
      const found = roles.get(role);
      return found ? { status: 200, body: { id: role, editable: role !== "admin", ...found } } : notFound();
    }
    const view = /^\/saved_search\/(save_\w+)\/$/.exec(path)?.[1];
    if (method === "GET" && view) return showView(view);
    if (method === "POST" && path === "/data/search/") return search(body);
    const contact = /^\/contact\/(cont_\w+)\/$/.exec(path)?.[1];
    if (method === "GET" && contact) return showContact(contact);
    if (method === "POST" && path === "/lead/") return createLead(body);
    const lead = /^\/lead\/(lead_\w+)\/$/.exec(path)?.[1];
    if (method === "GET" && lead)
      return leads.has(lead) ? { status: 200, body: { id: lead, contacts: contactsOf(lead) } } : notFound();
    const type = /^\/activity\/(\w+)\/$/.exec(path)?.[1];
    if (type && fields[type]) return method === "POST" ? create(type, body) : listActivities(type, request.query);
    return notFound();
  }

  function addLead(contact: CloseContact, name = "Acme"): string {
    const id = newId("lead");
    leads.set(id, { ...contact, id: newId("cont") });
    names.set(id, name);
    return id;
  }

  const contactsOf = (lead: string) => [leads.get(lead)!, ...(others.get(lead) ?? [])];

  function showView(id: string): LoopbackAnswer {
    const view = smartViews.get(id);
    if (view === undefined) return notFound();
    return { status: 200, body: { id, name: "View", s_query: view && { query: { type: "id", view: id } } } };
  }

  function showContact(id: string): LoopbackAnswer {
    for (const lead of leads.keys())
      for (const contact of contactsOf(lead))
        if (contact.id === id) return { status: 200, body: { ...contact, lead_id: lead } };
    return notFound();
  }

  /** A Smart View's query, page by page; a page's place holds for a while only. */
  function viewPage(viewId: string, limit: number, cursor: string | undefined): LoopbackAnswer {
    const view = smartViews.get(viewId);
    if (!view) return wrong("query", "Not understood.");
    const [, of, from] = /^cursor-(\d+)-(\d+)$/.exec(cursor ?? `cursor-${generation}-0`) ?? [];
    if (Number(of) !== generation) return wrong("cursor", "This cursor has expired.");
    const ids = view.leads.slice(Number(from), Number(from) + limit).filter((id) => leads.has(id));
    const data = ids.map((id) => {
      const contact = { ...leads.get(id)!, lead_id: id };
      return view.of === "contact"
        ? { __object_type: "contact", ...contact }
        : { __object_type: "lead", id, name: names.get(id), contacts: [contact] };
    });
    const next = Number(from) + limit;
    return { status: 200, body: { data, cursor: next < view.leads.length ? `cursor-${generation}-${next}` : null } };
  }

  function createLead(body: Record<string, unknown>): LoopbackAnswer {
    const unknown = Object.keys(body).find((name) => !["name", "contacts"].includes(name));
    if (unknown) return wrong(unknown, "Unknown field.");
    const contacts = body.contacts as CloseContact[];
    const id = addLead(contacts[0]!);
    return { status: 201, body: { id, contacts: contactsOf(id) } };
  }

  function search(body: Record<string, unknown>): LoopbackAnswer {
    const unknown = Object.keys(body).find((name) => !["query", "_fields", "_limit", "cursor", "sort"].includes(name));
    if (unknown) return wrong(unknown, "Unknown field.");
    const limit = Number(body._limit ?? 100);
    if (!(limit >= 1 && limit <= 200)) return wrong("_limit", "1 to 200.");
    const { view } = body.query as { view?: string };
    if (view) return viewPage(view, limit, body.cursor as string | undefined);
    const found = JSON.stringify(body.query).match(
      /"object_type":"contact_(email|phone|url)".*"value":"((?:[^"\\]|\\.)*)"/,
    );
    if (!found) return wrong("query", "Not understood.");
    const [, kind, value] = found as unknown as [string, "email" | "phone" | "url", string];
    // By words: whoever has any of them comes too.
    const all = [...leads].flatMap(([id, contact]) =>
      [contact, ...(others.get(id) ?? [])].map((one) => [id, one] as const),
    );
    const data = all.filter(([, contact]) => JSON.stringify(contact[`${kind}s`] ?? []).includes(value.slice(0, 12)));
    const from = Number(body.cursor ?? 0);
    const page = data.slice(from, from + limit);
    return {
      status: 200,
      body: {
        data: page.map(([id, contact]) => ({ __object_type: "contact", lead_id: id, ...contact })),
        cursor: from + limit < data.length ? String(from + limit) : null,
      },
    };
  }

  function create(type: string, body: Record<string, unknown>): LoopbackAnswer {
    const { required, optional, statuses, body: text } = fields[type]!;
    for (const name of required)
      if (typeof body[name] !== "string" || body[name] === "") return wrong(name, "This field is required.");
    for (const name of Object.keys(body))
      if (![...required, ...optional].includes(name)) return wrong(name, "Unknown field.");
    const given = body as Record<string, string>;
    if (statuses && !statuses.includes(given.status!))
      return wrong("status", `${given.status} would send it, or is none.`);
    if (!leads.has(given.lead_id!)) return wrong("lead_id", "This object does not exist.");
    if (given.contact_id !== undefined && !contactsOf(given.lead_id!).some(({ id }) => id === given.contact_id))
      return wrong("contact_id", "This object does not exist.");
    const id = newId("acti");
    arrivals.add({ id, type, fields: given, to: given.lead_id!, body: given[text]! });
    return { status: 200, body: { id, ...given } };
  }

  function listActivities(type: string, query: URLSearchParams): LoopbackAnswer {
    const [limit, skip] = [Number(query.get("_limit") ?? 100), Number(query.get("_skip") ?? 0)];
    if (!(limit >= 1 && limit <= 100)) return wrong("_limit", "1 to 100.");
    const all = arrivals.messages.filter((one) => one.type === type && one.to === query.get("lead_id")).reverse();
    const data = all.slice(skip, skip + limit).map(({ id, fields }) => ({ id, ...fields }));
    return { status: 200, body: { data, has_more: skip + limit < all.length } };
  }

  const { port, latencyMs } = options;
  const listening = await listen({ port, latencyMs, faults, arrivals, handle });
  const server: CloseLoopback = {
    ...{ ...listening, leads, activities: arrivals.messages, arrivals, faults, revoked, forbidden, calls, addLead },
    ...{ smartViews, roles, role: "admin" },
    expireCursors: () => void generation++,
    merge(leadId, into) {
      others.set(into, [...(others.get(into) ?? []), leads.get(leadId)!]);
      leads.delete(leadId);
    },
  };
  return server;
}

/** 429 as Close says it: the wait stands in `RateLimit`. */
export function limited(waitMs: number): LoopbackAnswer {
  const reset = (waitMs / 1_000).toFixed(3);
  return {
    ...{ status: 429, headers: { ratelimit: `limit=100, remaining=0, reset=${reset}` } },
    body: { error: { rate_reset: reset, message: "API call count exceeded for this period" } },
  };
}

const notFound = (): LoopbackAnswer => ({ status: 404, body: { error: "Empty query: it does not exist." } });
const wrong = (field: string, reason: string): LoopbackAnswer => ({
  ...{ status: 400, body: { errors: [], "field-errors": { [field]: reason } } },
});

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
