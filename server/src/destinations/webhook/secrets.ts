import type { Destination } from "../../db/destination.ts";
import { type SecretBox, sealedProblem } from "../../domain/seal.ts";

/**
 * A destination's signing secrets, unsealed, the newest first, and until when each of them signs (unix ms, for ever where it
 * wasn't rotated). Throws where the present one can't be unsealed. Those from before a rotation are left out then: the
 * rotation may have been what mended a destination whose secret nobody could open any more.
 */
export function openSecrets(
  box: SecretBox,
  owner: string,
  { secret, previousSecret, previousSecretUntil, olderSecrets }: Destination,
): { secrets: string[]; secretsUntil: number[] } {
  const secrets = secret ? [box.open(secret, owner)] : [];
  const secretsUntil = secrets.map(() => Number.POSITIVE_INFINITY);
  const before = (sealed: Buffer, until: number) => {
    const value = { value: sealed, owner };
    if (sealedProblem(box, [value]) !== null) return;
    secrets.push(box.open(sealed, owner));
    secretsUntil.push(until);
  };
  if (previousSecret) before(previousSecret, previousSecretUntil?.getTime() ?? 0);
  for (const older of olderSecrets ?? []) before(Buffer.from(older.secret, "base64"), Date.parse(older.until));
  return { secrets, secretsUntil };
}
