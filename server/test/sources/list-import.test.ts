import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { enrolling } from "../../src/api/lead-intake.ts";
import { listOpener } from "../../src/api/list-reader.ts";
import { suppress } from "../../src/campaigns/consent.ts";
import { systemAdapters } from "../../src/destinations/systems.ts";
import type { ListedPerson, PeoplePage } from "../../src/domain/people-list.ts";
import { Gate } from "../../src/loopback/faults.ts";
import { ListImporter } from "../../src/sources/list-import/importer.ts";
import { type Api, box, setup } from "../api/setup.ts";
import { type CrmKind, crmKinds, type ListPeer, startListPeer } from "../destinations/crm/lists.ts";

let api: Api;
let peer: ListPeer;
/** Milliseconds that the importers' clock is ahead. */
let ahead = 0;
const systems = (db: Api["db"]) => [
  ...systemAdapters({ db, box, allowPrivate: true, client: null as never, wake: () => {} }).values(),
];
beforeAll(async () => {
  api = await setup({ systems });
});
afterEach(async () => {
  await peer.close();
  await api.db.query("truncate crm_import, crm_import_person, crm_pace, suppression");
  // Each fake CRM begins with the same IDs.
  await api.db.query("delete from lead");
});
afterAll(() => api.close());

interface Act {
  action: string;
  content: { before: unknown; after: unknown };
}
const errors: unknown[] = [];
const importer = () =>
  new ListImporter({
    ...{ db: api.db, enrolling, clock: () => Date.now() + ahead, wakeDeliveries: () => {}, wakePlanner: () => {} },
    open: listOpener({ db: api.db, box, systems: api.context.systems }),
    onError: (_stage, error) => errors.push(error),
  });

async function begin(kind: CrmKind, more: object = {}) {
  peer = await startListPeer(kind);
  const { config, credentials } = peer;
  const destination = (await api.call("POST", "/v1/destinations", { body: { kind, config, credentials } })).body;
  const create = (list: object = peer.list) =>
    api.call("POST", "/v1/imports/crm", { body: { destinationId: destination.id, list, ...more } });
  return { create, destinationId: destination.id as string };
}
const show = async (id: string) => (await api.call("GET", `/v1/imports/crm/${id}`)).body;
const leadOf = async (crmId: string) =>
  (await api.db.query("select * from lead where external_lead_id = $1", [crmId])).rows[0];

test("hubspot: a list of companies makes nobody a lead, and says what to do", async () => {
  const t = await begin("hubspot");
  const id = peer.add({ first: "F", last: "L", email: "not-a-company@example.com" });
  const { body } = await t.create({ listId: "14" });
  await importer().runOnce();
  expect(await show(body.id)).toMatchObject({
    ...{ status: "failed", error: { code: "list_not_of_contacts", detail: expect.stringContaining("of companies") } },
  });
  expect(await leadOf(id)).toBeUndefined();
});

describe.each(crmKinds)("%s", (kind) => {
  test("250 people come in as leads, each once, though the process that reads them stops in the middle", async () => {
    const t = await begin(kind, { tags: ["imported"] });
    const ids = Array.from({ length: 250 }, (_, n) =>
      peer.add({ first: `F${n}`, last: "L", email: `${kind}${n}@example.com` }),
    );
    const { body } = await t.create();
    expect(body).toMatchObject({ status: "waiting", run: 1 });
    const gate = new Gate();
    const first = importer();
    // Of its second page nothing comes; and then it is as good as dead.
    peer.holdSecondPage(gate);
    const stuck = first.runOnce();
    await gate.reached;
    const half = await show(body.id);
    expect(half.status).toBe("running");
    expect(half.counts.added).toBeGreaterThan(0);
    ahead += 121_000;
    expect(await importer().runOnce()).toBe(true);
    gate.open();
    await stuck;
    expect(errors).toEqual([]);
    const done = await show(body.id);
    expect(done).toMatchObject({ status: "done", counts: { people: 250, added: 250, updated: 0, rejected: 0 } });
    const { rows } = await api.db.query(
      "select count(*) as all, count(distinct external_lead_id) as once from lead where external_lead_id = any($1) and tags = '{imported}'",
      [ids],
    );
    expect(rows).toEqual([{ all: 250, once: 250 }]);
    expect(await importer().runOnce()).toBe(false);
  });

  test("run again, leads follow the CRM, but for what was changed here; who said no, and whose lead was deleted, stays away", async () => {
    const t = await begin(kind, { everyMinutes: 60 });
    const people = Object.fromEntries(
      ["plain", "edited", "refused", "deleted", "taken"].map((name) => [
        name,
        peer.add({ first: name, last: "L", email: `${name}-${kind}@example.com` }),
      ]),
    ) as Record<"plain" | "edited" | "refused" | "deleted" | "taken", string>;
    // One is a lead already, and lacks a title.
    const known = await api.call("POST", "/v1/leads", {
      body: { leads: [{ email: `known-${kind}@example.com`, firstName: "Own" }] },
    });
    const knownId = peer.add({ first: "Theirs", last: "L", title: "CTO", email: `known-${kind}@example.com` });
    await suppressed(`refused-${kind}@example.com`);
    const { body } = await t.create();
    await importer().runOnce();
    expect((await show(body.id)).counts).toMatchObject({ people: 6, added: 4, linked: 1, kept: 1, suppressed: 1 });
    const lead = (await api.call("GET", `/v1/leads/${known.body.leadIds[0]}`)).body;
    expect(lead).toMatchObject({ firstName: "Own", title: "CTO", externalLeadId: knownId });

    await api.call("PATCH", `/v1/leads/${(await leadOf(people.edited))!.id}`, { body: { firstName: "Mine" } });
    await api.db.query("delete from lead where external_lead_id = $1", [people.deleted]);
    for (const [name, id] of Object.entries(people)) peer.change(id, { first: `${name}2` });
    peer.change(people.taken, { email: `plain-${kind}@example.com` });
    peer.change(knownId, { title: null });
    // An hour later.
    expect(await importer().runOnce()).toBe(false);
    ahead += 3_600_001;
    expect(await importer().runOnce()).toBe(true);
    const again = await show(body.id);
    expect(again).toMatchObject({
      ...{ run: 2, status: "done", nextRunAt: expect.any(String) },
      counts: { people: 6, added: 0, updated: 2, kept: 2, suppressed: 1, removed: 1 },
      findings: [{ crmId: people.taken, field: "email" }],
    });
    expect([(await leadOf(people.plain))!.first_name, (await leadOf(people.edited))!.first_name]).toEqual([
      "plain2",
      "Mine",
    ]);
    expect(await leadOf(people.taken)).toMatchObject({ first_name: "taken2", email: `taken-${kind}@example.com` });
    expect([await leadOf(people.refused), await leadOf(people.deleted)]).toEqual([undefined, undefined]);
    expect((await leadOf(knownId))!.title).toBe("CTO");

    peer.remove(people.plain);
    const run = await api.call("POST", `/v1/imports/crm/${body.id}/run`);
    expect(run).toMatchObject({ status: 202, body: { run: 3, status: "waiting" } });
    await importer().runOnce();
    expect((await show(body.id)).counts).toMatchObject({ people: 5, updated: 0, left: 1 });
    await api.call("PATCH", `/v1/imports/crm/${body.id}`, { body: { everyMinutes: null } });
    expect((await show(body.id)).nextRunAt).toBeNull();
    expect(await api.call("DELETE", `/v1/imports/crm/${body.id}`)).toMatchObject({ status: 204 });
    // Each of these acts is on record, with what there was before it.
    const acts = (await api.call("GET", `/v1/audit?kind=act&target=${body.id}`)).body.data;
    expect(acts.map(({ action, content: { before, after } }: Act) => [action, before, after])).toMatchObject([
      ["DELETE /v1/imports/crm/{id}", { id: body.id, run: 3, everyMinutes: null, counts: { left: 1 } }, null],
      ["PATCH /v1/imports/crm/{id}", { everyMinutes: 60 }, { everyMinutes: null, nextRunAt: null }],
      ["POST /v1/imports/crm/{id}/run", { run: 2, status: "done" }, { run: 3, status: "waiting" }],
      ["POST /v1/imports/crm", null, { id: body.id, run: 1, status: "waiting" }],
    ]);
  });

  test("a list that isn't there ends it with what to do; a limit has it wait; a place that is lost, begin again", async () => {
    const t = await begin(kind);
    for (let n = 0; n < 250; n++) peer.add({ first: "A", last: "B", email: `again-${kind}${n}@example.com` });
    const wrong = await t.create(peer.wrongList);
    await importer().runOnce();
    expect(await show(wrong.body.id)).toMatchObject({ status: "failed", error: { code: "list_not_found" } });
    expect(await t.create({ nothing: true })).toMatchObject({ status: 400 });

    const { body } = await t.create();
    peer.limitOnce();
    await importer().runOnce();
    const waiting = await show(body.id);
    expect(waiting).toMatchObject({ status: "running", error: { detail: expect.any(String) } });
    expect(Date.parse(waiting.nextRunAt)).toBeGreaterThan(Date.now() + ahead);
    await api.db.query("delete from crm_pace");
    ahead += 3_700_000;
    await importer().runOnce();
    expect(await show(body.id)).toMatchObject({ status: "done", error: null, counts: { people: 250, added: 250 } });
    if (!peer.losePlaces) return;
    await api.call("POST", `/v1/imports/crm/${body.id}/run`);
    peer.losePlaces();
    await importer().runOnce();
    await importer().runOnce();
    expect(await show(body.id)).toMatchObject({ status: "done", counts: { people: 250, unchanged: 250 } });
  });
});

test("a list that loses its place counts everybody once; one that always does ends", async () => {
  const t = await begin("hubspot");
  const person = (n: number): ListedPerson => ({
    id: `${n}`,
    values: { email: n === 1 ? null : `lost${n}@example.com` },
  });
  const pages = [[1, 2, 3].map(person), [4, 5].map(person), [6].map(person)];
  const from = (losing: (place: number) => boolean) =>
    new ListImporter({
      ...{ db: api.db, enrolling, clock: () => Date.now() + ahead, wakeDeliveries: () => {}, wakePlanner: () => {} },
      open: async () => ({
        page: async (place): Promise<PeoplePage> => {
          const n = Number(place ?? 0);
          if (losing(n))
            return { ok: false, code: "lost", detail: "Lost.", retryAfterMs: null, final: false, lost: true };
          return { ok: true, people: pages[n]!, next: n < 2 ? `${n + 1}` : null };
        },
        close: async () => {},
      }),
      onError: (_stage, error) => errors.push(error),
    });
  let lost = 0;
  const { body } = await t.create();
  const once = from((place) => place > 0 && lost++ === 1);
  await once.runOnce();
  const half = await show(body.id);
  expect(half).toMatchObject({ status: "running", counts: { people: 4, added: 4 } });
  await once.runOnce();
  expect(await show(body.id)).toMatchObject({
    ...{ status: "done", counts: { people: 6, added: 5, unchanged: 0, rejected: 1 } },
    findings: [{ crmId: "1" }],
  });
  await api.call("POST", `/v1/imports/crm/${body.id}/run`);
  const always = from((place) => place === 2);
  let turns = 0;
  while ((await always.runOnce()) && turns < 30) turns++;
  expect(await show(body.id)).toMatchObject({ status: "failed", error: { code: "lost" }, counts: { unchanged: 4 } });
  expect(errors).toEqual([]);
});

test("a page that can't be stored for a moment costs nothing of what the pages before it have counted", async () => {
  const t = await begin("hubspot");
  const { body } = await t.create();
  const person = (n: number): ListedPerson => ({ id: `${n}`, values: { email: `page${n}@example.com` } });
  const pages: PeoplePage[] = [1, 2, 3].map((n) => ({
    ...{ ok: true, people: [person(n)], next: n === 3 ? null : `${n}` },
  }));
  const read: (string | null)[] = [];
  const reading = new ListImporter({
    ...{ db: api.db, enrolling, clock: () => Date.now() + ahead, wakeDeliveries: () => {}, wakePlanner: () => {} },
    open: async () => ({
      close: async () => {},
      page: async (place) => {
        read.push(place);
        return pages[Number(place ?? 0)]!;
      },
    }),
    onError: () => {},
  });
  await api.db.query("create sequence tries");
  await api.db.query(`create function refuse_third() returns trigger language plpgsql as $$ begin
    if new.email = 'page3@example.com' and nextval('tries') = 1 then
      raise exception 'lock timeout' using errcode = '55P03'; end if; return new; end $$`);
  await api.db.query("create trigger refuse_third before insert on lead for each row execute function refuse_third()");
  try {
    await reading.runOnce();
    ahead += 3_600_000;
    await reading.runOnce();
  } finally {
    await api.db.query("drop function refuse_third() cascade");
    await api.db.query("drop sequence tries");
  }
  expect(await show(body.id)).toMatchObject({ status: "done", counts: { people: 3, added: 3, unchanged: 0 } });
  expect(read).toEqual([null, "1", "2", "2"]);
});

test("Salesforce: a report's people, one of more rows than it gives, and one without people", async () => {
  const t = await begin("salesforce");
  const id = peer.add({ first: "R", last: "L", email: "report@example.com" });
  for (const [report, expected] of [
    ["00O000000000001AAA", { status: "done", counts: { people: 1 } }],
    ["00O000000000002AAA", { status: "failed", error: { code: "report_too_long" } }],
    ["00O000000000003AAA", { status: "failed", error: { code: "report_without_people" } }],
  ] as const) {
    peer.report!(report, id);
    const { body } = await t.create({ reportId: report });
    await importer().runOnce();
    expect(await show(body.id)).toMatchObject(expected);
  }
  expect(await t.create({ soql: "delete from Contact" })).toMatchObject({ status: 400 });
});

async function suppressed(address: string) {
  await api.db.transaction((tx) =>
    suppress(tx, api.workspaceId, { channel: "email", address, kind: "manual", reason: "Said so.", source: "api" }),
  );
}
