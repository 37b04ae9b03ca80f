import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

/**
 * The asymmetric half of Standard Webhooks 1.0: Ed25519 keys, and the `v1a` signature, which is base64 Ed25519 of
 * `<id>.<timestamp>.<body>`. Its receivers hold nothing that could sign. A private key is `whsk_` + base64 of the 64
 * bytes that NaCl and Svix use (seed, then public key), a public key `whpk_` + base64 of 32 bytes.
 */

const privatePrefix = "whsk_";
const publicPrefix = "whpk_";
const seedBytes = 32;
const publicBytes = 32;

/** What comes before a seed in PKCS #8, and before a public key in SPKI (RFC 8410). */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");
const spki = Buffer.from("302a300506032b6570032100", "hex");

export const isSigningKey = (secret: string): boolean => secret.startsWith(privatePrefix);
export const isPublicKey = (secret: string): boolean => secret.startsWith(publicPrefix);

/** A new private key. */
export function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(pkcs8.length);
  return privatePrefix + Buffer.concat([seed, rawPublicKey(privateKey)]).toString("base64");
}

function rawPublicKey(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(spki.length);
}

/** Bytes of `prefix` + canonical base64, or a sentence that says what is wrong; the key is never repeated in it. */
function decode(text: string, prefix: string): Buffer | string {
  if (!text.startsWith(prefix)) return `The key must begin with ${prefix}.`;
  const base64 = text.slice(prefix.length);
  const bytes = Buffer.from(base64, "base64");
  // Node's decoder drops what it doesn't know: the way back shows it.
  if (bytes.toString("base64") === base64) return bytes;
  return `After ${prefix}, the key must be canonical base64: it was cut off, or has a character that doesn't belong there.`;
}

/** Null if `secret` is a private key: `whsk_` + base64 of a seed, alone or with its public key. Else what is wrong. */
export function checkSigningKey(secret: string): string | null {
  const bytes = decode(secret, privatePrefix);
  if (typeof bytes === "string") return bytes;
  if (bytes.length !== seedBytes && bytes.length !== seedBytes + publicBytes) {
    return `The key must decode to 32 bytes (a seed) or 64 (a seed and its public key); it decodes to ${bytes.length}.`;
  }
  if (bytes.length === seedBytes || rawPublicKey(keyOfSeed(bytes)).equals(bytes.subarray(seedBytes))) return null;
  return "The key's second half is not the public key of its first: it was put together wrongly.";
}

/** Null if `key` is `whpk_` + base64 of 32 bytes, else what is wrong. */
export function checkPublicKey(key: string): string | null {
  const bytes = decode(key, publicPrefix);
  if (typeof bytes === "string") return bytes;
  return bytes.length === publicBytes ? null : `The key must decode to 32 bytes; it decodes to ${bytes.length}.`;
}

const keyOfSeed = (bytes: Buffer): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8, bytes.subarray(0, seedBytes)]), format: "der", type: "pkcs8" });

/** Key objects by key, the oldest going first: making one takes about as long as signing with it. */
const keys = new Map<string, KeyObject>();
const maxKeys = 1_000;

function keyOf(text: string): KeyObject {
  const known = keys.get(text);
  if (known) return known;
  const problem = isPublicKey(text) ? checkPublicKey(text) : checkSigningKey(text);
  if (problem) throw new Error(problem);
  const bytes = Buffer.from(text.slice(privatePrefix.length), "base64");
  const key = isPublicKey(text)
    ? createPublicKey({ key: Buffer.concat([spki, bytes]), format: "der", type: "spki" })
    : keyOfSeed(bytes);
  if (keys.size >= maxKeys) keys.delete(keys.keys().next().value!);
  keys.set(text, key);
  return key;
}

/** What receivers verify with. Throws for a private key that `checkSigningKey` refuses. */
export function publicKeyOf(secret: string): string {
  return publicPrefix + rawPublicKey(keyOf(secret)).toString("base64");
}

const signedText = (id: string, timestamp: string, body: string | Uint8Array) =>
  Buffer.concat([Buffer.from(`${id}.${timestamp}.`), typeof body === "string" ? Buffer.from(body) : body]);

/** One `v1a,<base64>` signature. `timestamp` is unix seconds as text. Throws for a key that `checkSigningKey` refuses. */
export function signAsymmetric(id: string, timestamp: string, body: string | Uint8Array, secret: string): string {
  return `v1a,${sign(null, signedText(id, timestamp, body), keyOf(secret)).toString("base64")}`;
}

/** Whether `signature` (`v1a,<base64>`) is one of this key's owner. Throws for a key that `checkPublicKey` refuses. */
export function verifyAsymmetric(
  signature: string,
  id: string,
  timestamp: string,
  body: string | Uint8Array,
  publicKey: string,
): boolean {
  if (!signature.startsWith("v1a,")) return false;
  const bytes = Buffer.from(signature.slice("v1a,".length), "base64");
  return bytes.length === 64 && verify(null, signedText(id, timestamp, body), keyOf(publicKey), bytes);
}
