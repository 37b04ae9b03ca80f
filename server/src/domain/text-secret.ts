import { randomBytes } from "node:crypto";

/** Secrets that key an HMAC with their own UTF-8 bytes, undecoded: those of the `sendpilot` and `apten` formats. */

const minLength = 16;
const maxLength = 512;

/** A new secret: 32 random bytes in hex (64 characters). */
export function newTextSecret(): string {
  return randomBytes(32).toString("hex");
}

/**
 * Null if `secret` can be used, else a sentence that says what is wrong: 16 to 512 characters of printable ASCII, no
 * space at either end. Other characters have several encodings, and which one a receiver takes is anybody's guess; a
 * space or a line break at the end comes from copying, and the receiver's copy won't have it.
 */
export function checkTextSecret(secret: string): string | null {
  if (!/^[\x20-\x7e]*$/.test(secret)) return "The secret must be printable ASCII: no control or accented characters.";
  if (secret !== secret.trim()) return "The secret must not begin or end with a space.";
  if (secret.length < minLength) return `The secret must have at least ${minLength} characters.`;
  if (secret.length > maxLength) return `The secret must have at most ${maxLength} characters.`;
  return null;
}
