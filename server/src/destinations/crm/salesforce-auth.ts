import type { AuthorizationRequest } from "../system.ts";
import { CrmError } from "./error.ts";
import { CrmHttp, type CrmHttpOptions, record, text } from "./http.ts";
import type { Grant, Renew } from "./tokens.ts";

/** Salesforce's documentation: "OAuth 2.0 Web Server Flow", "OAuth 2.0 Client Credentials Flow", "OAuth 2.0 Refresh Token Flow". */

export interface SalesforceClient {
  clientId: string;
  clientSecret: string;
  grant: "client_credentials" | "authorization_code";
}

export interface SalesforceAuthOptions extends CrmHttpOptions {
  /** Whether `instance_url` may be any: only for stand-ins. */
  anyInstance: boolean;
}

export function salesforceAuthorizeUrl(base: string, clientId: string, request: AuthorizationRequest): string {
  const query = new URLSearchParams({
    ...{ response_type: "code", client_id: clientId, redirect_uri: request.redirectUri, state: request.state },
    ...{ scope: "api refresh_token", code_challenge: request.challenge, code_challenge_method: "S256" },
  });
  return `${base}/services/oauth2/authorize?${query}`;
}

export async function salesforceExchange(
  base: string,
  client: SalesforceClient,
  { code, verifier, redirectUri }: { code: string; verifier: string; redirectUri: string },
  options: SalesforceAuthOptions,
  signal: AbortSignal,
): Promise<Grant> {
  const form = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri };
  const grant = await ask(base, client, form, null, options, signal);
  if (grant.refreshToken !== null) return grant;
  throw new CrmError(
    "refused",
    "no_refresh_token",
    "Salesforce gives no refresh token: add the scope refresh_token (offline access) to the app, and connect again.",
  );
}

export function salesforceRenew(base: string, client: SalesforceClient, options: SalesforceAuthOptions): Renew {
  return async (known, signal) => {
    if (client.grant === "client_credentials")
      return await ask(base, client, { grant_type: "client_credentials" }, known, options, signal);
    if (known?.refreshToken == null)
      throw new CrmError(
        "refused",
        "not_connected",
        "The destination isn't connected to Salesforce yet. Call POST /v1/destinations/{id}/oauth/start, and open the address that it gives.",
      );
    const form = { grant_type: "refresh_token", refresh_token: known.refreshToken };
    return await ask(base, client, form, known, options, signal);
  };
}

async function ask(
  base: string,
  { clientId, clientSecret, grant }: SalesforceClient,
  form: Record<string, string>,
  known: Grant | null,
  options: SalesforceAuthOptions,
  signal: AbortSignal,
): Promise<Grant> {
  const http = new CrmHttp("Salesforce", base, options);
  try {
    const body = new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret });
    const path = "/services/oauth2/token";
    const answer = await http.call({ method: "POST", path, headers: {}, body, signal });
    const { access_token, refresh_token, instance_url, scope, id, error, error_description } = record(answer.json);
    const [accessToken, instance] = [text(access_token), text(instance_url)];
    // The answer of a success holds the token: it isn't shown.
    const seen = { ...answer.seen, response: text(error) ?? "" };
    if (answer.status >= 300 || accessToken === null || instance === null) {
      const said = `${text(error) ?? answer.status}: ${text(error_description) ?? ""}`;
      const revoked = grant === "authorization_code" && error === "invalid_grant";
      const why = revoked
        ? `Salesforce doesn't renew the authorization (${said}): it was revoked or has expired. Connect the destination again: POST /v1/destinations/{id}/oauth/start.`
        : `Salesforce gives no token (${said}). Check clientId, clientSecret and domain, and that the app allows the flow${grant === "client_credentials" ? " (client credentials) and has a run-as user" : " (authorization code) and has Herald's callback URL"}.`;
      throw new CrmError("refused", revoked ? "token_revoked" : "token_refused", why, seen);
    }
    if (!options.anyInstance && !/^https:\/\/[a-z0-9.-]+\.(salesforce|force)\.com$/i.test(instance))
      throw new CrmError(
        "refused",
        "wrong_instance",
        "Salesforce names an instance that isn't one of salesforce.com. Check the destination's domain.",
        seen,
      );
    return {
      ...{ accessToken, refreshToken: text(refresh_token) ?? known?.refreshToken ?? null, instance, clientId },
      // Tokens don't say how long they live: a new one is asked for when one is refused.
      ...{ expiresAt: null, scopes: text(scope)?.split(" ") ?? null, account: text(id)?.split("/").at(-2) ?? null },
    };
  } finally {
    await http.close();
  }
}
