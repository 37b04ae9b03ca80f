import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startUnipile, type UnipileLoopback } from "../../src/loopback/unipile.ts";
import { memberId, type Relation } from "../../src/loopback/unipile-people.ts";

const accountId = "acc1";
const apiKey = "key";
const relations: Record<string, Relation> = { stranger: "second", friend: "first", nobody: "unknown" };
let server: UnipileLoopback;

beforeEach(async () => {
  server = await startUnipile({ apiKey, accountId, relationOf: (slug) => relations[slug] ?? "open" });
});
afterEach(() => server.close());

const call = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}/api/v1${path}`, { ...init, headers: { "x-api-key": apiKey, ...init.headers } });

function form(path: string, fields: Record<string, string>): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return call(path, { method: "POST", body });
}
const post = (path: string, body: unknown) =>
  call(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
const chat = (slug: string, text = "Hi") =>
  form("/chats", { account_id: accountId, attendees_ids: memberId(slug), text });
const invite = (slug: string, message?: string) =>
  post("/users/invite", { account_id: accountId, provider_id: memberId(slug), ...(message && { message }) });

describe("the fake Unipile refuses what Unipile refuses, and keeps nothing of it", () => {
  test.each<[string, () => Promise<Response>, number, string]>([
    ["a missing key", () => call("/accounts/acc1", { headers: { "x-api-key": "" } }), 401, "missing_credentials"],
    ["another account", () => call("/accounts/other"), 404, "resource_not_found"],
    ["a profile that does not exist", () => call("/users/nobody?account_id=acc1"), 404, "resource_not_found"],
    ["a profile without account", () => call("/users/anna"), 404, "resource_not_found"],
    ["a chat as JSON", () => post("/chats", { text: "x" }), 415, "unsupported_media_type"],
    ["an invitation as a form", () => form("/users/invite", { account_id: accountId }), 415, "unsupported_media_type"],
    ["a chat for another account", () => form("/chats", { account_id: "x", text: "x" }), 404, "resource_not_found"],
    ["a chat with a field it doesn't know", () => form("/chats", { txt: "x" }), 400, "invalid_parameters"],
    [
      "a slug as attendee",
      () => form("/chats", { account_id: accountId, attendees_ids: "anna", text: "x" }),
      422,
      "invalid_recipient",
    ],
    ["an empty message", () => chat("anna", ""), 400, "invalid_parameters"],
    ["8,001 characters", () => chat("anna", "x".repeat(8001)), 400, "too_many_characters"],
    ["a message to a stranger", () => chat("stranger"), 422, "no_connection_with_recipient"],
    ["a message in no chat", () => form("/chats/none/messages", { text: "x" }), 404, "resource_not_found"],
    ["an invitation to a connection", () => invite("friend"), 422, "already_connected"],
    ["an invitation to nobody", () => invite("nobody"), 422, "invalid_recipient"],
    ["a note of 301 characters", () => invite("anna", "x".repeat(301)), 400, "too_many_characters"],
    [
      "a list from a day without time",
      () => call("/messages?account_id=acc1&after=2026-01-01"),
      400,
      "invalid_parameters",
    ],
    [
      "a webhook for nothing",
      () => post("/webhooks", { source: "x", request_url: "http://a/" }),
      400,
      "invalid_parameters",
    ],
  ])("%s", async (_, act, status, type) => {
    const answer = await act();
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ status, type: `errors/${type}` });
    expect(server.messages).toEqual([]);
  });
});

test("a person has one chat, and its messages are listed newest first, in pages", async () => {
  const first = (await (await chat("anna", "1")).json()) as { chat_id: string; message_id: string };
  const second = (await (await chat("anna", "2")).json()) as { chat_id: string };
  expect(second.chat_id).toBe(first.chat_id);
  const third = await form(`/chats/${first.chat_id}/messages`, { text: "3\r\n--x" });
  expect(third.status).toBe(201);
  await chat("bert", "other");
  const texts: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const answer = await call(`/chats/${first.chat_id}/messages?limit=2${more}`);
    const list = (await answer.json()) as { items: { text: string }[]; cursor: string | null };
    texts.push(...list.items.map((item) => item.text));
    cursor = list.cursor;
  }
  expect(texts).toEqual(["3\r\n--x", "2", "1"]);
  expect(await (await call(`/chats/${first.chat_id}`)).json()).toMatchObject({
    attendee_provider_id: memberId("anna"),
  });
  const all = (await (await call("/messages?account_id=acc1&after=2020-01-01T00:00:00.000Z")).json()) as {
    items: unknown[];
  };
  expect(all.items).toHaveLength(4);
});

test("an invitation is pending until it is accepted, and then the person is a connection that takes messages", async () => {
  const sent = (await (await invite("stranger", "Hello")).json()) as { invitation_id: string };
  expect((await invite("stranger")).status).toBe(422);
  const pending = (await (await call("/users/invite/sent?account_id=acc1")).json()) as { items: unknown[] };
  expect(pending.items).toMatchObject([
    { id: sent.invitation_id, invited_user_public_id: "stranger", invitation_text: "Hello" },
  ]);
  server.people.accept("stranger");
  const relationList = (await (await call("/users/relations?account_id=acc1")).json()) as { items: unknown[] };
  expect(relationList.items).toMatchObject([{ public_identifier: "stranger", member_id: memberId("stranger") }]);
  expect(await (await call(`/users/${memberId("stranger")}?account_id=acc1`)).json()).toMatchObject({
    provider_id: memberId("stranger"),
    network_distance: "FIRST_DEGREE",
  });
  expect((await chat("stranger")).status).toBe(201);
  expect(server.messages.map((message) => message.kind)).toEqual(["invitation", "message"]);
});

test("webhooks are registered with their headers", async () => {
  const headers = [{ key: "X-Herald", value: "secret" }];
  const webhook = { source: "messaging", request_url: "http://127.0.0.1/hook", headers };
  expect((await post("/webhooks", webhook)).status).toBe(201);
  expect(server.webhooks).toMatchObject([webhook]);
});
