import { createHash, createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, onTestFinished, test } from "vitest";
import { Gate } from "../../src/loopback/faults.ts";
import { type ReceiverOptions, startReceiver } from "../../src/loopback/receiver.ts";

const heraldSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const eventId = "evt_1735689600000_abcdefghi";
const body = JSON.stringify({ eventId, eventType: "message.sent", data: { text: "Grüße 👋" } });

async function setup(options: ReceiverOptions) {
  const receiver = await startReceiver(options);
  onTestFinished(() => receiver.close());
  const post = (text: string, headers: Record<string, string> = {}) =>
    fetch(receiver.url, { method: "POST", body: text, headers, redirect: "manual" });
  return { receiver, post };
}

function heraldHeaders(text: string, options: { id?: string; at?: Date; secret?: string } = {}) {
  const { id = eventId, at = new Date(), secret = heraldSecret } = options;
  const seconds = String(Math.floor(at.getTime() / 1000));
  const signature = new Webhook(secret).sign(id, at, text);
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signature };
}

function sendpilotHeaders(text: string, secret: string, t: number) {
  return { "webhook-signature": `t=${t},s=${createHmac("sha256", secret).update(`${t}.${text}`).digest("hex")}` };
}

const minutes = (n: number) => new Date(Date.now() - n * 60_000);
const seconds = (n: number) => Math.floor(minutes(n).getTime() / 1000);

describe("herald", () => {
  const other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const two = heraldHeaders(body, { secret: other })["webhook-signature"];
  test.each<[string, Record<string, string>, boolean]>([
    ["signed now", heraldHeaders(body), true],
    ["signed four minutes ago", heraldHeaders(body, { at: minutes(4) }), true],
    ["signed six minutes ago", heraldHeaders(body, { at: minutes(6) }), false],
    ["signed six minutes ahead", heraldHeaders(body, { at: minutes(-6) }), false],
    ["signed with another secret", heraldHeaders(body, { secret: other }), false],
    ["signed for another body", heraldHeaders("{}"), false],
    ["signed for another ID", { ...heraldHeaders(body), "webhook-id": "evt_1735689600000_zzzzzzzzz" }, false],
    [
      "of a rotation",
      { ...heraldHeaders(body), "webhook-signature": `${two} ${heraldHeaders(body)["webhook-signature"]}` },
      true,
    ],
    ["not signed", {}, false],
  ])("a request %s: %s is valid %s", async (_what, headers, valid) => {
    const { receiver, post } = await setup({ format: "herald", secret: heraldSecret });
    expect((await post(body, headers)).status).toBe(valid ? 200 : 401);
    expect(receiver.stats()).toMatchObject({
      received: 1,
      signaturesValid: Number(valid),
      distinctEvents: Number(valid),
    });
  });
});

describe("sendpilot", () => {
  test.each<[string, Record<string, string>, boolean]>([
    ["in seconds", sendpilotHeaders(body, "shh", seconds(0)), true],
    ["in milliseconds", sendpilotHeaders(body, "shh", Date.now()), true],
    ["six minutes old", sendpilotHeaders(body, "shh", seconds(6)), false],
    ["six minutes ahead", sendpilotHeaders(body, "shh", seconds(-6)), false],
    ["of another secret", sendpilotHeaders(body, "other", seconds(0)), false],
    ["of another body", sendpilotHeaders("{}", "shh", seconds(0)), false],
    [
      "in upper case",
      { "webhook-signature": sendpilotHeaders(body, "shh", seconds(0))["webhook-signature"].toUpperCase() },
      false,
    ],
    ["absent", {}, false],
  ])("a signature %s", async (_what, headers, valid) => {
    const { receiver, post } = await setup({ format: "sendpilot", secret: "shh" });
    expect((await post(body, headers)).status).toBe(valid ? 200 : 401);
    expect([...receiver.byEventId.keys()]).toEqual(valid ? [eventId] : []);
  });
});

describe("apten", () => {
  const sign = (text: string, secret: string) => ({
    "x-signature-sha256": createHmac("sha256", secret).update(text).digest("hex"),
  });
  test.each<[string, string | undefined, Record<string, string>, boolean]>([
    ["of the secret", "shh", sign(body, "shh"), true],
    ["of another secret", "shh", sign(body, "other"), false],
    ["of another body", "shh", sign("{}", "shh"), false],
    ["absent though there is a secret", "shh", {}, false],
    ["absent where there is no secret", undefined, {}, true],
    ["there though there is no secret", undefined, sign(body, ""), false],
  ])("a signature %s", async (_what, secret, headers, valid) => {
    const { receiver, post } = await setup({ format: "apten", ...(secret !== undefined && { secret }) });
    expect((await post(body, headers)).status).toBe(valid ? 200 : 401);
    expect([...receiver.byEventId.keys()]).toEqual(valid ? [createHash("sha256").update(body).digest("hex")] : []);
  });
});

test("events are counted by ID, so that duplicates and losses show", async () => {
  const { receiver, post } = await setup({ format: "herald", secret: heraldSecret });
  for (const id of [eventId, eventId, "evt_1735689600000_zzzzzzzzz"]) await post(body, heraldHeaders(body, { id }));
  await post(body);
  expect(receiver.byEventId.get(eventId)).toBe(2);
  const stats = { received: 4, signaturesValid: 3, signaturesInvalid: 1, distinctEvents: 2, duplicatedEvents: 1 };
  const answered = { 200: 3, 401: 1 };
  expect(receiver.stats()).toEqual({ ...stats, malformed: 0, answered });
  const remote = await fetch(`${receiver.url}_loopback/stats?events=1`);
  expect(await remote.json()).toMatchObject({ ...stats, events: { [eventId]: 2, evt_1735689600000_zzzzzzzzz: 1 } });
});

test("payloads are kept with their exact bytes, no more than asked for", async () => {
  const { receiver, post } = await setup({ format: "apten", keep: 2 });
  for (const text of ["1", '{"a": "ü"}', "no JSON"]) await post(text);
  expect(receiver.requests.map(({ payload }) => payload)).toEqual([{ a: "ü" }, null]);
  expect(receiver.requests[0]?.raw.toString()).toBe('{"a": "ü"}');
  expect(receiver.stats()).toMatchObject({ received: 3, malformed: 1 });
});

test("light mode counts the same and keeps nothing", async () => {
  const { receiver, post } = await setup({ format: "sendpilot", secret: "shh", light: true });
  await post(body, sendpilotHeaders(body, "shh", seconds(0)));
  await post(body, sendpilotHeaders(body, "wrong", seconds(0)));
  expect(receiver.requests).toEqual([]);
  expect(receiver.stats()).toMatchObject({ received: 2, signaturesValid: 1, distinctEvents: 1 });
});

test("answers come as scripted, in order, then the standing one", async () => {
  const { receiver, post } = await setup({ format: "apten" });
  receiver.next({ status: 503, headers: { "retry-after": "7" } }, { status: 302, headers: { location: "/elsewhere" } });
  receiver.next({ reset: true });
  receiver.always({ status: 410, body: "gone" });
  const first = await post(body);
  expect([first.status, first.headers.get("retry-after")]).toEqual([503, "7"]);
  expect((await post(body)).status).toBe(302);
  await expect(post(body)).rejects.toThrow();
  for (let n = 0; n < 2; n++) expect(await (await post(body)).text()).toBe("gone");
  expect(receiver.stats().answered).toEqual({ 302: 1, 410: 2, 503: 1, reset: 1 });
});

test("a held request has arrived, and is answered when the gate is opened", async () => {
  const { receiver, post } = await setup({ format: "apten" });
  const hold = new Gate();
  receiver.next({ hold });
  let answered = false;
  const answer = post(body).then((response) => {
    answered = true;
    return response.status;
  });
  await hold.reached;
  await receiver.waitFor(1);
  expect((await post("{}")).status).toBe(200);
  expect(answered).toBe(false);
  hold.open();
  expect(await answer).toBe(200);
});

test("a missing secret is told at the start, not at the first request", async () => {
  await expect(startReceiver({ format: "herald" })).rejects.toThrow("needs a secret");
});
