import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MessageThread, OutboundMessage, SenderConnection, SendResult } from "../../src/channels/channel.ts";
import type { UnipileApi } from "../../src/channels/linkedin/unipile/api.ts";
import { pollOf } from "../../src/channels/linkedin/unipile/poll.ts";
import { unipile } from "../../src/channels/linkedin/unipile.ts";
import { type Fault, type FaultRequest, Gate } from "../../src/loopback/faults.ts";
import { startUnipile, type UnipileLoopback, unipileError } from "../../src/loopback/unipile.ts";
import { memberId, type Relation } from "../../src/loopback/unipile-people.ts";
import { noDeadline, outboundMessage } from "./outbound-message.ts";

const apiKey = "key==";
const accountId = "acc-1";
const relations: Record<string, Relation> = { stranger: "second", friend: "first", nobody: "unknown" };
let server: UnipileLoopback;
let sender: SenderConnection;

function open(config: object = {}, key = apiKey): SenderConnection {
  const parsed = unipile.config.parse({ dsn: server.url, accountId, ...config });
  const credentials = { apiKey: key };
  return unipile.open({ senderId: "s", workspaceId: "w", channel: "linkedin", name: "", config: parsed, credentials });
}

beforeEach(async () => {
  server = await startUnipile({ apiKey, accountId, relationOf: (slug) => relations[slug] ?? "open" });
  sender = open();
});
afterEach(async () => {
  await sender.close();
  await server.close();
});

const thread = (overrides: Partial<MessageThread>): MessageThread => ({ ...outboundMessage().thread, ...overrides });
const profile = (slug: string) => `https://www.linkedin.com/in/${slug}`;

function linkedin(slug: string, overrides: Partial<OutboundMessage> = {}): OutboundMessage {
  return outboundMessage({ channel: "linkedin", to: profile(slug), ...overrides });
}
const send = (message: OutboundMessage, signal = noDeadline()): Promise<SendResult> => sender.send(message, signal);
const connect = (slug: string, text = "Let us connect") => linkedin(slug, { action: "connect", text });

test("the first message resolves the profile and starts a chat, the next goes to that chat", async () => {
  const first = await send(linkedin("anna", { text: "1: ü 🚀\r\n--boundary" }));
  const chatId = server.messages[0]!.chatId;
  expect(first).toEqual({
    outcome: "sent",
    providerMessageId: server.messages[0]!.id,
    providerThreadId: chatId,
    providerLeadId: memberId("anna"),
  });
  const second = await send(linkedin("anna", { text: "2", thread: thread({ providerThreadId: chatId }) }));
  expect(second).toMatchObject({
    outcome: "sent",
    providerMessageId: server.messages[1]!.id,
    providerThreadId: chatId,
  });
  expect(server.messages).toMatchObject([
    { to: "anna", body: "1: ü 🚀\r\n--boundary", chatId },
    { to: "anna", body: "2", chatId },
  ]);
});

test("a person whose ID is known is not looked up again", async () => {
  server.faults.when(({ method }) => method === "GET", { kind: "reset", when: "before" }, Number.POSITIVE_INFINITY);
  const known = thread({ providerLeadId: memberId("anna") });
  expect(await send(linkedin("x", { thread: known }))).toMatchObject({ outcome: "sent" });
  expect(await send({ ...connect("x"), thread: known })).toMatchObject({ outcome: "sent" });
  expect(server.messages).toMatchObject([{ to: "anna" }, { kind: "invitation", to: "anna" }]);
});

test.each([
  "https://linkedin.com/in/anna/",
  "https://de.linkedin.com/in/anna?trk=x#y",
  "https://www.linkedin.com/in/anna",
])("%s is anna's profile", async (to) => {
  expect((await send(linkedin("", { to }))).outcome).toBe("sent");
  expect(server.messages).toMatchObject([{ to: "anna" }]);
});

test("a slug that isn't ASCII is resolved, encoded or not", async () => {
  for (const slug of ["jürgen", "j%C3%BCrgen"]) expect((await send(linkedin(slug))).outcome).toBe("sent");
  expect(server.messages).toMatchObject([{ to: "jürgen" }, { to: "jürgen" }]);
});

describe("an invitation", () => {
  test("goes out with its note, or without one", async () => {
    expect(await send(connect("anna", "Hello"))).toEqual({
      outcome: "sent",
      providerMessageId: server.messages[0]!.id,
      providerLeadId: memberId("anna"),
    });
    expect((await send(connect("bert", ""))).outcome).toBe("sent");
    expect(server.people.invitations).toMatchObject([
      { slug: "anna", note: "Hello" },
      { slug: "bert", note: null },
    ]);
  });

  test.each([
    ["a connection", "friend", "already_connected"],
    ["somebody invited before", "anna", "already_invited"],
  ])("to %s is done already, and not sent again", async (_, slug, note) => {
    if (slug === "anna") await send(connect("anna"));
    const before = server.messages.length;
    const done = { outcome: "sent", providerMessageId: null, providerLeadId: memberId(slug), note };
    server.faults.next(unipileError(500, "unexpected_error", "The profile says it: nothing is to be asked."));
    expect(await send(connect(slug))).toEqual(done);
    server.faults.clear();
    // Also where only the answer to the invitation tells, the profile not being asked for.
    const known = thread({ providerLeadId: memberId(slug) });
    expect(await send({ ...connect(slug), thread: known })).toEqual(done);
    expect(server.messages).toHaveLength(before);
  });

  test("with a note of 301 characters is failed", async () => {
    expect(await send(connect("anna", "x".repeat(301)))).toMatchObject({
      outcome: "failed",
      code: "too_many_characters",
    });
    expect(server.messages).toEqual([]);
  });
});

describe("what the fake Unipile refuses by itself is surely not sent", () => {
  test.each<[string, OutboundMessage, object]>([
    ["a stranger", linkedin("stranger"), { outcome: "failed", code: "no_connection" }],
    ["a profile that is gone", linkedin("nobody"), { outcome: "failed", code: "recipient_not_found" }],
    ["an invitation to nobody", connect("nobody"), { outcome: "failed", code: "recipient_not_found" }],
    [
      "a text too long",
      linkedin("anna", { text: "x".repeat(8001) }),
      { outcome: "failed", code: "too_many_characters" },
    ],
    [
      "an unknown member ID",
      linkedin("x", { thread: thread({ providerLeadId: "ACoAA!" }) }),
      { outcome: "failed", code: "invalid_recipient" },
    ],
    [
      "a chat that is gone",
      linkedin("x", { thread: thread({ providerThreadId: "a/b" }) }),
      { outcome: "failed", code: "resource_not_found" },
    ],
    [
      "a company's page",
      linkedin("", { to: "https://www.linkedin.com/company/x" }),
      { outcome: "failed", code: "invalid_linkedin_url" },
    ],
    [
      "another site",
      linkedin("", { to: "https://notlinkedin.com/in/anna" }),
      { outcome: "failed", code: "invalid_linkedin_url" },
    ],
    ["no URL", linkedin("", { to: "anna" }), { outcome: "failed", code: "invalid_linkedin_url" }],
    ["a broken escape", linkedin("%E0%A4%A"), { outcome: "failed", code: "invalid_linkedin_url" }],
  ])("%s", async (_, message, expected) => {
    const result = await send(message);
    expect(result).toMatchObject(expected);
    expect(result).not.toHaveProperty("suppress");
    expect(server.messages).toEqual([]);
  });

  test("a wrong API key breaks the sender", async () => {
    await sender.close();
    sender = open({}, "wrong");
    expect(await send(linkedin("anna"))).toMatchObject({ outcome: "sender_broken", code: "missing_credentials" });
  });

  test.each([
    ["resolving", thread({})],
    ["starting a chat", thread({ providerLeadId: memberId("anna") })],
  ])("a wrong account breaks the sender, not the lead, whether it shows at %s", async (_, known) => {
    await sender.close();
    sender = open({ accountId: "other" });
    const broken = { outcome: "sender_broken", code: "account_not_found" };
    expect(await send(linkedin("anna", { thread: known }))).toMatchObject(broken);
    expect(await send({ ...connect("anna"), thread: known })).toMatchObject(broken);
    expect(server.messages).toEqual([]);
  });
});

const hour = 3_600_000;
const throttled = (code: string, retryAfterMs = hour) => ({ outcome: "retry", code, throttled: true, retryAfterMs });
const broken = (code: string) => ({ outcome: "sender_broken", code });
const failed = (code: string) => ({ outcome: "failed", code });
const html = (status: number): Fault => ({ kind: "answer", status, body: "<html>no</html>" });
const paths: Record<string, (request: FaultRequest) => boolean> = {
  "resolving the profile": ({ path }) => path.startsWith("/api/v1/users/anna"),
  "starting the chat": ({ path }) => path === "/api/v1/chats",
  "sending the invitation": ({ path }) => path === "/api/v1/users/invite",
};

describe.each(Object.keys(paths))("each refusal has its meaning at %s, and none of them sends", (at) => {
  const message = at === "sending the invitation" ? connect("anna") : linkedin("anna");
  test.each<[string, Fault, object]>([
    ["cannot_resend_yet", unipileError(422, "cannot_resend_yet", "x"), throttled("cannot_resend_yet")],
    [
      "cannot_resend_yet with a time",
      unipileError(422, "cannot_resend_yet", "x", { "retry-after": "60" }),
      throttled("cannot_resend_yet", 60_000),
    ],
    ["limit_exceeded", unipileError(422, "limit_exceeded", "x"), throttled("limit_exceeded")],
    [
      "connection_limit_reached",
      unipileError(422, "connection_limit_reached", "x"),
      throttled("connection_limit_reached"),
    ],
    [
      "too_many_requests",
      unipileError(429, "too_many_requests", "x", { "retry-after": "5" }),
      throttled("too_many_requests", 5_000),
    ],
    ["429 from a proxy", html(429), throttled("throttled")],
    ["disconnected_account", unipileError(401, "disconnected_account", "x"), broken("disconnected_account")],
    ["expired_credentials", unipileError(401, "expired_credentials", "x"), broken("expired_credentials")],
    ["checkpoint_error", unipileError(401, "checkpoint_error", "x"), broken("checkpoint_error")],
    ["account_restricted", unipileError(403, "account_restricted", "x"), broken("account_restricted")],
    ["a new kind of 403", unipileError(403, "new_kind", "x"), broken("new_kind")],
    ["a login page", html(401), broken("auth_failed")],
    ["a redirect", html(301), broken("not_unipile")],
    ["a 404 that isn't Unipile's", html(404), broken("not_unipile")],
    ["blocked_recipient", unipileError(422, "blocked_recipient", "x"), failed("blocked_recipient")],
    ["user_unreachable", unipileError(422, "user_unreachable", "x"), failed("user_unreachable")],
    [
      "resource_access_restricted",
      unipileError(403, "resource_access_restricted", "x"),
      failed("resource_access_restricted"),
    ],
    [
      "an unknown type",
      unipileError(422, "new_rule", "Why"),
      { ...failed("new_rule"), detail: "Unipile 422 new_rule: new rule: Why" },
    ],
    ["a 400 without a type", html(400), failed("http_400")],
  ])("%s", async (_, fault, expected) => {
    server.faults.when(paths[at]!, fault);
    const result = await send(message);
    expect(result).toEqual({ detail: expect.any(String), ...expected });
    expect([server.messages, server.faults.pending]).toEqual([[], false]);
  });
});

test("'already connected' to a message is a refusal, not a success", async () => {
  server.faults.next(unipileError(422, "already_connected", "x"));
  expect(await send(linkedin("anna"))).toMatchObject({ outcome: "failed", code: "already_connected" });
});

describe("a failure of the look-up of the profile is surely not sent", () => {
  test.each<[string, Fault, string]>([
    ["500", unipileError(500, "unexpected_error", "x"), "unexpected_error"],
    ["504 from a proxy", html(504), "http_504"],
    ["a reset", { kind: "reset", when: "before" }, "connection_lost"],
    ["HTML", html(200), "unreadable_answer"],
    ["a profile without an ID", { kind: "answer", status: 200, body: {} }, "unreadable_answer"],
    ["an answer that breaks off", { kind: "cut" }, "unreadable_answer"],
  ])("%s", async (_, fault, code) => {
    server.faults.when(({ path }) => path.startsWith("/api/v1/users/"), fault);
    expect(await send(linkedin("anna"))).toMatchObject({ outcome: "retry", code });
    expect(server.messages).toEqual([]);
  });

  test("a deadline while it is waited for", async () => {
    const gate = new Gate();
    server.faults.when(() => true, { kind: "hold", when: "before", gate });
    const deadline = new AbortController();
    const sending = send(linkedin("anna"), deadline.signal);
    await gate.reached;
    deadline.abort(new Error("deadline"));
    expect(await sending).toEqual({ outcome: "retry", code: "timeout", detail: "deadline" });
    gate.open();
    expect(server.messages).toEqual([]);
  });
});

describe.each(["message", "message in a chat", "connect"])("what LinkedIn may have taken is uncertain: %s", (kind) => {
  const taken = (status: number, body: unknown): Fault => ({ kind: "answer", status, body, processed: true });
  test.each<[string, Fault, string, number]>([
    ["reset before it was processed", { kind: "reset", when: "before" }, "connection_lost", 0],
    ["reset after it was processed", { kind: "reset", when: "after" }, "connection_lost", 1],
    ["500, taken", taken(500, { type: "errors/unexpected_error" }), "unexpected_error", 1],
    ["503, not taken", unipileError(503, "no_client_session", "x"), "no_client_session", 0],
    ["504 from a proxy, taken", taken(504, "<html>"), "http_504", 1],
    ["408, not taken", html(408), "http_408", 0],
    ["201 with HTML", taken(201, "<html>"), "unreadable_answer", 1],
    ["201 with another object", taken(201, { object: "Welcome" }), "unreadable_answer", 1],
    ["an answer that breaks off", { kind: "cut" }, "unreadable_answer", 1],
  ])("%s", async (_, fault, code, held) => {
    let message = kind === "connect" ? connect("anna") : linkedin("anna", { text: "Second" });
    if (kind === "message in a chat") {
      const first = (await send(linkedin("anna", { text: "First" }))) as { providerThreadId: string };
      message = { ...message, thread: thread({ providerThreadId: first.providerThreadId }) };
    }
    const before = server.messages.length;
    server.faults.next(fault);
    expect(await send(message)).toMatchObject({ outcome: "uncertain", code });
    const kept = server.messages.slice(before);
    expect(kept).toHaveLength(held);
    const candidates = kept.map(({ id, chatId }) => ({
      providerMessageId: id,
      ...(chatId !== null && { providerThreadId: chatId }),
    }));
    expect(await sender.reconcile(message, noDeadline())).toEqual({ outcome: "found", candidates });
  });
});

test("a message that was taken without an ID is sent", async () => {
  server.faults.next({ kind: "answer", status: 201, body: { object: "ChatStarted", chat_id: null, message_id: null } });
  expect(await send(linkedin("anna"))).toEqual({
    outcome: "sent",
    providerMessageId: null,
    providerThreadId: null,
    providerLeadId: memberId("anna"),
  });
});

test("items of a list that name no time, or one that there can't be, are passed over, and the others are read", async () => {
  const listed = [1e300, "soon", null, 1_767_605_400_000].map((at, n) => ({
    ...{ id: `m${n}`, chat_id: "c", timestamp: at === 1_767_605_400_000 ? "2026-01-05T09:30:00.000Z" : at },
    ...{ member_id: `p${n}`, created_at: at },
  }));
  const answer = { stage: "answered", status: 200, retryAfter: null, complete: true } as const;
  const api = { accountId, get: async () => ({ ...answer, body: JSON.stringify({ items: listed, cursor: null }) }) };
  const poll = pollOf(api as unknown as UnipileApi);
  const at = new Date("2026-01-05T09:30:00Z");
  expect(await poll.relations(null, noDeadline())).toMatchObject({ ok: true, items: [{ id: "p3", at }], next: null });
  expect(await poll.messages(at, null, noDeadline())).toMatchObject({ ok: true, items: [{ id: "m3", at }] });
});
