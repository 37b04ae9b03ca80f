import { z } from "zod";
import type { OidcConfig } from "../config.ts";
import { invitationsOf } from "../db/invitation.ts";
import type { Queryable } from "../db/pool.ts";
import { type Account, accountByEmail, accountByOidc, insertUser, linkOidc, type User } from "../db/user.ts";
import { normaliseEmail } from "../domain/email-address.ts";
import { HeraldError } from "../domain/error.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { enter } from "./invitation-accept.ts";
import { type OidcClaims, OidcClient, type OidcFlow, OidcRefusal } from "./oidc-client.ts";
import { oidcPath } from "./session-answer.ts";
import { beginSession } from "./sign-in.ts";
import { cookieOf, type Visit } from "./visit.ts";

/**
 * Signing in by an identity provider: authorization code with PKCE, state and nonce. What the way back is compared with
 * stands sealed in a cookie of the browser that set out, for ten minutes: so any process can end what another one began.
 */
const flowCookie = "herald_oidc";
const flowSeconds = 600;
const owner = "oidc flow";

const callbackPath = `${oidcPath}/callback`;

/** One a process and provider: it keeps the provider's description and keys. */
const clients = new WeakMap<OidcConfig, OidcClient>();

function clientOf({ config }: ApiContext): OidcClient {
  const { oidc } = config;
  if (!oidc) throw new HeraldError("not_found", "No identity provider is set up here: HERALD_OIDC_ISSUER names one.");
  const client = clients.get(oidc) ?? new OidcClient(oidc);
  clients.set(oidc, client);
  return client;
}

const redirectUri = ({ config }: ApiContext, visit: Visit) => (config.publicUrl ?? visit.origin) + callbackPath;

const start = endpoint({
  method: "GET",
  path: oidcPath,
  right: "none",
  tags: ["People"],
  summary: "Sign in by the identity provider",
  description: "For browsers: leads to the provider, which leads back. Afterwards the browser is at `to`.",
  query: z.strictObject({
    to: z
      .string()
      .max(2_000)
      .regex(/^\/(?![/\\])[^\p{Cc}\\]*$/u, "This must be a path of the dashboard, such as /inbox.")
      .default("/"),
  }),
  responses: { 302: z.void() },
  async execute({ api, request, query }) {
    const client = clientOf(api);
    const headers: Record<string, string> = {};
    try {
      const { url, flow } = await client.begin(redirectUri(api, request.visit()), query.to);
      const sealed = api.box.seal(JSON.stringify(flow), owner).toString("base64url");
      Object.assign(headers, { location: url, "set-cookie": cookie(api, sealed) });
    } catch (error) {
      request.warn(error, "the identity provider can't be used");
      headers.location = failedAt("unavailable");
    }
    return { status: 302, body: undefined, headers };
  },
});

const end = endpoint({
  method: "GET",
  path: callbackPath,
  right: "none",
  tags: ["People"],
  summary: "End a sign-in by the identity provider",
  description:
    "Where the provider leads browsers back to. Signs in who is known by the provider's subject, or by an address that the provider has verified: an account's, or that of an open invitation, which is then accepted. Else leads to `/sign-in?error=`: `oidc_denied`, `oidc_unverified`, `oidc_not_invited`, `oidc_unavailable` or `oidc_failed`.",
  query: z.looseObject({}),
  responses: { 302: z.void() },
  async execute({ api, request, query }) {
    const visit = request.visit();
    const client = clientOf(api);
    try {
      const flow = flowOf(api, request.header("cookie"));
      const claims = await client.end(redirectUri(api, visit), query, flow);
      const cookies = await api.db.transaction(async (tx) => {
        const { user, workspaceId, how } = await whoIs(tx, claims);
        const content = { by: "oidc", issuer: claims.issuer, ...how };
        const begun = await beginSession(tx, { api, request }, user, {
          ...{ action: `GET ${callbackPath}`, content, ...(workspaceId === null ? {} : { workspaceId }) },
        });
        return [begun.cookie, cookie(api, null)];
      });
      return { status: 302, body: undefined, headers: { location: flow.to, "set-cookie": cookies } };
    } catch (error) {
      const reason = error instanceof OidcRefusal ? error.reason : "failed";
      if (reason === "failed") request.warn(error, "a sign-in by the identity provider failed");
      const headers = { location: failedAt(reason), "set-cookie": cookie(api, null) };
      return { status: 302, body: undefined, headers };
    }
  },
});

const failedAt = (reason: string) => `/sign-in?error=oidc_${reason}`;

interface Known {
  user: User;
  /** Of an invitation that was accepted by this. */
  workspaceId: string | null;
  how: { linked?: true; invitedBy?: string };
}

/** By the provider's subject; the first time by an address that it has verified. Throws OidcRefusal. */
async function whoIs(tx: Queryable, claims: OidcClaims): Promise<Known> {
  const { issuer, subject } = claims;
  const known = await accountByOidc(tx, issuer, subject);
  if (known) return { user: known, workspaceId: null, how: {} };
  const email = claims.email === null ? null : normaliseEmail(claims.email);
  if (!email?.ok || !claims.emailVerified) throw new OidcRefusal("unverified");
  const account = await accountByEmail(tx, email.value);
  if (account) return await link(tx, account, claims);
  const [invitation] = await invitationsOf(tx, email.value);
  if (!invitation) throw new OidcRefusal("not_invited");
  const name =
    (claims.name ?? email.value)
      .replaceAll(/\p{Cc}/gu, " ")
      .trim()
      .slice(0, 200) || email.value;
  const user = await insertUser(tx, { email: email.value, name });
  if (!user || !(await linkOidc(tx, user.id, issuer, subject))) throw new OidcRefusal("failed");
  await enter(tx, invitation, user.id);
  return { user, workspaceId: invitation.workspaceId, how: { invitedBy: invitation.invitedBy } };
}

/** An account belongs to one subject: another one with its address (a person who left, a name given anew) isn't it. */
async function link(tx: Queryable, account: Account, { issuer, subject }: OidcClaims): Promise<Known> {
  if (!(await linkOidc(tx, account.id, issuer, subject))) throw new OidcRefusal("not_invited");
  return { user: account, workspaceId: null, how: { linked: true } };
}

function flowOf(api: ApiContext, cookies: string | null): OidcFlow {
  const sealed = cookieOf(cookies ?? undefined, flowCookie, /^[A-Za-z0-9_-]{40,6000}$/);
  if (sealed === null)
    throw new OidcRefusal("failed", "The browser came back without the cookie with which it set out.");
  const flow = JSON.parse(api.box.open(Buffer.from(sealed, "base64url"), owner)) as OidcFlow;
  if (Date.now() - flow.at > flowSeconds * 1_000) throw new OidcRefusal("failed", "The way back took too long.");
  return flow;
}

function cookie({ config }: ApiContext, sealed: string | null): string {
  const secure = config.publicUrl?.startsWith("https:") ? "; Secure" : "";
  const age = sealed === null ? 0 : flowSeconds;
  return `${flowCookie}=${sealed ?? ""}; Path=${oidcPath}; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`;
}

export const oidcEndpoints: readonly Endpoint[] = [start, end];
