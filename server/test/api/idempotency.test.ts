import { hash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { endpoint } from "../../src/api/endpoint.ts";
import { deleteOldKeys } from "../../src/db/idempotency.ts";
import { HeraldError } from "../../src/domain/error.ts";
import { makeLead, makeSender } from "../factories.ts";
import { type Api, setup } from "./setup.ts";

let api: Api;
/** What the endpoint under test does, beside counting itself. */
let work: () => Promise<void> = async () => {};
let executed = 0;
let wakes = 0;

const make = endpoint({
  method: "POST",
  path: "/test/things",
  right: "messages.send",
  tags: ["Test"],
  summary: "Make a thing",
  body: z.strictObject({ name: z.string() }),
  responses: { 201: z.object({ id: z.number(), secret: z.string() }) },
  async execute({ tx, workspaceId, body, afterCommit }) {
    executed += 1;
    await tx.query("insert into lead (workspace_id, id, first_name) values ($1, $2, $3)", [
      workspaceId,
      `lead_${executed}`,
      body.name,
    ]);
    afterCommit(() => {
      wakes += 1;
    });
    await work();
    return { status: 201, body: { id: executed, secret: "shown once" } };
  },
});

beforeAll(async () => {
  api = await setup({ extraEndpoints: [make] });
});
afterAll(() => api.close());
beforeEach(async () => {
  work = async () => {};
  executed = 0;
  wakes = 0;
  await api.db.query("delete from lead");
  await api.db.query("delete from idempotency_key");
});

const post = (key: string | null, body: unknown = { name: "a" }) =>
  api.call("POST", "/test/things", { body, headers: key === null ? {} : { "idempotency-key": key } });
const leads = async () => (await api.db.query("select * from lead")).rowCount;

test("the same request under the same key is done once and gets the first answer again", async () => {
  const first = await post("k1");
  const second = await post("k1");
  expect(first).toMatchObject({ status: 201, body: { id: 1 } });
  expect(first.headers["idempotent-replayed"]).toBeUndefined();
  expect(second).toMatchObject({ status: 201, body: first.body });
  expect(second.headers["idempotent-replayed"]).toBe("true");
  expect([executed, wakes, await leads()]).toEqual([1, 1, 1]);
});

test("of twenty requests at once under one key, one is executed and all get its answer", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => post("k2")));
  expect(new Set(answers.map((answer) => JSON.stringify([answer.status, answer.body])))).toEqual(
    new Set([JSON.stringify([201, { id: 1, secret: "shown once" }])]),
  );
  expect([executed, await leads()]).toEqual([1, 1]);
});

test("another body or another path under the same key is a conflict", async () => {
  await post("k3");
  expect((await post("k3", { name: "b" })).body).toMatchObject({ statusCode: 409, code: "idempotency_conflict" });
  const elsewhere = await api.call("POST", "/v1/suppressions", {
    body: { address: "a@b.example" },
    headers: { "idempotency-key": "k3" },
  });
  expect(elsewhere.body).toMatchObject({ statusCode: 409, code: "idempotency_conflict" });
  expect(await leads()).toBe(1);
});

test("a body that says the same in another order and with other white space is the same request", async () => {
  const leadId = await makeLead(api.db, api.workspaceId);
  await makeSender(api.db, api.workspaceId, "linkedin");
  const send = (key: string, body: string) =>
    api.call("POST", "/v1/messages", { body, headers: { "idempotency-key": key } });
  for (const [how, written] of Object.entries({
    desk: (body: string) => send("k8", body),
    transaction: (body: string) => post("k9", body),
  })) {
    const [first, same, other] =
      how === "desk"
        ? [
            `{"leadId":"${leadId}","channel":"linkedin","text":"a"}`,
            `{ "text": "\\u0061",\n"channel": "linkedin", "leadId": "${leadId}" }`,
            `{"leadId":"${leadId}","channel":"linkedin","text":"A"}`,
          ]
        : ['{"name":"a"}', '{ "name" :\t"\\u0061" }', '{"name":"A"}'];
    const answer = await written(first);
    const again = await written(same);
    expect([again.status, again.body], how).toEqual([answer.status, answer.body]);
    expect(again.headers["idempotent-replayed"], how).toBe("true");
    expect((await written(other)).body, how).toMatchObject({ code: "idempotency_conflict" });
    // As a version kept it that looked at the body's bytes.
    const path = how === "desk" ? "/v1/messages" : "/test/things";
    await api.db.query("update idempotency_key set request_hash = $1", [
      hash("sha256", `POST\n${path}\n${first}`, "buffer"),
    ]);
    expect((await written(first)).headers["idempotent-replayed"], how).toBe("true");
    expect((await written(other)).body, how).toMatchObject({ code: "idempotency_conflict" });
    await api.db.query("delete from idempotency_key");
  }
});

test("a failed request stores nothing: neither its work nor its key", async () => {
  work = () => Promise.reject(new HeraldError("conflict", "Not now."));
  expect((await post("k4")).status).toBe(409);
  expect([await leads(), wakes]).toEqual([0, 0]);
  work = async () => {};
  const again = await post("k4");
  expect(again.status).toBe(201);
  expect(again.headers["idempotent-replayed"]).toBeUndefined();
});

test("an answer that its schema refuses stores nothing either", async () => {
  work = async () => {
    executed = "x" as unknown as number;
  };
  expect((await post("k5")).status).toBe(500);
  expect(await leads()).toBe(0);
  expect((await api.db.query("select * from idempotency_key")).rowCount).toBe(0);
});

test("without a key each request is executed, in a transaction all the same", async () => {
  await post(null);
  await post(null);
  expect(await leads()).toBe(2);
  work = () => Promise.reject(new Error("late"));
  expect((await post(null)).status).toBe(500);
  expect(await leads()).toBe(2);
});

test("the stored answer is sealed, since it can hold a secret", async () => {
  await post("k6");
  const { rows } = await api.db.query<{ response: Buffer }>("select response from idempotency_key");
  expect(rows[0]!.response.includes("shown once")).toBe(false);
});

test("keys of two workspaces don't meet", async () => {
  await api.db.query("insert into workspace (id, name) values ('ws_two', 'Two') on conflict do nothing");
  const key = await api.secretOf("admin", "ws_two");
  await post("k7");
  const other = await api.call("POST", "/test/things", {
    key,
    body: { name: "a" },
    headers: { "idempotency-key": "k7" },
  });
  expect(other.headers["idempotent-replayed"]).toBeUndefined();
  expect(executed).toBe(2);
});

test("a key has 1 to 255 printable characters", async () => {
  for (const key of ["", "x".repeat(256), "ä"]) {
    expect((await post(key)).body.details).toEqual([
      { field: "Idempotency-Key", reason: expect.stringMatching(/1 to 255/) },
    ]);
  }
  expect((await post("x".repeat(255))).status).toBe(201);
});

test("keys are forgotten after 48 hours, and not before", async () => {
  await post("old");
  await post("young");
  await api.db.query("update idempotency_key set created_at = now() - interval '48 hours 1 second' where key = 'old'");
  await api.db.query("update idempotency_key set created_at = now() - interval '47 hours' where key = 'young'");
  expect(await deleteOldKeys(api.db, 1)).toBe(1);
  expect((await api.db.query<{ key: string }>("select key from idempotency_key")).rows).toEqual([{ key: "young" }]);
});
