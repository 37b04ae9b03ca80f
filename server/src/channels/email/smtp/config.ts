import ipaddr from "ipaddr.js";
import { z } from "zod";

const hostName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62})?)*\.?$/i;
const domainName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;
/** One line, so that it can stand in a header. */
const headerText = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, "Control characters can't stand in a header.");

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

export const smtpConfig = z
  .strictObject({
    /** The submission server's host name or IP address. */
    host: z
      .string()
      .max(253)
      .refine((host) => hostName.test(host) || ipaddr.isValid(host), "Give a host name or an IP address."),
    port: z.int().min(1).max(65_535).default(587),
    /**
     * `starttls` (port 587) and `tls` (port 465) refuse to go on without a valid certificate. `none` sends mails and the
     * password in the clear, and is accepted only for hosts on a private network (`isPrivateHost`).
     */
    security: z.enum(["starttls", "tls", "none"]).default("starttls"),
    /** Address in From, and envelope sender: bounces go there. */
    from: z.email().max(254),
    /** Display name in From. Default: the sender's name. */
    fromName: headerText.optional(),
    replyTo: z.email().max(254).optional(),
    /** Right-hand side of Message-IDs. Default: the domain of `from`. */
    messageIdDomain: z.string().regex(domainName, "Give a domain name.").optional(),
    /** Connections to the server at once. Default 5. */
    maxConnections: z.int().min(1).max(20).default(5),
  })
  .refine(({ security, host }) => security !== "none" || isPrivateHost(host), {
    path: ["security"],
    message: "Without TLS only a host on a private network can be used.",
  });
export type SmtpConfig = z.output<typeof smtpConfig>;

export type SmtpCredentials =
  | { user: string; pass: string }
  | { user: string; accessToken: string }
  | { user?: undefined };

const user = z.string().min(1).max(320);
/** A password, an OAuth 2.0 access token (XOAUTH2), or nothing for a server that asks for no login. */
export const smtpCredentials: z.ZodType<SmtpCredentials> = z.union([
  z.strictObject({ user, pass: z.string().min(1).max(4096) }),
  z.strictObject({ user, accessToken: z.string().min(1).max(8192) }),
  z.strictObject({}),
]);
