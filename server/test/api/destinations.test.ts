import { afterAll, beforeAll, expect, test } from "vitest";
import { getDestination } from "../../src/db/destination.ts";
import { eventTypes } from "../../src/domain/event.ts";
import { newSigningKey, publicKeyOf } from "../../src/domain/standard-webhooks-asymmetric.ts";
import { type Api, box, setup } from "./setup.ts";

let api: Api;
beforeAll(async () => {
  api = await setup({ config: { allowPrivateDestinations: false } });
});
afterAll(() => api.close());

const url = "https://crm.example.com/hook";
const create = (body: object) => api.call("POST", "/v1/destinations", { body: { url, ...body } });
const reasons = async (body: object) => (await create(body)).body.details as { field: string; reason: string }[];

test("a destination's secret is in the answer to its creation and in no other, and sealed in the database", async () => {
  const { status, body } = await create({});
  expect(status).toBe(201);
  expect(body).toMatchObject({
    name: "crm.example.com",
    format: "herald",
    eventTypes: null,
    hasSecret: true,
    expresses: eventTypes,
  });
  expect(body.secret).toMatch(/^whsec_/);
  const later = [
    (await api.call("GET", `/v1/destinations/${body.id}`)).body,
    (await api.call("GET", "/v1/destinations")).body,
    (await api.call("PATCH", `/v1/destinations/${body.id}`, { body: { name: "B" } })).body,
  ];
  expect(JSON.stringify(later)).not.toContain(body.secret);
  expect(later[2].name).toBe("B");
  const { rows } = await api.db.query<{ secret: Buffer }>("select secret from destination where id = $1", [body.id]);
  expect(box.open(rows[0]!.secret, `${api.workspaceId}/${body.id}`)).toBe(body.secret);
});

test("a format says what it can't say, and event types that it can't say are refused with that sentence", async () => {
  const { body } = await create({ format: "sendpilot" });
  expect(body.limits).toMatch(/SMS and email/);
  expect(body.expresses).not.toContain("message.failed");
  expect(await reasons({ format: "sendpilot", eventTypes: ["message.sent", "message.failed"] })).toEqual([
    { field: "eventTypes.1", reason: expect.stringContaining(body.limits) },
  ]);
  expect(await reasons({ eventTypes: ["message.sent", "message.snet"] })).toEqual([
    { field: "eventTypes.1", reason: expect.stringContaining("message.sent, message.failed") },
  ]);
  expect((await create({ format: "sendpilot", eventTypes: ["message.sent", "message.sent"] })).body.eventTypes).toEqual(
    ["message.sent"],
  );
});

test("secrets are checked by the format; only one that allows it goes without", async () => {
  expect(await reasons({ secret: "short" })).toEqual([{ field: "secret", reason: expect.stringContaining("whsec_") }]);
  expect(await reasons({ secret: null })).toEqual([
    { field: "secret", reason: expect.stringContaining("needs a secret") },
  ]);
  expect((await create({ format: "apten", secret: null })).body).toMatchObject({ secret: null, hasSecret: false });
  const own = "0123456789abcdef";
  expect((await create({ format: "apten", secret: own })).body.secret).toBe(own);
});

test("a URL on a private network is refused, at creation and at a change", async () => {
  const { body } = await create({ url: "http://127.0.0.1/" });
  expect(body).toMatchObject({ statusCode: 400, code: "invalid_destination_url", details: [{ field: "url" }] });
  const { id } = (await create({})).body;
  expect(
    (await api.call("PATCH", `/v1/destinations/${id}`, { body: { url: "https://169.254.169.254/" } })).body.code,
  ).toBe("invalid_destination_url");
});

test("disabling parks the lane, enabling frees and wakes it", async () => {
  const { id } = (await create({})).body;
  const disabled = await api.call("PATCH", `/v1/destinations/${id}`, { body: { status: "disabled" } });
  expect(disabled.body).toMatchObject({
    status: "disabled",
    statusReason: "Disabled by the API.",
    health: { pausedUntil: null, pausedReason: "Disabled by the API." },
  });
  api.woken.length = 0;
  const active = await api.call("PATCH", `/v1/destinations/${id}`, { body: { status: "active" } });
  expect(active.body).toMatchObject({ status: "active", statusReason: null, health: { pausedReason: null } });
  expect(api.woken).toEqual([{ kind: "delivery", lane: { workspaceId: api.workspaceId, laneId: id } }]);
});

test("a secret that can't be opened is named, and a rotation mends the destination though the old one stays shut", async () => {
  const { id, credentialsProblem } = (await create({})).body;
  expect(credentialsProblem).toBe(null);
  // Where nobody listens; stored, as the API of this test takes no such address.
  await api.db.query("update destination set secret = '\\x00ff00ff', url = 'http://127.0.0.1:9/' where id = $1", [id]);
  const path = `/v1/destinations/${id}`;
  const problem = { credentialsProblem: expect.stringContaining("can't be opened: HERALD_SECRET_KEY") };
  expect((await api.call("GET", path)).body).toMatchObject(problem);
  expect((await api.call("GET", "/v1/destinations")).body.data[0]).toMatchObject(problem);
  const tried = async () => (await api.call("POST", `${path}/test`)).body.error.code;
  expect(await tried()).toBe("settings_unusable");
  expect((await api.call("POST", `${path}/rotate-secret`)).status).toBe(200);
  expect((await api.call("GET", path)).body.credentialsProblem).toBe(null);
  expect(await tried()).toBe("connection_refused");
});

test("after a rotation the old secret is kept for 24 hours beside the new one", async () => {
  const { id, secret: old } = (await create({})).body;
  const { body } = await api.call("POST", `/v1/destinations/${id}/rotate-secret`);
  expect(body.secret).not.toBe(old);
  const { rows } = await api.db.query<{ secret: Buffer; previous_secret: Buffer; hours: number; version: number }>(
    `select secret, previous_secret, extract(epoch from previous_secret_until - now()) / 3600 as hours, version
     from destination join lane using (workspace_id, id) where id = $1`,
    [id],
  );
  expect(box.open(rows[0]!.secret, `${api.workspaceId}/${id}`)).toBe(body.secret);
  expect(box.open(rows[0]!.previous_secret, `${api.workspaceId}/${id}`)).toBe(old);
  expect(Number(rows[0]!.hours)).toBeCloseTo(24, 1);
  expect(rows[0]!.version).toBe(2);
  const own = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  expect((await api.call("POST", `/v1/destinations/${id}/rotate-secret`, { body: { secret: own } })).body.secret).toBe(
    own,
  );
  // The first one keeps its 24 hours: it is what receivers still have.
  const second = (await getDestination(api.db, api.workspaceId, id))!;
  expect(box.open(second.previousSecret!, `${api.workspaceId}/${id}`)).toBe(body.secret);
  const [older] = second.olderSecrets!;
  expect(box.open(Buffer.from(older!.secret, "base64"), `${api.workspaceId}/${id}`)).toBe(old);
  expect((Date.parse(older!.until) - Date.now()) / 3_600_000).toBeCloseTo(24, 1);
  // What is over is dropped, and of many the latest stay.
  await api.db.query("update destination set older_secrets = jsonb_set(older_secrets, '{0,until}', '\"2020-01-01\"')");
  for (let n = 0; n < 6; n++) await api.call("POST", `/v1/destinations/${id}/rotate-secret`);
  const { olderSecrets } = (await getDestination(api.db, api.workspaceId, id))!;
  expect(olderSecrets).toHaveLength(4);
  expect(olderSecrets!.every(({ until }) => Date.parse(until) > Date.now())).toBe(true);
});

test("eventTypes can be set back to everything", async () => {
  const { id } = (await create({ eventTypes: ["message.sent"] })).body;
  expect((await api.call("PATCH", `/v1/destinations/${id}`, { body: { name: "x" } })).body.eventTypes).toEqual([
    "message.sent",
  ]);
  expect((await api.call("PATCH", `/v1/destinations/${id}`, { body: { eventTypes: null } })).body.eventTypes).toBe(
    null,
  );
  expect((await api.call("PATCH", `/v1/destinations/${id}`, { body: { eventTypes: [] } })).status).toBe(400);
});

test("a deleted destination is gone, with its lane and what waited", async () => {
  const { id } = (await create({})).body;
  await api.db.query("insert into outbox (workspace_id, lane_id, ref, due_at) values ($1, $2, 'evt', now())", [
    api.workspaceId,
    id,
  ]);
  expect((await api.call("DELETE", `/v1/destinations/${id}`)).status).toBe(204);
  expect((await api.call("GET", `/v1/destinations/${id}`)).status).toBe(404);
  expect((await api.call("DELETE", `/v1/destinations/${id}`)).status).toBe(404);
  const left = await api.db.query(
    "select id from lane where id = $1 union all select ref from outbox where lane_id = $1",
    [id],
  );
  expect(left.rows).toEqual([]);
});

test("a schedule of its own is 1 to 20 waits of 1 s to 7 days, 30 days in all", async () => {
  const { body } = await create({ retrySchedule: [1, 60, 604_800] });
  expect(body.retrySchedule).toEqual([1, 60, 604_800]);
  const change = (retrySchedule: unknown) =>
    api.call("PATCH", `/v1/destinations/${body.id}`, { body: { retrySchedule } });
  for (const [schedule, field, reason] of [
    [[], "retrySchedule", "1 to 20"],
    [Array(21).fill(1), "retrySchedule", "1 to 20"],
    [[5, 0], "retrySchedule.1", "7 days"],
    [[604_801], "retrySchedule.0", "7 days"],
    [[1.5], "retrySchedule.0", "whole"],
    [Array(5).fill(604_800), "retrySchedule", "30 days"],
    [["5"], "retrySchedule.0", "number"],
    [60, "retrySchedule", ""],
  ] as const) {
    expect((await change(schedule)).body.details, JSON.stringify(schedule)).toEqual([
      { field, reason: expect.stringContaining(reason) },
    ]);
  }
  expect((await change([9])).body.retrySchedule).toEqual([9]);
  expect((await api.call("PATCH", `/v1/destinations/${body.id}`, { body: { name: "B" } })).body.retrySchedule).toEqual([
    9,
  ]);
  expect((await change(null)).body.retrySchedule).toBe(null);
});

test("disabling tells the other destinations once, and says since when events are missing", async () => {
  const { id } = (await create({ name: "First" })).body;
  const other = (await create({})).body.id;
  const disable = () => api.call("PATCH", `/v1/destinations/${id}`, { body: { status: "disabled", name: "Renamed" } });
  api.woken.length = 0;
  const { body } = await disable();
  expect(body).toMatchObject({ status: "disabled", name: "Renamed", disabledAt: expect.any(String) });
  expect(body.missedSince).toBe(body.disabledAt);
  expect(api.woken).toContainEqual({ kind: "delivery", lane: { workspaceId: api.workspaceId, laneId: other } });
  expect((await disable()).body.disabledAt).toBe(body.disabledAt);
  const { rows } = await api.db.query<{ lane_id: string; data: string }>(
    "select o.lane_id, e.data from event e join outbox o on o.ref = e.id where e.type = 'destination.disabled' and o.lane_id in ($1, $2)",
    [id, other],
  );
  expect(rows).toMatchObject([{ lane_id: other }]);
  expect(JSON.parse(rows[0]!.data)).toMatchObject({ destinationId: id, disabledBy: "api", failingSince: null });
});

test("with ed25519 receivers read a public key, and the private one is nowhere but sealed in the database", async () => {
  const { status, body } = await create({ signing: "ed25519" });
  expect(status).toBe(201);
  expect(body).toMatchObject({ signing: "ed25519", secret: null, hasSecret: true, previousPublicKey: null });
  expect(body.publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  expect((await api.call("GET", `/v1/destinations/${body.id}`)).body.publicKey).toBe(body.publicKey);
  const stored = async () => {
    const { rows } = await api.db.query<{ secret: Buffer }>("select secret from destination where id = $1", [body.id]);
    return box.open(rows[0]!.secret, `${api.workspaceId}/${body.id}`);
  };
  expect(publicKeyOf(await stored())).toBe(body.publicKey);

  // A rotation keeps the scheme, and both public keys can be read while both sign.
  const rotated = (await api.call("POST", `/v1/destinations/${body.id}/rotate-secret`)).body;
  expect(rotated).toMatchObject({ secret: null, publicKey: publicKeyOf(await stored()) });
  expect(rotated.publicKey).not.toBe(body.publicKey);
  const later = (await api.call("GET", `/v1/destinations/${body.id}`)).body;
  expect(later).toMatchObject({ publicKey: rotated.publicKey, previousPublicKey: body.publicKey });
  // When the time is over the old one is not shown any more.
  await api.db.query("update destination set previous_secret_until = now() where id = $1", [body.id]);
  expect((await api.call("GET", `/v1/destinations/${body.id}`)).body.previousPublicKey).toBe(null);
});

test("a rotation can lead from a shared secret to a key pair and back", async () => {
  const { id } = (await create({})).body;
  const rotate = async (given: object) =>
    (await api.call("POST", `/v1/destinations/${id}/rotate-secret`, { body: given })).body;
  const there = await rotate({ signing: "ed25519" });
  expect(there).toMatchObject({ secret: null, publicKey: expect.stringMatching(/^whpk_/) });
  const back = await rotate({ signing: "hmac" });
  expect(back).toMatchObject({ secret: expect.stringMatching(/^whsec_/), publicKey: null });
  const own = newSigningKey();
  expect(await rotate({ secret: own })).toMatchObject({ secret: null, publicKey: publicKeyOf(own) });
});

test("keys and schemes that don't fit are refused by name", async () => {
  expect(await reasons({ format: "apten", signing: "ed25519" })).toEqual([
    { field: "signing", reason: expect.stringContaining("herald") },
  ]);
  expect(await reasons({ signing: "hmac", secret: newSigningKey() })).toEqual([
    { field: "secret", reason: expect.stringContaining("whsec_") },
  ]);
  const shared = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  expect(await reasons({ signing: "ed25519", secret: shared })).toEqual([
    { field: "secret", reason: expect.stringContaining("whsk_") },
  ]);
  const mixed = `whsk_${Buffer.alloc(64, 1).toString("base64")}`;
  expect(await reasons({ secret: mixed })).toEqual([
    { field: "secret", reason: expect.stringContaining("not the public key of its first") },
  ]);
  expect((await reasons({ signing: "ed25519", secret: null }))[0]!.field).toBe("secret");
});

test("several destinations may have one URL, each with its own secret and events", async () => {
  const one = (await create({ eventTypes: ["message.sent"] })).body;
  const two = (await create({ format: "sendpilot" })).body;
  expect([one.url, one.id === two.id, one.secret === two.secret]).toEqual([two.url, false, false]);
});
