import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventTypes, type HeraldEvent } from "../../server/src/domain/event.ts";
import { eventSample } from "../../server/src/domain/event-samples.ts";
import { envelopeSchema, eventSchemas } from "../../server/src/domain/event-schemas.ts";
import { type FormatName, formatNames } from "../../server/src/domain/format.ts";
import { formatOf } from "../../server/src/domain/formats.ts";
import { newSigningKey, publicKeyOf } from "../../server/src/domain/standard-webhooks-asymmetric.ts";
import { verify, WebhookVerificationError } from "../src/index.ts";

const at = new Date("2026-01-05T09:30:00.123Z");
const secretOf = (format: FormatName) => formatOf(format).newSecret();

/** A webhook as the server writes it. */
function signed(format: FormatName, secrets: readonly string[], sample: HeraldEvent = messageIn(format)) {
  const event = { ...sample, data: JSON.stringify(sample.data) };
  const body = formatOf(format).body(event);
  return { body, headers: formatOf(format).sign({ eventId: event.eventId, body, secrets, at }), event: sample };
}
const messageIn = (format: FormatName) =>
  eventSample("ws_1", "message.sent", { channel: format === "apten" ? "sms" : "linkedin", at: at.getTime() });

const problemOf = async (attempt: Promise<unknown>) =>
  await attempt.then(
    () => "verified",
    (error) => (error instanceof WebhookVerificationError ? error.code : String(error)),
  );

test.each(formatNames)("what the server signs in the format %s verifies, and nothing else does", async (format) => {
  const secret = secretOf(format);
  const { body, headers, event } = signed(format, [secret]);
  const options = { format, now: at.getTime() + 1_000 };
  const verified = await verify({ headers, body }, secret, options);
  expect(verified.event).toEqual(JSON.parse(body));
  if (format !== "apten") expect(verified.id).toBe(event.eventId);
  expect(await verify({ headers: new Headers(headers), body: Buffer.from(body) }, secret, options)).toEqual(verified);
  const request = new Request("http://a.example", { method: "POST", headers, body });
  expect(
    await verify(
      request,
      ["other-secret-0123456789abcdef".padEnd(40, "x"), secret].slice(format === "herald" ? 1 : 0),
      options,
    ),
  ).toEqual(verified);
  expect(await problemOf(verify({ headers, body: `${body} ` }, secret, options))).toBe("wrong_signature");
  expect(await problemOf(verify({ headers, body }, secretOf(format), options))).toBe("wrong_signature");
  expect(await problemOf(verify({ headers: {}, body }, secret, options))).toBe("missing_signature");
  expect(await problemOf(verify({ headers, body }, "", options))).toBe("bad_secret");
});

test("a format is known by the secret, else by the headers", async () => {
  for (const format of formatNames) {
    const secret = secretOf(format);
    const { body, headers } = signed(format, [secret]);
    expect((await verify({ headers, body }, secret, { now: at.getTime() })).format).toBe(format);
  }
});

test("both secrets of a rotation verify, and so does a public key", async () => {
  const [old, young] = [secretOf("herald"), secretOf("herald")];
  const { body, headers } = signed("herald", [young, old]);
  for (const secret of [old, young, [secretOf("herald"), old]])
    expect(await problemOf(verify({ headers, body }, secret, { now: at.getTime() }))).toBe("verified");
  const key = newSigningKey();
  const asymmetric = signed("herald", [key]);
  const verifyWith = (publicKey: string) => problemOf(verify(asymmetric, publicKey, { now: at.getTime() }));
  expect(await verifyWith(publicKeyOf(key))).toBe("verified");
  expect(await verifyWith(publicKeyOf(newSigningKey()))).toBe("wrong_signature");
});

test.each(["herald", "sendpilot"] as const)(
  "a signature of %s is good for five minutes to either side",
  async (format) => {
    const secret = secretOf(format);
    const { body, headers } = signed(format, [secret]);
    const after = (ms: number, toleranceSeconds = 300) =>
      problemOf(
        verify({ headers, body }, secret, {
          format,
          now: Math.floor(at.getTime() / 1000) * 1000 + ms,
          toleranceSeconds,
        }),
      );
    expect(await after(300_000)).toBe("verified");
    expect(await after(300_001)).toBe("stale_signature");
    expect(await after(-300_001)).toBe("stale_signature");
    expect(await after(300_001, 600)).toBe("verified");
  },
);

test("SendPilot's own timestamps may be in milliseconds", async () => {
  const body = '{"eventId":"evt_1","eventType":"x"}';
  const t = String(at.getTime());
  const s = createHmac("sha256", "a-secret").update(`${t}.${body}`).digest("hex");
  const headers = { "webhook-signature": `t=${t},s=${s}` };
  expect(await problemOf(verify({ headers, body }, "a-secret", { now: at.getTime() }))).toBe("verified");
  // As a sender in the middle of a rotation may write it, with blanks.
  const both = { "webhook-signature": `t=${t}, s=${"0".repeat(64)}, s=${s.toUpperCase()}` };
  expect(await problemOf(verify({ headers: both, body }, "a-secret", { now: at.getTime() }))).toBe("verified");
  const twice = { "webhook-signature": `t=${t},t=${t},s=${s}` };
  expect(await problemOf(verify({ headers: twice, body }, "a-secret", { now: at.getTime() }))).toBe(
    "missing_signature",
  );
});

test("a body that a parser has replaced is refused in words that say so", async () => {
  const { headers } = signed("herald", [secretOf("herald")]);
  const parsed = { headers, body: {} as unknown as string };
  await expect(verify(parsed, secretOf("herald"))).rejects.toThrow(/raw text or bytes.*JSON parser/s);
});

test("what a transform has made of the body has an ID all the same, the same in each attempt", async () => {
  const secret = { herald: secretOf("herald"), sendpilot: secretOf("sendpilot") };
  const body = '{"text":"shaped"}';
  for (const format of ["herald", "sendpilot"] as const) {
    const idAt = async (ms: number) => {
      const moment = new Date(at.getTime() + ms);
      const headers = formatOf(format).sign({ eventId: "evt_1", body, secrets: [secret[format]], at: moment });
      return (await verify({ headers, body }, secret[format], { format, now: moment.getTime() })).id;
    };
    const expected = format === "herald" ? "evt_1" : createHash("sha256").update(body).digest("hex");
    expect([await idAt(0), await idAt(60_000)]).toEqual([expected, expected]);
  }
});

test("signed nonsense is no event, and garbage in headers never throws anything else", async () => {
  const secret = "0123456789abcdef";
  for (const body of ["", "nonsense", "[]", "null", "\ufeff{}x"]) {
    const headers = formatOf("apten").sign({ eventId: "", body, secrets: [secret], at });
    expect(await problemOf(verify({ headers, body }, secret, { format: "apten" }))).toBe("bad_body");
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...formatNames),
      fc.string(),
      fc.string(),
      fc.string(),
      async (format, a, b, body) => {
        const headers = { "webhook-id": a, "webhook-timestamp": b, "webhook-signature": a, "x-signature-sha256": b };
        const problem = await problemOf(
          verify({ headers, body }, format === "herald" ? secretOf("herald") : secret, { format }),
        );
        expect(problem).toMatch(/^(missing_signature|bad_timestamp|stale_signature|wrong_signature)$/);
      },
    ),
    { numRuns: 200 },
  );
});

test.each(eventTypes)("a sample of %s is as its schema says, with no field that isn't described", (type) => {
  for (const channel of ["linkedin", "sms", "email"] as const) {
    const sample = eventSample("ws_1", type, { channel });
    const { data } = sample;
    const strict = (eventSchemas[type].data as { strict(): { parse(value: unknown): unknown } }).strict();
    expect(strict.parse(data)).toEqual(data);
    expect(envelopeSchema(type).parse(sample)).toEqual(sample);
  }
});

test("a Request of another realm is read like this one's, and one that was read before says so", async () => {
  const secret = secretOf("herald");
  const { body, headers } = signed("herald", [secret]);
  const options = { now: at.getTime() };
  const foreign = { headers, bodyUsed: false, arrayBuffer: async () => new TextEncoder().encode(body).buffer };
  expect((await verify(foreign as unknown as Request, secret, options)).event).toEqual(JSON.parse(body));
  const request = new Request("http://a.example", { method: "POST", headers, body });
  await request.json();
  await expect(verify(request, secret, options)).rejects.toThrow(/was read before/);
});
