import { afterAll, beforeAll, expect, test } from "vitest";
import { AuditSealer } from "../../src/audit/sealer.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { recordActs } from "../../src/db/audit.ts";
import { type AuditPlace, listAudit } from "../../src/db/audit-search.ts";
import { withoutSecrets } from "../../src/domain/audit.ts";
import { newId } from "../../src/domain/id.ts";
import { makeLead, makeSender } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());

interface Entry {
  [key: string]: unknown;
  action: string;
  target: string | null;
  content: { body?: unknown; before?: Record<string, unknown>; after?: Record<string, unknown> } | null;
}
const list = async (query = "") =>
  (await api.call("GET", `/v1/audit${query}`)).body as { data: Entry[]; nextCursor: string | null };

test("a change is on record: who, what, on what, before and after, from where", async () => {
  const created = await api.call("POST", "/v1/destinations", { body: { url: "https://a.example.com/h", name: "A" } });
  const { id } = created.body;
  await api.call("PATCH", `/v1/destinations/${id}`, { body: { name: "B" } });
  await api.call("DELETE", `/v1/destinations/${id}`);
  const { data } = await list(`?target=${id}`);
  expect(data.map(({ action }) => action)).toEqual([
    ...["DELETE /v1/destinations/{id}", "PATCH /v1/destinations/{id}", "POST /v1/destinations"],
  ]);
  expect(data[1]).toMatchObject({
    ...{ kind: "act", actor: { kind: "key" }, ip: "127.0.0.1", requestId: expect.any(String) },
    content: { params: { id }, body: { name: "B" }, before: { name: "A" }, after: { name: "B" } },
  });
  expect(data[0]!.content).toMatchObject({ before: { name: "B" }, after: null });
  expect(data[2]!.content!.after).toMatchObject({ id, name: "A" });
});

test("what an address is refused or given back by is found by its lead, with what there was before and after", async () => {
  const email = "refuses@example.com";
  const leadId = await makeLead(api.db, api.workspaceId, { email });
  await api.call("POST", "/v1/suppressions", { body: { channel: "email", address: " Refuses@Example.com " } });
  await api.call("DELETE", `/v1/suppressions?channel=email&address=${email}&reason=Agreed`);
  const { data } = await list(`?leadId=${leadId}&kind=act`);
  expect(data).toMatchObject([
    { action: "DELETE /v1/suppressions", content: { before: [{ address: email, kind: "manual" }] } },
    { action: "POST /v1/suppressions", content: { before: null, after: { address: email, added: true } } },
  ]);
  expect(new Set(data.map(({ target }) => target)).size).toBe(1);
  // Of the address itself nothing stays in the chain.
  expect(data[0]!.target).toMatch(/^[0-9a-f]{64}$/);
});

test("each act says what there was before it, whatever it is called by", async () => {
  const newest = async (action: string) =>
    (await list(`?action=${encodeURIComponent(action)}&limit=1`)).data[0] as Entry;
  const byKey = (name: string) =>
    api.call("PUT", "/v1/campaigns/by-key/k", {
      body: { name, steps: [{ key: "one", channel: "sms", text: "Hi" }] },
    });
  const { id } = (await byKey("A")).body.campaign;
  await byKey("B");
  expect(await newest("PUT /v1/campaigns/by-key/{key}")).toMatchObject({
    ...{ target: id, content: { before: { name: "A" }, after: { name: "B" } } },
  });

  const model = (deadlineMs: number) =>
    api.call("PUT", "/v1/assistant/model", {
      body: {
        ...{ provider: "openai_compatible", baseUrl: "https://models.example.com", model: "m", deadlineMs },
        apiKey: "sk-never-shown",
      },
    });
  expect((await model(10_000)).status).toBe(200);
  await model(20_000);
  const set = await newest("PUT /v1/assistant/model");
  expect(set.content).toMatchObject({ before: { deadlineMs: 10_000 }, after: { deadlineMs: 20_000 } });
  expect(JSON.stringify(set)).not.toContain("sk-never-shown");

  const condition = { kind: "tag", name: "asksPrice", condition: "The lead asks for a price." };
  const made = (await api.call("POST", "/v1/assistant/conditions", { body: condition })).body;
  await api.call("PATCH", `/v1/assistant/conditions/${made.id}`, { body: { enabled: false } });
  expect((await newest("PATCH /v1/assistant/conditions/{id}")).content).toMatchObject({
    ...{ before: { enabled: true }, after: { enabled: false } },
  });

  const key = (await api.call("POST", "/v1/api-keys", { body: { name: "Sync" } })).body;
  await api.call("DELETE", `/v1/api-keys/${key.id}`);
  expect((await newest("DELETE /v1/api-keys/{id}")).content).toMatchObject({
    ...{ before: { name: "Sync", revokedAt: null }, after: { revokedAt: expect.any(String) } },
  });

  const invite = (role: string) => api.call("POST", "/v1/invitations", { body: { email: "eve@example.com", role } });
  await invite("viewer");
  const second = (await invite("member")).body;
  const before = { email: "eve@example.com", role: "viewer" };
  expect((await newest("POST /v1/invitations")).content).toMatchObject({ before, after: { role: "member" } });
  await api.call("DELETE", `/v1/invitations/${second.id}`);
  expect((await newest("DELETE /v1/invitations/{id}")).content).toMatchObject({ before: { role: "member" } });
});

test("what commits by itself is on record with it, with before and after: campaigns, the workspace, consumers", async () => {
  const { id } = (await api.call("POST", "/v1/campaigns", { body: { name: "A" } })).body;
  const newest = async (target: string) => (await list(`?target=${target}&limit=1`)).data[0]!.content;
  await api.call("PATCH", `/v1/campaigns/${id}`, { body: { name: "B" } });
  expect(await newest(id)).toMatchObject({ body: { name: "B" }, before: { name: "A" }, after: { name: "B" } });
  await api.db.query("update campaign set status = 'active' where id = $1", [id]);
  expect((await api.call("POST", `/v1/campaigns/${id}/pause`)).status).toBe(200);
  expect(await newest(id)).toMatchObject({ before: { status: "active" }, after: { status: "paused" } });
  for (const after of ["2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z"])
    expect((await api.call("PUT", "/v1/consumers/c", { body: { after } })).status).toBe(200);
  const moves = (await list("?target=c")).data.map(({ content }) => content);
  expect(moves).toMatchObject([
    { before: { name: "c" }, after: { name: "c" } },
    { before: null, after: { name: "c" } },
  ]);

  const gap = async () => (await api.call("GET", "/v1/workspace")).body.minTouchGapSeconds as number;
  await api.call("PATCH", "/v1/workspace", { body: { minTouchGapSeconds: 60 } });
  await api.call("PATCH", "/v1/workspace", { body: { minTouchGapSeconds: 120 } });
  const patches = (await list(`?action=${encodeURIComponent("PATCH /v1/workspace")}`)).data;
  expect(patches[0]!.content).toMatchObject({ before: { minTouchGapSeconds: 60 }, after: { minTouchGapSeconds: 120 } });
  // What can't be put on record isn't done.
  await api.db.query("alter table audit_entry add constraint refused check (actor_kind <> 'key') not valid");
  expect((await api.call("PATCH", "/v1/workspace", { body: { minTouchGapSeconds: 180 } })).status).toBe(500);
  await api.db.query("alter table audit_entry drop constraint refused");
  expect(await gap()).toBe(120);
});

test("what was refused changed nothing and is not on record; nor is what only reads", async () => {
  const before = (await list("?kind=act")).data.length;
  expect((await api.call("POST", "/v1/destinations", { body: { url: "nonsense" } })).status).toBe(400);
  expect((await api.call("PATCH", "/v1/destinations/dest_none", { body: { name: "x" } })).status).toBe(404);
  await api.call("GET", "/v1/destinations");
  await api.call("POST", "/v1/destinations/preview", { body: { type: "message.sent" } });
  expect((await list("?kind=act")).data).toHaveLength(before);
});

test("an idempotent repetition is one act", async () => {
  const headers = { "idempotency-key": "audit-once" };
  const body = { url: "https://a.example.com/h" };
  const first = await api.call("POST", "/v1/destinations", { body, headers });
  await api.call("POST", "/v1/destinations", { body, headers });
  expect((await list(`?target=${first.body.id}`)).data).toHaveLength(1);
});

test("secrets never get in, wherever they are", async () => {
  const secrets = ["hunter2-token", "s3cr3t-pass", "hdr-s3cret", "0123456789abcdef-app"];
  const webhook = await api.call("POST", "/v1/destinations", {
    body: {
      ...{ url: "https://a.example.com/h", auth: { type: "bearer", token: "hunter2-token" } },
      headers: { "x-key": "hdr-s3cret" },
    },
  });
  await api.call("POST", `/v1/destinations/${webhook.body.id}/rotate-secret`);
  const sender = await api.call("POST", "/v1/senders", {
    body: {
      ...{ name: "M", channel: "email", provider: "smtp" },
      config: { host: "mail.example.com", from: "a@example.com" },
      credentials: { user: "a", pass: "s3cr3t-pass" },
    },
  });
  expect(sender.status).toBe(201);
  const source = await api.call("POST", "/v1/sources", { body: { kind: "apten", secret: "0123456789abcdef-app" } });
  expect(source.status).toBe(201);
  const key = await api.call("POST", "/v1/api-keys", { body: { name: "K", scopes: ["read"] } });
  expect(key.status).toBe(201);
  const { rows } = await api.db.query<{ text: string }>(
    "select coalesce(string_agg(content, ' '), '') as text from audit_content",
  );
  expect(rows[0]!.text).toContain("mail.example.com");
  const made = [webhook.body.secret, key.body.key, source.body.url.split("/in/")[1]].filter(Boolean);
  expect(made.length).toBe(3);
  for (const secret of [...secrets, ...made]) expect(rows[0]!.text).not.toContain(secret);
});

test("what is changed by a query is on record with it, an event that is replayed isn't, and a profile is no secret", async () => {
  const address = "https://www.linkedin.com/in/christopher-johnson-1a2b3c";
  await api.call("POST", "/v1/suppressions", { body: { address, note: "By phone" } });
  const lift = `/v1/suppressions?channel=all&address=${encodeURIComponent(address)}&reason=Asked+again`;
  expect((await api.call("DELETE", lift)).status).toBeLessThan(300);
  const acts = (await list("?action=DELETE%20%2Fv1%2Fsuppressions")).data;
  expect(acts[0]!.content).toMatchObject({ query: { channel: "all", address, reason: "Asked again" } });
  expect(withoutSecrets({ url: `${address} http://127.0.0.1:8484/in/${"a".repeat(32)}` })).toEqual({
    url: `${address} http://127.0.0.1:8484/in/***`,
  });
  const { body: made } = await api.call("POST", "/v1/leads", { body: { leads: [{ linkedinUrl: address }] } });
  const { rows } = await api.db.query<{ id: string }>("select id from event where lead_id = $1 limit 1", made.leadIds);
  const replayed = await api.call("POST", `/v1/events/${rows[0]!.id}/replay`, { body: {} });
  expect(replayed.status).toBe(201);
  const [act] = (await list("?action=POST%20%2Fv1%2Fevents%2F%7Bid%7D%2Freplay")).data;
  expect(act!.content).toEqual({ params: { id: rows[0]!.id }, after: expect.objectContaining({ origin: "request" }) });
});

test("names of secrets are hidden at any depth, and long things are cut", () => {
  expect(withoutSecrets({ a: [{ apiKey: "x", hasSecret: true, nextToken: "t" }], long: "y".repeat(3_000) })).toEqual({
    a: [{ apiKey: "***", hasSecret: true, nextToken: "t" }],
    long: expect.stringMatching(/^y{2000}\.\.\. \(3000 characters, SHA-256 [0-9a-f]{64}\)$/),
  });
  const ends = ["a", "b"].map((end) => withoutSecrets("y".repeat(3_000) + end));
  expect(ends[0]).not.toBe(ends[1]);
  const ids = Array.from({ length: 500 }, () => newId("lead"));
  expect(withoutSecrets({ leadIds: ids })).toEqual({ leadIds: ids });
  expect(withoutSecrets(ids.map((id) => ({ id })))).toHaveLength(101);
});

test("an act on many leads is found by each of them, by its request and by its address", async () => {
  const leads = Array.from({ length: 100 }, (_, n) => ({ phone: `+1202555${1_000 + n}` }));
  const { leadIds } = (await api.call("POST", "/v1/leads", { body: { leads } })).body as { leadIds: string[] };
  const { id } = (await api.call("POST", "/v1/campaigns", { body: { name: "Many" } })).body;
  const ids = [...leadIds, ...(await manyLeads(60))];
  expect((await api.call("POST", `/v1/campaigns/${id}/leads`, { body: { leadIds: ids } })).status).toBe(200);
  for (const lead of [leadIds[0], ids.at(-1)])
    expect((await list(`?leadId=${lead}`)).data[0]).toMatchObject({ action: "POST /v1/campaigns/{id}/leads" });
  expect((await list(`?leadId=${leadIds[99]}`)).data[1]).toMatchObject({ action: "POST /v1/leads" });
  const [act] = (await list(`?leadId=${ids.at(-1)}`)).data;
  expect((await list(`?requestId=${act!.requestId}`)).data).toEqual([act]);
  expect((await list("?ip=192.0.2.1")).data).toEqual([]);
  expect((await list("?ip=127.0.0.1&limit=1")).data).toHaveLength(1);
});

async function manyLeads(count: number): Promise<string[]> {
  return await Promise.all(Array.from({ length: count }, () => makeLead(api.db, api.workspaceId)));
}

test("a search that finds little looks at so many entries a page, and says where it goes on", async () => {
  const search = { order: "desc", limit: 2, looks: 5, action: "POST /v1/campaigns" } as const;
  const found: string[] = [];
  let pages = 0;
  for (let after: AuditPlace | null = null; pages === 0 || after !== null; pages++) {
    const page = await listAudit(api.db, api.workspaceId, { ...search, after });
    found.push(...page.rows.map(({ id }) => id));
    after = page.next;
  }
  const all = (await list(`?action=${encodeURIComponent("POST /v1/campaigns")}&limit=100`)).data;
  expect(found).toEqual(all.map(({ id }) => id));
  expect(pages).toBeGreaterThan(3);
});

test("the trail is paged without gaps, and exported whole as JSON Lines and CSV", async () => {
  for (let n = 0; n < 12; n++)
    await api.call("POST", "/v1/destinations", { body: { url: "https://a.example.com/h", name: `=cmd ${n}` } });
  const all = (await list("?limit=100")).data.map(({ id }) => id);
  const paged: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { data, nextCursor }: Awaited<ReturnType<typeof list>> = await list(
      `?limit=5${cursor && `&cursor=${cursor}`}`,
    );
    paged.push(...data.map(({ id }) => id));
    cursor = nextCursor;
  }
  expect(paged).toEqual(all);
  const get = async (format: string) =>
    (await api.app.inject({ url: `/v1/audit/export?format=${format}`, headers: { "x-api-key": api.keys.admin } })).body;
  const lines = (await get("jsonl"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Entry);
  expect(lines.map(({ id }) => id)).toEqual(all.toReversed());
  const csv = await get("csv");
  expect(csv.split("\n")[0]).toBe("at,id,kind,actorKind,actor,action,target,leadId,requestId,ip,content");
  expect(csv.trim().split("\n")).toHaveLength(all.length + 1);
});

test("reading the trail needs the scope admin", async () => {
  for (const path of ["/v1/audit", "/v1/audit/export"])
    expect((await api.call("GET", path, { key: api.keys.read })).status).toBe(403);
});

test("the newest seal can be kept; before there is one, that is said", async () => {
  expect((await api.call("GET", "/v1/audit/seal")).status).toBe(404);
  await new AuditSealer({ db: api.db, onError: () => {} }).runOnce(Date.now() + 120_000);
  expect((await api.call("GET", "/v1/audit/seal")).body).toMatchObject({
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    // The file's acts may lie in two minutes.
    no: expect.any(Number),
  });
});

test("a message wanted by a key is one act, on record with the message; what is refused or repeated is none", async () => {
  const { workspaceId } = api;
  const senderId = await makeSender(api.db, workspaceId, "sms");
  const leadId = await makeLead(api.db, workspaceId, { phone: "+12025550177" });
  const send = (body: object, key: string) =>
    api.call("POST", "/v1/messages", { body, headers: { "idempotency-key": key } });
  const body = { leadId, channel: "sms", senderId, text: "Words for Jane only" };
  const first = await send(body, "sent-once");
  expect(first.status).toBe(202);
  expect((await send(body, "sent-once")).body.messageId).toBe(first.body.messageId);
  expect((await send({ ...body, leadId: "lead_none" }, "sent-never")).status).toBe(404);
  const { data } = await list(`?action=${encodeURIComponent("POST /v1/messages")}`);
  expect(data).toHaveLength(1);
  expect(data[0]).toMatchObject({
    ...{
      kind: "act",
      target: first.body.messageId,
      leadId,
      actor: { kind: "key", id: expect.stringMatching(/^key_/) },
    },
    ...{
      requestId: expect.any(String),
      ip: "127.0.0.1",
      content: { after: { messageId: first.body.messageId, leadId } },
    },
  });
  expect(JSON.stringify(data)).not.toContain("Words for Jane only");
  const sealer = new AuditSealer({ db: api.db, onError: (_stage, error) => expect.unreachable(String(error)) });
  await sealer.runOnce(Date.now() + 60_000);
  expect(await verifyAudit(api.db, workspaceId)).toMatchObject({ findings: [] });
  await api.db.transaction(async (tx) => {
    await tx.query("set local session_replication_role = replica");
    await tx.query("update audit_entry set detail = '{}' where target = $1", [first.body.messageId]);
  });
  const { findings } = await verifyAudit(api.db, workspaceId);
  expect(findings).toMatchObject([{ id: data[0]!.id, what: "content_changed" }]);
});

test("a large trail is exported a page at a time, each as it is read", async () => {
  const n = 20_000;
  await api.db.query(
    `insert into audit_entry (workspace_id, at, id, kind, actor_kind, action, content_hash)
     select $1, '2020-01-01'::timestamptz + i * interval '1 second', 'audit_many' || lpad(i::text, 6, '0'), 'act', 'cli', 'many', ''
     from generate_series(1, $2::int) i`,
    [api.workspaceId, n],
  );
  const given = await api.app.inject({
    url: "/v1/audit/export?action=many",
    headers: { "x-api-key": api.keys.admin },
    payloadAsStream: true,
  });
  let lines = 0;
  let largest = 0;
  for await (const chunk of given.stream()) {
    const text = String(chunk);
    largest = Math.max(largest, text.length);
    lines += text.split("\n").length - 1;
  }
  expect(lines).toBe(n);
  // A thousand entries, and not all of them.
  expect(largest).toBeLessThan(500_000);

  // Long contents: as many entries as the bytes allow.
  const act = { workspaceId: api.workspaceId, actor: { kind: "cli" as const, id: null }, action: "long", target: null };
  await recordActs(
    api.db,
    Array.from({ length: 12 }, () => ({ ...act, content: { text: "y".repeat(3_000) } })),
  );
  const sizes: number[] = [];
  for (let after: AuditPlace | null = null; ; ) {
    const search = { order: "asc" as const, limit: 1_000, bytes: 10_000, action: "long" };
    const { rows, next }: Awaited<ReturnType<typeof listAudit>> = await listAudit(api.db, api.workspaceId, {
      ...search,
      after,
    });
    sizes.push(rows.length);
    if (next === null) break;
    after = next;
  }
  expect(sizes.filter((size) => size > 0)).toEqual([4, 4, 4]);
});
