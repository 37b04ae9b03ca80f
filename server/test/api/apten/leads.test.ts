import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../../src/domain/id.ts";
import { inboundSms, sourceApi, twilioSender } from "../../sources/source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
let source: Awaited<ReturnType<typeof given.create>>;
let n = 0;
beforeAll(async () => {
  given = await sourceApi();
  source = await given.create("twilio");
  await twilioSender(given.call);
  await given.call("POST", "/v1/profiles", { body: { name: "Buyers", mode: "off", content: {} } });
});
afterAll(() => given.close());

const call = async (method: string, path: string, body?: unknown, key?: string | null) =>
  await given.call(method, `/apten/v1${path}`, {
    ...(body !== undefined && { body }),
    ...(key !== undefined && { key }),
  });
const sms = (From: string, Body: string) => given.tell(source, inboundSms({ MessageSid: `SM${++n}`, From, Body }));
const phoneOf = () => `+1202555${String(4_000 + ++n)}`;

/** A lead that a client of Apten made. */
async function created(fields: object = {}) {
  const phone = phoneOf();
  const lead = { firstName: "Jane", lastName: "Doe", phone, customerProfile: "Buyers", ...fields };
  const { status, body } = await call("POST", "/leads/create", lead);
  expect(status, JSON.stringify(body)).toBe(200);
  return { id: body.id as string, phone, made: body };
}
const get = async (id: string) => (await call("GET", `/leads/${id}`)).body;

test("a lead is created, and shown with exactly the fields that Apten documents", async () => {
  const information = { budget: "450000", company: "Acme", externalLeadId: "00Q5g00000ABCDEAA1", rooms: 3 };
  const { id, phone, made } = await created({
    ...{ phone: "+1 (202) 555-0177", email: "Jane@Example.com", timeZone: "America/New_York" },
    additionalInfo: information,
  });
  expect(made).toEqual({ message: "Lead created successfully.", id });
  expect(phone).not.toBe("+12025550177");
  const shown = await get(id);
  expect(shown).toEqual({
    ...{ id, firstName: "Jane", lastName: "Doe", phone: "+12025550177", email: "jane@example.com" },
    ...{
      customerProfile: "Buyers",
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      lastActivityAt: null,
    },
    additionalInfo: { budget: "450000", company: "Acme", rooms: "3" },
    ...{ hasReplied: false, isHot: false, isQualified: false, isUnsubscribed: false, isAiOn: false },
    ...{ tags: [], summary: null, externalLeadId: "00Q5g00000ABCDEAA1", deleted: false, deletedAt: null },
  });
  expect(Object.keys(shown)).toEqual(
    "id firstName lastName phone email customerProfile createdAt updatedAt lastActivityAt additionalInfo hasReplied isHot isQualified isUnsubscribed isAiOn tags summary externalLeadId deleted deletedAt".split(
      " ",
    ),
  );
});

test("what a client doesn't have may be null, and times may be a day, or without an offset, which is UTC", async () => {
  const { id } = await created({ email: null, timeZone: null, additionalInfo: { budget: null, rooms: 3 } });
  expect(await get(id)).toMatchObject({ email: null, additionalInfo: { rooms: "3" } });
  const { id: other } = await created({ additionalInfo: null });
  expect(await get(other)).toMatchObject({ additionalInfo: {} });
  const found = async (since: string) => {
    const { status, body } = await call("GET", `/leads?createdSince=${encodeURIComponent(since)}&limit=1000`);
    return status === 200 ? body.leads.some((lead: { id: string }) => lead.id === id) : status;
  };
  const { createdAt } = await get(id);
  const later = new Date(Date.parse(createdAt) + 1_000).toISOString();
  expect(await found(createdAt.slice(0, 10))).toBe(true);
  expect([await found(createdAt.slice(0, 23)), await found(later.slice(0, 23))]).toEqual([true, false]);
  expect([await found("2026-02-30"), await found("2026-01-05T25:00:00"), await found("today")]).toEqual([
    400, 400, 400,
  ]);
  // As Python and others write it: a blank for the T, an offset without its colon or encoding, no seconds.
  const [day, clock] = [createdAt.slice(0, 10), createdAt.slice(11, 23)];
  const wall = new Date(Date.parse(createdAt) + 3_600_000).toISOString().slice(0, 23);
  for (const same of [
    `${day} ${clock}`,
    `${day} ${clock}+00:00`,
    `${day}T${clock}+0000`,
    `${wall} 0100`,
    `${wall}+01`,
  ]) {
    expect(await found(same), same).toBe(true);
  }
  expect(await found(`${day} ${createdAt.slice(11, 16)}`)).toBe(true);
  expect(await found(`${createdAt.slice(0, 19).toLowerCase()}z`)).toBe(true);
  expect(await found(`${later.slice(0, 23).replace("T", " ")}+0000`)).toBe(false);
});

test("null changes nothing where a field may be left out, and an empty text takes it away", async () => {
  const { id } = await created({ email: `null${n}@example.com`, timeZone: "Europe/Berlin" });
  const before = await get(id);
  const nothing = { email: null, timeZone: null, additionalInfo: null, followUpConfig: null, followUpStep: null };
  expect((await call("PATCH", `/leads/${id}`, nothing)).status).toBe(200);
  expect(await get(id)).toEqual({ ...before, updatedAt: expect.any(String) });
  const told = { context: "She called.", additionalInfo: null, command: null };
  expect((await call("POST", `/leads/${id}/addContext`, told)).status).toBe(200);
  expect((await call("POST", `/leads/${id}/addContext`, { ...told, context: null })).status).toBe(400);
  const message = { message: "Hi", scheduledTime: null, sendWhenOff: true, scheduleFollowUps: null };
  expect((await call("POST", `/leads/${id}/sendMessage`, { ...message, overrideBusinessHours: null })).status).toBe(
    200,
  );
  const none = { sendMessage: null, messageDelayHours: null, messageDelayMins: null, clearMemory: null };
  const { status, body } = await call("POST", `/leads/${id}/switchCustomerProfile`, { profile: "Buyers", ...none });
  expect([status, body.sendMessage, body.messageDelayMins]).toEqual([200, false, 0]);
  expect((await call("PATCH", `/leads/${id}`, { email: "", timeZone: "" })).status).toBe(200);
  expect((await get(id)).email).toBe(null);
  expect((await given.call("GET", `/v1/leads/${id}`)).body.timeZone).toBe(null);
});

test("what can't be a lead is refused with 400 by the names that the client knows, and leaves nothing", async () => {
  const { phone } = await created({ email: "first@example.com" });
  const lead = { firstName: "J", lastName: "D", phone: phoneOf(), customerProfile: "Buyers" };
  const refused = async (fields: object) => {
    const { status, body } = await call("POST", "/leads/create", { ...lead, ...fields });
    return [status, body.details.map(({ field }: { field: string }) => field)];
  };
  expect(await refused({ phone: "202 555 0143" })).toEqual([400, ["phone"]]);
  expect(await refused({ phone })).toEqual([400, ["phone"]]);
  expect(await refused({ email: "first@example.com" })).toEqual([400, ["email"]]);
  expect(await refused({ customerProfile: undefined })).toEqual([400, ["customerProfile"]]);
  expect(await refused({ customerProfile: "Nobody's" })).toEqual([400, ["customerProfile"]]);
  expect(await refused({ timeZone: "Mars/Olympus", additionalInfo: { ["a".repeat(501)]: "x", " ": "x" } })).toEqual([
    400,
    ["timeZone", `additionalInfo.${"a".repeat(501)}`, "additionalInfo. "],
  ]);
  expect(await refused({ additionalInfo: { email: "x@example.com" } })).toEqual([400, ["additionalInfo.email"]]);
  expect(await refused({ additionalInfo: { nested: {} } })).toEqual([400, ["additionalInfo.nested"]]);
  const said = async (method: string, path: string, body: object) => (await call(method, path, body)).body.message;
  expect(await said("POST", "/leads/create", { ...lead, additionalInfo: { list: [1] } })).toBe(
    "additionalInfo.list: This must be a text, a number, true, false or null.",
  );
  const { id } = await created();
  const step = { hours: 1, channel: "text" };
  expect(await said("PATCH", `/leads/${id}`, { followUpConfig: { "0": step } })).toBe(
    "followUpConfig.0: Steps are called 1, 2, ...",
  );
  expect(await refused({ colour: "red" })).toEqual([400, ["colour"]]);
  expect((await call("GET", `/leads/lookup?phone=${encodeURIComponent(lead.phone)}`)).status).toBe(404);
});

test("additional information is merged, null deletes a key, and what isn't given stays", async () => {
  const { id } = await created({
    additionalInfo: { a: "1", b: "2", company: "Acme", linkedinUrl: "linkedin.com/in/jane-x" },
  });
  const change = { email: "New@Example.com", additionalInfo: { b: null, c: true, company: null } };
  expect(await call("PATCH", `/leads/${id}`, change)).toMatchObject({
    ...{ status: 200, body: { message: "Lead updated successfully." } },
  });
  expect(await get(id)).toMatchObject({ email: "new@example.com", phone: expect.any(String) });
  expect((await get(id)).additionalInfo).toEqual({
    ...{ a: "1", c: "true", linkedinUrl: "https://www.linkedin.com/in/jane-x" },
  });
  const events = (await given.events()).filter(({ type }) => type === "lead.fields.updated");
  expect(events.at(-1)!.data.custom).toEqual({ b: { old: "2", new: null }, c: { old: null, new: "true" } });
  // Names are the client's own.
  const { id: other } = await created({ additionalInfo: { "Favourite colour": "blue", größe: 3 } });
  const renamed = { "Favourite colour": null, 好きな色: "青", größe: 4 };
  expect((await call("PATCH", `/leads/${other}`, { additionalInfo: renamed })).status).toBe(200);
  expect((await get(other)).additionalInfo).toEqual({ 好きな色: "青", größe: "4" });
  expect((await call("PATCH", `/leads/${id}`, { email: "nobody" })).status).toBe(400);
  expect((await call("PATCH", `/leads/${id}`, { phone: "+12025550143" })).status).toBe(400);
  expect((await call("PATCH", `/leads/${newId("lead")}`, { email: "x@example.com" })).status).toBe(404);
  expect((await get(id)).email).toBe("new@example.com");
});

test("tags are replaced and removed by their IDs, and the built-in ones are fields of the lead", async () => {
  const { id } = await created();
  const put = async (tagIds: unknown) => await call("PUT", `/leads/${id}/tags`, { tagIds });
  expect((await put(["vip", "isHot", " vip "])).body).toEqual({ tags: [{ id: "vip", name: "vip" }] });
  expect(await get(id)).toMatchObject({ isHot: true, isQualified: false, tags: [{ id: "vip", name: "vip" }] });
  expect((await put(["interested", "old"])).body.tags).toHaveLength(2);
  const left = await call("POST", `/leads/${id}/tags/remove`, { tagIds: ["old", "never there"] });
  expect(left).toMatchObject({ status: 200, body: { tags: [{ id: "interested", name: "interested" }] } });
  // What no answer lists is not taken away by who sends back what was listed.
  expect(await get(id)).toMatchObject({ isHot: true, tags: [{ name: "interested", condition: null }] });
  expect((await put([])).body).toEqual({ tags: [] });
  expect(await get(id)).toMatchObject({ isHot: true, tags: [] });
  await call("POST", `/leads/${id}/tags/remove`, { tagIds: ["isHot"] });
  expect(await get(id)).toMatchObject({ isHot: false });
  expect((await put(undefined)).status).toBe(400);
  expect((await put([""])).status).toBe(400);
  expect((await call("PUT", `/leads/${newId("lead")}/tags`, { tagIds: [] })).status).toBe(404);
});

test("a lead's last address can't be taken", async () => {
  const url = `https://www.linkedin.com/in/last-address-${n}`;
  const { body: made } = await given.call("POST", "/v1/leads", { body: { leads: [{ linkedinUrl: url }] } });
  const id = made.leadIds[0];
  const taken = await call("PATCH", `/leads/${id}`, { additionalInfo: { linkedinUrl: null } });
  expect(taken).toMatchObject({ status: 400, body: { details: [{ field: "additionalInfo.linkedinUrl" }] } });
  expect((await get(id)).additionalInfo.linkedinUrl).toBe(url);
});

test("a lead is found by its number in any spelling", async () => {
  const { id, phone } = await created();
  for (const text of [
    encodeURIComponent(phone),
    phone,
    encodeURIComponent(`${phone.slice(0, 2)} (${phone.slice(2, 5)}) ${phone.slice(5)}`),
  ]) {
    expect((await call("GET", `/leads/lookup?phone=${text}`)).body).toMatchObject({ id, phone });
  }
  expect((await call("GET", "/leads/lookup?phone=%2B12025550000")).status).toBe(404);
  expect((await call("GET", "/leads/lookup?phone=2025550000")).status).toBe(400);
  expect((await call("GET", "/leads/lookup")).status).toBe(400);
});

test("the list gives every lead once, the longest ago first, through as many pages as there are", async () => {
  const other = await sourceApi();
  await other.call("POST", "/v1/profiles", { body: { name: "Buyers", mode: "off", content: {} } });
  const from = "2020-01-01T00:00:00Z";
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    const lead = { firstName: `L${i}`, lastName: "", phone: phoneOf(), customerProfile: "Buyers" };
    ids.push((await other.call("POST", "/apten/v1/leads/create", { body: lead })).body.id);
  }
  // Several at the same moment: a page may end between them.
  await other.db.query("update lead set created_at = '2026-01-01', updated_at = '2026-01-01' where id = any($1)", [
    ids.slice(2, 5),
  ]);
  // Others within one millisecond, the later ID before the earlier one; and something newer about one of those above.
  for (const [i, micros] of [
    [5, 200],
    [6, 100],
  ] as const) {
    await other.db.query(
      "update lead set created_at = t.at, updated_at = t.at from (select timestamptz '2026-01-02' + $2 * interval '1 microsecond' as at) t where id = $1",
      [ids[i], micros],
    );
  }
  await other.db.query(
    "insert into assistant_lead (workspace_id, lead_id, updated_at) select workspace_id, id, '2026-01-03' from lead where id = $1",
    [ids[3]],
  );
  const pages = async (by: string, limit: number) => {
    const found: { id: string; updatedAt: string; createdAt: string }[] = [];
    // Many clients give the first page an empty token.
    let token: string | null = "";
    do {
      const next = `nextToken=${token}${by === "createdSince" ? "&updatedSince=" : ""}`;
      const { status, body } = await other.call("GET", `/apten/v1/leads?${by}=${from}&limit=${limit}&${next}`);
      expect([status, body.leads.length <= limit]).toEqual([200, true]);
      found.push(...body.leads);
      token = body.nextToken;
    } while (token !== null);
    return found;
  };
  for (const [by, at] of [
    ["updatedSince", "updatedAt"],
    ["createdSince", "createdAt"],
  ] as const) {
    for (const limit of [1, 2, 7, 100]) {
      const found = await pages(by, limit);
      expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(found.map((lead) => lead[at])).toEqual(found.map((lead) => lead[at]).toSorted());
      const [, , three, four, five, six, seven] = ids;
      const late = by === "updatedSince" ? [three, five, seven, six, four] : [three, four, five, seven, six];
      expect(found.map(({ id }) => id).filter((id) => ids.indexOf(id) > 1)).toEqual(late);
    }
  }
  const { body } = await other.call("GET", `/apten/v1/leads?updatedSince=${from}&limit=1`);
  const wrong = (query: string) => other.call("GET", `/apten/v1/leads?${query}`);
  // An offset whose + wasn't encoded.
  expect((await wrong("updatedSince=2026-01-05T09:30:00+01:00")).status).toBe(200);
  expect((await wrong("updatedSince=2026-01-05 09:30:00 and so on")).status).toBe(400);
  expect((await wrong(`createdSince=${from}&nextToken=${body.nextToken}`)).status).toBe(400);
  for (const query of [
    "",
    "limit=5",
    "updatedSince=&createdSince=",
    "updatedSince=yesterday",
    `updatedSince=${from}&limit=1001`,
    `updatedSince=${from}&limit=0`,
  ]) {
    expect((await wrong(query)).status, query).toBe(400);
  }
  expect((await wrong(`updatedSince=${from}&nextToken=xyz`)).status).toBe(400);
  await other.close();
});

test("a lead is in the list of what changed since a moment after each change, message and opt-out", async () => {
  const { id, phone } = await created();
  const since = async () => (await given.db.query<{ at: Date }>("select now() as at")).rows[0]!.at.toISOString();
  const changed = async (at: string) =>
    (await call("GET", `/leads?updatedSince=${at}`)).body.leads.map((lead: { id: string }) => lead.id);
  const acts: (() => Promise<unknown>)[] = [
    () => call("PATCH", `/leads/${id}`, { additionalInfo: { a: "1" } }),
    () => call("PUT", `/leads/${id}/tags`, { tagIds: ["x"] }),
    () => sms(phone, "Hello"),
    () => given.call("POST", "/v1/suppressions", { body: { channel: "sms", address: phone } }),
  ];
  for (const act of acts) {
    const at = await since();
    expect(await changed(at)).not.toContain(id);
    await act();
    expect(await changed(at)).toContain(id);
    expect((await get(id)).updatedAt >= at).toBe(true);
  }
  expect(await get(id)).toMatchObject({ hasReplied: true, isUnsubscribed: true, lastActivityAt: expect.any(String) });
});

test("an erased lead is in the list as deleted, between the others, and nowhere else", async () => {
  const [one, gone, two] = [await created(), await created(), await created()];
  const [{ updatedAt: since }] = (
    await call("GET", `/leads?createdSince=2020-01-01T00:00:00Z&limit=1000`)
  ).body.leads.filter((lead: { id: string }) => lead.id === one.id);
  expect((await given.call("POST", `/v1/leads/${gone.id}/erase`, { body: { confirm: gone.id } })).status).toBe(202);
  await call("PATCH", `/leads/${two.id}`, { additionalInfo: { a: "1" } });
  const ours = [one.id, gone.id, two.id];
  const { createdAt } = await get(one.id);
  for (const query of [`updatedSince=${since}`, `createdSince=${createdAt}`]) {
    const found: { id: string; deleted: boolean; phone: string | null }[] = [];
    let token: string | null = null;
    do {
      const next: string = token === null ? "" : `&nextToken=${token}`;
      const { body } = await call("GET", `/leads?${query}&limit=1${next}`);
      found.push(...body.leads);
      token = body.nextToken;
    } while (token !== null);
    expect(
      found.map(({ id }) => id).filter((id) => ours.includes(id)),
      query,
    ).toEqual(ours);
    expect(found.find(({ id }) => id === gone.id)).toMatchObject({
      ...{ deleted: true, deletedAt: expect.any(String), phone: null, firstName: "", additionalInfo: {} },
    });
  }
  // With both, only who was made since then.
  const later = (await call("GET", `/leads?updatedSince=${since}&createdSince=${new Date().toISOString()}`)).body.leads;
  expect(later.map(({ id }: { id: string }) => id)).not.toContain(gone.id);
  expect((await call("GET", `/leads/${gone.id}`)).status).toBe(404);
});

test("a wrong key is 403, and no other status comes out than those that Apten knows", async () => {
  const { id } = await created();
  for (const key of [null, "hk_live_x", `hk_live_${"x".repeat(43)}`]) {
    expect(await call("GET", `/leads/${id}`, undefined, key)).toMatchObject({
      ...{ status: 403, body: { statusCode: 403, error: "Forbidden", code: "unauthorized" } },
    });
  }
  expect((await call("POST", "/leads/create", {}, given.api.keys.read)).status).toBe(403);
  expect((await call("DELETE", `/leads/${id}`)).status).toBe(404);
  expect((await call("GET", "/nothing")).status).toBe(404);
  expect((await call("POST", "/leads/create", "{")).status).toBe(400);
  const typed = { headers: { "content-type": "text/plain" }, body: "x" };
  expect((await given.call("POST", "/apten/v1/leads/create", typed)).status).toBe(400);
  expect((await call("POST", "/leads/create", `"${"x".repeat(2_000_000)}"`)).status).toBe(400);
  // Elsewhere statuses are as they were.
  expect((await given.call("GET", "/v1/leads", { key: null })).status).toBe(401);
});

test("another workspace's leads are not there", async () => {
  const { id, phone } = await created();
  const other = await given.api.call("GET", "/v1/workspace");
  const { rows } = await given.db.query<{ id: string }>(
    "insert into workspace (id, name) values ($1, 'Other') returning id",
    [newId("workspace")],
  );
  expect(other.body.id).not.toBe(rows[0]!.id);
  const theirs = await given.api.secretOf("admin", rows[0]!.id);
  for (const path of [
    `/leads/${id}`,
    `/leads/${id}/messages`,
    `/leads/${id}/events?since=2020-01-01T00:00:00Z`,
    `/leads/lookup?phone=${phone}`,
  ]) {
    expect((await call("GET", path, undefined, theirs)).status, path).toBe(404);
  }
  expect((await call("GET", "/leads?updatedSince=2020-01-01T00:00:00Z", undefined, theirs)).body.leads).toEqual([]);
  for (const [method, path, body] of [
    ["PATCH", "", { email: "x@example.com" }],
    ["PUT", "/tags", { tagIds: [] }],
    ["POST", "/tags/remove", { tagIds: [] }],
    ["POST", "/sendMessage", { message: "x" }],
    ["POST", "/resubscribe", undefined],
  ] as const) {
    expect((await call(method, `/leads/${id}${path}`, body, theirs)).status, path).toBe(404);
  }
});

test("leads that changed once more since cost a page a bounded look, and each comes once", {
  timeout: 240_000,
}, async () => {
  const { db, workspaceId } = given.api;
  // An import on a Monday, and messages to all of them on the day after.
  await db.query(
    `with made as (
       insert into lead (workspace_id, id, first_name, email, created_at, updated_at)
       select $1, 'lead_stale' || lpad(n::text, 6, '0'), 'S', 'stale' || n || '@example.com', t.at, t.at
       from generate_series(1, 21500) n cross join lateral (select '2001-01-01T00:00:00Z'::timestamptz + n * interval '1 ms' as at) t returning id, updated_at
     ), standing as (insert into lead_standing (workspace_id, status, lead_id) select $1, 'PENDING', id from made)
     insert into conversation (workspace_id, id, lead_id, sender_id, channel, last_message_at, last_message_text)
     select $1, 'conv_' || id, id, $2, 'email', updated_at + interval '1 day', 'Hi' from made`,
    [workspaceId, newId("sender")],
  );
  const seen: string[] = [];
  const sizes: number[] = [];
  for (let token = ""; ; ) {
    const { body } = await call("GET", `/leads?updatedSince=2001-01-01T00:00:00Z&limit=1000${token}`);
    const stale = body.leads.filter(({ id }: { id: string }) => id.startsWith("lead_stale"));
    seen.push(...stale.map(({ id }: { id: string }) => id));
    sizes.push(body.leads.length);
    if (body.nextToken === null || stale.length < body.leads.length) break;
    token = `&nextToken=${encodeURIComponent(body.nextToken)}`;
  }
  expect(sizes[0]).toBe(0);
  expect(seen.length).toBe(21_500);
  expect(new Set(seen).size).toBe(21_500);
});
