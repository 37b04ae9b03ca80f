import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../../src/db/pool.ts";
import { CrmError } from "../../../src/destinations/crm/error.ts";
import { Gather } from "../../../src/destinations/crm/gather.ts";
import { AccountPace } from "../../../src/destinations/crm/pace.ts";
import { startClose } from "../../../src/loopback/close.ts";
import { startHubspot } from "../../../src/loopback/hubspot.ts";
import { startSalesforce } from "../../../src/loopback/salesforce.ts";
import { testDatabase } from "../../database.ts";
import { makeWorkspace } from "../../factories.ts";
import { closePeer, deliver, hubspotPeer, openCrm, type Peer, salesforcePeer, startPeer } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
let peer: Peer;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterEach(() => peer?.close());
afterAll(() => close());

describe.each(["hubspot", "salesforce"] as const)("%s", (kind) => {
  test("what is to be logged at the same time is a few calls, and one that is refused hurts no other", async () => {
    peer = await startPeer(kind);
    const t = await openCrm(db, kind, peer, {
      fields: { [kind === "hubspot" ? "outreach_campaign" : "Campaign__c"]: "x" },
    });
    const system = t.open();
    const leads = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        peer.addPerson({ email: `p${n}@example.com` });
        return t.lead({ email: `p${n}@example.com`, phone: null, linkedinUrl: null });
      }),
    );
    // Somebody who was known, and is gone for good.
    const gone = peer.addPerson({ email: "gone@example.com" });
    const goneLead = await t.lead({ email: "gone@example.com", phone: null, linkedinUrl: null });
    expect(await deliver(system, t.event("lead.updated", goneLead))).toMatchObject({ outcome: "delivered" });
    peer.removePerson(gone);
    const before = peer.calls.length;
    const results = await Promise.all(
      [...leads, goneLead].map((lead) => deliver(system, t.event("lead.updated", lead))),
    );
    expect(results.slice(0, 60).map(({ outcome }) => outcome)).toEqual(Array(60).fill("delivered"));
    expect(results[60]).toMatchObject({ outcome: "failed", code: "person_not_found" });
    // Looked up and logged, of sixty people each.
    expect(peer.calls.length - before).toBeLessThan(40);
    expect(peer.activities).toHaveLength(61);
    await system.close();
  });

  test("of a batch that ends without an answer, half of it done, each is asked about together, and is there once", async () => {
    peer = await startPeer(kind);
    const t = await openCrm(db, kind, peer);
    const system = t.open();
    const leads = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        peer.addPerson({ email: `q${n}@example.com` });
        return t.lead({ email: `q${n}@example.com`, phone: null, linkedinUrl: null });
      }),
    );
    // So that all are logged in the same moment.
    await Promise.all(leads.map((lead) => deliver(system, t.event("lead.updated", lead))));
    const batch = /batch\/create|composite/;
    peer.faults.when(({ path }) => batch.test(path), { kind: "reset", when: "half" }, 2);
    const events = leads.map((lead) => t.event("lead.updated", lead));
    const first = await Promise.all(events.map((event) => deliver(system, event)));
    const left = events.filter((_, n) => first[n]!.outcome === "retry");
    expect(left.length).toBeGreaterThan(3);
    // On a busy machine they can all have gone in one call.
    peer.faults.clear();
    const calls = peer.calls.length;
    const again = await Promise.all(left.map((event) => deliver(system, event)));
    expect(again.map(({ outcome }) => outcome)).toEqual(Array(left.length).fill("delivered"));
    expect(again.filter(({ detail }) => detail?.includes("logged before")).length).toBeGreaterThan(1);
    expect(peer.calls.length - calls).toBeLessThan(2 * left.length);
    const ids = events.map(({ eventId }) => peer.activities.filter(({ body }) => body.includes(eventId)).length);
    expect(ids).toEqual(Array(30).fill(1));
    await system.close();
  });

  test("a batch that can't be taken at this moment, or not as a whole, fails none of its events", async () => {
    peer = await startPeer(kind);
    const t = await openCrm(db, kind, peer);
    const system = t.open();
    const leads = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        peer.addPerson({ email: `r${n}@example.com` });
        return t.lead({ email: `r${n}@example.com`, phone: null, linkedinUrl: null });
      }),
    );
    await Promise.all(leads.map((lead) => deliver(system, t.event("lead.updated", lead))));
    const next = () => Promise.all(leads.map((lead) => deliver(system, t.event("lead.updated", lead))));
    const batch = /batch\/create|composite/;
    const whole = { status: 400, body: [{ errorCode: "JSON_PARSER_ERROR", message: "One of them is wrong." }] };
    peer.faults.when(({ path }) => batch.test(path), { kind: "answer", ...whole });
    expect(new Set((await next()).map(({ outcome }) => outcome))).toEqual(new Set(["delivered"]));
    peer.faults.when(({ path }) => batch.test(path), { kind: "answer", status: 423, body: "Locked" });
    const locked = await next();
    expect(new Set(locked.map(({ outcome }) => outcome))).toEqual(new Set(["delivered", "retry"]));
    expect(locked.find(({ outcome }) => outcome === "retry")).toMatchObject({ code: "crm_busy" });
    await system.close();
  });

  test("a question that is refused fails no event: it may have been logged", async () => {
    peer = await startPeer(kind);
    const t = await openCrm(db, kind, peer);
    const system = t.open();
    peer.addPerson({ email: "asked@example.com" });
    const lead = await t.lead({ email: "asked@example.com", phone: null, linkedinUrl: null });
    await deliver(system, t.event("lead.updated", lead));
    const event = t.event("lead.updated", lead);
    peer.faults.when((request) => peer.creates(request), { kind: "reset", when: "after" });
    expect(await deliver(system, event)).toMatchObject({ outcome: "retry", code: "no_answer" });
    const odd = { category: "VALIDATION_ERROR", message: "Odd.", errorCode: "MALFORMED_QUERY" };
    const body = kind === "hubspot" ? { results: [], errors: [odd] } : [odd];
    const status = kind === "hubspot" ? 207 : 400;
    peer.faults.when(({ path }) => /associations|query/.test(path), { kind: "answer", status, body });
    expect(await deliver(system, event)).toMatchObject({ outcome: "retry", code: "outcome_unknown" });
    expect(await deliver(system, event)).toMatchObject({ outcome: "delivered" });
    expect(peer.activities).toHaveLength(2);
    await system.close();
  });
});

test("who was merged or converted is followed to whom they are now", async () => {
  const hubspot = await startHubspot({ token: "secret-1234567890" });
  peer = hubspotPeer(hubspot);
  const t = await openCrm(db, "hubspot", peer);
  const [old, now] = [peer.addPerson({ email: "old@example.com" }), peer.addPerson({ email: "now@example.com" })];
  const lead = await t.lead({ email: "old@example.com", phone: null, linkedinUrl: null });
  const system = t.open();
  await deliver(system, t.event("lead.updated", lead));
  hubspot.contacts.delete(old);
  hubspot.merged.set(old, now);
  hubspot.contacts.get(now)!.hs_additional_emails = "old@example.com";
  expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "delivered" });
  expect(peer.activities.map(({ to }) => to)).toEqual([old, now]);
  await system.close();
  await peer.close();

  const salesforce = await startSalesforce({ clientId: "secret-1234567890", clientSecret: "secret-1234567890" });
  peer = salesforcePeer(salesforce);
  const s = await openCrm(db, "salesforce", peer);
  const other = s.open();
  const crmLead = salesforce.addPerson("Lead", { Email: "lead@example.com" });
  const someone = await s.lead({ email: "lead@example.com", phone: null, linkedinUrl: null });
  await deliver(other, s.event("lead.updated", someone));
  const contact = salesforce.addPerson("Contact", { Email: "elsewhere@example.com" });
  salesforce.convert(crmLead, contact);
  await deliver(other, s.event("lead.updated", someone));
  const last = salesforce.addPerson("Contact", { Email: "last@example.com" });
  salesforce.merge(contact, last);
  await deliver(other, s.event("lead.updated", someone));
  expect(peer.activities.map(({ to }) => to)).toEqual([crmLead, contact, last]);
  await other.close();
});

test("Close: of a lead that was merged into another the contact is looked for, there or by its address", async () => {
  const close = await startClose({ apiKey: "secret-1234567890" });
  peer = closePeer(close);
  const t = await openCrm(db, "close", peer);
  const system = t.open();
  const email = "merged@example.com";
  const into = close.addLead({ name: "Other", emails: [{ email: "other@example.com" }] });
  const gone = close.addLead({ name: "Jane", emails: [{ email }] });
  const lead = await t.lead({ email, phone: null, linkedinUrl: null });
  await deliver(system, t.event("lead.updated", lead));
  // The one lead has both contacts then, and the other one's ID answers 404.
  close.merge(gone, into);
  expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "delivered" });
  expect(peer.activities.map(({ to }) => to)).toEqual([gone, into]);
  // Emails and SMS name the contact, also where the lead has several.
  const contact = await t.externalId(lead);
  expect(contact).toMatch(/^cont_/);
  await deliver(system, t.event("message.sent", lead, { email }, "email"));
  expect(close.activities.at(-1)).toMatchObject({ type: "email", to: into, fields: { contact_id: contact } });
  await db.query("update lead set external_lead_id = $2 where id = $1", [lead, into]);
  await deliver(system, t.event("message.sent", lead, { email }, "email"));
  expect(close.activities.at(-1)!.fields.contact_id).toBe(contact);
  // Who isn't there under any address any more is said.
  close.leads.delete(into);
  expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({
    ...{ outcome: "failed", code: "person_not_found" },
  });
  await system.close();
});

test("Close: of the many whom a search by words finds, the oldest with exactly this address is the person", async () => {
  const close = await startClose({ apiKey: "secret-1234567890" });
  peer = closePeer(close);
  const t = await openCrm(db, "close", peer);
  const system = t.open();
  const add = (slug: string, year: number) =>
    close.addLead({ urls: [{ url: `https://www.linkedin.com/in/${slug}` }], date_created: `${year}-01-01T00:00:00Z` });
  for (let n = 0; n < 210; n++) add(`anna-smith-${n}`, 2020);
  add("anna-smith", 2024);
  const oldest = add("anna-smith", 2021);
  const lead = await t.lead({ email: null, phone: null, linkedinUrl: "https://www.linkedin.com/in/anna-smith" });
  expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "delivered" });
  expect(close.activities.at(-1)!.to).toBe(oldest);
  // Nobody can say whether they are there.
  for (let n = 0; n < 2_000; n++) add(`bob-jones-${n}`, 2020);
  const other = await t.lead({ email: null, phone: null, linkedinUrl: "https://www.linkedin.com/in/bob-jones" });
  expect(await deliver(system, t.event("lead.updated", other))).toMatchObject({
    ...{ outcome: "failed", code: "person_not_found" },
  });
  add("bob-jones-x", 2020);
  expect(await deliver(system, t.event("lead.updated", other))).toMatchObject({
    ...{ outcome: "failed", code: "too_many_people" },
  });
  await system.close();
});

test("Close: verifying names what the key's role lacks, where Close shows it", async () => {
  const close = await startClose({ apiKey: "secret-1234567890" });
  peer = closePeer(close);
  const t = await openCrm(db, "close", peer);
  const system = t.open();
  const verify = () => system.verify(AbortSignal.timeout(60_000));
  expect(await verify()).toMatchObject({ ok: true, detail: expect.stringContaining("the role Admin, which sees all") });
  close.roles.set("role_own", { name: "Own leads", permissions: ["export"] });
  close.role = "role_own";
  expect(await verify()).toMatchObject({
    ...{ ok: true, detail: expect.stringMatching(/role Own leads lacks the permission view_all_leads/) },
  });
  // Who may not read roles can still log.
  for (const call of ["GET /role/role_own/", "GET /organization/orga_1/"]) {
    close.forbidden.add(call);
    expect(await verify()).toMatchObject({ ok: true, detail: expect.stringContaining("doesn't show") });
    close.forbidden.clear();
  }
  for (const [call, words] of [
    ["GET /me/", "Give the user's role the permission"],
    ["POST /data/search/", "search for people"],
    ["GET /activity/note/", "read activities"],
  ] as const) {
    close.forbidden.add(call);
    close.role = "admin";
    expect(await verify(), call).toMatchObject({ ok: false, code: "missing_permission" });
    expect((await verify()).detail).toContain(words);
    close.forbidden.clear();
  }
  await system.close();
});

test("Salesforce: a Lead's Task is of nothing else, whatever a template says", async () => {
  peer = await startPeer("salesforce");
  const t = await openCrm(db, "salesforce", peer, { createPeople: true, fields: { WhatId: "006000000000001AAA" } });
  const system = t.open();
  const lead = await t.lead({ email: "new@example.com" });
  expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "delivered" });
  expect(peer.activities[0]!.to).toMatch(/^00Q/);
  await system.close();
});

test("two processes share an account's calls: none goes out before its turn, and a rest holds for both", async () => {
  const workspaceId = await makeWorkspace(db);
  const rate = { calls: 1, perMs: 60_000, burst: 3 };
  const open = () => new AccountPace({ db, workspaceId, system: "HubSpot", account: "one", rate });
  const [one, other] = [open(), open()];
  const signal = AbortSignal.timeout(60_000);
  await Promise.all([one.pass(signal), other.pass(signal), one.pass(signal)]);
  await expect(other.pass(signal)).rejects.toMatchObject({ problem: "throttled", code: "rate_limited" });
  const free = new AccountPace({ db, workspaceId, system: "HubSpot", account: "two", rate });
  await free.pass(signal);
  await free.rest(30_000, "It asks to wait.");
  const late = new AccountPace({ db, workspaceId, system: "HubSpot", account: "two", rate });
  await expect(late.pass(signal)).rejects.toMatchObject({ message: "It asks to wait." });
  const { rows } = await db.query("select account from crm_pace where workspace_id = $1", [workspaceId]);
  expect(JSON.stringify(rows)).not.toContain("two");
});

test("a call goes out at once, the next has all who came meanwhile, and what is said of each is its own", async () => {
  const batches: number[][] = [];
  const held = Promise.withResolvers<void>();
  const gather = new Gather<number, string>(
    3,
    async (items) => {
      batches.push([...items]);
      if (batches.length === 1) await held.promise;
      return items.map((n) => (n === 4 ? new CrmError("failed", "no", "No.") : `is ${n}`));
    },
    { atOnce: 1 },
  );
  const signal = AbortSignal.timeout(60_000);
  const first = gather.add(1, signal);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const others = [2, 3, 4, 5].map((n) => gather.add(n, signal));
  const late = gather.add(6, AbortSignal.abort());
  held.resolve();
  expect(await Promise.allSettled([first, ...others, late])).toMatchObject([
    { value: "is 1" },
    { value: "is 2" },
    { value: "is 3" },
    { reason: { code: "no" } },
    { value: "is 5" },
    { reason: { code: "no_time_left" } },
  ]);
  expect(batches).toEqual([[1], [2, 3, 4], [5]]);
});
