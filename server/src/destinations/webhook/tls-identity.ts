import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";

/** How a destination's TLS differs from everybody's: who Herald is there, and whom it believes. PEM. */
export interface TlsSettings {
  /** The client's certificate, and after it those between it and its authority. */
  clientCertificate?: string | undefined;
  /** Its private key, not encrypted. */
  clientKey?: string | undefined;
  /** Authorities that the receiver's certificate is believed by, in place of the public ones. */
  ca?: string | undefined;
}

/** What may be read of them. */
export interface TlsShown {
  clientCertificate: { subject: string; issuer: string; expiresAt: string; fingerprint256: string } | null;
  /** Names of the authorities, where there are own ones. */
  ca: { subject: string; expiresAt: string }[] | null;
}

/** Settings opened for use. Connections are kept apart by `name`: they never serve a destination with other settings. */
export interface TlsIdentity {
  name: string;
  options: { secureContext: SecureContext };
}

export function openTls(settings: TlsSettings): TlsIdentity {
  const { clientCertificate: cert, clientKey: key, ca } = settings;
  return {
    name: createHash("sha256")
      .update(JSON.stringify([cert, key, ca]))
      .digest("base64url"),
    // `ca` left out, not undefined: then the public authorities are believed.
    options: {
      secureContext: createSecureContext({ ...(cert ? { cert } : {}), ...(key ? { key } : {}), ...(ca ? { ca } : {}) }),
    },
  };
}

/**
 * Whether the settings can be used, and what may be shown of them. `problem` names the field and is for the person who
 * gave them; it says nothing of what is in a key.
 */
export function checkTls(
  settings: TlsSettings,
  now = new Date(),
): { ok: true; shown: TlsShown } | { ok: false; field: keyof TlsSettings; problem: string } {
  const no = (field: keyof TlsSettings, problem: string) => ({ ok: false, field, problem }) as const;
  const { clientCertificate, clientKey, ca } = settings;
  if (clientCertificate !== undefined && clientKey === undefined)
    return no("clientKey", "A client certificate needs its private key.");
  if (clientKey !== undefined && clientCertificate === undefined)
    return no("clientCertificate", "A client key needs its certificate.");
  if (clientCertificate === undefined && ca === undefined)
    return no("clientCertificate", "Give a certificate with its key, or a ca, or both; or null for neither.");
  let shown: TlsShown["clientCertificate"] = null;
  if (clientCertificate !== undefined && clientKey !== undefined) {
    const certificate = certificatesOf(clientCertificate)?.[0];
    if (!certificate) return no("clientCertificate", notCertificates);
    const expired = whenInvalid(certificate, now);
    if (expired) return no("clientCertificate", expired);
    if (/ENCRYPTED/.test(clientKey)) return no("clientKey", "The key is encrypted; give it without a passphrase.");
    const key = keyOf(clientKey);
    if (!key) return no("clientKey", "This is not a private key in PEM (-----BEGIN PRIVATE KEY-----).");
    if (!certificate.checkPrivateKey(key)) return no("clientKey", "This is not the key of the certificate.");
    shown = {
      subject: lineOf(certificate.subject),
      issuer: lineOf(certificate.issuer),
      expiresAt: certificate.validToDate.toISOString(),
      fingerprint256: certificate.fingerprint256,
    };
  }
  const authorities = ca === undefined ? null : certificatesOf(ca);
  if (ca !== undefined && !authorities) return no("ca", notCertificates);
  for (const authority of authorities ?? []) {
    const expired = whenInvalid(authority, now);
    // Of a bundle of a hundred: which one to take out.
    if (expired)
      return no("ca", `${expired} It is that of ${lineOf(authority.subject) || "nobody (it has no subject)"}.`);
  }
  try {
    openTls(settings);
  } catch (error) {
    // What OpenSSL refuses besides: keys too short, signatures too weak.
    return no(clientCertificate ? "clientCertificate" : "ca", `TLS refuses it: ${reasonOf(error)}.`);
  }
  const names = authorities?.map((authority) => ({
    subject: lineOf(authority.subject),
    expiresAt: authority.validToDate.toISOString(),
  }));
  return { ok: true, shown: { clientCertificate: shown, ca: names ?? null } };
}

const notCertificates = "This is not a certificate in PEM (-----BEGIN CERTIFICATE-----).";

/** All that are in the text; null: none, or one that can't be read. */
function certificatesOf(text: string): X509Certificate[] | null {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!blocks) return null;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    return null;
  }
}

function keyOf(text: string): KeyObject | null {
  try {
    return createPrivateKey({ key: text, format: "pem" });
  } catch {
    return null;
  }
}

function whenInvalid(certificate: X509Certificate, now: Date): string | null {
  if (certificate.validToDate <= now) return `The certificate expired on ${certificate.validTo}.`;
  if (certificate.validFromDate > now) return `The certificate is not valid before ${certificate.validFrom}.`;
  return null;
}

/** Node writes one part of a name a line. */
const lineOf = (name: string) => name.replaceAll("\n", ", ").replaceAll("\0", "").slice(0, 500);

/** OpenSSL's own words (`ee key too small`), without its file names. */
function reasonOf(error: unknown): string {
  const { reason, message } = error as { reason?: string; message: string };
  return reason ?? message.split(":").at(-1) ?? "unknown";
}
