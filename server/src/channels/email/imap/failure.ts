/** Why a mailbox can't be read. `code` is for programs, the message for the person who has to act. */
export class ImapFailure extends Error {
  readonly code:
    | "login_refused"
    | "login_missing"
    | "authorization_expired"
    | "token_unavailable"
    | "dns_failed"
    | "tls_failed"
    | "connect_failed"
    | "connection_lost"
    | "folder_missing"
    | "imap_refused"
    | "timeout";

  constructor(code: ImapFailure["code"], message: string) {
    super(message);
    this.name = "ImapFailure";
    this.code = code;
  }
}

/** What went wrong between Herald and an IMAP server, in words. */
export function imapFailure(error: unknown, { host, port }: { host: string; port: number }): ImapFailure {
  if (error instanceof ImapFailure) return error;
  const known = error as Error & {
    code?: string;
    authenticationFailed?: boolean;
    /** Of a refused login. */
    response?: unknown;
    tlsFailed?: boolean;
    responseText?: string;
    responseStatus?: string;
    mailboxMissing?: boolean;
    path?: string;
    reason?: string;
  };
  const at = `${host}:${port}`;
  const said = known.responseText ?? (typeof known.response === "string" ? known.response : known.message);
  const code = known.code ?? "";
  if (known.authenticationFailed) {
    return new ImapFailure(
      "login_refused",
      `The IMAP server ${at} refused the login: ${said.replace(/\.$/, "")}. Check the user and the password (many providers want one made for apps), and that IMAP is allowed for the account.`,
    );
  }
  if (known.mailboxMissing) {
    return new ImapFailure(
      "folder_missing",
      `The mailbox has no folder ${known.path ?? ""}: set imap.folders to names that it has.`,
    );
  }
  if (/^(ENOTFOUND|EAI_AGAIN|ENODATA)$/.test(code)) {
    return new ImapFailure("dns_failed", `The IMAP server's name ${host} is not known: ${known.message}`);
  }
  if (known.tlsFailed || /TLS|SSL|CERT|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return new ImapFailure(
      "tls_failed",
      `No TLS with the IMAP server ${at}: ${known.message}. Check imap.port and imap.security (993 goes with tls, 143 with starttls).`,
    );
  }
  if (/TIMEOUT/.test(code)) return new ImapFailure("timeout", `The IMAP server ${at} didn't answer in time.`);
  if (/^(ECONN|EHOST|ENET|EPIPE)/.test(code) && code !== "ECONNRESET") {
    return new ImapFailure("connect_failed", `No connection to the IMAP server ${at}: ${known.message}`);
  }
  if (known.responseStatus) return new ImapFailure("imap_refused", `The IMAP server ${at} said: ${said}`);
  return new ImapFailure(
    "connection_lost",
    `The connection to the IMAP server ${at} ended: ${known.reason ?? known.message}`,
  );
}
