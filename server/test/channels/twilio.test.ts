import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutboundMessage, SenderConnection, SendResult } from "../../src/channels/channel.ts";
import { type TwilioConfig, twilio } from "../../src/channels/sms/twilio.ts";
import { type Fault, Gate } from "../../src/loopback/faults.ts";
import { startTwilio, type TwilioLoopback, twilioError } from "../../src/loopback/twilio.ts";
import { noDeadline, outboundMessage } from "./outbound-message.ts";

const accountSid = `AC${"a".repeat(32)}`;
const authToken = "token";
const from = "+15559990000";
const service = `MG${"1".repeat(32)}`;
const apiKey = { sid: `SK${"2".repeat(32)}`, secret: "secret" };
const optedOut = "+15550002222";
let server: TwilioLoopback;
let sender: SenderConnection;

function open(config: Partial<TwilioConfig> = {}, credentials: unknown = { authToken }): SenderConnection {
  const settings = { accountSid, baseUrl: server.url, from, ...config };
  return twilio.open({
    senderId: "sender_1",
    workspaceId: "ws_1",
    channel: "sms",
    name: "Sales",
    config: twilio.config.parse(settings),
    credentials: twilio.credentials.parse(credentials),
  });
}

beforeEach(async () => {
  server = await startTwilio({ accountSid, authToken, apiKey, numbers: [from], optedOut: [optedOut] });
  sender = open();
});
afterEach(async () => {
  await sender.close();
  await server.close();
});

const send = (overrides: Partial<OutboundMessage> = {}, signal = noDeadline()): Promise<SendResult> =>
  sender.send(outboundMessage(overrides), signal);

test("a message arrives once, as it is, and its result carries Twilio's SID", async () => {
  const text = "100% + & = ü 🚀 \n\u2028 end";
  const result = await send({ text });
  expect(server.messages).toMatchObject([{ to: "+15550001111", from, body: text, messaging_service_sid: null }]);
  expect(result).toEqual({ outcome: "sent", providerMessageId: server.messages[0]!.sid });
});

test("a messaging service, an API key and a status callback are used where they are set", async () => {
  await sender.close();
  const keys = { apiKeySid: apiKey.sid, apiKeySecret: apiKey.secret };
  const url = "https://herald.example/callbacks/twilio?sender=1";
  sender = open({ from: undefined, messagingServiceSid: service, statusCallbackUrl: url }, keys);
  expect((await send()).outcome).toBe("sent");
  expect(server.messages).toMatchObject([{ from: null, messaging_service_sid: service, status_callback: url }]);
});

test("64 messages at once arrive once each", async () => {
  const sends = Array.from({ length: 64 }, (_, i) => send({ text: `message ${i}` }));
  const results = await Promise.all(sends);
  expect(results.every((result) => result.outcome === "sent")).toBe(true);
  expect(new Set(server.arrivals.counts().values())).toEqual(new Set([1]));
  expect(server.messages).toHaveLength(64);
});

test("a lone surrogate in a text doesn't throw: it goes out as U+FFFD", async () => {
  expect((await send({ text: "broken \ud83d" })).outcome).toBe("sent");
  expect(server.messages[0]!.body).toBe("broken \ufffd");
});

describe("what the fake Twilio refuses by itself is surely not sent", () => {
  test.each<[string, Partial<OutboundMessage>, Partial<SendResult>]>([
    ["a number that opted out", { to: optedOut }, { outcome: "failed", code: "opted_out", suppress: "opted_out" }],
    ["a number that is none", { to: "12" }, { outcome: "failed", code: "invalid_number", suppress: "invalid" }],
    ["a text of 1,601 characters", { text: "x".repeat(1601) }, { outcome: "failed", code: "text_too_long" }],
    ["an empty text", { text: "" }, { outcome: "failed", code: "text_missing" }],
    ["an invitation", { action: "connect" }, { outcome: "failed", code: "unsupported_action" }],
  ])("%s", async (_, message, expected) => {
    expect(await send(message)).toMatchObject(expected);
    expect(server.messages).toEqual([]);
  });

  test("a wrong token breaks the sender, not the message", async () => {
    await sender.close();
    sender = open({}, { authToken: "wrong" });
    expect(await send()).toMatchObject({
      outcome: "sender_broken",
      code: "auth_failed",
      detail: expect.stringMatching(/20003: Auth/),
    });
    expect(server.messages).toEqual([]);
  });

  test("a From that isn't the account's breaks the sender", async () => {
    await sender.close();
    sender = open({ from: "+15551112222" });
    expect(await send()).toMatchObject({ outcome: "sender_broken", code: "sender_number_invalid" });
  });

  test("a base URL that isn't Twilio breaks the sender", async () => {
    await sender.close();
    sender = open({ baseUrl: `${server.url}/elsewhere` });
    server.faults.next({ kind: "answer", status: 404, body: "<h1>Not Found</h1>" });
    expect(await send()).toMatchObject({ outcome: "sender_broken", code: "not_twilio" });
  });
});

const retry = (extra = {}) => ({ outcome: "retry", code: "throttled", throttled: true, ...extra });
const failed = (code: string, suppress?: string) => ({ outcome: "failed", code, ...(suppress && { suppress }) });
const broken = (code: string) => ({ outcome: "sender_broken", code });

describe("each refusal of Twilio's has its meaning, and none of them sends", () => {
  test.each<[string, Fault, object]>([
    ["20429 without a time", twilioError(429, 20429, "Too many"), retry()],
    ["20429 with seconds", twilioError(429, 20429, "x", { "retry-after": "7" }), retry({ retryAfterMs: 7_000 })],
    ["429 from a proxy", html(429, { "retry-after": "5" }), retry({ retryAfterMs: 5_000 })],
    ["a whole day", twilioError(429, 20429, "x", { "retry-after": "86400" }), retry({ retryAfterMs: 3_600_000 })],
    ["14107", twilioError(400, 14107, "Rate limit"), retry()],
    ["21611 queue of the number full", twilioError(400, 21611, "x"), retry()],
    ["21614 no mobile", twilioError(400, 21614, "x"), failed("invalid_number", "invalid")],
    ["21408 region", twilioError(403, 21408, "x"), failed("region_not_enabled")],
    ["30003", twilioError(400, 30003, "x"), failed("unreachable")],
    ["30007 filtered", twilioError(400, 30007, "x"), failed("filtered")],
    ["30034 unregistered", twilioError(400, 30034, "x"), broken("sender_not_registered")],
    ["20005 suspended", twilioError(403, 20005, "x"), broken("account_suspended")],
    ["20404", twilioError(404, 20404, "x"), broken("account_not_found")],
    ["an unknown 401", twilioError(401, 29999, "x"), broken("auth_failed")],
    ["an unknown 403", html(403), broken("auth_failed")],
    ["a redirect", html(302), broken("not_twilio")],
    [
      "an unknown code",
      twilioError(400, 29998, "New rule"),
      { ...failed("twilio_29998"), detail: "Twilio 29998: New rule" },
    ],
    ["a 400 without a code", html(400), failed("http_400")],
  ])("%s", async (_, fault, expected) => {
    server.faults.next(fault);
    const result = await send();
    expect(result).toMatchObject(expected);
    expect(result).toEqual({ detail: expect.any(String), ...expected, ...detailOf(result) });
    expect([server.messages, server.faults.pending]).toEqual([[], false]);
  });
});

function html(status: number, headers: Record<string, string> = {}): Fault {
  return { kind: "answer", status, headers, body: "<html>no</html>" };
}
/** The detail is checked by `toMatchObject`; for the exact comparison it is whatever it is. */
const detailOf = (result: SendResult): object => ("detail" in result ? { detail: result.detail } : {});

describe("whatever Twilio may have taken is uncertain, and the look-up tells what became of it", () => {
  const taken = (status: number, body: unknown): Fault => ({ kind: "answer", status, body, processed: true });
  test.each<[string, Fault, string, number]>([
    ["reset before it was processed", { kind: "reset", when: "before" }, "connection_lost", 0],
    ["reset after it was processed", { kind: "reset", when: "after" }, "connection_lost", 1],
    ["500, taken", taken(500, { code: 20500, message: "Internal", status: 500 }), "http_500", 1],
    ["503, not taken", html(503, { "retry-after": "3" }), "http_503", 0],
    ["503 that says 20429", twilioError(503, 20429, "x"), "http_503", 0],
    ["502 from a proxy, taken", taken(502, "<html>"), "http_502", 1],
    ["504 from a proxy, taken", taken(504, "<html>"), "http_504", 1],
    ["408, not taken", html(408), "http_408", 0],
    ["201 with HTML", taken(201, "<html>"), "unreadable_answer", 1],
    ["201 with half a JSON text", taken(201, '{"sid": "SM12'), "unreadable_answer", 1],
    ["201 without a SID", taken(201, { status: "queued" }), "unreadable_answer", 1],
    ["200 with an empty list, not taken", { kind: "answer", status: 200, body: [] }, "unreadable_answer", 0],
    ["an answer that breaks off", { kind: "cut" }, "unreadable_answer", 1],
  ])("%s", async (_, fault, code, held) => {
    server.faults.next(fault);
    const message = outboundMessage();
    expect(await sender.send(message, noDeadline())).toMatchObject({ outcome: "uncertain", code });
    expect(server.messages).toHaveLength(held);
    const candidates = server.messages.map(({ sid }) => ({ providerMessageId: sid }));
    expect(await sender.reconcile(message, noDeadline())).toEqual({ outcome: "found", candidates });
  });

  test("a deadline while Twilio works on it: uncertain, and found once Twilio is done", async () => {
    const gate = new Gate();
    server.faults.next({ kind: "hold", when: "after", gate });
    const deadline = new AbortController();
    const message = outboundMessage();
    const sending = sender.send(message, deadline.signal);
    await gate.reached;
    deadline.abort(new Error("deadline"));
    expect(await sending).toEqual({ outcome: "uncertain", code: "timeout", detail: "deadline" });
    gate.open();
    expect(await sender.reconcile(message, noDeadline())).toMatchObject({
      candidates: [{ providerMessageId: server.messages[0]!.sid }],
    });
  });
});

describe("what surely didn't leave is sent again", () => {
  test("a server that isn't there", async () => {
    await server.close();
    expect(await send()).toMatchObject({
      outcome: "retry",
      code: "connect_failed",
      detail: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  test("a deadline that had passed before the call", async () => {
    expect(await send({}, AbortSignal.abort(new Error("late")))).toMatchObject({ outcome: "retry", code: "timeout" });
    expect(server.messages).toEqual([]);
  });

  test("a refusal of which only the status could be read", async () => {
    const body = { code: 21610, message: "x".repeat(100_000) };
    server.faults.next({ kind: "answer", status: 400, body });
    expect(await send()).toMatchObject({ outcome: "retry", code: "unreadable_answer" });
  });
});

test("a message that Twilio created and failed at once is failed under its code", async () => {
  const resource = { sid: "SM1", status: "failed", error_code: 30007, error_message: "Filtered" };
  server.faults.next({ kind: "answer", status: 201, body: resource });
  expect(await send()).toEqual({ outcome: "failed", code: "filtered", detail: "Twilio 30007: Filtered" });
  server.faults.next({ kind: "answer", status: 201, body: { sid: "SM1", status: "undelivered", error_code: 39999 } });
  expect(await send()).toMatchObject({ outcome: "failed", code: "twilio_39999" });
});
