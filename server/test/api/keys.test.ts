import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { KeyRing } from "../../src/api/auth.ts";
import type { Queryable } from "../../src/db/pool.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup();
});
afterAll(() => api.close());

const create = (body: object, key?: string) => api.call("POST", "/v1/api-keys", { body, ...(key ? { key } : {}) });

test("a key is shown once: its answer has it, the list and the database don't", async () => {
  const { status, body } = await create({ name: "CRM" });
  expect(status).toBe(201);
  expect(body.key).toMatch(/^hk_live_[A-Za-z0-9_-]{43}$/);
  expect(body).toMatchObject({ name: "CRM", scopes: ["read", "send"], prefix: body.key.slice(0, 12), revokedAt: null });
  const list = await api.call("GET", "/v1/api-keys");
  expect(list.body.data.map((key: { id: string }) => key.id)).toContain(body.id);
  expect(JSON.stringify(list.body)).not.toContain(body.key);
  const { rows } = await api.db.query("select * from api_key where id = $1", [body.id]);
  expect(JSON.stringify(rows)).not.toContain(body.key.slice(12));
  expect((await api.call("GET", "/v1/senders", { key: body.key })).status).toBe(200);
});

test("both headers are taken", async () => {
  expect(
    (await api.call("GET", "/v1/senders", { key: null, headers: { authorization: `Bearer ${api.keys.read}` } })).status,
  ).toBe(200);
  expect((await api.call("GET", "/v1/senders", { key: api.keys.read })).status).toBe(200);
});

test("a missing, a misspelt, an unknown and a revoked key are told apart; each is 401", async () => {
  const { body: doomed } = await create({ name: "doomed" });
  await api.call("DELETE", `/v1/api-keys/${doomed.id}`);
  const messages = new Set<string>();
  for (const [key, headers] of [
    [null, {}],
    [null, { authorization: "Basic eDp5" }],
    ["hk_live_short", {}],
    [`hk_live_${"A".repeat(43)}`, {}],
    [doomed.key, {}],
  ] as const) {
    const answer = await api.call("GET", "/v1/senders", { key, headers });
    expect(answer.body).toMatchObject({ statusCode: 401, code: "unauthorized" });
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer/);
    messages.add(answer.body.message);
  }
  expect(messages.size).toBe(5);
});

test("scopes: admin implies all, read and send imply nothing", async () => {
  const may = async (key: string) => [
    (await api.call("GET", "/v1/senders", { key })).status,
    (await api.call("POST", "/v1/suppressions", { key, body: { address: "a@b.example" } })).status,
    (await api.call("GET", "/v1/api-keys", { key })).status,
  ];
  expect(await may(api.keys.read)).toEqual([200, 403, 403]);
  expect(await may(api.keys.send)).toEqual([403, 201, 403]);
  expect(await may(api.keys.admin)).toEqual([200, 201, 200]);
});

test("a revocation acts at once in this process, though the key was just used", async () => {
  const { body } = await create({ name: "short-lived", scopes: ["read"] });
  expect((await api.call("GET", "/v1/senders", { key: body.key })).status).toBe(200);
  expect((await api.call("DELETE", `/v1/api-keys/${body.id}`)).body.revokedAt).toEqual(expect.any(String));
  expect((await api.call("GET", "/v1/senders", { key: body.key })).status).toBe(401);
  expect((await api.call("DELETE", `/v1/api-keys/${body.id}`)).status).toBe(200);
});

test("a revocation by another process acts within five seconds, and until then no look-up is made", async () => {
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  let looks = 0;
  const db: Queryable = {
    query: (async (text: { name?: string; text: string }, values: unknown[]) => {
      if (typeof text !== "string" && text.name === "apiKey.byHash") looks += 1;
      return await api.db.query(text, values);
    }) as Queryable["query"],
  };
  try {
    const ring = new KeyRing(db);
    const { body } = await create({ name: "remote" });
    await Promise.all([ring.identify(body.key), ring.identify(body.key)]);
    await ring.identify(body.key);
    expect(looks).toBe(1);
    await api.db.query("update api_key set revoked_at = now() where id = $1", [body.id]);
    now = 4_999;
    expect(await ring.identify(body.key)).toMatchObject({ id: body.id });
    now = 5_001;
    await expect(ring.identify(body.key)).rejects.toThrow(/revoked/);
  } finally {
    clock.mockRestore();
  }
});

test("a key that was revoked while its look-up was under way doesn't work", async () => {
  const { body } = await create({ name: "racing" });
  let answer = () => {};
  const db: Queryable = {
    query: (async (text: string, values: unknown[]) => {
      const result = await api.db.query(text, values);
      await new Promise<void>((resolve) => {
        answer = resolve;
        looked();
      });
      return result;
    }) as Queryable["query"],
  };
  let looked = () => {};
  const looking = new Promise<void>((resolve) => {
    looked = resolve;
  });
  const ring = new KeyRing(db);
  const caller = Promise.resolve(ring.identify(body.key));
  await looking;
  ring.forget(body.id);
  answer();
  await expect(caller).rejects.toThrow(/revoked/);
});

test("the workspace's last admin key can't be revoked", async () => {
  const { rows } = await api.db.query<{ id: string }>(
    "select id from api_key where 'admin' = any(scopes) and revoked_at is null",
  );
  expect(rows).toHaveLength(1);
  expect((await api.call("DELETE", `/v1/api-keys/${rows[0]!.id}`)).body).toMatchObject({
    statusCode: 409,
    code: "conflict",
  });
  const { body: second } = await create({ name: "second", scopes: ["admin"] });
  expect((await api.call("DELETE", `/v1/api-keys/${second.id}`)).status).toBe(200);
});

test("last_used_at is written, but not again within a minute", async () => {
  const { body } = await create({ name: "used" });
  const writes: Promise<unknown>[] = [];
  const db: Queryable = {
    query: ((text: string, values: unknown[]) => {
      const result = api.db.query(text, values);
      if (typeof text === "string" && text.startsWith("update api_key")) writes.push(result);
      return result;
    }) as Queryable["query"],
  };
  await new KeyRing(db).identify(body.key);
  await Promise.all(writes);
  await new KeyRing(db).identify(body.key);
  expect(writes).toHaveLength(1);
  const list = await api.call("GET", "/v1/api-keys");
  expect(list.body.data.find((key: { id: string }) => key.id === body.id).lastUsedAt).toEqual(expect.any(String));
});

test("lists are paged without gaps", async () => {
  for (let n = 0; n < 5; n++) await create({ name: `page ${n}` });
  const all = (await api.call("GET", "/v1/api-keys?limit=100")).body.data.map((key: { id: string }) => key.id);
  const seen: string[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await api.call("GET", `/v1/api-keys?limit=2${cursor}`);
    seen.push(...body.data.map((key: { id: string }) => key.id));
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  expect(seen).toEqual(all);
});
