import { isIP, type LookupFunction, type Socket } from "node:net";
import { buildConnector } from "undici";
import { isMetadataAddress, publicAddresses } from "./address-check.ts";
import { type EgressProxy, tunnel } from "./egress-proxy.ts";
import type { Resolve } from "./resolve-name.ts";
import type { TlsIdentity } from "./tls-identity.ts";

/**
 * How connections are made. Where only the public internet may be called (`guarded`), the host is looked up for each new
 * connection, all its addresses are checked, and the connection goes to these: nobody looks the name up once more. A
 * cloud's metadata service is never called.
 */
export interface ConnectorOptions {
  /** Milliseconds for name look-up, connection and TLS together. */
  timeoutMs: number;
  guarded: boolean;
  resolve: Resolve;
  proxy: EgressProxy | null;
}

type Target = Parameters<buildConnector.connector>[0];

/** Opens a socket to the origin; `received` gets what is read, which it must not keep. */
export type Connector = (
  received: (bytes: Buffer) => void,
  callback: (error: Error | null, socket: Socket | null) => void,
) => void;

/**
 * What is read lies here while it is taken in, in turn for all connections. On Windows a read that is under way owns its
 * buffer, so that each connection has its own there.
 */
const shared = Buffer.allocUnsafe(64 * 1024);
const readBuffer = () => (process.platform === "win32" ? Buffer.allocUnsafe(16 * 1024) : shared);

export function buildGuardedConnector(options: ConnectorOptions, origin: URL, tls: TlsIdentity | null): Connector {
  const { timeoutMs, guarded, resolve, proxy } = options;
  const { protocol, port, host } = origin;
  const target = { protocol, port, host, hostname: origin.hostname.replace(/^\[|\]$/g, "") };
  /** The latest TLS session, which spares the next connection half of the handshake. */
  let session: Buffer | null = null;

  return (received, done) => {
    const callback = (error: Error | null, socket: Socket | null) => {
      // Where the socket is someone else's (a proxy's tunnel), what is read comes as events.
      socket?.on("data", received).on("session", (latest: Buffer) => {
        session = latest;
      });
      done(error, socket);
    };
    const direct = buildConnector({
      timeout: timeoutMs,
      // One request at a time has no use for HTTP/2, whose streams, settings and pings a receiver could play with.
      allowH2: false,
      lookup: lookupBy(resolve, guarded),
      session,
      onread: {
        buffer: readBuffer(),
        callback: (length: number, buffer: Buffer) => {
          received(buffer.subarray(0, length));
          return true;
        },
      },
      ...tls?.options,
    } as unknown as buildConnector.BuildOptions) as unknown as (to: Target, then: typeof callback) => void;
    const { hostname } = target;
    // node:net looks no addresses up, so that the check of names doesn't see them.
    if (isIP(hostname) !== 0 && !reachable(guarded, [{ address: hostname }]).length)
      callback(addressRefused(hostname, guarded), null);
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
        const first = reachable(guarded, addresses)[0];
        if (error) callback(error, null);
        else if (!first) callback(addressRefused(to.hostname, guarded), null);
        else open(first.address);
      });
    }
  };
}

/** Of addresses those that may be connected to; empty: the host is refused. */
function reachable<Address extends { address: string }>(guarded: boolean, addresses: readonly Address[]): Address[] {
  if (guarded) return publicAddresses(addresses);
  return addresses.some(({ address }) => isMetadataAddress(address)) ? [] : [...addresses];
}

function lookupBy(resolve: Resolve, guarded: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const found = reachable(guarded, addresses);
      const first = found[0];
      if (!first) return callback(addressRefused(hostname, guarded), "", 0);
      if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

/** Which addresses a name has inside is not told: it is for the administrator to know. */
function addressRefused(hostname: string, guarded: boolean): NodeJS.ErrnoException {
  const message = guarded
    ? `${hostname} is, or has, an address on a private or reserved network, where this Herald doesn't send webhooks (HERALD_ALLOW_PRIVATE_DESTINATIONS).`
    : `${hostname} is, or has, the address of a cloud's metadata service, which is no receiver.`;
  return Object.assign(new Error(message), { code: "HERALD_ADDRESS_REFUSED" });
}
