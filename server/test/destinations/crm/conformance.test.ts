import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { listAudit } from "../../../src/db/audit-search.ts";
import type { ClaimedItem } from "../../../src/db/outbox.ts";
import type { Database } from "../../../src/db/pool.ts";
import type { SystemEvent } from "../../../src/destinations/system.ts";
import { tellSystem } from "../../../src/destinations/system-delivery.ts";
import { eventSample } from "../../../src/domain/event-samples.ts";
import { Gate } from "../../../src/loopback/faults.ts";
import { testDatabase } from "../../database.ts";
import { crmKinds, deliver, openCrm, type Peer, startPeer } from "./setup.ts";

let db: Database;
let close: () => Promise<void>;
let peer: Peer;
beforeAll(async () => {
  ({ db, close } = await testDatabase());
});
afterEach(() => peer.close());
afterAll(() => close());

const email = "jane@example.com";
const markers = (body: string) => body.match(/evt_\d{13}_\w{9}/)?.[0];

describe.each(crmKinds)("%s", (kind) => {
  async function setup(config: object = {}) {
    peer = await startPeer(kind);
    return openCrm(db, kind, peer, config);
  }

  test("150 events with faults and a restart: each is logged exactly once", async () => {
    const t = await setup();
    const leads = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        peer.addPerson({ email: `p${n}@example.com` });
        return t.lead({ email: `p${n}@example.com` });
      }),
    );
    let seen = 0;
    const every = (n: number) => (request: { method: string; path: string }) =>
      peer.creates(request) && ++seen % n === 0;
    peer.faults.when(every(19), { kind: "reset", when: "after" }, Number.POSITIVE_INFINITY);
    peer.faults.when(every(21), { kind: "answer", ...peer.limited(0) }, Number.POSITIVE_INFINITY);
    const types = ["message.sent", "message.received", "lead.updated"] as const;
    const channels = ["linkedin", "email", "sms"] as const;
    const events = Array.from({ length: 150 }, (_, n) =>
      t.event(types[n % 3]!, leads[n % 20]!, { email: `p${n % 20}@example.com` }, channels[n % 2]!),
    );
    let system = t.open();
    let crashed = false;
    let left: SystemEvent[] = [...events];
    const codes = new Set<string>();
    while (left.length > 0) {
      const next: SystemEvent[] = [];
      for (let from = 0; from < left.length; from += 30) {
        const some = left.slice(from, from + 30);
        const work = some.map((event) => deliver(system, event));
        // In the middle the process ends: what it was doing is done once more by another one.
        if (!crashed && from >= 60) {
          crashed = true;
          await system.close();
          await Promise.allSettled(work);
          system = t.open();
          next.push(...some);
          continue;
        }
        for (const [n, result] of (await Promise.all(work)).entries()) {
          if (result.outcome === "retry") {
            codes.add(result.code);
            next.push(some[n]!);
          } else expect(result).toMatchObject({ outcome: "delivered" });
        }
      }
      left = next;
    }
    await system.close();
    // How often depends on how many are written with one call.
    expect(codes).toContain("no_answer");
    expect(peer.activities.map(({ body }) => markers(body)).sort()).toEqual(events.map((e) => e.eventId).sort());
  });

  test("a replay sends nothing; an end without an answer is asked about, later", async () => {
    const t = await setup();
    const person = peer.addPerson({ email });
    const lead = await t.lead({ email });
    const system = t.open({ leaseMs: 60_000, settleMs: 60_000 });
    const event = t.event("reply.received", lead);
    peer.faults.when((r) => peer.creates(r), { kind: "reset", when: "after" });
    expect(await deliver(system, event)).toMatchObject({ outcome: "retry", code: "no_answer", retryAfterMs: 60_000 });
    const calls = peer.calls.length;
    expect(await deliver(system, event)).toMatchObject({ outcome: "retry", code: "outcome_unknown" });
    expect(peer.calls).toHaveLength(calls);
    await db.query("update crm_record set ask_at = now() where crm_id is null");
    expect(await deliver(system, event)).toMatchObject({
      ...{ outcome: "delivered", detail: expect.stringContaining("logged before") },
    });
    expect(await deliver(system, event)).toMatchObject({ outcome: "delivered" });
    expect(peer.activities).toMatchObject([{ to: person }]);
    // What came of it is the lead's ID there.
    expect(await t.externalId(lead)).toBe(peer.externalId?.(person) ?? person);
    await system.close();
  });

  test("what may have been logged is asked for with whom it was, also where the lead is somebody else by now", async () => {
    const t = await setup();
    const system = t.open();
    const [first, second] = [peer.addPerson({ email }), peer.addPerson({ phone: "+12025550144" })];
    // With an event of the lead in between, which looks for them anew; and without.
    for (const between of [true, false]) {
      const lead = await t.lead({ email: between ? email : null, phone: null, linkedinUrl: null });
      const set = (id: string) => db.query("update lead set external_lead_id = $2 where id = $1", [lead, id]);
      if (!between) await set(first);
      const event = t.event("reply.received", lead);
      peer.faults.when((r) => peer.creates(r), { kind: "reset", when: "after" });
      expect(await deliver(system, event)).toMatchObject({ outcome: "retry", code: "no_answer" });
      // A process that died has said nothing.
      if (!between) await db.query("update crm_record set person_id = null");
      await set(second);
      const count = peer.activities.length;
      if (between) await deliver(system, t.event("lead.updated", lead));
      expect(await deliver(system, event)).toMatchObject({
        ...{ outcome: "delivered", detail: expect.stringContaining("logged before") },
      });
      expect(peer.activities).toHaveLength(count + (between ? 1 : 0));
    }
    expect(peer.activities.map(({ to }) => to)).toEqual([first, second, first]);
    await system.close();
  });

  test("people are found by ID, email, phone and profile, and nobody by half an address", async () => {
    const t = await setup();
    const system = t.open();
    peer.addPerson({
      email: "jane@example.com.au",
      phone: "+12025550111",
      linkedinUrl: "https://www.linkedin.com/in/jane-doe-2",
    });
    const people = {
      email: peer.addPerson({ email }),
      // As people type it; Close writes numbers anew itself.
      phone: peer.addPerson({
        phone: { close: "+12025550122", hubspot: "202.555.0122", salesforce: "(202) 555-0122" }[kind],
      }),
      linkedinUrl: peer.addPerson({ linkedinUrl: "http://www.linkedin.com/in/jane-doe/" }),
    };
    const none = { email: null, phone: null, linkedinUrl: null };
    const addresses = { email, phone: "+12025550122", linkedinUrl: "https://www.linkedin.com/in/jane-doe" };
    for (const field of ["email", "phone", "linkedinUrl"] as const) {
      const lead = await t.lead({ ...none, [field]: addresses[field] });
      await deliver(system, t.event("lead.updated", lead));
      expect(peer.activities.at(-1), field).toMatchObject({
        to: people[field],
        type: { close: "note", hubspot: "notes", salesforce: "Task" }[kind],
      });
    }
    const lead = await t.lead({ ...none, email: "other@example.com" });
    await db.query("update lead set external_lead_id = $2 where id = $1", [lead, people.phone]);
    await deliver(system, t.event("lead.updated", lead));
    expect(peer.activities.at(-1)).toMatchObject({ to: people.phone });
    await system.close();
  });

  test("a person who isn't there fails with what to do, or is created once", async () => {
    const t = await setup();
    const lead = await t.lead({ email });
    const system = t.open();
    const event = t.event("message.sent", lead, { email }, "email");
    expect(await deliver(system, event)).toMatchObject({
      ...{ outcome: "failed", code: "person_not_found", detail: expect.stringContaining("config.createPeople") },
    });
    await system.close();
    const creating = await openCrm(db, kind, peer, { createPeople: true });
    const maker = creating.open();
    const newcomer = await creating.lead({ email, phone: null, linkedinUrl: null });
    const events = Array.from({ length: 6 }, () => creating.event("lead.updated", newcomer));
    const results = await Promise.all(events.map((one) => deliver(maker, one)));
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(["delivered"]));
    expect([peer.people(), peer.activities.length]).toEqual([1, 6]);
    const made = peer.activities[0]!.to;
    expect(await creating.externalId(newcomer)).toBe(peer.externalId?.(made) ?? made);
    const search = { order: "asc", after: null, limit: 9, leadId: newcomer } as const;
    const { rows: acts } = await listAudit(db, creating.workspaceId, search);
    expect(acts.map(({ actor, content }) => [actor, JSON.parse(content!)])).toEqual([
      [
        creating.destinationId,
        { before: { externalLeadId: null }, after: { externalLeadId: await creating.externalId(newcomer) } },
      ],
    ]);
    await maker.close();
  });

  test("while another process logs an event or creates its person, what waits for that says nothing of the CRM's health", async () => {
    const t = await setup({ createPeople: true });
    const [one, other] = [t.open({ leaseMs: 60_000 }), t.open({ leaseMs: 60_000 })];
    const lead = await t.lead({ email: "newcomer@example.com", phone: null, linkedinUrl: null });
    const events = Array.from({ length: 12 }, () => t.event("lead.updated", lead));
    const [people, gate] = [peer.people(), new Gate()];
    const creates = ({ method, path }: { method: string; path: string }) =>
      method === "POST" && /\/(sobjects\/Lead|objects\/contacts|lead\/)$/.test(path);
    peer.faults.when(creates, { kind: "hold", when: "before", gate });
    const first = deliver(one, events[0]!);
    await gate.reached;
    const item = { attempts: 0 } as ClaimedItem;
    const waiting = await Promise.all(events.map((event) => tellSystem(other, item, event as never, [1_000])));
    expect(waiting.map(({ attempt, signal }) => [attempt?.code, signal])).toEqual([
      ["outcome_unknown", undefined],
      ...events.slice(1).map(() => ["person_under_way", undefined]),
    ]);
    gate.open();
    expect(await first).toMatchObject({ outcome: "delivered" });
    for (const event of events) expect(await deliver(other, event)).toMatchObject({ outcome: "delivered" });
    expect(peer.people()).toBe(people + 1);
    await Promise.all([one.close(), other.close()]);
  });

  test("somebody whose creation had no answer is asked for before anybody is created, whatever is known of them", async () => {
    const t = await setup({ createPeople: true, ...(kind === "salesforce" && { linkedinField: undefined }) });
    const creates = ({ method, path }: { method: string; path: string }) =>
      method === "POST" && /\/(sobjects\/Lead|objects\/contacts|lead\/)$/.test(path);
    const none = { email: null, phone: null, linkedinUrl: null };
    const system = t.open();
    for (const address of [{ email }, { linkedinUrl: "https://www.linkedin.com/in/no-answer" }]) {
      const people = peer.people();
      const lead = await t.lead({ ...none, ...address });
      peer.faults.when(creates, { kind: "reset", when: "after" });
      const event = t.event("lead.updated", lead);
      expect(await deliver(system, event)).toMatchObject({ outcome: "retry" });
      expect(await deliver(system, event)).toMatchObject({ outcome: "delivered" });
      expect(peer.people()).toBe(people + 1);
    }
    // Their index may need a while longer than the answer.
    const slow = t.open({ settleMs: 60_000 });
    const lead = await t.lead({ ...none, phone: "+12025550188" });
    peer.faults.when(creates, { kind: "reset", when: "before" });
    const event = t.event("lead.updated", lead);
    await deliver(slow, event);
    await db.query("update crm_record set ask_at = now() where crm_id is null");
    const calls = peer.calls.length;
    expect(await deliver(slow, event)).toMatchObject({ outcome: "retry", code: "person_under_way" });
    expect(peer.calls.slice(calls).filter((call) => /\/(sobjects\/Lead|objects\/contacts|lead\/)$/.test(call))).toEqual(
      [],
    );
    await Promise.all([system.close(), slow.close()]);
  });

  test("what is told late is logged at the time when it was", async () => {
    const t = await setup();
    peer.addPerson({ email });
    const system = t.open();
    const lead = await t.lead({ email });
    await deliver(system, t.event("message.sent", lead, { email, sentAt: "2026-01-02T03:04:05.000Z" }, "email"));
    await deliver(system, t.event("lead.updated", lead, { changedAt: "2026-01-03T03:04:05.000Z" }));
    // A clock that is ahead says nothing.
    await deliver(system, t.event("lead.updated", lead, { changedAt: "2126-01-03T03:04:05.000Z" }));
    const said = peer.activities.map(({ body }) => /\[Herald \S+, (.{16}) UTC\]/.exec(body)?.[1]);
    expect(said.slice(0, 2)).toEqual(["2026-01-02 03:04", "2026-01-03 03:04"]);
    expect(said[2]).not.toContain("2126");
    const fields = peer.activities.map((one) => JSON.stringify(one));
    if (kind !== "close") expect(fields[0]).toMatch(/"(hs_timestamp|ActivityDate)":"2026-01-02/);
    await system.close();
  });

  test("somebody deleted or merged there meanwhile is looked for again", async () => {
    const t = await setup();
    const lead = await t.lead({ email });
    const system = t.open();
    const before = peer.addPerson({ email });
    await deliver(system, t.event("lead.updated", lead));
    peer.removePerson(before);
    const after = peer.addPerson({ email });
    expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "delivered" });
    expect(peer.activities.map(({ to }) => to)).toEqual([before, after]);
    await system.close();
  });

  test("a changed externalLeadId counts from the next event on, and one that says nothing new asks nobody", async () => {
    const t = await setup();
    const system = t.open();
    const [shared, right] = [peer.addPerson({ email }), peer.addPerson({ phone: "+12025550133" })];
    const lead = await t.lead({ email, phone: null, linkedinUrl: null });
    const set = (id: string) => db.query("update lead set external_lead_id = $2 where id = $1", [lead, id]);
    const next = () => deliver(system, t.event("lead.updated", lead));
    await next();
    await set(right);
    await next();
    // Of another system: they are looked for by their address once more, and that's it.
    await set("u-12345");
    await next();
    const calls = peer.calls.length;
    await next();
    expect(peer.calls.length - calls).toBe(1);
    expect(peer.activities.map(({ to }) => to)).toEqual([shared, right, shared, shared]);
    await system.close();
  });

  test("limits and a revoked token stop all, in words; verify says so too", async () => {
    const t = await setup();
    peer.addPerson({ email });
    const lead = await t.lead({ email });
    const system = t.open();
    expect(await system.verify(AbortSignal.timeout(60_000))).toMatchObject({ ok: true });
    peer.faults.when((r) => peer.creates(r), { kind: "answer", ...peer.limited(7_000) });
    const retryAfterMs = kind === "salesforce" ? 3_600_000 : 7_000;
    const event = t.event("lead.updated", lead);
    expect(await deliver(system, event)).toMatchObject({ outcome: "retry", throttled: true, retryAfterMs });
    const calls = peer.calls.length;
    expect(await deliver(system, t.event("lead.updated", lead))).toMatchObject({ outcome: "retry", throttled: true });
    expect(peer.calls).toHaveLength(calls);
    // Another process knows it, too.
    const later = t.open();
    expect(await deliver(later, t.event("lead.updated", lead))).toMatchObject({ outcome: "retry", throttled: true });
    expect(peer.calls).toHaveLength(calls);
    await Promise.all([system.close(), later.close()]);
    await db.query("delete from crm_pace");
    const after = t.open();
    peer.revoke();
    const code = kind === "salesforce" ? "token_refused" : "token_revoked";
    expect(await deliver(after, event)).toMatchObject({ outcome: "refused", code });
    expect(await after.verify(AbortSignal.timeout(60_000))).toMatchObject({ ok: false, code });
    await after.close();
  });

  test("samples show what would be logged, and are not; templates are checked, and escaped where it is HTML", async () => {
    const body = "{{ firstName }} <b>said</b>: {{ text }}";
    const t = await setup({ templates: { "reply.received": { body } } });
    peer.addPerson({ email });
    const lead = await t.lead({ email, firstName: "Jane" });
    const system = t.open();
    const sample = { ...eventSample(t.workspaceId, "message.sent"), attempt: 1 };
    const shown = await deliver(system, { ...sample, data: JSON.stringify(sample.data) });
    expect(shown).toMatchObject({ outcome: "skipped", detail: expect.stringContaining("This is a sample message") });
    expect(peer.calls).toEqual([]);
    const content = { subject: null, text: "<script>x</script>" };
    await deliver(system, t.event("reply.received", lead, { content }));
    const escaped = "Jane &lt;b&gt;said&lt;/b&gt;: &lt;script&gt;x&lt;/script&gt;";
    const plain = "Jane <b>said</b>: <script>x</script>";
    expect(peer.activities[0]!.body).toContain(kind === "hubspot" ? escaped : plain);
    const broken = t.adapter.config.parse({ ...peer.config, templates: { "lead.updated": { body: "{{ note" } } });
    expect(t.adapter.check!(broken, {})).toMatchObject({ field: "config.templates.lead.updated.body" });
    const elsewhere = t.adapter.config.parse({ ...peer.config, baseUrl: "https://crm.example.com" });
    expect(t.adapter.check!(elsewhere, {})).toMatchObject({ field: "config.baseUrl" });
    await system.close();
  });
});
