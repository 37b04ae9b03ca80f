import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "./config.ts";

/**
 * The key that seals stored secrets: HERALD_SECRET_KEY (32 bytes as base64 or hex), else the file `secret.key` in the data
 * folder, made on the first start and readable by its owner only. Whoever loses it loses the sealed credentials.
 */
export function loadSecretKey(configured: string | null, dataDir: string): Buffer {
  if (configured !== null) return decode(configured, "HERALD_SECRET_KEY");
  const file = join(dataDir, "secret.key");
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    // `wx`: of two processes that start at once, one makes the key and the other reads it.
    try {
      writeFileSync(file, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  chmodSync(file, 0o600);
  return decode(readFileSync(file, "utf8").trim(), file);
}

/** Checks the alphabet first: Node's decoders drop what they don't know without a word. */
function decode(text: string, from: string): Buffer {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, "base64");
  throw new ConfigError(
    `${from} must hold 32 bytes as base64 (44 characters) or hex (64 characters). Make one with: openssl rand -base64 32`,
  );
}
