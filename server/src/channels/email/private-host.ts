import ipaddr from "ipaddr.js";

/**
 * Whether a host is this machine or on a private network: a loopback, private or link-local IP address; `localhost`; a
 * name without a dot (a container's); or one under `.localhost`, `.local`, `.internal` or `.home.arpa`, which the public
 * DNS doesn't have.
 */
export function isPrivateHost(host: string): boolean {
  if (ipaddr.isValid(host)) {
    return ["loopback", "private", "uniqueLocal", "linkLocal"].includes(ipaddr.process(host).range());
  }
  const name = host.toLowerCase().replace(/\.$/, "");
  return !name.includes(".") || /\.(?:localhost|local|internal|home\.arpa)$/.test(name);
}
