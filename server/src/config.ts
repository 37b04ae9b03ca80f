import { resolve } from "node:path";
import ipaddr from "ipaddr.js";
import { type EgressProxy, parseEgressProxy } from "./destinations/webhook/egress-proxy.ts";

/** What a Herald process is told from outside. All of it has a default; nothing has to be set. */
export interface HeraldConfig {
  /** Address to listen on. HERALD_HOST, default 127.0.0.1. */
  host: string;
  /** Port to listen on, 0 to 65535 (0: any free one). HERALD_PORT, default 8484. */
  port: number;
  /** Folder for the embedded database and the secret key. HERALD_DATA, default ./data. */
  dataDir: string;
  /** A PostgreSQL (15 or newer) to use in place of the embedded one. DATABASE_URL. */
  databaseUrl: string | null;
  /** Key that seals stored secrets: 32 bytes as base64 or hex. HERALD_SECRET_KEY; default: the file secret.key in the data folder. */
  secretKey: string | null;
  /**
   * Whether webhook destinations may be http, on loopback or on private networks. HERALD_ALLOW_PRIVATE_DESTINATIONS;
   * default: only while Herald itself listens on loopback alone.
   */
  allowPrivateDestinations: boolean;
  /**
   * The HTTP proxy through which all webhooks go, by CONNECT: `http://user:password@host:port`. HERALD_EGRESS_PROXY,
   * default none. It is shown nowhere.
   */
  egressProxy: EgressProxy | null;
  /** fatal, error, warn, info, debug, silent. HERALD_LOG_LEVEL, default info. */
  logLevel: string;
  /**
   * How long after an attempt a provider's "I don't have this message" is believed, in milliseconds. Longer than the
   * deadline of a call (30 s) and than a provider takes to list what it accepted. HERALD_RECONCILE_AFTER_SECONDS, default 45.
   */
  reconcileAfterMs: number;
  /**
   * For how many days events and attempts are kept, 7 to 3,650; 0: for ever. HERALD_RETENTION_DAYS, default 365. What is
   * still to be delivered is kept in any case.
   */
  retentionDays: number;
  /**
   * Where Herald is reached from outside, as `https://herald.example.com`, without a slash at the end: addresses of sources
   * begin with it, and Twilio signs them. HERALD_PUBLIC_URL; default: not known.
   */
  publicUrl: string | null;
  /**
   * Milliseconds from asking a LinkedIn account's provider for what its webhooks may not have told to asking it again, give or
   * take a fifth. HERALD_POLL_MINUTES, 1 to 1,440, default 15; 0 (null): it isn't asked.
   */
  pollEveryMs: number | null;
  /**
   * Reverse proxies that are believed when they say for whom they pass a request on (X-Forwarded-For): addresses and networks,
   * or `loopback`, with commas between. HERALD_TRUSTED_PROXIES; default (null): nobody is. Limits of sign-ins count by that
   * address, and the audit trail has it.
   */
  trustedProxies: string[] | null;
  /** The identity provider by which people may sign in as well. HERALD_OIDC_ISSUER and its companions; default: none. */
  oidc: OidcConfig | null;
  /**
   * The mail server by which notifications go to the team where their destination names no sender:
   * `smtps://user:password@mail.example.com`, or `smtp://` for STARTTLS (`?security=none` on a private network). HERALD_NOTIFY_SMTP,
   * and HERALD_NOTIFY_FROM for the address that they come from; default: none.
   */
  notifySmtp: { url: URL; from: string } | null;
  /** Connections to PostgreSQL of this process at most, 4 to 100. HERALD_DATABASE_CONNECTIONS, default 12. */
  databaseConnections: number;
}

/** OpenID Connect: authorization code with PKCE, at a provider that describes itself at `/.well-known/openid-configuration`. */
export interface OidcConfig {
  /** HERALD_OIDC_ISSUER, as `https://accounts.google.com`; http on loopback only. */
  issuer: string;
  /** HERALD_OIDC_CLIENT_ID. */
  clientId: string;
  /** HERALD_OIDC_CLIENT_SECRET. Null: a public client, which PKCE alone protects. */
  clientSecret: string | null;
  /** What the button says. HERALD_OIDC_NAME; default: the issuer's host. */
  name: string;
}

export class ConfigError extends Error {}

const isLoopback = (host: string) => host === "localhost" || host === "::1" || host.startsWith("127.");

/**
 * Reads the environment; `flags` (from the command line) win over it. `serves`: false for a process that listens nowhere
 * (default true): it can't know who reaches the API of the others, and allows private destinations only where it is told to.
 * Throws ConfigError naming the variable.
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: { host?: string | undefined; port?: number | undefined; data?: string | undefined; serves?: boolean } = {},
): HeraldConfig {
  const host = flags.host ?? (env.HERALD_HOST || "127.0.0.1");
  const logLevel = env.HERALD_LOG_LEVEL || "info";
  if (!["fatal", "error", "warn", "info", "debug", "trace", "silent"].includes(logLevel)) {
    throw new ConfigError(
      `HERALD_LOG_LEVEL is "${logLevel}"; it can be fatal, error, warn, info, debug, trace or silent.`,
    );
  }
  return {
    host,
    port: flags.port ?? whole(env, "HERALD_PORT", 8484, 0, 65_535),
    dataDir: resolve(flags.data ?? (env.HERALD_DATA || "./data")),
    databaseUrl: env.DATABASE_URL || null,
    secretKey: env.HERALD_SECRET_KEY || null,
    allowPrivateDestinations: flag(
      env,
      "HERALD_ALLOW_PRIVATE_DESTINATIONS",
      flags.serves !== false && isLoopback(host),
    ),
    egressProxy: proxy(env),
    logLevel,
    reconcileAfterMs: number(env, "HERALD_RECONCILE_AFTER_SECONDS", 45, 0, 86_400) * 1_000,
    retentionDays: retention(env),
    publicUrl: publicUrl(env),
    pollEveryMs: pollEvery(env),
    trustedProxies: proxies(env),
    oidc: oidc(env),
    notifySmtp: notifySmtp(env),
    databaseConnections: whole(env, "HERALD_DATABASE_CONNECTIONS", 12, 4, 100),
  };
}

function publicUrl(env: Readonly<Record<string, string | undefined>>): string | null {
  const text = env.HERALD_PUBLIC_URL;
  if (!text) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
    throw new ConfigError(`HERALD_PUBLIC_URL is "${text}"; it can be a URL like https://herald.example.com.`);
  return url.href.replace(/\/+$/, "");
}

function notifySmtp(env: Readonly<Record<string, string | undefined>>): HeraldConfig["notifySmtp"] {
  const text = env.HERALD_NOTIFY_SMTP;
  if (!text) return without(env, "HERALD_NOTIFY_SMTP", ["HERALD_NOTIFY_FROM"]);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === "")
    throw new ConfigError("HERALD_NOTIFY_SMTP can't be used; it can be smtps://user:password@mail.example.com:465.");
  const from = env.HERALD_NOTIFY_FROM ?? "";
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(from))
    throw new ConfigError("HERALD_NOTIFY_SMTP needs HERALD_NOTIFY_FROM, an address such as herald@example.com.");
  return { url, from };
}

function proxy(env: Readonly<Record<string, string | undefined>>): EgressProxy | null {
  const text = env.HERALD_EGRESS_PROXY;
  if (!text) return null;
  try {
    return parseEgressProxy(text);
  } catch (error) {
    throw new ConfigError(`HERALD_EGRESS_PROXY can't be used: ${(error as Error).message}.`);
  }
}

function proxies(env: Readonly<Record<string, string | undefined>>): string[] | null {
  const named = (env.HERALD_TRUSTED_PROXIES ?? "").split(",").map((text) => text.trim());
  const given = named.filter((text) => text !== "");
  for (const text of given) {
    // A number alone would be an address as well (1 is 0.0.0.1), and is meant as one of hops, which other programs take.
    if (text === "loopback" || (/[.:]/.test(text) && (ipaddr.isValid(text) || ipaddr.isValidCIDR(text)))) continue;
    throw new ConfigError(
      `HERALD_TRUSTED_PROXIES has "${text}"; it can be addresses, networks such as 10.0.0.0/8, and loopback, with commas between.`,
    );
  }
  return given.length === 0 ? null : given;
}

function oidc(env: Readonly<Record<string, string | undefined>>): OidcConfig | null {
  const issuer = env.HERALD_OIDC_ISSUER;
  if (!issuer)
    return without(env, "HERALD_OIDC_ISSUER", [
      "HERALD_OIDC_CLIENT_ID",
      "HERALD_OIDC_CLIENT_SECRET",
      "HERALD_OIDC_NAME",
    ]);
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (!url || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))))
    throw new ConfigError(`HERALD_OIDC_ISSUER is "${issuer}"; it can be a URL like https://login.example.com.`);
  if (!env.HERALD_OIDC_CLIENT_ID)
    throw new ConfigError("HERALD_OIDC_ISSUER needs HERALD_OIDC_CLIENT_ID: what the provider calls Herald.");
  return {
    issuer,
    clientId: env.HERALD_OIDC_CLIENT_ID,
    clientSecret: env.HERALD_OIDC_CLIENT_SECRET || null,
    name: env.HERALD_OIDC_NAME || url.host,
  };
}

/** Null; companions of what is not set would be passed over in silence, mostly because of a misspelt name. */
function without(env: Readonly<Record<string, string | undefined>>, name: string, companions: readonly string[]): null {
  const given = companions.find((companion) => env[companion]);
  if (given !== undefined)
    throw new ConfigError(`${given} is set, but ${name} isn't: set that as well, or take ${given} away.`);
  return null;
}

function retention(env: Readonly<Record<string, string | undefined>>): number {
  // A delivery is retried for three days and more, and people look for what happened last week.
  return isZero(env.HERALD_RETENTION_DAYS) ? 0 : Math.floor(number(env, "HERALD_RETENTION_DAYS", 365, 7, 3_650));
}

function pollEvery(env: Readonly<Record<string, string | undefined>>): number | null {
  return isZero(env.HERALD_POLL_MINUTES) ? null : number(env, "HERALD_POLL_MINUTES", 15, 1, 1_440) * 60_000;
}

/** 0 says "not at all" where it is no number of the range. */
const isZero = (text: string | undefined) => text?.trim() === "0";

function number(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  // A file of settings may leave a space behind, which would be the number 0.
  const text = env[name]?.trim();
  if (!text) return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < min || value > max)
    throw new ConfigError(`${name} is "${text}"; it can be a number from ${min} to ${max}.`);
  return value;
}

function whole(env: Readonly<Record<string, string | undefined>>, name: string, ...range: [number, number, number]) {
  const value = number(env, name, ...range);
  if (!Number.isInteger(value))
    throw new ConfigError(`${name} is "${env[name]}"; it can be a whole number from ${range[1]} to ${range[2]}.`);
  return value;
}

function flag(env: Readonly<Record<string, string | undefined>>, name: string, fallback: boolean): boolean {
  const text = env[name]?.toLowerCase();
  if (!text) return fallback;
  if (["1", "true", "yes", "on"].includes(text)) return true;
  if (["0", "false", "no", "off"].includes(text)) return false;
  throw new ConfigError(`${name} is "${text}"; it can be true or false.`);
}
