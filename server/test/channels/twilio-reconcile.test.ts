import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutboundMessage, Reconciliation, SenderConnection } from "../../src/channels/channel.ts";
import { twilio } from "../../src/channels/sms/twilio.ts";
import type { Fault } from "../../src/loopback/faults.ts";
import { startTwilio, type TwilioLoopback, twilioError } from "../../src/loopback/twilio.ts";
import type { TwilioMessage } from "../../src/loopback/twilio-message.ts";
import { noDeadline, outboundMessage } from "./outbound-message.ts";

const accountSid = `AC${"a".repeat(32)}`;
const from = "+15559990000";
const attemptedAt = new Date("2026-03-01T00:00:30.400Z");
const message = outboundMessage({ attemptedAt });
let server: TwilioLoopback;
let sender: SenderConnection;

function open(config: object): SenderConnection {
  const parsed = twilio.config.parse({ accountSid, baseUrl: server.url, ...config });
  const credentials = { authToken: "token" };
  return twilio.open({ senderId: "s", workspaceId: "w", channel: "sms", name: "", config: parsed, credentials });
}

beforeEach(async () => {
  server = await startTwilio({ accountSid, authToken: "token" });
  sender = open({ from });
});
afterEach(async () => {
  await sender.close();
  await server.close();
});

/** A message that Twilio holds; by default the one that is looked for, a second after the attempt. */
function holds(overrides: Partial<TwilioMessage> = {}): void {
  const date_created = overrides.date_created ?? "Sun, 01 Mar 2026 00:00:31 +0000";
  server.messages.push({
    sid: `SM${server.messages.length}`,
    account_sid: accountSid,
    to: message.to,
    from,
    messaging_service_sid: null,
    body: message.text,
    status: "sent",
    direction: "outbound-api",
    date_created,
    date_sent: date_created,
    error_code: null,
    error_message: null,
    status_callback: null,
    ...overrides,
  });
}
const reconcile = (overrides: Partial<OutboundMessage> = {}): Promise<Reconciliation> =>
  sender.reconcile({ ...message, ...overrides }, noDeadline());
const found = (...sids: string[]) => ({
  outcome: "found",
  candidates: sids.map((providerMessageId) => ({ providerMessageId })),
});

describe("the look-up finds the message", () => {
  test.each<[string, Partial<TwilioMessage>]>([
    ["as it was sent", {}],
    ["that Twilio took 59 s before our clock says", { date_created: "Sat, 28 Feb 2026 23:59:31 +0000" }],
    ["that still waits in Twilio's queue", { status: "queued", date_sent: null }],
    ["that was not delivered, as far as the carrier knows", { status: "undelivered" }],
    ["whose text Twilio tidied up", { body: `${message.text}\r\n` }],
    ["of an account on trial", { body: `Sent from your Twilio trial account - ${message.text}` }],
  ])("%s", async (_, held) => {
    holds(held);
    expect(await reconcile()).toEqual(found("SM0"));
  });

  test("behind 120 others, on the third page", async () => {
    holds();
    for (let i = 0; i < 120; i++) holds({ body: `later ${i}` });
    expect(await reconcile()).toEqual(found("SM0"));
  });

  test("sent through a messaging service, from whichever number", async () => {
    await sender.close();
    sender = open({ messagingServiceSid: `MG${"1".repeat(32)}` });
    holds({ from: "+15551112222" });
    holds({ from: null });
    expect(await reconcile()).toEqual(found("SM0", "SM1"));
  });
});

test("of several the oldest comes first", async () => {
  holds({ date_created: "Sun, 01 Mar 2026 00:00:40 +0000" });
  holds({ date_created: "Sun, 01 Mar 2026 00:00:35 +0000" });
  expect(await reconcile()).toEqual(found("SM1", "SM0"));
});

describe("the look-up doesn't take for it", () => {
  test.each<[string, Partial<TwilioMessage>]>([
    ["another text", { body: "Hi Anna, are you free on Friday?" }],
    ["another number's", { to: "+15550009999" }],
    ["another sender's", { from: "+15551112222" }],
    ["the same text of an hour before", { date_created: "Sat, 28 Feb 2026 23:00:00 +0000" }],
    ["a reply", { direction: "inbound" }],
    ["one that Twilio never sent", { status: "failed" }],
  ])("%s", async (_, held) => {
    holds(held);
    expect(await reconcile()).toEqual(found());
  });
});

describe("a look-up that failed proves nothing", () => {
  const answer = (body: unknown): Fault => ({ kind: "answer", status: 200, body });
  const resource = {
    sid: "SM1",
    body: "x",
    direction: "outbound-api",
    date_created: "Sun, 01 Mar 2026 00:00:31 +0000",
  };
  test.each<[string, Fault]>([
    ["429", twilioError(429, 20429, "x")],
    ["500", twilioError(500, 20500, "x")],
    ["401", twilioError(401, 20003, "x")],
    ["a reset connection", { kind: "reset", when: "before" }],
    ["an answer that breaks off", { kind: "cut" }],
    ["HTML", answer("<html>")],
    ["JSON without messages", answer({})],
    ["a message without a date", answer({ messages: [{ ...resource, date_created: undefined }], next_page_uri: null })],
    ["a next page elsewhere", answer({ messages: [resource], next_page_uri: "https://elsewhere.example/" })],
  ])("%s", async (_, fault) => {
    holds();
    server.faults.when(({ method }) => method === "GET", fault);
    expect(await reconcile()).toMatchObject({ outcome: "unknown", detail: expect.any(String) });
  });

  test("a failure of the second page", async () => {
    for (let i = 0; i < 60; i++) holds();
    server.faults.when(({ query }) => query.get("Page") === "1", { kind: "reset", when: "before" });
    expect(await reconcile()).toMatchObject({ outcome: "unknown" });
  });

  test("pages without end", async () => {
    const next_page_uri = `/2010-04-01/Accounts/${accountSid}/Messages.json?Page=1`;
    server.faults.when(() => true, answer({ messages: [], next_page_uri }), Number.POSITIVE_INFINITY);
    expect(await reconcile()).toMatchObject({ outcome: "unknown", detail: expect.stringMatching(/more than 1000/) });
  });
});
