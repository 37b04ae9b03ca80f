import { createHmac } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { type FormatName, formatNames } from "../../src/domain/format.ts";
import { formatOf } from "../../src/domain/formats.ts";
import { type SignatureHeaders, verifyApten, verifyHerald, verifySendpilot } from "../../src/domain/signature.ts";
import { signStandard } from "../../src/domain/standard-webhooks.ts";

/** The example of the Standard Webhooks reference libraries. */
const published = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: "1614265330",
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const now = new Date(Number(published.timestamp) * 1000);

const verify = { herald: verifyHerald, sendpilot: verifySendpilot, apten: verifyApten };

function signed(name: FormatName, secrets: readonly string[], at = now): SignatureHeaders {
  return formatOf(name).sign({ eventId: "evt_1708456789123_abc123def", body: published.body, secrets, at });
}

describe("signing", () => {
  test("Standard Webhooks: the published vector", () => {
    const { id, timestamp, body, secret, signature } = published;
    expect(signStandard(id, timestamp, body, secret)).toBe(signature);
    expect(signStandard(id, timestamp, Buffer.from(body), secret)).toBe(signature);
    const headers = formatOf("herald").sign({ eventId: id, body, secrets: [secret], at: new Date(+now + 999) });
    expect(headers).toEqual({ "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature });
  });

  test("Standard Webhooks: what Node's HMAC makes of any secret, ID and body, also of long ones", () => {
    const secrets = fc.uint8Array({ minLength: 24, maxLength: 64 });
    const bodies = fc
      .tuple(fc.string({ unit: "grapheme" }), fc.constantFrom(1, 1, 1, 30_000))
      .map(([text, n]) => text.repeat(n));
    const property = fc.property(secrets, fc.string(), bodies, (bytes, id, body) => {
      const secret = `whsec_${Buffer.from(bytes).toString("base64")}`;
      const right = `v1,${createHmac("sha256", bytes).update(`${id}.1614265330.${body}`).digest("base64")}`;
      expect(signStandard(id, "1614265330", body, secret)).toBe(right);
      expect(signStandard(id, "1614265330", Buffer.from(body), secret)).toBe(right);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("a secret that was pushed out of the key cache signs as before", () => {
    const { id, timestamp, body, secret, signature } = published;
    expect(signStandard(id, timestamp, body, secret)).toBe(signature);
    for (let i = 0; i < 10_001; i++) {
      const other = `whsec_${Buffer.alloc(24, String(i).padStart(24)).toString("base64")}`;
      signStandard(id, timestamp, "", other);
    }
    expect(signStandard(id, timestamp, body, secret)).toBe(signature);
  });

  test("herald, in a rotation: receivers with the new and with the old secret both accept", () => {
    const secrets = [formatOf("herald").newSecret(), formatOf("herald").newSecret()];
    const headers = signed("herald", secrets, new Date());
    expect(String(headers["webhook-signature"]).split(" ")).toHaveLength(2);
    for (const secret of secrets) new Webhook(secret).verify(published.body, headers as Record<string, string>);
    const stranger = new Webhook(formatOf("herald").newSecret());
    expect(() => stranger.verify(published.body, headers as Record<string, string>)).toThrow();
  });

  test("sendpilot, in a rotation: one signature, by the new secret, however a handler takes the header apart", () => {
    const header = String(signed("sendpilot", ["the new secret 16", "the old secret 16"])["webhook-signature"]);
    const parts = header.split(",");
    const expected = createHmac("sha256", "the new secret 16").update(`1614265330.${published.body}`).digest("hex");
    expect(parts.find((part) => part.startsWith("s="))?.slice(2)).toBe(expected);
    expect(Object.fromEntries(parts.map((part) => part.split("="))).s).toBe(expected);
    expect(header).toBe(`t=1614265330,s=${expected}`);
  });

  test("apten, in a rotation: by the new secret", () => {
    expect(signed("apten", ["the new secret 16", "the old secret 16"])).toEqual(signed("apten", ["the new secret 16"]));
  });

  test("apten signs nothing without a secret; the others refuse to send unsigned", () => {
    expect(signed("apten", [])).toEqual({});
    expect(() => signed("herald", [])).toThrow(/without a secret/);
    expect(() => signed("sendpilot", [])).toThrow(/without a secret/);
    expect(formatNames.map((name) => formatOf(name).secretRequired)).toEqual([true, true, false]);
  });
});

describe("secrets", () => {
  const bytes = (n: number) => `whsec_${Buffer.alloc(n, 7).toString("base64")}`;

  test.each(formatNames)("%s: a new secret can be used, and is new each time", (name) => {
    const { newSecret, checkSecret } = formatOf(name);
    expect(checkSecret(newSecret())).toBeNull();
    expect(newSecret()).not.toBe(newSecret());
  });

  test.each([24, 25, 32, 64])("herald: %i bytes can be used", (n) => {
    expect(formatOf("herald").checkSecret(bytes(n))).toBeNull();
  });

  test.each([
    ["nothing", "", /begin with whsec_/],
    ["no prefix", bytes(32).slice(6), /begin with whsec_/],
    ["prefix in capitals", bytes(32).replace("whsec", "WHSEC"), /begin with whsec_/],
    ["only the prefix", "whsec_", /decodes to 0/],
    ["too short", bytes(23), /decodes to 23/],
    ["too long", bytes(65), /decodes to 65/],
    ["the URL alphabet", `whsec_${"-_".repeat(16)}`, /must be base64/],
    ["a space inside", bytes(24).replace("B", " "), /must be base64/],
    ["a line break at the end", `${bytes(24)}\n`, /must be base64/],
    ["a quote mark", `${bytes(24)}"`, /must be base64/],
    ["a character outside ASCII", `${bytes(24).slice(0, -1)}é`, /must be base64/],
    ["padding in the middle", `whsec_${"BwcH".repeat(8)}=BwcH`, /must be base64/],
    ["padding missing", bytes(32).slice(0, -1), /not canonical/],
    ["padding too much", `${bytes(24)}==`, /not canonical/],
    ["a last character cut off", bytes(24).slice(0, -1), /not canonical/],
    ["bits under the padding", `${bytes(32).slice(0, -2)}d=`, /not canonical/],
  ])("herald: %s is refused, and never signs", (_, secret, reason) => {
    expect(formatOf("herald").checkSecret(secret)).toMatch(reason);
    expect(() => signed("herald", [secret])).toThrow(reason);
  });

  test.each([
    ["15 characters", "x".repeat(15), /at least 16/],
    ["513 characters", "x".repeat(513), /at most 512/],
    ["a line break at the end", `${"x".repeat(16)}\n`, /printable/],
    ["a NUL", `${"x".repeat(16)}\0`, /printable/],
    ["a DEL", `${"x".repeat(16)}\x7f`, /printable/],
    ["a character outside ASCII", `${"x".repeat(16)}é`, /printable/],
    ["a space at the end", `${"x".repeat(16)} `, /space/],
    ["only spaces", " ".repeat(16), /space/],
  ])("sendpilot and apten: %s is refused", (_, secret, reason) => {
    for (const name of ["sendpilot", "apten"] as const) expect(formatOf(name).checkSecret(secret)).toMatch(reason);
  });

  test("what is wrong is said without repeating the secret", () => {
    for (const name of formatNames) expect(formatOf(name).checkSecret("hunter2 secret\n")).not.toContain("hunter2");
  });
});

describe("verifying", () => {
  const secretOf = { herald: published.secret, sendpilot: "a sendpilot secret", apten: "an apten secret!!" };
  const otherOf = { herald: formatOf("herald").newSecret(), sendpilot: "another secret..", apten: "another secret.." };
  const refused = { ok: false, why: expect.any(String), reason: expect.any(String) };

  describe.each(formatNames)("%s", (name) => {
    const [secret, other] = [secretOf[name], otherOf[name]];
    const headers = signed(name, [secret]);
    const check = (body: string | Uint8Array = published.body, secrets = [secret], with_ = headers) =>
      verify[name](with_, body, secrets, now);

    test("accepts what Herald signed, as text and as bytes, by the old or the new secret", () => {
      expect(check()).toEqual({ ok: true });
      expect(check(Buffer.from(published.body))).toEqual({ ok: true });
      expect(check(published.body, [other, secret])).toEqual({ ok: true });
    });

    test("refuses another body, secret or signature", () => {
      expect(check(`${published.body} `)).toEqual(refused);
      expect(check(published.body, [other])).toEqual(refused);
      const header = name === "apten" ? "x-signature-sha256" : "webhook-signature";
      const value = String(headers[header]);
      const last = value.at(-2) === "0" ? "1" : "0";
      const changed = [
        `${value.slice(0, -2)}${last}${value.at(-1)}`,
        value.slice(0, -1),
        `${value}é`,
        "",
        "x",
        `${value}0`,
      ];
      for (const signature of changed) {
        expect(check(published.body, [secret], { ...headers, [header]: signature })).toEqual(refused);
      }
      expect(check(published.body, [secret], { ...headers, [header]: [value, value] })).toEqual(refused);
    });

    test("refuses without a secret, with an empty one, and without headers", () => {
      expect(check(published.body, [])).toEqual(refused);
      expect(check(published.body, [""])).toEqual(refused);
      expect(check(published.body, [secret], {})).toEqual(refused);
      for (const missing of Object.keys(headers)) {
        const result = check(published.body, [secret], { ...headers, [missing]: undefined });
        expect(result).toEqual({ ok: false, why: "unsigned", reason: `The ${missing} header is missing.` });
      }
    });
  });

  test("an empty secret accepts nothing, not even what was signed with it", () => {
    const s = createHmac("sha256", "").update(published.body).digest("hex");
    expect(verifyApten({ "x-signature-sha256": s }, published.body, [""])).toEqual(refused);
  });

  test.each(["herald", "sendpilot"] as const)(
    "%s: a time within five minutes is accepted, one outside refused",
    (name) => {
      const at = (ms: number) =>
        verify[name](signed(name, [secretOf[name]]), published.body, [secretOf[name]], new Date(+now + ms));
      for (const ms of [-300_000, 300_000]) expect(at(ms)).toEqual({ ok: true });
      expect(at(300_001)).toEqual({ ok: false, why: "stale", reason: expect.stringContaining("behind") });
      expect(at(-300_001)).toEqual({ ok: false, why: "stale", reason: expect.stringContaining("ahead of") });
      expect(at(Number.NaN)).toEqual(refused);
    },
  );

  test.each(["", "1614265330.0", "-1614265330", "1e9", "0x60379d72", "Thu", " 1614265330", "99999999999999999999"])(
    "herald: %j is no timestamp",
    (timestamp) => {
      const signature = signStandard("msg_1", timestamp, published.body, published.secret);
      const headers = { "webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature };
      expect(verifyHerald(headers, published.body, [published.secret], now)).toEqual(refused);
    },
  );

  test("herald: the ID is signed too, and signatures of other versions are passed over", () => {
    const headers = signed("herald", [published.secret]);
    const run = (changed: SignatureHeaders) =>
      verifyHerald({ ...headers, ...changed }, published.body, [published.secret], now);
    expect(run({ "webhook-id": "evt_1708456789123_abc123dee" })).toEqual(refused);
    expect(run({ "webhook-signature": `v1a,abc v2,xyz ${headers["webhook-signature"]}` })).toEqual({ ok: true });
    expect(run({ "webhook-signature": String(headers["webhook-signature"]).replace("v1", "v2") })).toEqual(refused);
  });

  test("herald: a receiver whose secret is malformed refuses and says so", () => {
    const result = verifyHerald(signed("herald", [published.secret]), published.body, ["whsec_short"], now);
    expect(result).toEqual({
      ok: false,
      why: "wrong_signature",
      reason: expect.stringContaining("secret of this receiver"),
    });
  });

  describe("sendpilot: the header", () => {
    const secret = secretOf.sendpilot;
    const hex = (t: string, key = secret) => createHmac("sha256", key).update(`${t}.${published.body}`).digest("hex");
    const run = (value: string) => verifySendpilot({ "webhook-signature": value }, published.body, [secret], now);
    const s = published.timestamp;
    const ms = `${published.timestamp}123`;

    test.each([
      ["seconds", `t=${s},s=${hex(s)}`],
      ["milliseconds", `t=${ms},s=${hex(ms)}`],
      ["spaces after the comma", `t=${s}, s=${hex(s)}`],
      ["the signature first", `s=${hex(s)},t=${s}`],
      ["capital hex", `t=${s},s=${hex(s).toUpperCase()}`],
      ["a signature of each secret", `t=${s},s=${hex(s, "another secret..")},s=${hex(s)}`],
      ["a part that it doesn't know", `t=${s},v2=abc,s=${hex(s)}`],
    ])("%s: accepted", (_, value) => {
      expect(run(value)).toEqual({ ok: true });
    });

    test.each([
      ["two times", `t=${s},t=${ms},s=${hex(s)}`],
      ["no time", `s=${hex(s)}`],
      ["an empty time", `t=,s=${hex("")}`],
      ["a time that is no number", `t=soon,s=${hex("soon")}`],
      ["no signature", `t=${s}`],
      ["another time than was signed", `t=${Number(s) + 1},s=${hex(s)}`],
      ["milliseconds ten minutes ago", `t=${Number(ms) - 600_000},s=${hex(String(Number(ms) - 600_000))}`],
      ["seconds ten minutes ago", `t=${Number(s) - 600},s=${hex(String(Number(s) - 600))}`],
    ])("%s: refused", (_, value) => {
      expect(run(value)).toEqual(refused);
    });
  });
});
