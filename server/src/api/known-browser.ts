import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { SecretBox } from "../domain/seal.ts";
import { cookieOf } from "./visit.ts";

/**
 * A browser in which somebody signed in before is known for that account by a cookie, and its tries are counted apart: a
 * stranger who wears an account's tries out keeps its owner out of new browsers only (OWASP, "device cookies"). The cookie
 * signs nobody in; it is a number and a MAC over it and the address, so that nothing has to be stored.
 */
const name = "herald_browser";
const days = 180;
const idBytes = 16;
const macBytes = 16;

const macOf = (box: SecretBox, email: string, id: Buffer): Buffer =>
  createHmac("sha256", box.derive("known browser")).update(id).update(email).digest().subarray(0, macBytes);

/** What tries of this browser at this account are counted under; null: it isn't known for the account. `email`: normalised. */
export function knownBrowser(box: SecretBox, cookies: string | null, email: string): string | null {
  const value = cookieOf(cookies ?? undefined, name, /^[A-Za-z0-9_-]{43}$/);
  if (value === null) return null;
  const bytes = Buffer.from(value, "base64url");
  const id = bytes.subarray(0, idBytes);
  return timingSafeEqual(bytes.subarray(idBytes), macOf(box, email, id))
    ? `browser ${id.toString("hex")} ${email}`
    : null;
}

/** The header by which the browser is known from now on. Sent back to where people sign in only. */
export function browserCookie(box: SecretBox, email: string, publicUrl: string | null): string {
  const id = randomBytes(idBytes);
  const value = Buffer.concat([id, macOf(box, email, id)]).toString("base64url");
  const secure = publicUrl?.startsWith("https:") ? "; Secure" : "";
  return `${name}=${value}; Path=/v1/session; HttpOnly; SameSite=Strict; Max-Age=${days * 86_400}${secure}`;
}
