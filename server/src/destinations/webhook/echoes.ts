import type { Exchange } from "./exchange.ts";

/**
 * Receivers that repeat what they were sent (those for trying things out, error pages of frameworks, proxies' traces) would
 * put a destination's credentials into the log of attempts, which whoever may read deliveries reads. So what is sealed
 * here is taken out of what comes back, too.
 */

/** Shorter ones are no secrets, and would garble answers that happen to have the same letters. */
const leastLength = 6;
const inTheirPlace = "***";

/** Headers that people set and that are no secrets: answers have the same words for reasons of their own. */
const harmless = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "from",
  "origin",
  "referer",
  "user-agent",
]);

/** As a text stands in an answer: by itself, and in JSON, where some write a slash as `\/`. */
function written(secret: string): string[] {
  const quoted = JSON.stringify(secret).slice(1, -1);
  return [secret, quoted, quoted.replaceAll("/", "\\/")];
}

/**
 * What answers must not show of these headers and texts, the longest first, so that nothing is left of one that holds another.
 * Of `Bearer abc` also what follows the scheme. Null: nothing.
 */
export function secretsIn(headers: Readonly<Record<string, string>>, texts: readonly string[] = []): string[] | null {
  const secrets = new Set<string>();
  const values = Object.entries(headers).flatMap(([name, value]) => (harmless.has(name) ? [] : [value]));
  for (const value of [...values, ...texts]) {
    const credentials = /^[\w-]+ +(\S+)$/.exec(value)?.[1];
    for (const one of [value, credentials])
      if (one !== undefined && one.length >= leastLength) for (const text of written(one)) secrets.add(text);
  }
  return secrets.size === 0 ? null : [...secrets].sort((a, b) => b.length - a.length);
}

/** The exchange without them; the same one where it has none. */
export function withoutEchoes(exchange: Exchange, secrets: readonly string[] | null): Exchange {
  if (secrets === null) return exchange;
  const clean = (text: string) => secrets.reduce((left, secret) => left.replaceAll(secret, inTheirPlace), text);
  const { body, headers } = exchange;
  const entries = Object.entries(headers);
  const echoed = entries.some(([, value]) => secrets.some((secret) => value.toString().includes(secret)));
  return {
    ...exchange,
    body: clean(body),
    // Otherwise the same object: what is made of it is kept (`answeredLines`).
    headers: echoed
      ? Object.fromEntries(
          entries.map(([name, value]) => [name, typeof value === "string" ? clean(value) : value.map(clean)]),
        )
      : headers,
  };
}
