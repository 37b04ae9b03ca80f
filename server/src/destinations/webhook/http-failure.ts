import { InvalidResponse } from "./response-reader.ts";

/** Codes of Node, OpenSSL, undici and Herald, in words. `answering`: bytes of an answer had come. */
export function describeFailure(error: Error, answering: boolean): { code: string; detail: string } {
  const cause = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException;
  const code = cause.code ?? "";
  const detail = cause.message;
  if (cause instanceof InvalidResponse) {
    const why = detail.replace(/\s+/g, " ").trim();
    const detailed = `The receiver did not answer with HTTP; check the destination's URL and port. (${why})`;
    return { code: "invalid_response", detail: detailed };
  }
  if (code === "ECONNREFUSED") return { code: "connection_refused", detail: `Nobody listens there: ${detail}` };
  if (dnsCodes.has(code)) return { code: "dns_failed", detail: `The host name can't be resolved: ${detail}` };
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") return { code: "connect_timeout", detail };
  if (code === "HERALD_ADDRESS_REFUSED") return { code: "address_refused", detail };
  if (code === "HERALD_PROXY_FAILED") return { code: "proxy_failed", detail };
  if (
    /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|UNABLE_|SELF_SIGNED|HOSTNAME)/.test(code) ||
    /certificate|SSL|TLS/i.test(detail)
  ) {
    return { code: "tls_failed", detail: describeTls(cause) };
  }
  if (isLost(cause)) {
    const when = answering ? "before its answer had ended" : "before an answer came";
    return { code: "connection_lost", detail: `The receiver closed the connection ${when}: ${detail}` };
  }
  return { code: "request_failed", detail };
}

/** What OpenSSL's reasons mean for whoever has set the destination up; "alert" is what the receiver says itself. */
const tlsReasons: readonly [RegExp, (reason: string) => string][] = [
  [
    /wrong version number|http request|packet length too long|record layer failure/i,
    (reason) => `What listens there does not speak TLS (${reason}); check the destination's URL and port.`,
  ],
  [
    /alert (?:certificate|bad certificate|unsupported certificate|unknown ca|access denied)/i,
    (reason) =>
      `The receiver asks for a client certificate, or does not take the one that it got (${reason}); see the destination's tls.`,
  ],
  [
    /alert handshake failure/i,
    (reason) =>
      `The receiver refused the TLS handshake (${reason}): it may ask for a client certificate (the destination's tls), or know none of Herald's ciphers.`,
  ],
  [
    /protocol version|unsupported protocol/i,
    (reason) => `The receiver has no version of TLS in common with Herald, which speaks 1.2 and 1.3 (${reason}).`,
  ],
];

/** Of OpenSSL's errors only the reason is for people: the rest are addresses in memory and places in its sources. */
function describeTls({ code, message, reason }: NodeJS.ErrnoException & { reason?: string }): string {
  if (reason === undefined || !/^(?:ERR_SSL_|EPROTO)/.test(code ?? ""))
    // Node adds what its own users could do.
    return `The TLS connection failed: ${message.replace(/; if the root CA .*$/, "")}`;
  const known = tlsReasons.find(([pattern]) => pattern.test(reason));
  return known ? known[1](reason) : `The TLS connection failed: ${reason}.`;
}

/** What the system's resolver and the DNS (c-ares) say. */
const dnsCodes = new Set(
  "ENOTFOUND EAI_AGAIN EAI_FAIL ENODATA ESERVFAIL EREFUSED EFORMERR EBADRESP EBADNAME ETIMEOUT ECANCELLED".split(" "),
);

/** Whether the other side closed the connection. */
export function isLost(error: Error): boolean {
  return ["ECONNRESET", "EPIPE", "HERALD_RESPONSE_CUT"].includes((error as NodeJS.ErrnoException).code ?? "");
}
