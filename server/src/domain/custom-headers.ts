import type { ErrorDetail } from "./error.ts";

/** Headers that a destination's owner adds to its requests. */
export const customHeaderLimits = { count: 20, name: 100, value: 4_000 } as const;

/** Hop-by-hop or of the message's framing (RFC 9110, 7.6.1; RFC 9112), and those that Herald sets itself. */
const reserved = new Set([
  ...["connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer"],
  ...["transfer-encoding", "upgrade", "content-length", "expect", "host", "http2-settings"],
  ...["content-type", "content-encoding", "x-signature-sha256"],
]);
/** `webhook-`: the signatures of Standard Webhooks and SendPilot. */
const reservedPrefixes = ["webhook-", "herald-"];

/** RFC 9110, 5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, 5.5, without obs-text: what is beyond ASCII arrives differently at different receivers. */
const fieldValue = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;

/** Names in lower case; or what is wrong, one detail a header. Values are in no message: they may be secrets. */
export function checkCustomHeaders(
  given: Readonly<Record<string, string>>,
): { headers: Record<string, string>; problems: [] } | { headers: null; problems: ErrorDetail[] } {
  const problems: ErrorDetail[] = [];
  const headers = new Map<string, string>();
  const { count, name: longestName, value: longestValue } = customHeaderLimits;
  const entries = Object.entries(given);
  if (entries.length > count) {
    problems.push({ field: "headers", reason: `${entries.length} headers; at most ${count}.` });
  }
  for (const [given, value] of entries.slice(0, count)) {
    const name = given.toLowerCase();
    const problem = (reason: string) => void problems.push({ field: `headers.${given.slice(0, longestName)}`, reason });
    if (!token.test(given) || given.length > longestName) {
      problem(`This is not the name of a header: letters, digits and - . _ and the like, at most ${longestName}.`);
    } else if (reserved.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))) {
      problem("Herald or the connection sets this header itself; it can't be given.");
    } else if (headers.has(name)) {
      problem("This header is given twice; upper and lower case are the same here.");
    } else if (value.length > longestValue || !fieldValue.test(value)) {
      problem(
        `The value must be 1 to ${longestValue} printable ASCII characters, without spaces or tabs at its beginning or end.`,
      );
    }
    headers.set(name, value);
  }
  if (problems.length > 0) return { headers: null, problems };
  return { headers: Object.fromEntries(headers), problems: [] };
}
