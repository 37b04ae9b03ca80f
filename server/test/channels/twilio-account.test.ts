import { afterEach, describe, expect, test } from "vitest";
import type { VerifyResult } from "../../src/channels/channel.ts";
import { twilio } from "../../src/channels/sms/twilio.ts";
import { startTwilio, type TwilioLoopback, type TwilioLoopbackOptions } from "../../src/loopback/twilio.ts";
import { noDeadline } from "./outbound-message.ts";

const accountSid = `AC${"a".repeat(32)}`;
const from = "+15559990000";
const messagingServiceSid = `MG${"1".repeat(32)}`;
const apiKey = { sid: `SK${"2".repeat(32)}`, secret: "secret" };

describe("settings", () => {
  test.each([
    ["a number", { accountSid, from }, from],
    ["a short code", { accountSid, from: "12345" }, "12345"],
    ["a messaging service", { accountSid, messagingServiceSid }, messagingServiceSid],
  ])("%s is an address to send from", (_, config, address) => {
    const parsed = twilio.config.parse(config);
    expect([twilio.address(parsed), parsed.baseUrl]).toEqual([address, "https://api.twilio.com"]);
  });

  test.each([
    ["no sender", { accountSid }],
    ["two senders", { accountSid, from, messagingServiceSid }],
    ["a number without +", { accountSid, from: "15559990000" }],
    ["a wrong account SID", { accountSid: "AC1", from }],
    ["a base URL that isn't HTTP", { accountSid, from, baseUrl: "file:///etc/passwd" }],
    ["an unknown setting", { accountSid, from, form: "x" }],
  ])("%s is refused", (_, config) => {
    expect(twilio.config.safeParse(config).success).toBe(false);
  });

  test.each([
    ["nothing", {}],
    ["an empty token", { authToken: "" }],
    ["a token with a line end", { authToken: "a\r\nX: y" }],
    ["a key without secret", { apiKeySid: apiKey.sid }],
    ["both", { authToken: "a", apiKeySid: apiKey.sid, apiKeySecret: "b" }],
  ])("credentials: %s is refused", (_, credentials) => {
    expect(twilio.credentials.safeParse(credentials).success).toBe(false);
  });
});

describe("verification", () => {
  let server: TwilioLoopback;
  afterEach(() => server.close());

  async function verify(options: Partial<TwilioLoopbackOptions>, credentials: unknown): Promise<VerifyResult> {
    server = await startTwilio({ accountSid, authToken: "token", apiKey, ...options });
    const config = twilio.config.parse({ accountSid, from, baseUrl: server.url });
    const parsed = twilio.credentials.parse(credentials);
    const account = { senderId: "s", workspaceId: "w", channel: "sms" as const, name: "", config, credentials: parsed };
    const sender = twilio.open(account);
    const result = await sender.verify(noDeadline());
    await sender.close();
    expect(server.messages).toEqual([]);
    return result;
  }

  test.each<[string, Partial<TwilioLoopbackOptions>, object, object]>([
    ["the auth token", {}, { authToken: "token" }, { ok: true, detail: "Twilio account Loopback" }],
    ["an API key", {}, { apiKeySid: apiKey.sid, apiKeySecret: apiKey.secret }, { ok: true }],
    ["a wrong token", {}, { authToken: "wrong" }, { ok: false, code: "auth_failed" }],
    ["a wrong API key", {}, { apiKeySid: apiKey.sid, apiKeySecret: "x" }, { ok: false, code: "auth_failed" }],
    ["a closed account", { accountStatus: "closed" }, { authToken: "token" }, { ok: false, code: "account_suspended" }],
  ])("%s", async (_, options, credentials, expected) => {
    expect(await verify(options, credentials)).toMatchObject(expected);
  });

  test("a server that isn't Twilio is not verified", async () => {
    server = await startTwilio({ accountSid, authToken: "token" });
    server.faults.when(() => true, { kind: "answer", status: 200, body: "<html>Welcome</html>" });
    const config = twilio.config.parse({ accountSid, from, baseUrl: server.url });
    const credentials = { authToken: "token" };
    const sender = twilio.open({ senderId: "s", workspaceId: "w", channel: "sms", name: "", config, credentials });
    expect(await sender.verify(noDeadline())).toMatchObject({ ok: false, code: "unreadable_answer" });
    await sender.close();
  });
});
