import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../../src/db/pool.ts";
import { dueReceived, dueSources, takeReceived } from "../../src/db/received.ts";
import { purgeSources } from "../../src/db/source.ts";
import { makeLead } from "../factories.ts";
import { inboundSms, signTwilio, sourceApi } from "./source-setup.ts";

let given: Awaited<ReturnType<typeof sourceApi>>;
beforeAll(async () => {
  given = await sourceApi();
});
afterAll(() => given.close());

const requests = async (id: string) => (await given.call("GET", `/v1/sources/${id}`)).body.requests;

const mapping = '{"type": "message.received", "channel": "sms", "phone": from, "text": text}';
const kinds = [
  ["twilio", inboundSms({})],
  ["unipile", { event: "message_received", account_id: "a1", message_id: "m1" }],
  ["sendpilot", { eventId: "evt_1", eventType: "lead_database.search.completed", data: { a_b: 1 } }],
  ["apten", { event: "webchat.started", data: { x: 1 }, timestamp: "2024-01-15T14:30:00Z" }],
  ["generic", { type: "sms.in", from: "+12025550143", text: "Hi" }],
] as const;

test.each(kinds)(
  "%s: what is signed is kept once however often it comes; unsigned and tampered requests are refused, and all are counted",
  async (kind, event) => {
    const source = await given.create(kind, kind === "generic" ? { mapping } : {});
    const request = given.signed(source, event);
    // Metrics are the process's, in which other files' tests run as well.
    const replayedSoFar = async () => {
      const { body } = await given.call("GET", "/metrics");
      const line = new RegExp(`^herald_source_requests_total\\{kind="${kind}",outcome="replayed"\\} (\\d+)$`, "m");
      return Number(line.exec(body)?.[1] ?? 0);
    };
    const before = await replayedSoFar();
    expect(await given.post(request)).toMatchObject({ status: 200 });
    expect(await given.post(request)).toMatchObject({ status: 200 });
    const name = Object.keys(request.headers).find((key) => /signature|auth/.test(key))!;
    const { [name]: signature = "", ...unsigned } = request.headers;
    expect(await given.post({ ...request, headers: unsigned })).toMatchObject({ status: 401 });
    const last = signature.at(-2) === "a" ? "b" : "a";
    const forged = `${signature.slice(0, -2)}${last}${signature.at(-1)}`;
    expect(await given.post({ ...request, headers: { ...request.headers, [name]: forged } })).toMatchObject({
      status: 401,
    });
    // Unipile signs nothing: whoever has the secret may say anything.
    if (kind !== "unipile") {
      expect(await given.post({ ...request, body: `${request.body}&x=1` })).toMatchObject({ status: 401 });
    }
    expect(await requests(source.id)).toEqual({
      ...{
        accepted: 1,
        replayed: 1,
        unsigned: 1,
        wrong_signature: kind === "unipile" ? 1 : 2,
        stale: 0,
        too_large: 0,
        disabled: 0,
      },
    });
    const [kept, ...others] = await given.received(source);
    expect(kept).toMatchObject({ body: request.body, status: "waiting" });
    expect(others).toEqual([]);
    expect(await replayedSoFar()).toBe(before + 1);
  },
);

test.each(["sendpilot", "generic"] as const)(
  "%s: what was signed six minutes ago is stale, and refused",
  async (kind) => {
    const source = await given.create(kind, kind === "generic" ? { mapping } : {});
    const old = given.signed(source, { eventId: "evt_old" }, { at: Date.now() - 6 * 60_000 });
    expect(await given.post(old)).toMatchObject({ status: 401, body: { code: "unauthorized" } });
    expect(await requests(source.id)).toMatchObject({ stale: 1, accepted: 0 });
  },
);

test("a signature of Twilio's fits behind a proxy, with a public URL, and with a port; not for another address", async () => {
  const source = await given.create("twilio");
  const form = inboundSms({ MessageSid: "SMproxy" });
  const { headers, ...request } = given.signed(source, form);
  const proxied = { "x-forwarded-proto": "https", "x-forwarded-host": "herald.example.com" };
  const send = (url: string, more: Record<string, string> = proxied) =>
    given.post({
      ...request,
      headers: { ...headers, host: "127.0.0.1:8484", ...more, "x-twilio-signature": signTwilio(url, form) },
    });
  expect(await send(`https://herald.example.com${source.path}`)).toMatchObject({ status: 200, body: "<Response/>" });
  expect(await send(`https://herald.example.com:443${source.path}`)).toMatchObject({ status: 200 });
  expect(await send(`https://other.example.com${source.path}`)).toMatchObject({ status: 401 });
  // Other ways in which proxies say it.
  const said: [string, Record<string, string>][] = [
    ["https://a.example.com", { forwarded: 'for=192.0.2.1;host="a.example.com";proto=https, for=10.0.0.1;host=inner' }],
    ["http://b.example.com", { forwarded: "proto=http; host=b.example.com" }],
    ["https://c.example.com:8443", { "x-forwarded-host": "c.example.com", "x-forwarded-port": "8443" }],
    ["https://d.example.com", { "x-original-host": "d.example.com" }],
    ["https://e.example.com/herald", { "x-forwarded-host": "e.example.com", "x-forwarded-prefix": "/herald/" }],
  ];
  for (const [origin, more] of said) {
    expect([origin, (await send(origin + source.path, more)).status]).toEqual([origin, 200]);
  }
  expect((await send(`https://inner${source.path}`, said[0]![1])).status).toBe(401);
  expect(await send(`https://other.example.com/proxied${source.path}`, {})).toMatchObject({ status: 401 });
  const { config } = given.api.context;
  try {
    config.publicUrl = "https://other.example.com/proxied";
    expect(await send(`https://other.example.com/proxied${source.path}`, {})).toMatchObject({ status: 200 });
    expect((await given.call("GET", `/v1/sources/${source.id}`)).body.url).toBe(`${config.publicUrl}${source.path}`);
  } finally {
    config.publicUrl = null;
  }
});

test("fields that a form has twice count as in Twilio's own libraries: each value once, in their order", async () => {
  const source = await given.create("twilio");
  const form = inboundSms({ MessageSid: "SMtwice", Body: "Hi" });
  const { headers, body, ...request } = given.signed(source, form);
  // What is signed has "BodyHi" and "BodyYo" once each, whatever their order and number.
  const values = { ...form, Body: "HiBodyYo" };
  const signature = signTwilio(`https://${headers.host}${source.path}`, values);
  const twice = {
    ...request,
    body: `Body=Yo&${body}&Body=Hi`,
    headers: { ...headers, "x-twilio-signature": signature },
  };
  expect(await given.post(twice)).toMatchObject({ status: 200 });
  expect(await given.post({ ...twice, body: `${twice.body}&Body=Other` })).toMatchObject({ status: 401 });
});

test("JSON that begins with a byte order mark is understood, whoever sends it", async () => {
  const phone = "+12025550161";
  const timestamp = new Date().toISOString();
  const data = { leadId: "l1", phone, channel: "sms", profile: "Buyers", content: { text: "Hi" } };
  const linkedinUrl = "https://www.linkedin.com/in/byte-order";
  const said = { leadId: "l2", campaignId: "c1", linkedinUrl, senderId: "s1", reply: "Hello" };
  const sender = { attendee_provider_id: "p1", attendee_profile_url: linkedinUrl };
  const events = [
    ["apten", { event: "message.received", data, timestamp }],
    ["sendpilot", { eventId: "evt_bom", eventType: "reply.received", timestamp, workspaceId: "w", data: said }],
    ["generic", { from: phone, text: "Hi" }],
    [
      "unipile",
      { event: "message_received", account_id: "a1", message_id: "bom", chat_id: "c", sender, message: "Hi" },
    ],
  ] as const;
  for (const [kind, event] of events) {
    const source = await given.create(kind, kind === "generic" ? { mapping } : {});
    await given.tell(source, `\ufeff${JSON.stringify(event)}`);
    const [kept] = await given.received(source);
    // Of an account that no sender has, Unipile's is processed, and nobody's.
    expect(kept, kind).toMatchObject({
      status: kind === "unipile" ? expect.not.stringMatching("unknown") : "processed",
    });
    expect(kept!.body, kind).toMatch(/^\ufeff/);
  }
});

test("a rotated secret is good beside the old one; a renewed address alone; a disabled source refuses all", async () => {
  const source = await given.create("apten");
  const { body: rotated } = await given.call("POST", `/v1/sources/${source.id}/rotate-secret`, { body: {} });
  expect(rotated.secret).not.toBe(source.secret);
  expect(await given.post(given.signed(source, { event: "a" }))).toMatchObject({ status: 200 });
  const renewed = { ...source, secret: rotated.secret };
  expect(await given.post(given.signed(renewed, { event: "b" }))).toMatchObject({ status: 200 });
  await given.db.query("update source set previous_secret_until = now() - interval '1 second' where id = $1", [
    source.id,
  ]);
  given.api.context.sourceDesk.forget();
  expect(await given.post(given.signed(source, { event: "c" }))).toMatchObject({ status: 401 });
  const { body: moved } = await given.call("POST", `/v1/sources/${source.id}/rotate-url`);
  expect(await given.post(given.signed(renewed, { event: "d" }))).toMatchObject({ status: 404 });
  const there = { ...renewed, path: moved.path };
  expect(await given.post(given.signed(there, { event: "d" }))).toMatchObject({ status: 200 });
  await given.call("PATCH", `/v1/sources/${source.id}`, { body: { status: "disabled" } });
  expect(await given.post(given.signed(there, { event: "e" }))).toMatchObject({ status: 403 });
  expect(JSON.stringify((await given.call("GET", "/v1/sources")).body)).not.toContain(rotated.secret);
});

test("each secret that was rotated is good for its own 24 hours, however often it is rotated", async () => {
  const source = await given.create("apten");
  const rotate = async () =>
    (await given.call("POST", `/v1/sources/${source.id}/rotate-secret`, { body: {} })).body.secret;
  const secrets = [source.secret, await rotate(), await rotate(), await rotate()];
  const tries = async (event: string) => {
    const answers = secrets.map((secret, n) => given.post(given.signed({ ...source, secret }, { event: event + n })));
    return (await Promise.all(answers)).map(({ status }) => status);
  };
  expect(await tries("a")).toEqual([200, 200, 200, 200]);
  await given.db.query(
    "update source set older_secrets = jsonb_set(older_secrets, '{1,until}', to_jsonb(now() - interval '1 second')) where id = $1",
    [source.id],
  );
  given.api.context.sourceDesk.forget();
  expect(await tries("b")).toEqual([401, 200, 200, 200]);
});

test("secrets, mappings and settings that can't be used are refused, with where and why; another workspace sees nothing", async () => {
  const refused = async (body: object) => (await given.call("POST", "/v1/sources", { body })).body.details[0];
  expect(await refused({ kind: "twilio" })).toEqual({
    field: "secret",
    reason: "Give the auth token of the Twilio account.",
  });
  expect(await refused({ kind: "generic" })).toMatchObject({ field: "mapping" });
  expect(await refused({ kind: "generic", mapping: "{ " })).toMatchObject({
    field: "mapping",
    reason: expect.stringContaining("line 1"),
  });
  expect(await refused({ kind: "apten", mapping })).toMatchObject({ field: "mapping" });
  expect(await refused({ kind: "unipile", config: { headerName: "a b" } })).toMatchObject({
    field: "config.headerName",
  });
  const { id } = await given.create("apten");
  const stranger = await given.api.secretOf(
    "admin",
    (await given.db.query("insert into workspace (id, name) values ('ws_other', 'x') returning id")).rows[0]!.id,
  );
  for (const [method, path] of [
    ...[
      ["GET", ""],
      ["DELETE", ""],
      ["GET", "/received"],
      ["POST", "/reprocess"],
      ["POST", "/rotate-url"],
    ],
  ] as [string, string][]) {
    const body = path === "/reprocess" ? {} : undefined;
    expect(await given.call(method, `/v1/sources/${id}${path}`, { key: stranger, body })).toMatchObject({
      status: 404,
    });
  }
});

test("what a source has accepted is processed though the source is deleted, and then nothing of it is left", async () => {
  const source = await given.create("sendpilot");
  const linkedinUrl = "https://www.linkedin.com/in/wrote-before-the-end";
  const leadId = await makeLead(given.db, given.workspaceId, { linkedinUrl });
  const data = { linkedinUrl, senderId: "s", campaignId: null, reply: "Stop writing to me." };
  const request = () => given.signed(source, { eventId: "evt_last", eventType: "reply.received", data });
  expect((await given.post(request())).status).toBe(200);
  expect((await given.call("DELETE", `/v1/sources/${source.id}`)).status).toBe(204);
  expect((await given.call("GET", `/v1/sources/${source.id}`)).status).toBe(404);
  expect((await given.post(request())).status).toBe(404);
  const { data: shown } = (await given.call("GET", "/v1/sources")).body;
  expect(shown.map(({ id }: { id: string }) => id)).not.toContain(source.id);
  const left = async () =>
    (
      await given.db.query(
        "select (select count(*)::int from source where id = $1) + (select count(*)::int from received where source_id = $1) as n",
        [source.id],
      )
    ).rows[0]!.n;
  await given.db.query("update source set deleted_at = now() - interval '2 hours' where id = $1", [source.id]);
  await purgeSources(given.db);
  expect(await left()).toBe(2);
  await given.drain();
  expect((await given.messages(leadId)).map(({ text }: { text: string }) => text)).toEqual(["Stop writing to me."]);
  await purgeSources(given.db);
  expect(await left()).toBe(0);
});

test("what a process has kept, another one processes; of two that work at once each item is done once, in its order", async () => {
  const source = await given.create("sendpilot");
  const leadId = await makeLead(given.db, given.workspaceId, {
    linkedinUrl: "https://www.linkedin.com/in/two-processes",
  });
  for (let n = 0; n < 20; n++) {
    const data = {
      linkedinUrl: "https://www.linkedin.com/in/two-processes",
      senderId: "s",
      campaignId: null,
      reply: `Reply ${n}`,
    };
    await given.post(given.signed(source, { eventId: `evt_two_${n}`, eventType: "reply.received", data }));
  }
  const due = (await dueSources(given.db)).find(({ sourceId }) => sourceId === source.id)!;
  // One that is being processed is not looked at.
  expect((await dueSources(given.db, [source.id])).map(({ sourceId }) => sourceId)).not.toContain(source.id);
  const stale = await dueReceived(given.db, due, { items: 3, bytes: 10_000 });
  expect(stale).toHaveLength(3);
  const other = new Database(given.db.config, 2);
  try {
    const processors = [given.newProcessor(), given.newProcessor(other)];
    const open = "select 1 from received where source_id = $1 and status = 'waiting' limit 1";
    while ((await given.db.query(open, [source.id])).rowCount)
      await Promise.all(processors.map((one) => one.runOnce()));
  } finally {
    await other.close();
  }
  const texts = (await given.messages(leadId)).map(({ text }: { text: string }) => text);
  expect(texts).toEqual(Array.from({ length: 20 }, (_, n) => `Reply ${n}`));
  // One that looked before the other was done comes too late.
  expect(await takeReceived(given.db, stale)).toEqual([]);
  expect(given.errors).toEqual([]);
});

test("a process that dies in the middle of an item has done nothing of it; the next one does all of it, once", async () => {
  const source = await given.create("apten");
  const leadId = await makeLead(given.db, given.workspaceId, { phone: "+12025550155" });
  const data = { leadId: "x", phone: "+12025550155", channel: "sms", profile: "P", content: { text: "Tell me more" } };
  await given.post(given.signed(source, { event: "message.received", data, timestamp: "2026-01-05T09:30:00Z" }));
  const holder = await given.db.connect();
  await holder.query("begin");
  await holder.query("select 1 from lead where id = $1 for update", [leadId]);
  const dying = new Database(given.db.config, 1);
  const round = given
    .newProcessor(dying)
    .runOnce()
    .catch((error: Error) => error);
  // It waits for the lead, in the middle of its transaction.
  const waiting = "select pid from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'";
  await expect.poll(async () => (await given.db.query(waiting, [dying.applicationName])).rowCount).toBe(1);
  await given.db.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", [
    dying.applicationName,
  ]);
  expect(await round).toBeInstanceOf(Error);
  await holder.query("rollback");
  await holder.end();
  await dying.close();
  expect(await given.messages(leadId)).toEqual([]);
  await given.drain();
  expect(await given.messages(leadId)).toMatchObject([
    { text: "Tell me more", direction: "inbound", status: "received" },
  ]);
  expect((await given.lead(leadId)).status).toBe("REPLY_RECEIVED");
});

test("what is signed is kept whatever its content type says", async () => {
  const source = await given.create("apten");
  const request = given.signed(source, { event: "webchat.started", data: {} });
  const headers = { ...request.headers, "content-type": "application/json, text/plain" };
  expect(await given.post({ ...request, headers })).toMatchObject({ status: 200 });
  expect(await given.received(source)).toMatchObject([{ contentType: "application/json, text/plain" }]);
});
