import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/db/pool.ts";
import type { SystemAdapter, SystemEvent } from "../../src/destinations/system.ts";
import { systemAdapters } from "../../src/destinations/systems.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { eventTypes } from "../../src/domain/event.ts";
import { eventSample } from "../../src/domain/event-samples.ts";
import { newEventId, newId } from "../../src/domain/id.ts";
import { testDatabase } from "../database.ts";
import { box, makeLead, makeWorkspace } from "../factories.ts";

/** What `destinations/system.ts` asks of every kind of destination that is no webhook; a new kind is here by itself. */

let db: Database;
let close: () => Promise<void>;
let adapters: ReadonlyMap<string, SystemAdapter>;
const client = new HttpClient({ timeoutMs: 2_000 });
const open = () => systemAdapters({ db, box, client, allowPrivate: true, wake: () => {}, leaseMs: 0, settleMs: 0 });
const kinds = [...systemAdapters({ db: null as never, box, client, allowPrivate: true, wake: () => {} }).keys()];
beforeAll(async () => {
  ({ db, close } = await testDatabase());
  adapters = open();
});
afterAll(async () => {
  await client.close();
  await close();
});

const secret = "secret-1234567890";
/** Nobody listens there. */
const nowhere = "http://127.0.0.1:9";
const settings: Record<string, { config: object; credentials: object }> = {
  hubspot: { config: { baseUrl: nowhere }, credentials: { token: secret } },
  salesforce: {
    config: { baseUrl: nowhere, domain: "acme.my.salesforce.com" },
    credentials: { clientId: secret, clientSecret: secret },
  },
  close: { config: { baseUrl: nowhere }, credentials: { apiKey: secret } },
  slack: { config: {}, credentials: { url: `${nowhere}/services/T0/B0/${secret}` } },
  teams: { config: {}, credentials: { url: `${nowhere}/workflows/${secret}?sig=${secret}` } },
  // Its mail server is a sender's.
  email: { config: { to: ["team@example.com"], senderId: "sender_1" }, credentials: {} },
  discord: { config: {}, credentials: { url: `${nowhere}/api/webhooks/1/${secret}` } },
};

describe.each(kinds)("%s", (kind) => {
  const given = () => {
    const adapter = adapters.get(kind)!;
    const { config, credentials } = settings[kind]!;
    return { adapter, config: adapter.config.parse(config), credentials: adapter.credentials.parse(credentials) };
  };

  test("settings are strict, survive being stored, and show no secret", () => {
    const { adapter, config, credentials } = given();
    expect(adapter.config.safeParse({ ...(config as object), surprise: 1 }).success).toBe(false);
    expect(adapter.credentials.safeParse({ ...(credentials as object), surprise: 1 }).success).toBe(false);
    // They are stored as they were parsed, and parsed again when they are opened.
    expect(adapter.config.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
    expect(adapter.credentials.parse(JSON.parse(JSON.stringify(credentials)))).toEqual(credentials);
    expect(adapter.check?.(config, credentials) ?? null).toBeNull();
    expect(adapter.url(config, credentials)).not.toContain(secret);
    for (const type of adapter.eventTypes) expect(eventTypes).toContain(type);
    expect(adapter.concurrency).toBeGreaterThan(0);
  });

  test("what the network does is an answer, never an exception; and it says what is wrong", async () => {
    const { adapter, config, credentials } = given();
    const workspaceId = await makeWorkspace(db);
    const account = { workspaceId, destinationId: newId("destination"), name: "Test", config, credentials };
    const system = adapter.open(account);
    const leadId = await makeLead(db, workspaceId, { email: "jane@example.com" });
    const sample = eventSample(
      workspaceId,
      adapter.eventTypes.includes("message.sent") ? "message.sent" : "reply.received",
    );
    const data = JSON.stringify({ ...sample.data, leadId });
    const event: SystemEvent = {
      ...sample,
      eventId: newEventId(Date.now()),
      timestamp: new Date().toISOString(),
      data,
      attempt: 1,
    };
    const result = await system.deliver(event, AbortSignal.timeout(60_000));
    // A chat's event waits in a queue of its own.
    expect(["retry", "delivered"]).toContain(result.outcome);
    expect(result.detail?.length).toBeGreaterThan(10);
    expect(JSON.stringify(result)).not.toContain(secret);
    const check = await system.verify(AbortSignal.timeout(60_000));
    expect(check.detail.length).toBeGreaterThan(10);
    expect(JSON.stringify(check)).not.toContain(secret);
    const over = await system.deliver({ ...event, eventId: newEventId(Date.now()) }, AbortSignal.abort());
    expect(["retry", "delivered"]).toContain(over.outcome);
    await system.close();
    await system.close();
  });
});
