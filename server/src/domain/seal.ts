import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Thrown by `SecretBox.open`. The message says what to do, without what was sealed. */
export class UnsealError extends Error {
  override readonly name = "UnsealError";
}

/** A sealed value, and what it belongs to. */
export interface Sealed {
  value: Buffer;
  owner: string;
}

/** Why one of these values can't be opened, and what to do; null: all can. */
export function sealedProblem(box: SecretBox, values: readonly Sealed[]): string | null {
  for (const { value, owner } of values) {
    try {
      box.open(value, owner);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return null;
}

/**
 * Seals secrets (provider credentials, signing secrets) before they are stored: AES-256-GCM, a fresh 96-bit nonce each
 * time, and the owner's ID as associated data, so that a sealed value moved to another row doesn't open.
 */
export class SecretBox {
  private readonly key: Buffer;

  /** `key`: 32 bytes. */
  constructor(key: Buffer) {
    if (key.length !== 32) throw new Error(`The secret key must have 32 bytes; this one has ${key.length}.`);
    this.key = key;
  }

  /** nonce (12 bytes), tag (16 bytes), ciphertext. `owner`: what the value belongs to, e.g. `ws_.../sender_...`. */
  seal(text: string, owner: string): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** A key of 32 bytes for another use: nothing that it makes says anything about this one, or about that of another use. */
  derive(use: string): Buffer {
    return Buffer.from(hkdfSync("sha256", this.key, "", `herald ${use}`, 32));
  }

  /** Throws an `UnsealError` where the key is another one or the value was changed. */
  open(sealed: Buffer, owner: string): string {
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.key, sealed.subarray(0, 12), { authTagLength: 16 }).setAAD(
        Buffer.from(owner),
      );
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString("utf8");
    } catch (error) {
      throw new UnsealError(
        `A stored secret of ${owner} can't be opened: HERALD_SECRET_KEY (or the file secret.key in the data folder) is not the one it was sealed with, or the row was damaged. Start Herald with that key, or give the secret anew.`,
        { cause: error },
      );
    }
  }
}
