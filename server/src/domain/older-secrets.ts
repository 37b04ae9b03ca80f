/** A secret from before the previous one, and until when it is good. */
export interface OlderSecret {
  /** Sealed, in base64. */
  secret: string;
  /** ISO 8601. */
  until: string;
}

/** So many beside the present secret and the previous one: as many as still fit into a header. */
const most = 4;

/**
 * Those that stay good beside the previous secret when a secret is rotated, the latest first, as JSON; null: none. Each has its
 * own time, however often a secret is rotated within it.
 */
export function olderSecretsAfter(before: {
  previousSecret: Buffer | null;
  previousSecretUntil: Date | null;
  olderSecrets: readonly OlderSecret[] | null;
}): string | null {
  const { previousSecret, previousSecretUntil, olderSecrets } = before;
  const last = previousSecret && previousSecretUntil;
  const all = [
    ...(last ? [{ secret: previousSecret.toString("base64"), until: previousSecretUntil.toISOString() }] : []),
    ...(olderSecrets ?? []),
  ].filter(({ until }) => Date.parse(until) > Date.now());
  return all.length > 0 ? JSON.stringify(all.slice(0, most)) : null;
}
