import ipaddr from "ipaddr.js";
import { z } from "zod";
import { type MailOAuth2, mailOAuth2 } from "../oauth2.ts";
import { isPrivateHost } from "../private-host.ts";

const hostName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62})?)*\.?$/i;
const domainName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;
/** One line, so that it can stand in a header. */
const headerText = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, "Control characters can't stand in a header.");

const host = z
  .string()
  .max(253)
  .refine((host) => hostName.test(host) || ipaddr.isValid(host), "Give a host name or an IP address.");
const cleartext = {
  path: ["security"],
  message: "Without TLS only a host on a private network can be used.",
};
const folder = z
  .string()
  .min(1)
  .max(255)
  .regex(/^\P{Cc}*$/u, "Control characters can't stand in a folder's name.");

/** Where the sender's replies and bounces are read. Without it Herald learns nothing of what comes back by email. */
export const imapConfig = z
  .strictObject({
    /** The IMAP server's host name or IP address. */
    host,
    port: z.int().min(1).max(65_535).default(993),
    /**
     * `tls` (port 993) and `starttls` (port 143) refuse to go on without a valid certificate. `none` sends the password and
     * mails in the clear, and is accepted only for hosts on a private network (`isPrivateHost`).
     */
    security: z.enum(["tls", "starttls", "none"]).default("tls"),
    folders: z
      .strictObject({
        /** Where replies arrive. Default: INBOX. With Gmail, `[Gmail]/All Mail` finds those too that a filter files away. */
        inbox: folder.default("INBOX"),
        /** Where the copies of one's own mails are. Default: the folder that the server marks as such (RFC 6154), or one with a usual name. */
        sent: folder.optional(),
      })
      .prefault({}),
    /** Minutes between looks where the server says nothing by itself (IDLE). 1 to 60; default 5. */
    pollMinutes: z.int().min(1).max(60).default(5),
    /** Days before the first reading of which mails are read as well. 0 to 90; default 7. */
    lookBackDays: z.int().min(0).max(90).default(7),
  })
  .refine(({ security, host }) => security !== "none" || isPrivateHost(host), cleartext);
export type ImapConfig = z.output<typeof imapConfig>;

export const smtpConfig = z
  .strictObject({
    /** The submission server's host name or IP address. */
    host,
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
    /** Default: the mailbox isn't read. */
    imap: imapConfig.optional(),
  })
  .refine(({ security, host }) => security !== "none" || isPrivateHost(host), cleartext);
export type SmtpConfig = z.output<typeof smtpConfig>;

export type MailLogin =
  | { user: string; pass: string }
  | { user: string; accessToken: string }
  | { user: string; oauth2: MailOAuth2 };
export type SmtpCredentials = (MailLogin | { user?: undefined }) & {
  /** Of the mailbox. Default: the login of the submission server. */
  imap?: MailLogin | undefined;
};

const user = z.string().min(1).max(320);
const withPassword = { user, pass: z.string().min(1).max(4096) };
const withToken = { user, accessToken: z.string().min(1).max(8192) };
const withOAuth2 = { user, oauth2: mailOAuth2 };
const imap = z.union([z.strictObject(withPassword), z.strictObject(withToken), z.strictObject(withOAuth2)]).optional();
/**
 * A password; an OAuth 2.0 access token (XOAUTH2) that somebody else renews; a refresh token, by which Herald gets them itself;
 * or nothing for a server that asks for no login.
 */
export const smtpCredentials: z.ZodType<SmtpCredentials> = z.union([
  z.strictObject({ ...withPassword, imap }),
  z.strictObject({ ...withToken, imap }),
  z.strictObject({ ...withOAuth2, imap }),
  z.strictObject({ imap }),
]);

/** The login for IMAP; null: there is none. */
export function imapLogin(credentials: SmtpCredentials): MailLogin | null {
  if (credentials.imap) return credentials.imap;
  return credentials.user === undefined ? null : loginOf(credentials);
}

/** The login for SMTP alone. */
export function smtpLogin(credentials: SmtpCredentials): MailLogin | null {
  return credentials.user === undefined ? null : loginOf(credentials);
}

function loginOf(login: MailLogin): MailLogin {
  if ("pass" in login) return { user: login.user, pass: login.pass };
  if ("oauth2" in login) return { user: login.user, oauth2: login.oauth2 };
  return { user: login.user, accessToken: login.accessToken };
}
