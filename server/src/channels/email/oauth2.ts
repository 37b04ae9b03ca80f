import { createHash } from "node:crypto";
import { z } from "zod";
import { ProviderHttp } from "../http.ts";
import { isPrivateHost } from "./private-host.ts";

/**
 * Logins by OAuth 2.0 (SASL XOAUTH2): what Gmail and Microsoft 365 ask for in place of passwords. A person agrees once, which
 * gives a refresh token; Herald asks for access tokens with it, each good for about an hour.
 */

const secret = z.string().min(1).max(8_192);
const client = {
  /** Of the application that was registered with the provider. */
  clientId: z.string().min(1).max(500),
  /** Microsoft: may be left out, where the application is a public client. */
  clientSecret: secret.optional(),
};
const endpoint = z
  .url()
  .max(2_000)
  .refine((text) => {
    const url = URL.parse(text);
    return url?.protocol === "https:" || (url?.protocol === "http:" && isPrivateHost(url.hostname));
  }, "Give an https address; http goes only with a host on a private network.");

/** Where and how tokens are asked for. */
export const oauth2Provider = {
  google: z.strictObject({ provider: z.literal("google"), ...client }),
  microsoft: z.strictObject({
    provider: z.literal("microsoft"),
    /** The directory's ID or domain; `common`, the default, for accounts of any, `consumers` for private ones. */
    tenant: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,100}$/, "Give a directory's ID or domain.")
      .default("common"),
    ...client,
  }),
  other: z.strictObject({
    provider: z.literal("other"),
    tokenUrl: endpoint,
    /** Only for signing in by Herald; not needed where a refresh token is given. */
    authorizeUrl: endpoint.optional(),
    scope: z.string().max(1_000).optional(),
    ...client,
  }),
} as const;
export const oauth2Client = z.discriminatedUnion("provider", [
  oauth2Provider.google,
  oauth2Provider.microsoft,
  oauth2Provider.other,
]);
export type OAuth2Client = z.output<typeof oauth2Client>;

const refreshToken = { refreshToken: secret };
export const mailOAuth2 = z.discriminatedUnion("provider", [
  oauth2Provider.google.extend(refreshToken),
  oauth2Provider.microsoft.extend(refreshToken),
  oauth2Provider.other.extend(refreshToken),
]);
export type MailOAuth2 = z.output<typeof mailOAuth2>;

interface Places {
  tokenUrl: string;
  authorizeUrl: string | null;
  scope: string | null;
  /** Parameters of the sign-in without which no refresh token comes. */
  ask: Readonly<Record<string, string>>;
}

/** The addresses of the known providers, from their documentation of IMAP and SMTP by OAuth 2.0. */
export function placesOf(of: OAuth2Client): Places {
  switch (of.provider) {
    case "google":
      return {
        tokenUrl: "https://oauth2.googleapis.com/token",
        authorizeUrl: "https://accounts.google.com/o/oauth2/v2/auth",
        scope: "https://mail.google.com/",
        ask: { access_type: "offline", prompt: "consent" },
      };
    case "microsoft": {
      const base = `https://login.microsoftonline.com/${of.tenant}/oauth2/v2.0`;
      const outlook = "https://outlook.office.com";
      return {
        tokenUrl: `${base}/token`,
        authorizeUrl: `${base}/authorize`,
        scope: `${outlook}/IMAP.AccessAsUser.All ${outlook}/SMTP.Send offline_access`,
        ask: { prompt: "select_account" },
      };
    }
    default:
      return { tokenUrl: of.tokenUrl, authorizeUrl: of.authorizeUrl ?? null, scope: of.scope ?? null, ask: {} };
  }
}

/** What the token endpoint gave. */
export interface GrantedTokens {
  accessToken: string;
  /** Milliseconds from now. */
  lifeMs: number;
  /** In place of the one that was shown; null: that one stays good. */
  refreshToken: string | null;
}

/**
 * No access token came. authorization_expired: the provider refused, and a person has to sign in again, or to mend the
 * client. token_unavailable: it didn't answer; later it may.
 */
export class TokenFailure extends Error {
  readonly code: "authorization_expired" | "token_unavailable";

  constructor(code: TokenFailure["code"], message: string) {
    super(message);
    this.name = "TokenFailure";
    this.code = code;
  }
}

/** Of the settings by which tokens are asked for: others have other tokens. Says nothing about the secrets. */
export function basisOf(of: MailOAuth2): string {
  const { tokenUrl } = placesOf(of);
  return createHash("sha256")
    .update(JSON.stringify([tokenUrl, of.clientId, of.refreshToken]))
    .digest("base64url");
}

/** A new access token. @throws TokenFailure */
export async function refreshTokens(of: MailOAuth2, refresh: string, signal: AbortSignal): Promise<GrantedTokens> {
  const form: Record<string, string> = { grant_type: "refresh_token", refresh_token: refresh };
  // Google takes none; Microsoft gives tokens for mail only where they are named again.
  const { scope } = placesOf(of);
  if (scope !== null && of.provider !== "google") form.scope = scope;
  return await askForTokens(of, form, signal);
}

/** The tokens for the code that a sign-in gave (RFC 6749, 4.1.3, with PKCE, RFC 7636). @throws TokenFailure */
export async function tokensOfCode(
  of: OAuth2Client,
  given: { code: string; redirectUri: string; verifier: string },
  signal: AbortSignal,
): Promise<GrantedTokens> {
  const { code, redirectUri, verifier } = given;
  const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier };
  return await askForTokens(of, form, signal);
}

/** A token whose lifetime isn't told is used so long. */
const unknownLifeMs = 5 * 60_000;
const withinMs = 20_000;

async function askForTokens(
  of: OAuth2Client,
  form: Record<string, string>,
  signal: AbortSignal,
): Promise<GrantedTokens> {
  const url = new URL(placesOf(of).tokenUrl);
  const http = new ProviderHttp(url.origin, 1);
  try {
    const client = { client_id: of.clientId, ...(of.clientSecret ? { client_secret: of.clientSecret } : {}) };
    const exchange = await http.exchange(
      {
        method: "POST",
        path: url.pathname + url.search,
        headers: ["content-type", "application/x-www-form-urlencoded", "accept", "application/json"],
        body: new URLSearchParams({ ...form, ...client }).toString(),
      },
      AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
    );
    if (exchange.stage !== "answered") {
      throw new TokenFailure("token_unavailable", `The token endpoint ${url.host} gave no answer: ${exchange.detail}`);
    }
    return readAnswer(url.host, exchange.status, exchange.body);
  } finally {
    await http.close();
  }
}

/** Nothing of the answer but its error is repeated: an answer that is no error may hold a token. */
function readAnswer(host: string, status: number, body: string): GrantedTokens {
  let answer: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null) answer = parsed as Record<string, unknown>;
  } catch {
    // As an answer without a token.
  }
  if (status < 200 || status > 299) {
    const error = typeof answer.error === "string" && /^[\w.-]{1,60}$/.test(answer.error) ? answer.error : null;
    const said = typeof answer.error_description === "string" ? `: ${answer.error_description.slice(0, 300)}` : "";
    const words = `The token endpoint ${host} answered ${status}${error ? ` ${error}` : ""}${said}`;
    // RFC 6749, 5.2: errors of the request are 400 and 401; anything else is the server's own trouble.
    if ((status === 400 || status === 401) && error !== "temporarily_unavailable") {
      const what =
        error === "invalid_grant"
          ? "The permission was withdrawn or has expired: sign in again (POST /v1/senders/{id}/oauth2), or give a new refreshToken."
          : "Check provider, clientId, clientSecret and tenant.";
      throw new TokenFailure("authorization_expired", `${words.replace(/\.$/, "")}. ${what}`);
    }
    throw new TokenFailure("token_unavailable", words);
  }
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = answer;
  if (typeof accessToken !== "string" || !/^[\x21-\x7e]+$/.test(accessToken)) {
    throw new TokenFailure("token_unavailable", `The answer of ${host} is not JSON with a usable access_token.`);
  }
  const life = Number(seconds) * 1_000;
  return {
    accessToken,
    lifeMs: life > 0 && Number.isFinite(life) ? life : unknownLifeMs,
    refreshToken: typeof refreshToken === "string" && refreshToken !== "" ? refreshToken : null,
  };
}
