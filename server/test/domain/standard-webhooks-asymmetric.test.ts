import { createPublicKey, verify } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { formatOf } from "../../src/domain/formats.ts";
import { type SignatureHeaders, verifyHerald } from "../../src/domain/signature.ts";
import {
  checkPublicKey,
  checkSigningKey,
  newSigningKey,
  publicKeyOf,
  signAsymmetric,
} from "../../src/domain/standard-webhooks-asymmetric.ts";

const herald = formatOf("herald");
const now = new Date();
const body = '{"text":"Grüße"}';
const signed = (secrets: readonly string[]): SignatureHeaders =>
  herald.sign({ eventId: "evt_1708456789123_abc123def", body, secrets, at: now });

test("Ed25519 as RFC 8032 has it: its first test key has that public key", () => {
  const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
  const publicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  const secret = `whsk_${Buffer.from(seed, "hex").toString("base64")}`;
  expect(publicKeyOf(secret)).toBe(`whpk_${Buffer.from(publicKey, "hex").toString("base64")}`);
  const whole = `whsk_${Buffer.from(seed + publicKey, "hex").toString("base64")}`;
  expect([checkSigningKey(secret), checkSigningKey(whole)]).toEqual([null, null]);
  expect(signAsymmetric("a", "1", body, whole)).toBe(signAsymmetric("a", "1", body, secret));
});

test("anybody with the public key can verify a request, with nothing of Herald", () => {
  const secret = newSigningKey();
  const headers = signed([secret]);
  const [version, signature] = String(headers["webhook-signature"]).split(",");
  const x = Buffer.from(publicKeyOf(secret).slice(5), "base64").toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const text = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  expect([version, verify(null, text, key, Buffer.from(signature!, "base64"))]).toEqual(["v1a", true]);
});

test("a receiver takes what its key's owner signed, and nothing else", () => {
  const [secret, other] = [newSigningKey(), newSigningKey()];
  const key = publicKeyOf(secret);
  const headers = signed([secret]);
  expect(verifyHerald(headers, body, [key], now)).toEqual({ ok: true });
  expect(verifyHerald(headers, Buffer.from(body), [publicKeyOf(other), key], now)).toEqual({ ok: true });
  expect(verifyHerald(headers, `${body} `, [key], now)).toMatchObject({ ok: false });
  expect(verifyHerald(headers, body, [publicKeyOf(other)], now)).toMatchObject({ ok: false });
  expect(verifyHerald({ ...headers, "webhook-id": "evt_2" }, body, [key], now)).toMatchObject({ ok: false });
  for (const bad of ["v1a,", "v1a,AAAA", "v1a", String(headers["webhook-signature"]).replace("v1a", "v1")]) {
    expect(verifyHerald({ ...headers, "webhook-signature": bad }, body, [key], now), bad).toMatchObject({ ok: false });
  }
});

test("while a rotation leads from a shared secret to a key pair, receivers with either accept", () => {
  const [shared, secret] = [herald.newSecret(), newSigningKey()];
  const headers = signed([secret, shared]);
  expect(verifyHerald(headers, body, [publicKeyOf(secret)], now)).toEqual({ ok: true });
  expect(verifyHerald(headers, body, [shared], now)).toEqual({ ok: true });
  // Also those of the reference library, which knows `v1` only.
  new Webhook(shared).verify(body, headers as Record<string, string>);
});

test("keys with a mistake in them are refused with a sentence that doesn't repeat them", () => {
  const secret = newSigningKey();
  for (const bad of [secret.slice(0, -1), `${secret.slice(0, -3)}==`, secret.replace("whsk_", "whsk_-"), "whsk_"]) {
    expect(checkSigningKey(bad), bad).toMatch(/the key must/i);
    expect(checkSigningKey(bad)).not.toContain(bad.slice(5) || "\0");
  }
  expect(checkPublicKey(publicKeyOf(secret))).toBe(null);
  expect(checkPublicKey("whpk_AAAA")).toMatch(/decodes to 3/);
  expect(verifyHerald(signed([secret]), body, ["whpk_AAAA"], now)).toMatchObject({
    ok: false,
    reason: expect.stringContaining("can't be used"),
  });
});
