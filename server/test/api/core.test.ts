import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Endpoint, endpoint } from "../../src/api/endpoint.ts";
import { Database } from "../../src/db/pool.ts";
import { errorCatalogue } from "../../src/domain/error.ts";
import { type Api, setup } from "./setup.ts";

/** Endpoints of no use but to show what every endpoint gets. */
const plain = { tags: ["Test"], description: "" } as const;
const extraEndpoints: Endpoint[] = [
  endpoint({
    ...plain,
    method: "POST",
    path: "/test/echo",
    right: "messages.send",
    summary: "Echo",
    bodyLimit: 20_000,
    body: z.strictObject({
      name: z.string().max(8_000).optional(),
      age: z.int().min(18).optional(),
      leads: z
        .array(z.looseObject({ phone: z.string() }))
        .max(3)
        .optional(),
      either: z
        .union([
          z.strictObject({ a: z.string() }),
          z.strictObject({ b: z.number(), c: z.number() }),
          z.strictObject({ list: z.array(z.strictObject({ n: z.number() })) }),
        ])
        .optional(),
    }),
    responses: { 200: z.object({ name: z.string().optional(), workspaceId: z.string() }) },
    async execute({ body, workspaceId }) {
      const more = { name: body.name, workspaceId, secretHash: "must not leave" };
      return { status: 200, body: more };
    },
  }),
  endpoint({
    ...plain,
    method: "GET",
    path: "/test/read/{id}",
    right: "leads.read",
    summary: "Read",
    params: z.strictObject({ id: z.string().max(50) }),
    query: z.strictObject({ limit: z.coerce.number().int().max(10).default(5), text: z.string().optional() }),
    responses: { 200: z.object({ id: z.string(), limit: z.number(), nested: z.array(z.object({ a: z.number() })) }) },
    async execute({ params, query }) {
      return {
        status: 200,
        body: { id: params.id, limit: query.limit, nested: [{ a: 1, hidden: "x" } as { a: number }] },
      };
    },
  }),
  endpoint({
    ...plain,
    method: "POST",
    path: "/test/fail",
    right: "none",
    summary: "Fail",
    responses: { 200: z.object({}) },
    execute: () => Promise.reject(new Error("password=hunter2 at /etc/herald")),
  }),
  endpoint({
    ...plain,
    method: "GET",
    path: "/test/undeclared",
    right: "none",
    summary: "Answer with a body of another form",
    responses: { 200: z.object({ a: z.string() }) },
    execute: async () => ({ status: 200, body: { a: 5 as unknown as string } }),
  }),
  endpoint({
    ...plain,
    method: "POST",
    path: "/test/deadlock",
    right: "none",
    summary: "Be ended for the sake of others as often as is said",
    body: z.strictObject({ times: z.int() }),
    responses: { 200: z.object({ tries: z.number() }) },
    async execute({ tx, body, afterCommit }) {
      deadlock.tries += 1;
      afterCommit(() => {
        deadlock.afterCommit += 1;
      });
      if (deadlock.tries <= body.times)
        await tx.query("do $$ begin raise exception 'deadlock detected' using errcode = '40P01'; end $$");
      return { status: 200, body: { tries: deadlock.tries } };
    },
  }),
];
const deadlock = { tries: 0, afterCommit: 0 };

let api: Api;
beforeAll(async () => {
  api = await setup({ extraEndpoints });
});
afterAll(() => api.close());

const echo = (body: unknown, headers?: Record<string, string>) =>
  api.call("POST", "/test/echo", { body, ...(headers ? { headers } : {}) });

test("a call that PostgreSQL ended for a deadlock is done again, a few times, and what follows its commit once", async () => {
  const call = async (times: number) => {
    Object.assign(deadlock, { tries: 0, afterCommit: 0 });
    return (await api.call("POST", "/test/deadlock", { body: { times } })).body;
  };
  expect(await call(2)).toEqual({ tries: 3 });
  expect(deadlock.afterCommit).toBe(1);
  expect(await call(3)).toMatchObject({ statusCode: 503, message: expect.stringContaining("too busy") });
  expect(deadlock).toEqual({ tries: 3, afterCommit: 0 });
});

test("every error answer has the documented shape, and no more", async () => {
  const answers = [
    await api.call("GET", "/nothing"),
    await api.call("PUT", "/test/echo"),
    await api.call("POST", "/test/echo", { key: null }),
    await api.call("POST", "/test/echo", { key: api.keys.read, body: {} }),
    await echo("{"),
    await echo({ age: 3 }),
    await api.call("POST", "/test/echo", {
      body: "x=1",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    }),
    await echo({ name: "x".repeat(20_000) }),
    await api.call("POST", "/test/fail"),
    await api.call("GET", "/%zz"),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([404, 405, 401, 403, 400, 400, 415, 413, 500, 400]);
  for (const { status, body, headers } of answers) {
    const { error } = errorCatalogue[body.code as keyof typeof errorCatalogue];
    const keys = body.details
      ? ["statusCode", "code", "error", "message", "details"]
      : ["statusCode", "code", "error", "message"];
    expect(Object.keys(body)).toEqual(keys);
    expect(body).toMatchObject({ statusCode: status, error, message: expect.stringMatching(/\S/) });
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-request-id"]).toMatch(/^req_/);
  }
});

test("wrong fields are named, each with a reason in plain words", async () => {
  const details = async (body: unknown) => (await echo(body)).body.details;
  expect(await details({ name: "x".repeat(8_001) })).toEqual([
    { field: "name", reason: "8,001 characters; at most 8,000." },
  ]);
  expect(await details({ leads: [{ phone: "1" }, {}, { phone: 7 }] })).toEqual([
    { field: "leads.1.phone", reason: "This is required." },
    { field: "leads.2.phone", reason: "This must be a text." },
  ]);
  expect(await details({ leads: [1, 2, 3, 4] })).toContainEqual({ field: "leads", reason: "4 items; at most 3." });
  expect(await details({ age: 17 })).toEqual([{ field: "age", reason: "This must be at least 18." }]);
  expect(await details({ nmae: "x", age: 20 })).toEqual([{ field: "nmae", reason: "There is no such field." }]);
  expect(await details({ either: { b: 1 } })).toEqual([{ field: "either.c", reason: "This is required." }]);
  // Of several forms that whose fields were given, however much is wrong within them.
  expect(await details({ either: { list: [{ n: 1, x: 1, y: 2, z: 3 }] } })).toEqual(
    ["x", "y", "z"].map((key) => ({ field: `either.list.0.${key}`, reason: "There is no such field." })),
  );
  expect(await details([])).toEqual([{ field: "body", reason: "This must be an object." }]);
  expect(await details(undefined)).toEqual([{ field: "body", reason: "This is required." }]);
  expect((await api.call("GET", "/test/read/1?limit=11&offset=2")).body.details).toEqual([
    { field: "limit", reason: "This must be at most 10." },
    { field: "offset", reason: "There is no such field." },
  ]);
});

test("a field that the answer's schema doesn't name never leaves, on any level", async () => {
  expect((await echo({ name: "Ada" })).body).toEqual({ name: "Ada", workspaceId: api.workspaceId });
  expect((await api.call("GET", "/test/read/1")).body).toEqual({ id: "1", limit: 5, nested: [{ a: 1 }] });
});

test("what goes wrong inside is logged under the request's ID, and not told", async () => {
  for (const url of ["/test/fail", "/test/undeclared"]) {
    api.logged.length = 0;
    const { status, body, headers } = await api.call(url === "/test/fail" ? "POST" : "GET", url);
    expect(status).toBe(500);
    expect(body.code).toBe("internal");
    expect(JSON.stringify(body)).not.toMatch(/hunter2|etc|schema/);
    expect(api.logged.find((line) => line.msg === "request failed")).toMatchObject({
      requestId: headers["x-request-id"],
      err: expect.anything(),
    });
  }
});

test("a text that the database can't store is refused with its field's name", async () => {
  expect((await echo({ name: "a\0b" })).body.details).toEqual([
    { field: "name", reason: expect.stringMatching(/NUL/) },
  ]);
  expect((await echo('{"leads":[{"phone":"1","x":"\\ud800"}]}')).body.details).toEqual([
    { field: "leads.0.x", reason: expect.stringMatching(/surrogate/) },
  ]);
  expect((await echo({ leads: [{ phone: "1", "k\0": "v" }] })).status).toBe(400);
  expect((await api.call("GET", "/test/read/a%00b")).body.details).toEqual([
    { field: "id", reason: expect.stringMatching(/NUL/) },
  ]);
  expect((await api.call("GET", "/test/read/1?text=a%00b")).body.details).toEqual([
    { field: "text", reason: expect.stringMatching(/NUL/) },
  ]);
  expect((await echo({ name: "Zoë 😀 é" })).status).toBe(200);
});

test("keys that reach an object's prototype are refused", async () => {
  for (const body of [
    '{"leads":[{"phone":"1","__proto__":{"admin":true}}]}',
    '{"leads":[{"phone":"1","\\u005f_proto__":1}]}',
    '{"leads":[{"phone":"1","constructor":{"prototype":{"admin":true}}}]}',
  ]) {
    expect((await echo(body)).body).toMatchObject({
      statusCode: 400,
      code: "invalid_request",
      details: [{ field: expect.stringMatching(/^leads\.0\./) }],
    });
  }
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
  expect((await echo({ leads: [{ phone: "1", constructor: "Ltd" }] })).status).toBe(200);
});

test("malformed JSON is told from wrong fields, without quoting the body", async () => {
  for (const body of ['{"name": hunter2}', "", '{"name":"a\u0000b"}', Buffer.from([0x22, 0xff, 0x22]), '{"a":1}}']) {
    const answer = await echo(body);
    expect(answer.body.code).toBe(body === "" ? "invalid_request" : "malformed_json");
    expect(JSON.stringify(answer.body)).not.toContain("hunter2");
  }
});

test("a path that exists with other methods answers 405 with Allow", async () => {
  const answer = await api.call("DELETE", "/v1/senders");
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toBe("GET, HEAD, POST");
  expect((await api.call("POST", "/v1/senders/sender_1")).headers.allow).toBe("DELETE, GET, HEAD, PATCH");
});

test("one line a request is logged, with who and how long, and without keys or bodies", async () => {
  api.logged.length = 0;
  await echo({ name: "private text" });
  expect(api.logged).toHaveLength(1);
  expect(api.logged[0]).toMatchObject({
    method: "POST",
    route: "/test/echo",
    status: 200,
    ms: expect.any(Number),
    workspace: api.workspaceId,
    key: expect.stringMatching(/^key_/),
    requestId: expect.stringMatching(/^req_/),
  });
  expect(JSON.stringify(api.logged)).not.toMatch(/private text|hk_live_/);
});

test("a caller's own request ID is taken over where it is harmless", async () => {
  expect((await echo({}, { "x-request-id": "trace-1.a" })).headers["x-request-id"]).toBe("trace-1.a");
  expect((await echo({}, { "x-request-id": "a b\tc" })).headers["x-request-id"]).toMatch(/^req_/);
});

test("a body in a plain object, which would drop misspelt fields, is refused when the API is built", async () => {
  const careless = endpoint({
    ...plain,
    method: "POST",
    path: "/test/careless",
    right: "none",
    summary: "Careless",
    body: z.strictObject({ list: z.array(z.object({ a: z.string() })).optional() }),
    responses: { 200: z.object({}) },
    execute: async () => ({ status: 200, body: {} }),
  });
  await expect(setup({ extraEndpoints: [careless] })).rejects.toThrow(
    "POST /test/careless: body.list: use z.strictObject",
  );
});

test("while the database is away, the answer is 503 with Retry-After", async () => {
  const away = new Database({ host: "127.0.0.1", port: 1, user: "x", database: "x" }, 2);
  const lost = await setup({ db: away });
  for (const path of ["/v1/senders", "/readyz"]) {
    const answer = await lost.call("GET", path);
    expect(answer.body).toMatchObject({ statusCode: 503, code: "database_unavailable" });
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  }
  expect((await lost.call("GET", "/healthz")).body).toEqual({ status: "ok" });
  await lost.close();
  await away.close();
});

test("a process whose database lacks a migration isn't ready", async () => {
  expect((await api.call("GET", "/readyz", { key: null })).body).toEqual({ status: "ok" });
  await api.db.query("update migration set name = 'x' || name where name like '0002%'");
  expect((await api.call("GET", "/readyz", { key: null })).status).toBe(503);
  await api.db.query("update migration set name = substr(name, 2) where name like 'x%'");
});
