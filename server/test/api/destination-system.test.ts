import { afterAll, beforeAll, expect, test } from "vitest";
import { toySystem } from "../destinations/toy-system.ts";
import { type Api, setup } from "./setup.ts";

const toy = toySystem(() => ({ outcome: "delivered", detail: "Logged as note 1." }));
let api: Api;
beforeAll(async () => {
  api = await setup({ systems: [toy.adapter] });
});
afterAll(() => api.close());

const create = (body: object) => api.call("POST", "/v1/destinations", { body });
const reasons = async (body: object) => (await create(body)).body.details as { field: string; reason: string }[];

test("a system's settings are checked by its adapter, its credentials never come back", async () => {
  const { status, body } = await create({ kind: "close", credentials: { apiKey: "right" } });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    ...{ kind: "close", name: "close", url: "https://toy.example.com/sales", config: { pipeline: "sales" } },
    ...{ hasCredentials: true, hasSecret: false, secret: null, eventTypes: ["message.sent"], maxConcurrency: 4 },
  });
  const stored = await api.db.query("select credentials from destination where id = $1", [body.id]);
  expect(stored.rows[0]!.credentials.toString("latin1")).not.toContain("right");
  const patched = await api.call("PATCH", `/v1/destinations/${body.id}`, { body: { config: { pipeline: "b" } } });
  expect(patched.body).toMatchObject({
    url: "https://toy.example.com/b",
    config: { pipeline: "b" },
    hasCredentials: true,
  });
  expect(JSON.stringify([body, patched.body])).not.toContain("right");
});

test("fields of the other kind are refused by name, and so is what the adapter doesn't take", async () => {
  expect(await reasons({ kind: "close", url: "https://a.example.com", credentials: { apiKey: "right" } })).toEqual([
    { field: "url", reason: expect.stringContaining("kind close") },
  ]);
  expect(await reasons({ url: "https://a.example.com", credentials: {} })).toEqual([
    { field: "credentials", reason: expect.stringContaining("kind webhook") },
  ]);
  expect(await reasons({})).toEqual([{ field: "url", reason: "This is required." }]);
  expect(await reasons({ kind: "close", config: { pipe: 1 }, credentials: { apiKey: "right" } })).toEqual([
    { field: "config.pipe", reason: "There is no such field." },
  ]);
  expect(await reasons({ kind: "close", credentials: { apiKey: "x" } })).toEqual([
    { field: "credentials.apiKey", reason: expect.stringContaining("at least 3") },
  ]);
  expect(await reasons({ kind: "hubspot" })).toEqual([
    { field: "kind", reason: expect.stringContaining("webhook, close") },
  ]);
});

test("verify says what is wrong; what works ends a pause", async () => {
  const { body } = await create({ kind: "close", credentials: { apiKey: "wrong" } });
  const verify = async () => (await api.call("POST", `/v1/destinations/${body.id}/verify`)).body;
  expect(await verify()).toEqual({
    ...{ verified: false, code: "key_refused", verifiedAt: null },
    detail: "The key is refused. Make a new one.",
  });
  await api.db.query(
    "update lane set parked_until = now() + interval '1 hour', parked_reason = 'refused' where id = $1",
    [body.id],
  );
  const paused = async () => (await api.call("GET", `/v1/destinations/${body.id}`)).body.health.pausedUntil;
  expect(await paused()).not.toBeNull();
  await api.call("PATCH", `/v1/destinations/${body.id}`, { body: { name: "other" } });
  expect(await paused()).not.toBeNull();
  await api.call("PATCH", `/v1/destinations/${body.id}`, { body: { credentials: { apiKey: "right" } } });
  expect(await paused()).toBeNull();
  expect(await verify()).toMatchObject({ verified: true, verifiedAt: expect.any(String) });
  // Those that nobody can open any more are replaced like others.
  await api.db.query("update destination set credentials = '\\x00ff00ff' where id = $1", [body.id]);
  expect((await api.call("PATCH", `/v1/destinations/${body.id}`, { body: { config: {} } })).status).toBe(409);
  const mended = await api.call("PATCH", `/v1/destinations/${body.id}`, { body: { credentials: { apiKey: "right" } } });
  expect([mended.status, mended.body.credentialsProblem]).toEqual([200, null]);
});

test("a test tells the system of a sample, and shows what became of it there", async () => {
  const { body } = await create({ kind: "close", credentials: { apiKey: "right" } });
  const { body: result } = await api.call("POST", `/v1/destinations/${body.id}/test`, {
    body: { type: "message.sent" },
  });
  expect(result).toMatchObject({ status: "delivered", detail: "Logged as note 1.", request: null, error: null });
  expect(toy.told.at(-1)).toMatchObject({ eventType: "message.sent", attempt: 1 });
});

test("a webhook has nothing to verify, and a system no secret to rotate", async () => {
  const webhook = await create({ url: "https://a.example.com" });
  expect((await api.call("POST", `/v1/destinations/${webhook.body.id}/verify`)).status).toBe(409);
  const system = await create({ kind: "close", credentials: { apiKey: "right" } });
  expect((await api.call("POST", `/v1/destinations/${system.body.id}/rotate-secret`)).status).toBe(409);
});
