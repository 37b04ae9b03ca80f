import { errors } from "undici";

/** Codes of Node, OpenSSL and undici, in words. `answering`: bytes of an answer had come. */
export function describeFailure(error: Error, answering: boolean): { code: string; detail: string } {
  const cause = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException;
  const code = cause.code ?? "";
  const detail = cause.message;
  if (detail === "bad response") {
    const detailed =
      "The receiver answered 100 Continue, or something that belongs to no request; the request asked for neither.";
    return { code: "invalid_response", detail: detailed };
  }
  if (detail === "bad upgrade") {
    const detailed = "The receiver changed to another protocol (Upgrade), which the request did not ask for.";
    return { code: "invalid_response", detail: detailed };
  }
  if (isNotHttp(cause)) {
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
  return ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/**
 * Whether bytes came back that are no HTTP. By class: undici 8.12 leaves the code out of most of its parser's errors.
 * An assertion is undici's own way to say that a status is below 100.
 */
function isNotHttp(error: NodeJS.ErrnoException): boolean {
  if (error instanceof errors.HTTPParserError) return true;
  return ["UND_ERR_HEADERS_OVERFLOW", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "ERR_ASSERTION"].includes(
    error.code ?? "",
  );
}
