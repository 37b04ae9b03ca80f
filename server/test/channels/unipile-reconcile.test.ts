import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MessageThread, OutboundMessage, Reconciliation, SenderConnection } from "../../src/channels/channel.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import type { Fault } from "../../src/loopback/faults.ts";
import { startUnipile, type UnipileLoopback, type UnipileMessage, unipileError } from "../../src/loopback/unipile.ts";
import { memberId } from "../../src/loopback/unipile-people.ts";
import { noDeadline, outboundMessage } from "./outbound-message.ts";

const apiKey = "key";
const accountId = "acc1";
const attemptedAt = new Date("2026-03-01T00:00:30.400Z");
const inChat: Partial<MessageThread> = { providerThreadId: "chat-anna" };
let server: UnipileLoopback;
let sender: SenderConnection;

beforeEach(async () => {
  server = await startUnipile({ apiKey, accountId });
  const config = unipile.config.parse({ dsn: server.url, accountId });
  const account = { senderId: "s", workspaceId: "w", channel: "linkedin" as const, name: "" };
  sender = unipile.open({ ...account, config, credentials: { apiKey } });
});
afterEach(async () => {
  await sender.close();
  await server.close();
});

function message(thread: Partial<MessageThread> = {}, overrides: Partial<OutboundMessage> = {}): OutboundMessage {
  const base = outboundMessage({ channel: "linkedin", to: "https://www.linkedin.com/in/anna", attemptedAt });
  return { ...base, ...overrides, thread: { ...base.thread, ...thread } };
}
const invitation = () => message({}, { action: "connect" });
const reconcile = (wanted: OutboundMessage): Promise<Reconciliation> => sender.reconcile(wanted, noDeadline());

/** A message that Unipile lists; by default the one that is looked for, a second after the attempt. */
function holds(overrides: Partial<UnipileMessage> = {}): void {
  const to = overrides.to ?? "anna";
  server.messages.push({
    kind: "message",
    id: `m${server.messages.length}`,
    chatId: `chat-${to}`,
    to,
    body: message().text,
    is_sender: 1,
    timestamp: "2026-03-01T00:00:31.000Z",
    ...overrides,
  });
}
const found = (...ids: string[]) => ({
  outcome: "found",
  candidates: ids.map((providerMessageId) => ({ providerMessageId, providerThreadId: "chat-anna" })),
});

describe.each([
  ["in its chat", inChat],
  ["among all messages, the chat being unknown", {}],
  ["among all messages, of a person that is known", { providerLeadId: memberId("anna") }],
])("a message is looked for %s", (_, thread) => {
  test("and found, the oldest first, on whichever page", async () => {
    holds({ timestamp: "2026-03-01T00:01:00.000Z" });
    holds({ timestamp: "2026-03-01T00:00:45.000Z" });
    for (let i = 0; i < 120; i++) holds({ body: `later ${i}` });
    expect(await reconcile(message(thread))).toEqual(found("m1", "m0"));
  });

  test("and found with the clocks 59 s apart and its text tidied up", async () => {
    holds({ timestamp: "2026-02-28T23:59:31.400Z", body: `${message().text} \n` });
    expect(await reconcile(message(thread))).toEqual(found("m0"));
  });

  test.each<[string, Partial<UnipileMessage>]>([
    ["another text", { body: "Hi Anna, are you free on Friday?" }],
    ["another person's", { to: "bert" }],
    ["the lead's own words", { is_sender: 0 }],
    ["the same text of an hour before", { timestamp: "2026-02-28T23:00:00.000Z" }],
  ])("and not taken for %s", async (_name, held) => {
    holds({ body: "An earlier message", timestamp: "2026-01-01T00:00:00.000Z" });
    holds(held);
    expect(await reconcile(message(thread))).toEqual(found());
  });
});

test("an older message is not taken for it, even if Unipile lists more than it was asked for", async () => {
  const item = {
    id: "m1",
    chat_id: "chat-anna",
    text: message().text,
    is_sender: 1,
    timestamp: "2026-02-28T23:00:00.000Z",
  };
  server.faults.when(() => true, { kind: "answer", status: 200, body: { items: [item], cursor: null } });
  expect(await reconcile(message(inChat))).toEqual(found());
});

test("an invitation is found by its profile or its person, whenever it was sent", async () => {
  const invited = { id: "i0", slug: "anna", note: null, at: "2026-01-01T00:00:00.000Z", accepted: false };
  server.people.invitations.push({ ...invited, id: "i1", slug: "bert" }, invited);
  const expected = { outcome: "found", candidates: [{ providerMessageId: "i0" }] };
  expect(await reconcile(invitation())).toEqual(expected);
  const renamed = message(
    { providerLeadId: memberId("anna") },
    { action: "connect", to: "https://www.linkedin.com/in/x" },
  );
  expect(await reconcile(renamed)).toEqual(expected);
});

test("no invitation is found where there is none, or none any more", async () => {
  server.people.invitations.push({ id: "i1", slug: "bert", note: null, at: "", accepted: false });
  server.people.invitations.push({ id: "i0", slug: "anna", note: null, at: "", accepted: true });
  expect(await reconcile(invitation())).toEqual({ outcome: "found", candidates: [] });
});

describe("a look-up that failed proves nothing", () => {
  const answer = (body: unknown): Fault => ({ kind: "answer", status: 200, body });
  const faults: [string, Fault][] = [
    ["429", unipileError(429, "too_many_requests", "x")],
    ["500", unipileError(500, "unexpected_error", "x")],
    ["a disconnected account", unipileError(401, "disconnected_account", "x")],
    ["a reset connection", { kind: "reset", when: "before" }],
    ["an answer that breaks off", { kind: "cut" }],
    ["HTML", answer("<html>")],
    ["JSON without items", answer({ cursor: null })],
    ["an item that isn't one", answer({ items: [null], cursor: null })],
    ["an item without an ID", answer({ items: [{}], cursor: null })],
  ];
  test.each(faults)("%s", async (_, fault) => {
    holds();
    for (const wanted of [message(inChat), message(), invitation()]) {
      server.faults.when(() => true, fault);
      expect(await reconcile(wanted)).toMatchObject({ outcome: "unknown", detail: expect.any(String) });
    }
  });

  test.each([
    ["the person", "/api/v1/users/anna"],
    ["whose chat it is", "/api/v1/chats/chat-anna"],
    ["the second page", "/api/v1/messages"],
  ])("a failure to find out %s", async (what, path) => {
    holds();
    for (let i = 0; i < 120; i++) holds({ body: "other" });
    const secondPage = what === "the second page";
    const matches = (request: { path: string; query: URLSearchParams }) =>
      request.path === path && (!secondPage || request.query.has("cursor"));
    server.faults.when(matches, { kind: "reset", when: "before" });
    expect(await reconcile(message())).toMatchObject({ outcome: "unknown" });
    expect(server.faults.pending).toBe(false);
  });

  test("pages without end", async () => {
    server.faults.when(() => true, answer({ items: [], cursor: "again" }), Number.POSITIVE_INFINITY);
    expect(await reconcile(message())).toMatchObject({ outcome: "unknown", detail: expect.stringContaining("2000") });
  });
});
