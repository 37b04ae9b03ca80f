import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { ChannelAdapter, VerifyResult } from "../../src/channels/channel.ts";
import type { Queryable } from "../../src/db/pool.ts";
import { sandboxStore } from "../../src/db/sandbox.ts";
import { newId } from "../../src/domain/id.ts";
import { makeCampaign } from "../factories.ts";
import { type Api, box, setup } from "./setup.ts";

let api: Api;
let verdict: VerifyResult | Error = { ok: true, detail: "fine" };
let closed = 0;

const fake: ChannelAdapter = {
  provider: "fake",
  channels: ["sms"],
  config: z.strictObject({ number: z.string() }),
  credentials: z.strictObject({ password: z.string() }),
  concurrency: (config) => ((config as { number: string }).number === "+2" ? 7 : 3),
  canReconcile: false,
  address: (config) => (config as { number: string }).number,
  open: ({ credentials }) => ({
    send: () => Promise.reject(new Error("unused")),
    reconcile: () => Promise.reject(new Error("unused")),
    async verify() {
      expect(credentials).toEqual({ password: "s3cret" });
      if (verdict instanceof Error) throw verdict;
      return verdict;
    },
    async close() {
      closed += 1;
    },
  }),
};

beforeAll(async () => {
  api = await setup({ adapters: [fake] });
});
afterAll(() => api.close());

async function makeFake() {
  const body = {
    name: "Ada",
    channel: "sms",
    provider: "fake",
    config: { number: "+1" },
    credentials: { password: "s3cret" },
  };
  const { status, body: sender } = await api.call("POST", "/v1/senders", { body });
  expect(status).toBe(201);
  return sender;
}

const laneOf = async (id: string) => {
  const { rows } = await api.db.query(
    "select kind, max_leased, version, parked_until, parked_reason from lane where id = $1",
    [id],
  );
  return rows[0];
};

test("a sender is stored with sealed credentials, which no answer holds, and a lane of the adapter's concurrency", async () => {
  const sender = await makeFake();
  expect(sender).toMatchObject({
    name: "Ada",
    address: "+1",
    hasCredentials: true,
    status: "active",
    config: { number: "+1" },
  });
  const answers = [
    sender,
    (await api.call("GET", `/v1/senders/${sender.id}`)).body,
    (await api.call("GET", "/v1/senders")).body,
  ];
  expect(JSON.stringify(answers)).not.toContain("s3cret");
  const { rows } = await api.db.query<{ credentials: Buffer }>("select credentials from sender where id = $1", [
    sender.id,
  ]);
  expect(rows[0]!.credentials.includes("s3cret")).toBe(false);
  expect(box.open(rows[0]!.credentials, `${api.workspaceId}/${sender.id}`)).toBe('{"password":"s3cret"}');
  expect(await laneOf(sender.id)).toMatchObject({ kind: "message", max_leased: 3 });
});

test("credentials that can't be opened are named with what to do: at the sender, its messages and where it is verified", async () => {
  const sender = await makeFake();
  const path = `/v1/senders/${sender.id}`;
  expect(sender.credentialsProblem).toBe(null);
  await api.call("POST", "/v1/leads", { body: { phone: "+12025550188" } });
  const { body: message } = await api.call("POST", "/v1/messages", {
    body: { recipient: { phone: "+12025550188" }, channel: "sms", senderId: sender.id, text: "Hi" },
  });
  // Sealed with another key, or damaged.
  await api.db.query("update sender set credentials = '\\x00ff00ff' where id = $1", [sender.id]);
  const problem = expect.stringMatching(/can't be opened: HERALD_SECRET_KEY .* Start Herald with that key, or give/);
  expect((await api.call("GET", path)).body).toMatchObject({ credentialsProblem: problem });
  expect((await api.call("GET", "/v1/senders")).body.data[0]).toMatchObject({ credentialsProblem: problem });
  expect((await api.call("GET", `/v1/messages/${message.messageId}/explain`)).body).toMatchObject({
    at: null,
    reasons: [{ rule: "sender", detail: problem, until: null, change: expect.stringContaining(`PATCH ${path}`) }],
  });
  expect(await api.call("POST", `${path}/verify`)).toMatchObject({
    status: 409,
    body: { code: "invalid_state", message: problem },
  });
  const mended = await api.call("PATCH", path, { body: { credentials: { password: "s3cret" } } });
  expect(mended.body.credentialsProblem).toBe(null);
});

test("settings are checked by the provider's adapter, and problems name config.x and credentials.y", async () => {
  const create = (body: object) =>
    api.call("POST", "/v1/senders", { body: { name: "A", channel: "sms", provider: "fake", ...body } });
  const fields = async (body: object) =>
    ((await create(body)).body.details as { field: string }[]).map((detail) => detail.field);
  expect(await fields({ config: { number: 5 }, credentials: { password: "x" } })).toEqual(["config.number"]);
  expect(await fields({ config: { number: "1", port: 1 }, credentials: { password: "x" } })).toEqual(["config.port"]);
  expect(await fields({ config: { number: "1" }, credentials: {} })).toEqual(["credentials.password"]);
  expect(await fields({ provider: "none" })).toEqual(["provider"]);
  expect(await fields({ channel: "email" })).toEqual(["channel"]);
  const union = await create({
    provider: "twilio",
    config: { accountSid: `AC${"0".repeat(32)}`, from: "+15550100123" },
    credentials: { authToken: "a b" },
  });
  expect(union.body.details).toEqual([{ field: "credentials.authToken", reason: "printable ASCII without spaces" }]);
});

test("pausing parks the lane with a reason, activating frees and wakes it, and each change moves the lane's version", async () => {
  const { id } = await makeFake();
  const paused = await api.call("PATCH", `/v1/senders/${id}`, { body: { status: "paused" } });
  expect(paused.body).toMatchObject({ status: "paused", statusReason: "Paused by the API." });
  expect(await laneOf(id)).toMatchObject({
    version: 2,
    parked_until: Number.POSITIVE_INFINITY,
    parked_reason: "Paused by the API.",
  });
  api.woken.length = 0;
  const active = await api.call("PATCH", `/v1/senders/${id}`, { body: { status: "active", name: "Ada 2" } });
  expect(active.body).toMatchObject({ status: "active", statusReason: null, name: "Ada 2" });
  expect(await laneOf(id)).toMatchObject({ version: 3, parked_until: null, parked_reason: null });
  expect(api.woken).toEqual([{ kind: "message", lane: { workspaceId: api.workspaceId, laneId: id } }]);
});

test("a change of settings alone leaves a pause as it is, and gives the lane their number of connections", async () => {
  const { id } = await makeFake();
  await api.call("PATCH", `/v1/senders/${id}`, { body: { status: "paused" } });
  const changed = await api.call("PATCH", `/v1/senders/${id}`, {
    body: { config: { number: "+2" }, credentials: { password: "n3w" } },
  });
  expect(changed.body).toMatchObject({ address: "+2", status: "paused" });
  expect(await laneOf(id)).toMatchObject({ version: 3, parked_until: Number.POSITIVE_INFINITY, max_leased: 7 });
});

test("verifying sets verifiedAt and mends a broken sender; a failure says why and changes nothing; the connection is closed", async () => {
  const { id } = await makeFake();
  await api.db.query("update sender set status = 'broken', status_reason = 'wrong password' where id = $1", [id]);
  await api.db.query("update lane set parked_until = 'infinity' where id = $1", [id]);
  closed = 0;
  verdict = { ok: false, code: "bad_login", detail: "Wrong password." };
  const failed = await api.call("POST", `/v1/senders/${id}/verify`);
  expect(failed.body).toEqual({
    verified: false,
    code: "bad_login",
    detail: "Wrong password.",
    status: "broken",
    verifiedAt: null,
  });
  verdict = new Error("adapter bug");
  expect((await api.call("POST", `/v1/senders/${id}/verify`)).body).toMatchObject({
    verified: false,
    code: "verification_failed",
  });
  verdict = { ok: true, detail: "fine" };
  const verified = await api.call("POST", `/v1/senders/${id}/verify`);
  expect(verified.body).toMatchObject({
    verified: true,
    status: "active",
    detail: "fine",
    verifiedAt: expect.any(String),
  });
  expect(await laneOf(id)).toMatchObject({ parked_until: null });
  expect(closed).toBe(3);
});

test("a sender of an active or paused campaign can't be deleted", async () => {
  const { id } = await makeFake();
  const campaignId = await makeCampaign(api.db, api.workspaceId, { senderIds: [id], leadIds: [], steps: [] });
  for (const status of ["active", "paused"]) {
    await api.db.query("update campaign set status = $2 where id = $1", [campaignId, status]);
    expect((await api.call("DELETE", `/v1/senders/${id}`)).body).toMatchObject({ statusCode: 409, code: "conflict" });
  }
  await api.db.query("update campaign set status = 'finished' where id = $1", [campaignId]);
  expect((await api.call("DELETE", `/v1/senders/${id}`)).status).toBe(204);
});

test("deleting a sender cancels what waits and keeps what is being sent from vanishing", async () => {
  const { id } = await makeFake();
  const messageId = newId("message");
  await api.db.query(
    `insert into message (workspace_id, id, lead_id, conversation_id, channel, source, sender_id, to_address, text, status)
     values ($1, $2, 'lead', 'conv', 'sms', 'api', $3, '+1', 'Hi', 'sending')`,
    [api.workspaceId, messageId, id],
  );
  await api.db.query("insert into outbox (workspace_id, lane_id, ref, due_at) values ($1, $2, $3, now())", [
    api.workspaceId,
    id,
    messageId,
  ]);
  expect((await api.call("DELETE", `/v1/senders/${id}`)).body.code).toBe("conflict");
  await api.db.query("update message set status = 'queued' where id = $1", [messageId]);
  expect((await api.call("DELETE", `/v1/senders/${id}`)).status).toBe(204);
  const { rows } = await api.db.query("select status, status_code from message where id = $1", [messageId]);
  expect(rows).toEqual([{ status: "cancelled", status_code: "sender_deleted" }]);
  expect(await laneOf(id)).toBeUndefined();
  expect((await api.call("GET", `/v1/senders/${id}`)).status).toBe(404);
});

test("a sandbox sender's messages can be listed, newest first", async () => {
  const { body: sender } = await api.call("POST", "/v1/senders", {
    body: { name: "Box", channel: "email", provider: "sandbox" },
  });
  let statements = 0;
  const query = (config: { text: string }) => {
    statements++;
    return api.db.query(config);
  };
  const store = sandboxStore({ query } as unknown as Queryable);
  const ids = [newId("message", 1), newId("message", 2)];
  const message = (messageId: string, text = "T") => ({
    ...{ workspaceId: api.workspaceId, messageId, channel: "email" as const },
    ...{ to: "a@b.example", subject: "S", text, html: null },
  });
  for (const messageId of [ids[0]!, ids[0]!]) await store.store(message(messageId), sender.id);
  // Those that are sent together are stored together; what can't be stored fails alone.
  expect(statements).toBe(2);
  await Promise.all([ids[0]!, ids[1]!].map((messageId) => store.store(message(messageId), sender.id)));
  expect(statements).toBe(3);
  const bad = [message(ids[1]!), message(newId("message", 3), "\0")].map((one) => store.store(one, sender.id));
  expect((await Promise.allSettled(bad)).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  const first = await api.call("GET", `/v1/senders/${sender.id}/sandbox-messages?limit=1`);
  expect(first.body.data).toMatchObject([{ id: ids[1], to: "a@b.example", subject: "S", text: "T" }]);
  const second = await api.call(
    "GET",
    `/v1/senders/${sender.id}/sandbox-messages?limit=1&cursor=${first.body.nextCursor}`,
  );
  expect(second.body).toMatchObject({ data: [{ id: ids[0] }], nextCursor: null });
});

test("another workspace's sender doesn't exist", async () => {
  const { id } = await makeFake();
  const { rows } = await api.db.query<{ id: string }>(
    "insert into workspace (id, name) values ('ws_other', 'Other') returning id",
  );
  const key = await api.secretOf("admin", rows[0]!.id);
  for (const [method, path, body] of [
    ["GET", "", undefined],
    ["PATCH", "", { name: "x" }],
    ["DELETE", "", undefined],
    ["POST", "/verify", undefined],
    ["GET", "/sandbox-messages", undefined],
  ] as const) {
    expect((await api.call(method, `/v1/senders/${id}${path}`, { key, body })).body).toMatchObject({
      statusCode: 404,
      code: "not_found",
    });
  }
});
