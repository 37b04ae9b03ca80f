import type { Destination } from "../../db/destination.ts";
import type { SecretBox } from "../../domain/seal.ts";

/**
 * A destination's signing secrets, unsealed, the newest first, and until when each of them signs (unix ms, for ever where it
 * wasn't rotated). Throws where one can't be unsealed.
 */
export function openSecrets(
  box: SecretBox,
  owner: string,
  { secret, previousSecret, previousSecretUntil, olderSecrets }: Destination,
): { secrets: string[]; secretsUntil: number[] } {
  const secrets = secret ? [box.open(secret, owner)] : [];
  const secretsUntil = secrets.map(() => Number.POSITIVE_INFINITY);
  if (previousSecret) {
    secrets.push(box.open(previousSecret, owner));
    secretsUntil.push(previousSecretUntil?.getTime() ?? 0);
  }
  for (const older of olderSecrets ?? []) {
    secrets.push(box.open(Buffer.from(older.secret, "base64"), owner));
    secretsUntil.push(Date.parse(older.until));
  }
  return { secrets, secretsUntil };
}
