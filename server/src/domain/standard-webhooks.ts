import { hash, randomBytes } from "node:crypto";

/**
 * Standard Webhooks 1.0 (https://www.standardwebhooks.com): symmetric secrets and the `v1` signature, which is
 * base64 HMAC-SHA256 of `<id>.<timestamp>.<body>`. The `herald` format signs with it, and `signature.ts` verifies.
 */

const prefix = "whsec_";

/** Bounds of the decoded secret, in bytes; the specification's "between 24 bytes and 64 bytes". */
const minBytes = 24;
const maxBytes = 64;

/** A new secret: `whsec_` and 32 random bytes (as many as SHA-256 gives out) in base64. */
export function newStandardSecret(): string {
  return prefix + randomBytes(32).toString("base64");
}

/**
 * Null if `secret` is `whsec_` + canonical base64 of 24 to 64 bytes, else a sentence that says what is wrong. The
 * secret is never repeated in the sentence.
 * The check is strict because Node's base64 decoder is not: it drops characters that it doesn't know and takes the
 * URL alphabet too, so a mistyped secret would sign with another key than the receiver's.
 */
export function checkStandardSecret(secret: string): string | null {
  if (!secret.startsWith(prefix)) return `The secret must begin with ${prefix}.`;
  const text = secret.slice(prefix.length);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return `After ${prefix}, the secret must be base64: A-Z, a-z, 0-9, + and /, with = only as padding at the end.`;
  }
  const bytes = Buffer.from(text, "base64");
  // The way back shows missing or surplus padding, a cut-off last character, and bits that the padding leaves unused.
  if (bytes.toString("base64") !== text) {
    return "The secret's base64 is not canonical: it was cut off, or its padding or its last character is wrong.";
  }
  if (bytes.length < minBytes || bytes.length > maxBytes) {
    return `The secret must decode to ${minBytes} to ${maxBytes} bytes; it decodes to ${bytes.length}.`;
  }
  return null;
}

/** Of HMAC-SHA256 (RFC 2104): bytes of SHA-256's block, which no secret here is longer than, and of its digest. */
const blockBytes = 64;
const digestBytes = 32;

/** A decoded secret, as HMAC's two hashes begin with it. */
interface HmacKey {
  inner: Buffer;
  /** With room behind it for the inner digest. */
  outer: Buffer;
}

/**
 * Decoded keys by secret: decoding one each time takes 16 µs, a quarter of a core at 15,000 deliveries a second. The oldest
 * entry goes first: what is still in use comes back at the price of one decoding.
 */
const keys = new Map<string, HmacKey>();
const maxKeys = 10_000;

function keyOf(secret: string): HmacKey {
  const known = keys.get(secret);
  if (known) return known;
  const problem = checkStandardSecret(secret);
  if (problem) throw new Error(problem);
  const inner = Buffer.alloc(blockBytes);
  inner.write(secret.slice(prefix.length), "base64");
  const outer = Buffer.alloc(blockBytes + digestBytes);
  for (let i = 0; i < blockBytes; i++) {
    outer[i] = inner[i]! ^ 0x5c;
    inner[i]! ^= 0x36;
  }
  const key = { inner, outer };
  if (keys.size >= maxKeys) keys.delete(keys.keys().next().value!);
  keys.set(secret, key);
  return key;
}

/** Where messages are written to be hashed. Longer ones get a place of their own. */
const draft = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * One `v1,<base64>` signature. `timestamp` is unix seconds as text, exactly as in the `webhook-timestamp` header.
 * Throws for a secret that `checkStandardSecret` refuses.
 *
 * HMAC is put together here, of two one-shot hashes: `createHmac` makes an object outside of the heap for each message,
 * which took twice as long (3.2 against 1.8 µs for 900 bytes), and again when it was cleared away.
 */
export function signStandard(id: string, timestamp: string, body: string | Uint8Array, secret: string): string {
  const { inner, outer } = keyOf(secret);
  const head = `${id}.${timestamp}.`;
  // A unit of UTF-16 is three bytes of UTF-8 at most.
  const longest = blockBytes + 3 * (head.length + body.length);
  const message = longest <= draft.length ? draft : Buffer.allocUnsafe(longest);
  message.set(inner);
  let end = blockBytes + message.write(head, blockBytes);
  if (typeof body === "string") end += message.write(body, end);
  else {
    message.set(body, end);
    end += body.length;
  }
  // As Latin-1 text ("binary"): that is handed over faster than a buffer.
  outer.write(hash("sha256", message.subarray(0, end), "binary"), blockBytes, "latin1");
  return `v1,${hash("sha256", outer, "base64")}`;
}
