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
    // Node adds what its own users could do.
    return { code: "tls_failed", detail: `The TLS connection failed: ${detail.replace(/; if the root CA .*$/, "")}` };
  }
  if (isLost(cause)) {
    const when = answering ? "before its answer had ended" : "before an answer came";
    return { code: "connection_lost", detail: `The receiver closed the connection ${when}: ${detail}` };
  }
  return { code: "request_failed", detail };
}

/** What the system's resolver and the DNS (c-ares) say. */
const dnsCodes = new Set(
  "ENOTFOUND EAI_AGAIN EAI_FAIL ENODATA ESERVFAIL EREFUSED EFORMERR EBADRESP EBADNAME ETIMEOUT ECANCELLED".split(" "),
);

/** Whether the other side closed the connection. */
export function isLost(error: Error): boolean {
  return ["ECONNRESET", "EPIPE", "HERALD_RESPONSE_CUT"].includes((error as NodeJS.ErrnoException).code ?? "");
}
