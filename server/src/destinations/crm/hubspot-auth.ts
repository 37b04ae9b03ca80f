import type { AuthorizationRequest } from "../system.ts";
import { CrmError } from "./error.ts";
import { type CrmAnswer, CrmHttp, type CrmHttpOptions, record, text } from "./http.ts";
import type { Grant, Renew } from "./tokens.ts";

/** Where an app's users are asked. HubSpot's documentation: "Working with OAuth". */
const authorizePath = "/oauth/authorize";
export const hubspotApp = "https://app.hubspot.com";
/** Of the endpoints of 2025 (v3): all parameters are in the body, so that no secret stands in a log. */
const tokenPath = "/oauth/v3/token";

/** Without these nothing is logged: activities hang on contacts. */
export const neededForAll = ["crm.objects.contacts.read", "crm.objects.contacts.write"];
/** What Herald needs. Without `sales-email-read` HubSpot blanks the text of emails, by which they are found again; then their time has to do. */
export const neededScopes = [...neededForAll, "sales-email-read"];
/** For the import of lists. */
export const listScope = "crm.lists.read";

export interface HubspotClient {
  clientId: string;
  clientSecret: string;
}

export function hubspotAuthorizeUrl(app: string, clientId: string, request: AuthorizationRequest): string {
  const query = new URLSearchParams({
    ...{ client_id: clientId, redirect_uri: request.redirectUri, response_type: "code", state: request.state },
    ...{ scope: ["oauth", ...neededScopes].join(" "), optional_scope: listScope },
    ...{ code_challenge: request.challenge, code_challenge_method: "S256" },
  });
  return `${app}${authorizePath}?${query}`;
}

/** Changes a code for tokens. */
export async function hubspotExchange(
  base: string,
  client: HubspotClient,
  { code, verifier, redirectUri }: { code: string; verifier: string; redirectUri: string },
  options: CrmHttpOptions,
  signal: AbortSignal,
): Promise<Grant> {
  const form = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri };
  return await ask(base, client, form, null, options, signal);
}

/** Refreshes them. */
export function hubspotRenew(base: string, client: HubspotClient, options: CrmHttpOptions): Renew {
  return async (known, signal) => {
    if (known?.refreshToken == null)
      throw new CrmError(
        "refused",
        "not_connected",
        "The destination isn't connected to HubSpot yet. Call POST /v1/destinations/{id}/oauth/start, and open the address that it gives.",
      );
    const form = { grant_type: "refresh_token", refresh_token: known.refreshToken };
    return await ask(base, client, form, known, options, signal);
  };
}

async function ask(
  base: string,
  { clientId, clientSecret }: HubspotClient,
  form: Record<string, string>,
  known: Grant | null,
  options: CrmHttpOptions,
  signal: AbortSignal,
): Promise<Grant> {
  const http = new CrmHttp("HubSpot", base, options);
  try {
    const body = new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret });
    const answer = await http.call({ method: "POST", path: tokenPath, headers: {}, body, signal, problem: refusalOf });
    const { access_token: token, refresh_token: refresh, expires_in: seconds, scopes, hub_id } = record(answer.json);
    const accessToken = text(token);
    if (accessToken === null) throw refusalOf(answer);
    return {
      ...{ accessToken, refreshToken: text(refresh) ?? known?.refreshToken ?? null, instance: null, clientId },
      expiresAt: Number(seconds) > 0 ? Date.now() + Number(seconds) * 1_000 : null,
      scopes: Array.isArray(scopes) ? scopes.map(String) : (known?.scopes ?? null),
      account: text(hub_id) ?? known?.account ?? null,
    };
  } finally {
    await http.close();
  }
}

/** The answer may hold a token, and isn't shown. */
function refusalOf({ status, json }: CrmAnswer): CrmError {
  const { status: word, message, error } = record(json);
  const said = `${text(error) ?? text(word) ?? status}: ${text(message) ?? ""}`.slice(0, 300);
  const revoked = /BAD_REFRESH_TOKEN|invalid_grant/i.test(JSON.stringify(json));
  return new CrmError(
    "refused",
    revoked ? "token_revoked" : "token_refused",
    revoked
      ? `HubSpot doesn't renew the authorization (${said}): the app was removed from the account, or whoever connected it left. Connect the destination again: POST /v1/destinations/{id}/oauth/start.`
      : `HubSpot gives no token (${said}). Check clientId, clientSecret and the redirect URL in the app's settings.`,
    { statusCode: status },
  );
}
