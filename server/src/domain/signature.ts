import { createHmac, timingSafeEqual } from "node:crypto";
import { checkStandardSecret, signStandard } from "./standard-webhooks.ts";
import { checkPublicKey, isPublicKey, verifyAsymmetric } from "./standard-webhooks-asymmetric.ts";

/**
 * Verification of signed requests that Herald itself receives, one function a scheme. All of them fail closed, never
 * throw, compare in constant time, and need the body as it came over the wire (parsed and written again, it is another).
 */

/** `reason` is a sentence for the log of the receiving side; it holds no secret and no expected signature. */
export type Verification = { ok: true } | { ok: false; why: Refusal; reason: string };

/** No signature, one that was made too long ago (or in the future), or one that doesn't fit. */
export type Refusal = "unsigned" | "stale" | "wrong_signature";

/** Request headers with names in lower case, as Node gives them. A header that came as an array counts as missing. */
export type SignatureHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How far a signed time may be from `now`, either way, in milliseconds: the tolerance of Standard Webhooks. */
export const signatureTolerance = 5 * 60 * 1000;

/** `v1a` signatures of one request that are tried: a rotation makes two. */
const maxSignatures = 4;

const noMatch: Verification = {
  ok: false,
  why: "wrong_signature",
  reason: "No signature matches: another secret, or the body was changed on the way.",
};

/** From this number on, a time is in milliseconds: as milliseconds it is March 1973, as seconds the year 5138. */
const firstMilliseconds = 100_000_000_000;

/**
 * Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` (unix seconds), `webhook-signature` (signatures separated by
 * spaces). True if any `v1` signature is right for any of `secrets` that is one (`whsec_`), or any `v1a` signature for one
 * that is a public key (`whpk_`); those of other versions are passed over.
 */
export function verifyHerald(
  headers: SignatureHeaders,
  body: string | Uint8Array,
  secrets: readonly string[],
  now: Date,
): Verification {
  const id = header(headers, "webhook-id");
  const timestamp = header(headers, "webhook-timestamp");
  const signature = header(headers, "webhook-signature");
  if (id === null) return missing("webhook-id");
  if (timestamp === null) return missing("webhook-timestamp");
  if (signature === null) return missing("webhook-signature");
  const untimely = checkTime(timestamp, 1000, now);
  if (untimely) return untimely;
  const unusable = secrets
    .map((secret) => (isPublicKey(secret) ? checkPublicKey(secret) : checkStandardSecret(secret)))
    .find((problem) => problem !== null);
  if (unusable)
    return { ok: false, why: "wrong_signature", reason: `A secret of this receiver can't be used. ${unusable}` };
  const given = signature.split(" ");
  const publicKeys = secrets.filter(isPublicKey);
  // A stranger could send a header full of signatures, each of which costs a verification.
  const asymmetric = given.filter((one) => one.startsWith("v1a,")).slice(0, maxSignatures);
  if (publicKeys.some((key) => asymmetric.some((one) => verifyAsymmetric(one, id, timestamp, body, key)))) {
    return { ok: true };
  }
  const shared = secrets.filter((secret) => !isPublicKey(secret));
  if (shared.length === 0 && publicKeys.length > 0) return noMatch;
  return match(given, shared, (secret) => signStandard(id, timestamp, body, secret));
}

/**
 * SendPilot: `webhook-signature: t=<time>,s=<hex>`, HMAC of `<t>.<body>`. The unit of `t` is not documented, so seconds
 * and milliseconds are both taken. More than one `s=` is allowed, as a sender in the middle of a rotation may write it.
 */
export function verifySendpilot(
  headers: SignatureHeaders,
  body: string | Uint8Array,
  secrets: readonly string[],
  now: Date,
): Verification {
  const value = header(headers, "webhook-signature");
  if (value === null) return missing("webhook-signature");
  const parts = value.split(",").map((part) => part.trim());
  const times = parts.filter((part) => part.startsWith("t=")).map((part) => part.slice(2));
  const signatures = parts.filter((part) => part.startsWith("s=")).map((part) => part.slice(2).toLowerCase());
  const [t] = times;
  if (t === undefined || times.length > 1 || signatures.length === 0) {
    return {
      ok: false,
      why: "wrong_signature",
      reason: "The webhook-signature header is not of the form t=<time>,s=<hex>.",
    };
  }
  const untimely = checkTime(t, Number(t) >= firstMilliseconds ? 1 : 1000, now);
  if (untimely) return untimely;
  return match(signatures, secrets, (secret) =>
    createHmac("sha256", secret).update(`${t}.`).update(body).digest("hex"),
  );
}

/**
 * Apten: `x-signature-sha256: <hex>`, HMAC of the body. It signs no time, so a request that was overheard can be sent
 * again: the receiver must drop what it has seen. Without a secret there is nothing to verify, and this says no;
 * whether to accept unsigned requests is the caller's decision, taken before calling.
 */
export function verifyApten(
  headers: SignatureHeaders,
  body: string | Uint8Array,
  secrets: readonly string[],
): Verification {
  const value = header(headers, "x-signature-sha256");
  if (value === null) return missing("x-signature-sha256");
  return match([value.trim().toLowerCase()], secrets, (secret) =>
    createHmac("sha256", secret).update(body).digest("hex"),
  );
}

function header(headers: SignatureHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" && value !== "" ? value : null;
}

function missing(name: string): Verification {
  return { ok: false, why: "unsigned", reason: `The ${name} header is missing.` };
}

/** A refusal if `text` isn't a unix time (in units of `unit` milliseconds) close to `now`, else null. */
function checkTime(text: string, unit: 1 | 1000, now: Date): Verification | null {
  if (!/^\d{1,13}$/.test(text))
    return { ok: false, why: "wrong_signature", reason: "The signature's timestamp is not a unix time." };
  const ahead = Number(text) * unit - now.getTime();
  // An invalid `now` gives NaN, which fails this comparison and must be refused.
  if (Math.abs(ahead) <= signatureTolerance) return null;
  const direction = ahead > 0 ? "ahead of" : "behind";
  return {
    ok: false,
    why: "stale",
    reason: `The signature's timestamp is more than five minutes ${direction} this clock.`,
  };
}

/** Whether one of the `given` signatures is the one that one of the secrets makes. One HMAC a secret. */
function match(
  given: readonly string[],
  secrets: readonly string[],
  expected: (secret: string) => string,
): Verification {
  // An empty key would let anybody sign.
  const usable = secrets.filter((secret) => secret !== "");
  if (usable.length === 0)
    return { ok: false, why: "wrong_signature", reason: "This receiver has no secret to verify the signature with." };
  for (const secret of usable) {
    const right = Buffer.from(expected(secret));
    for (const candidate of given) {
      const bytes = Buffer.from(candidate);
      // timingSafeEqual throws on unequal lengths; the length of a right signature is no secret.
      if (bytes.length === right.length && timingSafeEqual(bytes, right)) return { ok: true };
    }
  }
  return noMatch;
}
