import { afterAll, beforeAll, expect, test } from "vitest";
import { deleteOldCrmRecords } from "../../../src/db/crm.ts";
import type { Database } from "../../../src/db/pool.ts";
import { fixedAccess, grantedAccess } from "../../../src/destinations/crm/access.ts";
import { closeAdapter } from "../../../src/destinations/crm/close-adapter.ts";
import { Hubspot } from "../../../src/destinations/crm/hubspot.ts";
import { quoted, Salesforce } from "../../../src/destinations/crm/salesforce.ts";
import { salesforceRenew } from "../../../src/destinations/crm/salesforce-auth.ts";
import { CrmTokens } from "../../../src/destinations/crm/tokens.ts";
import { limited as hubspotLimited, startHubspot } from "../../../src/loopback/hubspot.ts";
import { refusal, startSalesforce } from "../../../src/loopback/salesforce.ts";
import { testDatabase } from "../../database.ts";
import { box } from "../../factories.ts";
import { deliver, hubspotPeer, openCrm, salesforcePeer, startPeer } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterAll(() => close());

const email = "jane@example.com";
const phone = "+12025550122";
const signal = () => AbortSignal.timeout(60_000);

test("HubSpot: communications, emails and notes, with their direction; an owner", async () => {
  const peer = await startPeer("hubspot");
  const t = await openCrm(db, "hubspot", peer, { ownerId: "77" });
  peer.addPerson({ email });
  const lead = await t.lead({ email });
  const system = t.open();
  const content = { subject: "Hello", text: "Text" };
  await deliver(system, t.event("message.sent", lead, {}, "linkedin"));
  await deliver(system, t.event("message.received", lead, { content }, "sms"));
  await deliver(system, t.event("message.received", lead, { content }, "email"));
  await deliver(
    system,
    t.event("message.auto_replied", lead, { content: { subject: "Away", text: "Back soon." } }, "email"),
  );
  await deliver(system, t.event("connection_request.accepted", lead));
  const seen = peer.activities.map((one) => (one as unknown as { properties: object }).properties);
  const owner = { hubspot_owner_id: "77" };
  expect(seen).toMatchObject([
    { hs_communication_channel_type: "LINKEDIN_MESSAGE", hs_communication_logged_from: "CRM", ...owner },
    { hs_communication_channel_type: "SMS", hs_communication_body: expect.stringContaining("Received"), ...owner },
    { hs_email_direction: "INCOMING_EMAIL", hs_email_subject: "Hello", ...owner },
    { hs_email_direction: "INCOMING_EMAIL", hs_email_subject: "Away", ...owner },
    { hs_note_body: expect.stringContaining("LinkedIn invitation accepted."), ...owner },
  ]);
  await system.close();
  await peer.close();
});

test("HubSpot: a number that another system gave the lead is no contact of that number", async () => {
  const server = await startHubspot({ token: "secret-1234567890" });
  const peer = { ...hubspotPeer(server), contacts: server.contacts };
  const t = await openCrm(db, "hubspot", peer, { createPeople: true });
  const system = t.open();
  const stranger = peer.addPerson({ email: "stranger@example.com" });
  const lead = await t.lead({ email, phone: null, linkedinUrl: null });
  await db.query("update lead set external_lead_id = $2 where id = $1", [lead, stranger]);
  await deliver(system, t.event("lead.updated", lead));
  const created = peer.activities[0]!.to;
  expect([peer.people(), created === stranger]).toEqual([2, false]);
  // With an address that both have they are the person, whatever else differs.
  const known = peer.addPerson({ email: "other@example.com", phone: "202-555-0144" });
  const someone = await t.lead({ email: "someone@example.com", phone: "+12025550144", linkedinUrl: null });
  await db.query("update lead set external_lead_id = $2 where id = $1", [someone, known]);
  await deliver(system, t.event("lead.updated", someone));
  expect(peer.activities[1]!.to).toBe(known);
  // So they are by a further address of theirs, as of a contact that was merged into this one.
  peer.contacts.get(known)!.hs_additional_emails = "old@example.com;Jane.Doe@example.com";
  const finding = await openCrm(db, "hubspot", peer);
  const other = finding.open();
  const jane = await finding.lead({ email: "jane.doe@example.com", phone: null, linkedinUrl: null });
  expect(await deliver(other, finding.event("lead.updated", jane))).toMatchObject({ outcome: "delivered" });
  expect(peer.activities[2]!.to).toBe(known);
  await other.close();
  await system.close();
  await peer.close();
});

test("a quota of the day that is used up is said, and left alone for an hour; full storage waits for somebody", async () => {
  for (const [kind, answer, result] of [
    ["hubspot", hubspotLimited(0, "DAILY"), { outcome: "retry", code: "quota_used_up", retryAfterMs: 3_600_000 }],
    [
      "salesforce",
      refusal(400, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded"),
      { outcome: "refused", code: "storage_full" },
    ],
  ] as const) {
    const peer = await startPeer(kind);
    const t = await openCrm(db, kind, peer);
    peer.addPerson({ email });
    const system = t.open();
    peer.faults.when((request) => peer.creates(request), { kind: "answer", ...answer });
    expect(await deliver(system, t.event("lead.updated", await t.lead({ email })))).toMatchObject(result);
    await system.close();
    await peer.close();
  }
});

test("an owner who isn't there is told as that, and not as a person who is gone", async () => {
  for (const kind of ["hubspot", "salesforce"] as const) {
    const peer = await startPeer(kind);
    const t = await openCrm(db, kind, peer, { ownerId: "nobody" });
    peer.addPerson({ email });
    const system = t.open();
    const lead = await t.lead({ email });
    const event = t.event("lead.updated", lead);
    const refused = { outcome: "failed", code: "refused_by_crm" };
    expect(await deliver(system, event)).toMatchObject(refused);
    const calls = peer.calls.length;
    expect(await deliver(system, event)).toMatchObject(refused);
    expect(peer.calls.length - calls).toBe(1);
    // Also where the CRM doesn't say what it means.
    const vague =
      kind === "hubspot"
        ? { status: 400, body: { category: "VALIDATION_ERROR", message: "association is not valid" } }
        : refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
    peer.faults.when((request) => peer.creates(request), { kind: "answer", ...vague }, 2);
    expect(await deliver(system, event)).toMatchObject({
      ...refused,
      detail: expect.stringContaining("something else"),
    });
    await system.close();
    await peer.close();
  }
});

test("Salesforce: what a trigger or sharing forbids of one record fails that one, and holds up no other", async () => {
  const peer = await startPeer("salesforce");
  const t = await openCrm(db, "salesforce", peer);
  peer.addPerson({ email });
  const system = t.open();
  const lead = await t.lead({ email });
  const refused = async (code: string) => {
    peer.faults.when((r) => peer.creates(r), { kind: "answer", ...refusal(400, code, "TaskTrigger: BeforeInsert") });
    return await deliver(system, t.event("lead.updated", lead));
  };
  expect(await refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")).toMatchObject({
    ...{ outcome: "failed", code: "refused_by_crm", detail: expect.stringMatching(/A trigger or flow.*TaskTrigger/) },
  });
  expect(await refused("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")).toMatchObject({
    ...{ outcome: "failed", code: "refused_by_crm", detail: expect.stringContaining("Share them") },
  });
  expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "delivered" });
  const double = refusal(400, "DUPLICATES_DETECTED", "Use one of these records?");
  peer.faults.when(({ path }) => path.endsWith("/sobjects/Lead"), { kind: "answer", ...double });
  const creating = await openCrm(db, "salesforce", peer, { createPeople: true });
  const creator = creating.open();
  const stranger = creating.event("lead.updated", await creating.lead({ email: "new@example.com", linkedinUrl: null }));
  expect(await deliver(creator, stranger)).toMatchObject({
    ...{ outcome: "failed", code: "person_conflict", detail: expect.stringContaining("externalLeadId") },
  });
  await creator.close();
  // Who may create no Tasks at all may none of them.
  expect(await refused("INSUFFICIENT_ACCESS_OR_READONLY")).toMatchObject({ outcome: "refused" });
  await system.close();
  await peer.close();
});

test("what may have been logged is looked for on each page, also where pages are others than asked for", async () => {
  for (const kind of ["salesforce", "close"] as const) {
    const peer = await startPeer(kind);
    const t = await openCrm(db, kind, peer);
    peer.addPerson({ email });
    const system = t.open();
    const lead = await t.lead({ email });
    const event = t.event("lead.updated", lead);
    peer.faults.when((r) => peer.creates(r), { kind: "reset", when: "after" });
    expect(await deliver(system, event)).toMatchObject({ outcome: "retry", code: "no_answer" });
    expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "delivered" });
    const first =
      kind === "close"
        ? // Of a page of one the later one is the first.
          { path: /\/activity\//, body: { data: [{ id: "acti_later", note: "Another one" }], has_more: true } }
        : { path: /\/query/, body: { records: [], done: false, nextRecordsUrl: "/services/data/elsewhere" } };
    const { path: asked, body } = first;
    const isPage = ({ method, path }: { method: string; path: string }) => method === "GET" && asked.test(path);
    peer.faults.when(isPage, { kind: "answer", status: 200, body });
    if (kind === "salesforce")
      expect(await deliver(system, event)).toMatchObject({ outcome: "retry", code: "unreadable_answer" });
    expect(await deliver(system, event)).toMatchObject({
      ...{ outcome: "delivered", detail: expect.stringContaining("logged before") },
    });
    expect(peer.activities).toHaveLength(2);
    await system.close();
    await peer.close();
  }
});

test("HubSpot: a missing scope is named, by verify and at the first event", async () => {
  const server = await startHubspot({ token: "secret-1234567890", scopes: ["crm.objects.contacts.read"] });
  const token = "secret-1234567890";
  const client = new Hubspot({
    ...{ base: server.url, access: fixedAccess(`Bearer ${token}`), privateToken: token },
    linkedinProperty: "hs_linkedin_url",
  });
  expect(await client.verify(signal())).toMatchObject({
    ...{ ok: false, code: "missing_scope" },
    detail: expect.stringContaining("crm.objects.contacts.write, sales-email-read"),
  });
  const activity = {
    eventId: "evt_1",
    marker: "evt_1",
    kind: "note",
    incoming: false,
    subject: "",
    body: "",
    fields: {},
  } as const;
  await expect(
    client.log(
      "1",
      { ...activity, at: "2026-01-05T09:30:00.000Z", toldAt: "2026-01-05T09:30:00.000Z", phone: null, email: null },
      signal(),
    ),
  ).rejects.toMatchObject({
    problem: "refused",
    // And for what it was wanted, as everything waits for it.
    message: expect.stringMatching(
      /crm\.objects\.contacts\.write.* It refused POST \S*\/notes\S*\. All deliveries to this destination wait/,
    ),
  });
  await client.close();
  await server.close();
});

test("HubSpot: where one kind of activity is forbidden the others go on, and it is asked for again later", async () => {
  const peer = await startPeer("hubspot");
  const t = await openCrm(db, "hubspot", peer);
  peer.addPerson({ email });
  const system = t.open();
  const lead = await t.lead({ email });
  const error = { context: { requiredGranularScopes: ["crm.objects.emails.write"] } };
  const body = { category: "MISSING_SCOPES", message: "Not granted.", errors: [error] };
  const emails = ({ path }: { path: string }) => path.includes("/objects/emails");
  peer.faults.when(emails, { kind: "answer", status: 403, body }, Number.POSITIVE_INFINITY);
  const events = Array.from({ length: 8 }, (_, n) =>
    t.event("message.sent", lead, {}, n % 2 === 0 ? "email" : "linkedin"),
  );
  const results = await Promise.all(events.map((event) => deliver(system, event)));
  const forbidden = {
    ...{ outcome: "retry", code: "missing_scope", alone: true },
    detail: expect.stringMatching(/crm\.objects\.emails\.write.*Deliveries that become emails wait/),
  };
  for (const [n, result] of results.entries())
    expect(result).toMatchObject(n % 2 === 0 ? forbidden : { outcome: "delivered" });
  const calls = peer.calls.length;
  expect(await deliver(system, events[0]!)).toMatchObject(forbidden);
  expect(peer.calls).toHaveLength(calls);
  await system.close();
  // Once it is mended, and the destination opened anew.
  peer.faults.clear();
  const again = t.open();
  expect(await deliver(again, events[0]!)).toMatchObject({ outcome: "delivered" });
  expect(peer.activities.filter(({ body }) => body.includes(events[0]!.eventId))).toHaveLength(1);
  await again.close();
  await peer.close();
});

test("HubSpot: an email whose text it hides is found again by its time, and not logged twice", async () => {
  const token = "secret-1234567890";
  const scopes = ["crm.objects.contacts.read", "crm.objects.contacts.write"];
  const peer = hubspotPeer(await startHubspot({ token, scopes }));
  const t = await openCrm(db, "hubspot", peer);
  peer.addPerson({ email });
  const system = t.open();
  const lead = await t.lead({ email });
  const emails = [1, 2, 3].map((n) =>
    t.event("message.sent", lead, { sentAt: `2026-01-05T09:30:00.00${n}Z` }, "email"),
  );
  await deliver(system, emails[0]!);
  for (const event of emails.slice(1)) {
    peer.faults.when((request) => peer.creates(request), { kind: "reset", when: "after" });
    expect(await deliver(system, event)).toMatchObject({ outcome: "retry" });
  }
  // Of the third nothing came there.
  peer.activities.splice(2, 1);
  for (const event of emails.slice(1)) expect(await deliver(system, event)).toMatchObject({ outcome: "delivered" });
  for (const { eventId } of emails)
    expect(peer.activities.filter(({ body }) => body.includes(eventId))).toHaveLength(1);
  await system.close();
  await peer.close();
});

test("Close: where one kind of activity is forbidden the others go on", async () => {
  const peer = await startPeer("close");
  const t = await openCrm(db, "close", peer);
  peer.addPerson({ email });
  const system = t.open();
  const lead = await t.lead({ email });
  const emails = ({ path }: { path: string }) => path.endsWith("/activity/email/");
  const body = { error: "Not allowed." };
  peer.faults.when(emails, { kind: "answer", status: 403, body }, Number.POSITIVE_INFINITY);
  expect(await deliver(system, t.event("message.sent", lead, {}, "email"))).toMatchObject({
    ...{
      outcome: "retry",
      code: "missing_permission",
      alone: true,
      detail: expect.stringContaining("type email wait"),
    },
  });
  expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "delivered" });
  await system.close();
  await peer.close();
});

test("Salesforce: where Leads may not be created, events of people who are there go on", async () => {
  const secret = "secret-1234567890";
  const server = await startSalesforce({ clientId: secret, clientSecret: secret });
  const peer = salesforcePeer(server);
  const t = await openCrm(db, "salesforce", peer, { createPeople: true });
  peer.addPerson({ email });
  server.forbidden.add("Lead");
  const system = t.open();
  const strangers = [await t.lead({ email: "new@example.com" }), await t.lead({ email: "newer@example.com" })];
  for (const stranger of strangers)
    expect(await deliver(system, t.event("lead.updated", stranger))).toMatchObject({
      ...{ outcome: "retry", code: "missing_permission", alone: true, detail: expect.stringContaining("createPeople") },
    });
  expect(peer.calls.filter((call) => call.endsWith("/sobjects/Lead"))).toHaveLength(1);
  expect(await deliver(system, t.event("lead.updated", await t.lead({ email })))).toMatchObject({
    outcome: "delivered",
  });
  await system.close();
  await peer.close();
});

test("Close: SMS with the team's number, else notes; never the status that sends", async () => {
  const peer = await startPeer("close");
  peer.addPerson({ phone });
  const statuses: unknown[] = [];
  for (const [config, type] of [
    [{ localPhone: "+12025550100" }, "sms"],
    [{}, "note"],
  ] as const) {
    const t = await openCrm(db, "close", peer, config);
    const system = t.open();
    const lead = await t.lead({ phone: null, email: null, linkedinUrl: `https://www.linkedin.com/in/x-${type}` });
    await db.query("update lead set phone = $2 where id = $1", [lead, phone]);
    for (const event of ["message.sent", "message.received"] as const) {
      expect(await deliver(system, t.event(event, lead, { phone }, "sms"))).toMatchObject({ outcome: "delivered" });
      expect(peer.activities.at(-1)!.type).toBe(type);
      statuses.push((peer.activities.at(-1) as unknown as { fields: { status?: string } }).fields.status);
    }
    await system.close();
  }
  expect(statuses).toEqual(["sent", "inbox", undefined, undefined]);
  // Tried as a note whose answer got lost, and asked for once the team has its number: it is found, and no SMS beside it.
  const t = await openCrm(db, "close", peer);
  const event = t.event("message.sent", await t.lead({ phone, email: null, linkedinUrl: null }), { phone }, "sms");
  peer.faults.when((request) => peer.creates(request), { kind: "reset", when: "after" });
  const [before, after] = [{}, { localPhone: "+12025550100" }].map((config) =>
    t.adapter.open({
      ...{ workspaceId: t.workspaceId, destinationId: t.destinationId, name: "CRM" },
      ...{ config: t.adapter.config.parse({ ...peer.config, ...config }), credentials: peer.credentials },
    }),
  );
  expect(await deliver(before!, event)).toMatchObject({ outcome: "retry" });
  expect(await deliver(after!, event)).toMatchObject({ detail: expect.stringContaining("logged before, as note") });
  expect(peer.activities.filter(({ body }) => body.includes(event.eventId))).toHaveLength(1);
  for (const system of [before!, after!]) await system.close();
  await peer.close();
});

test("Salesforce: a token that ended is renewed; texts are escaped; a Lead is created", async () => {
  const server = await startSalesforce({ clientId: "id", clientSecret: "secret" });
  const open = (anyInstance: boolean) => {
    const client = { clientId: "id", clientSecret: "secret", grant: "client_credentials" } as const;
    const renew = salesforceRenew(server.url, client, { anyInstance });
    const key = { workspaceId: "ws", destinationId: `dest-${anyInstance}` };
    return new Salesforce({
      base: server.url,
      access: grantedAccess(new CrmTokens({ db, box, key, clientId: "id", renew })),
    });
  };
  const client = open(true);
  const person = { ref: "x", leadId: null, externalLeadId: null, phone: null, linkedinUrl: null, lastName: "O'Hara" };
  const rest = { firstName: "Jane", company: null, title: null };
  const odd = { ...person, ...rest, email: "o'hara\\@example.com" };
  const id = await client.create(odd, {}, signal());
  server.expire();
  expect(await client.find(odd, signal())).toBe(id);
  expect(server.calls.filter((call) => call.includes("oauth2"))).toHaveLength(2);
  expect(await client.verify(signal())).toMatchObject({ ok: true });
  expect(quoted("a'b\\c\n")).toBe("'a\\'b\\\\c\\n'");
  const honest = open(false);
  await expect(honest.find(odd, signal())).rejects.toMatchObject({ code: "wrong_instance" });
  await Promise.all([client.close(), honest.close()]);
  await server.close();
});

test("two processes with the same event: one logs it, the other waits; what is old is forgotten", async () => {
  const peer = await startPeer("hubspot");
  const t = await openCrm(db, "hubspot", peer);
  peer.addPerson({ email });
  const event = t.event("lead.updated", await t.lead({ email }));
  const [one, other] = [t.open({ leaseMs: 60_000 }), t.open({ leaseMs: 60_000 })];
  const results = await Promise.all([deliver(one, event), deliver(other, event)]);
  expect(peer.activities).toHaveLength(1);
  // The slower one may have come so late that it was logged already.
  for (const result of results)
    expect(result).toMatchObject(
      result.outcome === "retry" ? { code: "outcome_unknown" } : { outcome: "delivered", detail: expect.any(String) },
    );
  await db.query("update crm_record set begun_at = now() - interval '9 days' where kind = 'event'");
  const count = async () =>
    (await db.query("select kind, count(*)::int as n from crm_record group by 1 order by 1")).rows;
  const before = await count();
  // Something of the day before still waits somewhere, so that its events are there and can be replayed.
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const oldDay = `event_${day(10).replaceAll("-", "")}`;
  await db.query(
    `create table ${oldDay} partition of event for values from ('${day(10)} 00:00Z') to ('${day(9)} 00:00Z')`,
  );
  await deleteOldCrmRecords(db);
  expect(await count()).toEqual(before);
  await db.query(`drop table ${oldDay}`);
  await deleteOldCrmRecords(db);
  expect(await count()).toEqual(before.filter(({ kind }) => kind === "person"));
  await Promise.all([one.close(), other.close()]);
  await peer.close();
});

test("a stand-in's address is refused where private destinations are", () => {
  const adapter = closeAdapter({ db, box });
  const config = adapter.config.parse({ baseUrl: "http://127.0.0.1:1" });
  expect(adapter.check!(config, { apiKey: "x" })).toMatchObject({ field: "config.baseUrl" });
});

test("Salesforce: a missing permission is named by verify; that to create Leads only where people are created", async () => {
  const secret = "secret-1234567890";
  const server = await startSalesforce({ clientId: secret, clientSecret: secret });
  const peer = salesforcePeer(server);
  const verify = async (config: object) => {
    const t = await openCrm(db, "salesforce", peer, config);
    const system = t.open();
    const check = await system.verify(AbortSignal.timeout(60_000));
    await system.close();
    return check;
  };
  server.forbidden.add("Lead");
  expect(await verify({})).toMatchObject({ ok: true });
  const detail = expect.stringContaining("may not create Lead records");
  expect(await verify({ createPeople: true })).toMatchObject({ ok: false, code: "missing_permission", detail });
  server.forbidden.add("Task");
  expect((await verify({})).detail).toContain("may not create Task records");
  await peer.close();
});

test("what was found is kept as the lead's externalLeadId, also where the database went away in the middle", async () => {
  const peer = await startPeer("hubspot");
  let away = 0;
  const flaky = new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) =>
        name === "transaction" && away-- > 0
          ? Promise.reject(Object.assign(new Error("shutting down"), { code: "57P01" }))
          : value.apply(target, given);
    },
  });
  const t = await openCrm(flaky, "hubspot", peer);
  const personId = peer.addPerson({ email });
  const lead = await t.lead({ email });
  const event = t.event("lead.updated", lead);
  const system = t.open();
  away = 1;
  await expect(deliver(system, event)).rejects.toThrow("shutting down");
  expect(await deliver(system, event)).toMatchObject({ outcome: "delivered" });
  expect(await t.externalId(lead)).toBe(personId);
  expect(peer.activities).toHaveLength(1);
  await system.close();
  await peer.close();
});
