import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
    // Of two processes that start at once, one's key gets the name, whole, and both read it.
    const made = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
    writeFileSync(made, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flag: "wx" });
    try {
      linkSync(made, file);
    } catch (error) {
      // On file systems without hard links the name is taken by whoever is first, and a reader may find it half written.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" && !existsSync(file)) renameSync(made, file);
    } finally {
      rmSync(made, { force: true });
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
