import { request } from "node:http";
import type { Duplex } from "node:stream";

/** An HTTP proxy through which all webhooks go (CONNECT). */
export interface EgressProxy {
  hostname: string;
  port: number;
  /** Value of `Proxy-Authorization`; null: none. Never shown. */
  authorization: string | null;
}

/** Throws an Error with a sentence that doesn't hold what was given: there may be a password in it. */
export function parseEgressProxy(text: string): EgressProxy {
  const url = URL.parse(text);
  if (url?.protocol !== "http:" || url.hostname === "" || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new Error("give it as http://host:port or http://user:password@host:port");
  let credentials: string;
  try {
    credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    throw new Error("its user name or password has a % that is not followed by two hexadecimal digits (write %25)");
  }
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 80 : Number(url.port),
    authorization: credentials === ":" ? null : `Basic ${Buffer.from(credentials).toString("base64")}`,
  };
}

/**
 * A connection to `host` (a name, or an IP address without brackets) through the proxy. Errors have the code
 * HERALD_PROXY_FAILED, and say nothing of where the proxy is: users of the API read them.
 */
export function tunnel(
  proxy: EgressProxy,
  host: string,
  port: number,
  timeoutMs: number,
  callback: (error: Error | null, socket: Duplex | null) => void,
): void {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  let ended = false;
  const end = (error: Error | null, socket: Duplex | null) => {
    clearTimeout(timer);
    if (ended) {
      socket?.destroy();
      return;
    }
    ended = true;
    callback(error, socket);
  };
  const connecting = request({
    ...{ host: proxy.hostname, port: proxy.port, method: "CONNECT", path: authority, agent: false },
    headers: {
      host: authority,
      ...(proxy.authorization === null ? {} : { "proxy-authorization": proxy.authorization }),
    },
  });
  const timer = setTimeout(() => {
    end(failed(`it did not answer within ${timeoutMs / 1_000} seconds`), null);
    connecting.destroy();
  }, timeoutMs);
  connecting
    .on("connect", ({ statusCode }, socket, head) => {
      if (statusCode === undefined || statusCode < 200 || statusCode > 299) {
        socket.destroy();
        end(failed(`it answered ${statusCode} to CONNECT ${authority}`), null);
        return;
      }
      if (head.length > 0) socket.unshift(head);
      end(null, socket);
    })
    .on("response", (response) => {
      response.destroy();
      end(failed(`it answered ${response.statusCode} to CONNECT ${authority}`), null);
    })
    .on("error", (error: NodeJS.ErrnoException) => end(failed(`no connection to it (${error.code ?? "error"})`), null))
    .end();
}

function failed(why: string): Error {
  return Object.assign(new Error(`The egress proxy (HERALD_EGRESS_PROXY) did not let it through: ${why}.`), {
    code: "HERALD_PROXY_FAILED",
  });
}
