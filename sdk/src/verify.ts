import type { AptenEvent } from "./apten.ts";
import type { HeraldEvent } from "./events.ts";
import type { SendPilotEvent } from "./sendpilot.ts";

/**
 * Verifies webhooks by the three signature schemes that Herald writes. Web Crypto only, so that it runs on Node 20 and later,
 * Bun, Deno and edge runtimes alike.
 */

/** Whose words a webhook is in: a destination's `format`. */
export type Format = "herald" | "sendpilot" | "apten";

export interface EventOf {
  herald: HeraldEvent;
  sendpilot: SendPilotEvent;
  apten: AptenEvent;
}

/** Headers as any framework has them: `Headers`, or an object with names in lower case. */
export type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request whose body is still as it was sent. A body that was parsed and written again has another signature. */
export interface RawRequest {
  headers: HeadersLike;
  body: string | Uint8Array;
}

export interface VerifyOptions<F extends Format = Format> {
  /** Which scheme to expect. Default: by the secret (`whsec_`, `whpk_`: herald), else by the headers. */
  format?: F;
  /** How old, or how far in the future, a signature may be. Default 300. Apten's has no time. */
  toleranceSeconds?: number;
  /** Unix milliseconds. Default: now. */
  now?: number;
}

export type VerifyProblem =
  | "missing_signature"
  | "bad_timestamp"
  | "stale_signature"
  | "wrong_signature"
  | "bad_secret"
  | "bad_body";

/** The request is not to be trusted (`bad_body`: it is, but is no event). `code` is for programs, the message for people. */
export class WebhookVerificationError extends Error {
  readonly code: VerifyProblem;

  constructor(code: VerifyProblem, message: string) {
    super(message);
    this.name = "WebhookVerificationError";
    this.code = code;
  }
}

/** An event that was verified, and its ID for de-duplication. */
export interface Verified<F extends Format = Format> {
  format: F;
  event: EventOf[F];
  /** The event's ID; the SHA-256 of the body where that holds none: Apten's, and what a destination's `transform` made. */
  id: string;
}

/** SendPilot signatures of one request that are tried: a rotation makes two. */
const mostSignatures = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Verifies a webhook and gives its event. `secret`: the destination's secret, or its public key (`whpk_`); several during a
 * rotation. Throws WebhookVerificationError.
 */
export async function verify<F extends Format = Format>(
  request: RawRequest | Request,
  secret: string | readonly string[],
  options: VerifyOptions<F> = {},
): Promise<Verified<F>> {
  const { headers, body } = await rawOf(request);
  const secrets = typeof secret === "string" ? [secret] : secret;
  if (secrets.length === 0 || secrets.some((each) => typeof each !== "string" || each === ""))
    throw new WebhookVerificationError(
      "bad_secret",
      "There is no secret to verify with; is its environment variable set?",
    );
  const format: Format = options.format ?? formatOf(headers, secrets);
  const now = options.now ?? Date.now();
  const tolerance = (options.toleranceSeconds ?? 300) * 1000;
  if (format === "herald") await verifyStandard(headers, body, secrets, now, tolerance);
  else if (format === "sendpilot") await verifySendPilot(headers, body, secrets, now, tolerance);
  else await verifyApten(headers, body, secrets);
  const event = parse(body);
  // The header is signed, and there whatever a destination's `transform` made of the body.
  const told = format === "herald" ? header(headers, "webhook-id") : format === "sendpilot" ? event.eventId : null;
  const id = typeof told === "string" && told !== "" ? told : hex(await crypto.subtle.digest("SHA-256", body));
  return { format, event, id } as unknown as Verified<F>;
}

function formatOf(headers: HeadersLike, secrets: readonly string[]): Format {
  if (secrets.some((secret) => /^wh(sec|pk)_/.test(secret))) return "herald";
  if (header(headers, "webhook-signature") !== null) return "sendpilot";
  return "apten";
}

async function verifyStandard(
  headers: HeadersLike,
  body: Bytes,
  secrets: readonly string[],
  now: number,
  tolerance: number,
): Promise<void> {
  const id = needed(headers, "webhook-id");
  const timestamp = needed(headers, "webhook-timestamp");
  checkTime(timestamp, Number(timestamp) * 1000, now, tolerance);
  const signatures = needed(headers, "webhook-signature").split(" ");
  const signed = concat(encoder.encode(`${id}.${timestamp}.`), body);
  for (const secret of secrets) {
    const asymmetric = secret.startsWith("whpk_");
    const version = asymmetric ? "v1a," : "v1,";
    const bytes = keyBytes(secret, asymmetric ? "whpk_" : "whsec_");
    for (const signature of signatures) {
      if (!signature.startsWith(version)) continue;
      const given = fromBase64(signature.slice(version.length));
      if (given && (asymmetric ? await verifyEd25519(bytes, given, signed) : await verifyHmac(bytes, given, signed)))
        return;
    }
  }
  throw wrong();
}

async function verifySendPilot(
  headers: HeadersLike,
  body: Bytes,
  secrets: readonly string[],
  now: number,
  tolerance: number,
): Promise<void> {
  const parts = needed(headers, "webhook-signature")
    .split(",")
    .map((part) => part.trim());
  const of = (name: string) => parts.filter((part) => part.startsWith(name)).map((part) => part.slice(name.length));
  const [t, another] = of("t=");
  // A sender in the middle of a rotation may write several.
  const signatures = of("s=").filter((s) => /^[0-9a-f]{64}$/i.test(s));
  if (t === undefined || another !== undefined || signatures.length === 0)
    throw new WebhookVerificationError(
      "missing_signature",
      "webhook-signature has not the form t=<timestamp>,s=<hex>.",
    );
  // SendPilot doesn't document the unit: what would lie 300 centuries ahead in seconds is meant in milliseconds.
  const at = Number(t);
  checkTime(t, at > 1e11 ? at : at * 1000, now, tolerance);
  const signed = concat(encoder.encode(`${t}.`), body);
  for (const secret of secrets)
    for (const s of signatures.slice(0, mostSignatures))
      if (await verifyHmac(encoder.encode(secret), fromHex(s), signed)) return;
  throw wrong();
}

async function verifyApten(headers: HeadersLike, body: Bytes, secrets: readonly string[]): Promise<void> {
  const signature = needed(headers, "x-signature-sha256").trim();
  if (!/^[0-9a-f]{64}$/i.test(signature)) throw wrong();
  for (const secret of secrets) if (await verifyHmac(encoder.encode(secret), fromHex(signature), body)) return;
  throw wrong();
}

function checkTime(text: string, at: number, now: number, tolerance: number): void {
  if (!/^\d{1,16}$/.test(text))
    throw new WebhookVerificationError("bad_timestamp", "The signature's timestamp is no number.");
  if (Math.abs(now - at) <= tolerance) return;
  const how = at < now ? "old" : "in the future";
  const seconds = Math.round(Math.abs(now - at) / 1000);
  throw new WebhookVerificationError(
    "stale_signature",
    `The signature is ${seconds} s ${how}; ${tolerance / 1000} s are allowed. If the request is new, this machine's clock is wrong.`,
  );
}

function wrong(): WebhookVerificationError {
  return new WebhookVerificationError(
    "wrong_signature",
    "The signature doesn't fit: the secret is another destination's, or the body was parsed and written again on its way here.",
  );
}

type Bytes = Uint8Array<ArrayBuffer>;

async function verifyHmac(key: Bytes, signature: Bytes, signed: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  // Compares in constant time.
  return await crypto.subtle.verify("HMAC", imported, signature, signed);
}

async function verifyEd25519(key: Bytes, signature: Bytes, signed: Bytes): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, signed);
}

function keyBytes(secret: string, prefix: string): Bytes {
  const bytes = secret.startsWith(prefix) ? fromBase64(secret.slice(prefix.length)) : null;
  if (bytes && bytes.length >= 24) return bytes;
  throw new WebhookVerificationError(
    "bad_secret",
    "A secret of the format herald is whsec_ (or whpk_, a public key) and base64, exactly as Herald showed it.",
  );
}

async function rawOf(request: RawRequest | Request): Promise<{ headers: HeadersLike; body: Bytes }> {
  const { headers } = request;
  // By what it can do: the Request of another library or realm is none of this one's.
  if ("arrayBuffer" in request && typeof request.arrayBuffer === "function") {
    if (request.bodyUsed)
      throw new TypeError(
        "The request's body was read before. Verify first, without reading it: what comes back has the event. Or read the text once, and give it with the headers.",
      );
    return { headers, body: new Uint8Array(await request.arrayBuffer()) };
  }
  const { body } = request as RawRequest;
  if (typeof body === "string") return { headers, body: encoder.encode(body) };
  if (ArrayBuffer.isView(body)) return { headers, body: copyOf(body) };
  throw new TypeError(
    "The request's body must be the raw text or bytes. A framework's JSON parser has replaced it: see the adapters for how to keep it.",
  );
}

function parse(body: Bytes): { eventId?: unknown } {
  try {
    const event: unknown = JSON.parse(decoder.decode(body));
    if (typeof event === "object" && event !== null && !Array.isArray(event)) return event;
  } catch {}
  throw new WebhookVerificationError("bad_body", "The body is no JSON object.");
}

function needed(headers: HeadersLike, name: string): string {
  const value = header(headers, name);
  if (value !== null) return value;
  throw new WebhookVerificationError("missing_signature", `The request has no header ${name}.`);
}

function header(headers: HeadersLike, name: string): string | null {
  // By what it can do, as with the request: the Headers of another realm are none of this one's.
  if (isHeaders(headers)) return headers.get(name);
  const value = headers[name] ?? headers[Object.keys(headers).find((key) => key.toLowerCase() === name) ?? ""];
  if (value === undefined) return null;
  return typeof value === "string" ? value : (value[0] ?? null);
}

/** As bytes of this realm. */
function copyOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Bytes {
  return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));
}

function isHeaders(headers: HeadersLike): headers is Headers {
  return typeof headers.get === "function";
}

function concat(a: Uint8Array, b: Uint8Array): Bytes {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}

/** Null: it is not base64. */
function fromBase64(text: string): Bytes | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

function fromHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
