import type { Database } from "../../../src/db/pool.ts";
import { closeAdapter } from "../../../src/destinations/crm/close-adapter.ts";
import { hubspotAdapter } from "../../../src/destinations/crm/hubspot-adapter.ts";
import { salesforceAdapter } from "../../../src/destinations/crm/salesforce-adapter.ts";
import type { OpenSystem, SystemAdapter, SystemEvent, SystemResult } from "../../../src/destinations/system.ts";
import type { EventType } from "../../../src/domain/event.ts";
import { eventSample } from "../../../src/domain/event-samples.ts";
import { newEventId, newId } from "../../../src/domain/id.ts";
import { type CloseLoopback, limited as closeLimited, startClose } from "../../../src/loopback/close.ts";
import { type HubspotLoopback, limited as hubspotLimited, startHubspot } from "../../../src/loopback/hubspot.ts";
import { refusal, type SalesforceLoopback, startSalesforce } from "../../../src/loopback/salesforce.ts";
import { box, makeLead, makeWorkspace } from "../../factories.ts";

export const crmKinds = ["hubspot", "close", "salesforce"] as const;
export type CrmKind = (typeof crmKinds)[number];

/** What was logged, in no CRM's words. */
interface Logged {
  id: string;
  type: string;
  to: string;
  body: string;
}

/** One fake CRM, whatever it is. */
export interface Peer {
  url: string;
  activities: Logged[];
  calls: string[];
  faults: Awaited<ReturnType<typeof startHubspot>>["faults"];
  revoke(): void;
  addPerson(addresses: { email?: string; phone?: string; linkedinUrl?: string }): string;
  /** What a lead's externalLeadId becomes. Undefined: the same. */
  externalId?(id: string): string;
  removePerson(id: string): void;
  people(): number;
  /** Whether a request creates an activity. */
  creates(request: { method: string; path: string }): boolean;
  /** Tokens that there are end; new ones are given. */
  expire?(): void;
  arrivals: { reached(count: number): Promise<void> };
  /** Of a destination that logs there. */
  config: object;
  credentials: object;
  limitedShortly?: { status: number; body: unknown };
  limited(waitMs: number): { status: number; headers?: Record<string, string>; body: unknown };
  close(): Promise<void>;
}

const secret = "secret-1234567890";

export async function startPeer(kind: CrmKind): Promise<Peer> {
  if (kind === "hubspot") return hubspotPeer(await startHubspot({ token: secret }));
  if (kind === "salesforce") return salesforcePeer(await startSalesforce({ clientId: secret, clientSecret: secret }));
  return closePeer(await startClose({ apiKey: secret }));
}

export function hubspotPeer(server: HubspotLoopback): Peer {
  return {
    ...server,
    limited: hubspotLimited,
    ...{ config: { baseUrl: server.url }, credentials: { token: secret } },
    revoke: () => void server.revoked.add(secret),
    addPerson: ({ email, phone, linkedinUrl }) =>
      server.addContact({
        ...(email && { email }),
        ...(phone && { phone }),
        ...(linkedinUrl && { hs_linkedin_url: linkedinUrl }),
      }),
    removePerson: (id) => void server.contacts.delete(id),
    people: () => server.contacts.size,
    creates: ({ method, path }) =>
      method === "POST" && /objects\/(communications|emails|notes)(\/batch\/create)?$/.test(path),
  };
}

export function salesforcePeer(server: SalesforceLoopback): Peer {
  return {
    ...server,
    config: { baseUrl: server.url, domain: "acme.my.salesforce.com", linkedinField: "LinkedIn__c" },
    credentials: { clientId: secret, clientSecret: secret },
    limitedShortly: refusal(
      403,
      "REQUEST_LIMIT_EXCEEDED",
      "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
    ),
    // It has a quota of a day, and locks.
    limited: (waitMs) =>
      waitMs === 0
        ? refusal(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
        : refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    addPerson: ({ email, phone, linkedinUrl }) =>
      server.addPerson("Contact", {
        ...(email && { Email: email }),
        ...(phone && { MobilePhone: phone }),
        ...(linkedinUrl && { LinkedIn__c: linkedinUrl }),
      }),
    removePerson: (id) => void server.people.delete(id),
    people: () => server.people.size,
    creates: ({ method, path }) => method === "POST" && /\/(sobjects\/Task|composite\/sobjects)$/.test(path),
  };
}

export function closePeer(server: CloseLoopback): Peer {
  return {
    ...{ ...server, url: `${server.url}/api/v1`, limited: closeLimited },
    ...{ config: { baseUrl: `${server.url}/api/v1` }, credentials: { apiKey: secret } },
    revoke: () => void server.revoked.add(secret),
    addPerson: ({ email, phone, linkedinUrl }) =>
      server.addLead({
        emails: email ? [{ email }] : [],
        phones: phone ? [{ phone }] : [],
        urls: linkedinUrl ? [{ url: linkedinUrl }] : [],
      }),
    externalId: (id) => server.leads.get(id)!.id!,
    removePerson: (id) => void server.leads.delete(id),
    people: () => server.leads.size,
    creates: ({ method, path }) => method === "POST" && path.includes("/activity/"),
  };
}

/** A workspace whose destination logs in the peer. `again` is another process. */
export async function openCrm(db: Database, kind: CrmKind, peer: Peer, config: object = {}) {
  const workspaceId = await makeWorkspace(db);
  const destinationId = newId("destination");
  const options = { db, box, allowPrivate: true, leaseMs: 0, settleMs: 0 };
  const make = { hubspot: hubspotAdapter, close: closeAdapter, salesforce: salesforceAdapter }[kind];
  const adapter = make(options) as unknown as SystemAdapter;
  const open = (times: { leaseMs?: number; settleMs?: number } = {}): OpenSystem => {
    const chosen = { ...options, ...times };
    const one = make(chosen) as unknown as SystemAdapter;
    return one.open({
      ...{ workspaceId, destinationId, name: "CRM" },
      config: one.config.parse({ ...peer.config, callsPerSecond: 1_000, ...config }),
      credentials: one.credentials.parse(peer.credentials),
    });
  };
  return {
    ...{ workspaceId, destinationId, adapter, open },
    lead: (addresses: Parameters<typeof makeLead>[2]) => makeLead(db, workspaceId, addresses),
    externalId: async (leadId: string): Promise<string | null> =>
      (await db.query("select external_lead_id from lead where id = $1", [leadId])).rows[0]!.external_lead_id,
    event(type: EventType, leadId: string, data: object = {}, channel?: "linkedin" | "sms" | "email"): SystemEvent {
      const sample = eventSample(workspaceId, type, channel ? { channel } : {});
      const all = {
        ...sample.data,
        externalLeadId: null,
        email: null,
        phone: null,
        linkedinUrl: null,
        leadId,
        ...data,
      };
      return { ...sample, eventId: newEventId(Date.now()), data: JSON.stringify(all), attempt: 1 };
    },
  };
}

export const deliver = (system: OpenSystem, event: SystemEvent): Promise<SystemResult> =>
  system.deliver(event, AbortSignal.timeout(10_000));
