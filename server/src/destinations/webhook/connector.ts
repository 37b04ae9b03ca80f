import { isIP, type LookupFunction, type Socket } from "node:net";
import { buildConnector } from "undici";
import { isPublicAddress, publicAddresses } from "./address-check.ts";
import { type EgressProxy, tunnel } from "./egress-proxy.ts";
import type { Resolve } from "./resolve-name.ts";
import type { TlsIdentity } from "./tls-identity.ts";

/**
 * How connections are made. Where only the public internet may be called (`guarded`), the host is looked up for each new
 * connection, all its addresses are checked, and the connection goes to these: nobody looks the name up once more.
 */
export interface ConnectorOptions {
  /** Milliseconds for name look-up, connection and TLS together. */
  timeoutMs: number;
  guarded: boolean;
  resolve: Resolve;
  proxy: EgressProxy | null;
}

export type Connector = buildConnector.connector;
type Target = Parameters<Connector>[0];

export function buildGuardedConnector(options: ConnectorOptions, tls: TlsIdentity | null): Connector {
  const { timeoutMs, guarded, resolve, proxy } = options;
  const direct = buildConnector({
    timeout: timeoutMs,
    // One request at a time has no use for HTTP/2, whose streams, settings and pings a receiver could play with.
    allowH2: false,
    lookup: lookupBy(resolve, guarded),
    ...tls?.options,
  } as buildConnector.BuildOptions);

  return (target, callback) => {
    const { hostname } = target;
    // node:net looks no addresses up, so that the check of names doesn't see them.
    if (guarded && isIP(hostname) !== 0 && !isPublicAddress(hostname)) callback(addressRefused(hostname), null);
    else if (proxy === null) direct(target, callback);
    else throughProxy(target, proxy);

    function throughProxy(to: Target, by: EgressProxy): void {
      const port = Number(to.port) || (to.protocol === "https:" ? 443 : 80);
      const open = (host: string) =>
        tunnel(by, host, port, timeoutMs, (error, socket) => {
          if (!socket) callback(error ?? new Error("no connection"), null);
          else if (to.protocol === "https:") direct({ ...to, httpSocket: socket as Socket }, callback);
          else callback(null, socket as Socket);
        });
      // Unguarded, the name goes to the proxy, which may know names that are not known here, and judge them.
      if (!guarded || isIP(to.hostname) !== 0) {
        open(to.hostname);
        return;
      }
      resolve(to.hostname, (error, addresses) => {
        const first = publicAddresses(addresses)[0];
        if (error) callback(error, null);
        else if (!first) callback(addressRefused(to.hostname), null);
        else open(first.address);
      });
    }
  };
}

function lookupBy(resolve: Resolve, guarded: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const open = guarded ? publicAddresses(addresses) : [...addresses];
      const first = open[0];
      if (!first) return callback(addressRefused(hostname), "", 0);
      if (options.all) callback(null, open);
      else callback(null, first.address, first.family);
    });
  };
}

/** Which addresses a name has inside is not told: it is for the administrator to know. */
function addressRefused(hostname: string): NodeJS.ErrnoException {
  const message = `${hostname} is, or has, an address on a private or reserved network, where this Herald doesn't send webhooks (HERALD_ALLOW_PRIVATE_DESTINATIONS).`;
  return Object.assign(new Error(message), { code: "HERALD_ADDRESS_REFUSED" });
}
