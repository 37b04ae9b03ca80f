import { createHash, randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type OAuth2Client, oauth2Client, placesOf, TokenFailure, tokensOfCode } from "../channels/email/oauth2.ts";
import { smtpCredentials } from "../channels/email/smtp/config.ts";
import { dropTokens } from "../db/access-token.ts";
import { getSender, lockSender, updateSender } from "../db/sender.ts";
import { beginSignIn, takeSignIn } from "../db/sign-in.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";
import { followMailbox } from "./sender-mailbox.ts";
import { recordSenderState } from "./sender-state.ts";
import { pageHeaders, signedInPage, signInFailedPage } from "./unsubscribe-page.ts";
import { invalid } from "./validate.ts";

/**
 * Signing in with Google or Microsoft for a sender's mails (RFC 6749, 4.1, with PKCE): the call answers the address of the
 * provider's page; a person agrees there, and comes back with a code, for which Herald gets the refresh token. What comes back
 * carries no API key: the state, which is random, good once and for half an hour, says whose sign-in it is.
 */

const minutes = 30;
const callbackPath = "/oauth2/callback";
/** Workspace and a random text. */
const stateForm = /^(ws_[0-9a-z]{26})\.([A-Za-z0-9_-]{43})$/;

const redirectOf = (api: ApiContext) =>
  `${api.config.publicUrl ?? `http://${api.config.host}:${api.config.port}`}${callbackPath}`;

interface SignInRequest {
  client: OAuth2Client;
  user: string;
  verifier: string;
  redirectUri: string;
}

export const senderSignInEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/senders/{id}/oauth2",
    right: "senders.write",
    tags: ["Senders"],
    summary: "Sign in to a sender's mail account",
    description:
      "For senders with the provider `smtp`: begins a sign-in with Google, Microsoft or another OAuth 2.0 provider. Open `authorizeUrl` in a browser and agree; " +
      "the sender then logs in with the refresh token that this gives, for SMTP and IMAP alike, and Herald renews its access tokens by itself. " +
      "Register `redirectUri` with the client first (Google Cloud: an OAuth client of the type web application; Microsoft Entra: an app registration with the delegated permissions IMAP.AccessAsUser.All and SMTP.Send). " +
      "Who has a refresh token already gives it as `credentials` instead: `{user, oauth2: {provider, clientId, clientSecret, refreshToken}}`.",
    params: idParams,
    body: z.strictObject({
      client: oauth2Client,
      user: z
        .string()
        .min(1)
        .max(320)
        .optional()
        .meta({ description: "The account's name. Default: the sender's address." }),
    }),
    responses: {
      200: z.object({
        authorizeUrl: z.string().meta({ description: "Where a person agrees." }),
        redirectUri: z.string().meta({ description: "To be registered with the client; made of HERALD_PUBLIC_URL." }),
        expiresAt: time.meta({ description: "Until when the person must have agreed." }),
      }),
    },
    example: {
      body: { client: { provider: "google", clientId: "123.apps.googleusercontent.com", clientSecret: "..." } },
      response: {
        authorizeUrl: "https://accounts.google.com/o/oauth2/v2/auth?...",
        redirectUri: "https://herald.example.com/oauth2/callback",
        expiresAt: "2026-01-05T10:00:00.000Z",
      },
    },
    async execute({ api, tx, workspaceId, params, body }) {
      const sender = await getSender(tx, workspaceId, params.id);
      if (!sender) throw notFound("sender", params.id);
      if (sender.provider !== "smtp") {
        throw new HeraldError("invalid_state", `A sender with the provider ${sender.provider} logs in otherwise.`);
      }
      const { authorizeUrl, scope, ask } = placesOf(body.client);
      if (authorizeUrl === null) {
        throw invalid([{ field: "client.authorizeUrl", reason: "Where people agree; needed for signing in." }]);
      }
      const redirectUri = redirectOf(api);
      const user = body.user ?? sender.address;
      const verifier = randomBytes(32).toString("base64url");
      const id = randomBytes(32).toString("base64url");
      const request: SignInRequest = { client: body.client, user, verifier, redirectUri };
      const expiresAt = await beginSignIn(tx, workspaceId, {
        ...{ id, senderId: sender.id, minutes },
        request: api.box.seal(JSON.stringify(request), `${workspaceId}/${id}`),
      });
      const url = new URL(authorizeUrl);
      const query = {
        ...{ response_type: "code", client_id: body.client.clientId, redirect_uri: redirectUri },
        ...{ state: `${workspaceId}.${id}`, login_hint: user, ...ask },
        ...(scope === null ? {} : { scope }),
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return { status: 200, body: { authorizeUrl: url.href, redirectUri, expiresAt } };
    },
  }),
];

/** Where the provider sends people back to. */
export function serveSignIn(app: FastifyInstance, api: ApiContext): void {
  app.get(callbackPath, { schema: { hide: true } }, async (request, reply) => {
    const given = new URLSearchParams(request.url.split("?")[1] ?? "");
    const problem = await signIn(api, given);
    const html = problem === null ? signedInPage : signInFailedPage(problem);
    return await reply
      .code(problem === null ? 200 : 400)
      .headers(pageHeaders)
      .send(html);
  });
}

/** Null: the sender has its login; else what is wrong, for the person who looks at the page. */
async function signIn(api: ApiContext, given: URLSearchParams): Promise<string | null> {
  const state = stateForm.exec(given.get("state") ?? "");
  const begun = state && (await takeSignIn(api.db, state[1]!, state[2]!));
  if (!state || !begun) return "This sign-in is not known, was used already, or took too long. Begin it again.";
  const [, workspaceId, id] = state as unknown as [string, string, string];
  const code = given.get("code");
  if (!code) {
    const said = given.get("error_description") ?? given.get("error") ?? "no code came";
    return `The provider didn't agree: ${said.slice(0, 300)}`;
  }
  const request = JSON.parse(api.box.open(begun.request, `${workspaceId}/${id}`)) as SignInRequest;
  try {
    const { refreshToken } = await tokensOfCode(request.client, { ...request, code }, AbortSignal.timeout(20_000));
    if (refreshToken === null) {
      return "The provider gave no refresh token. Take the application out of the account's connected apps, and begin again.";
    }
    return await keepLogin(api, workspaceId, begun.senderId, request, refreshToken);
  } catch (error) {
    if (error instanceof TokenFailure) return error.message;
    throw error;
  }
}

async function keepLogin(
  api: ApiContext,
  workspaceId: string,
  senderId: string,
  { client, user }: SignInRequest,
  refreshToken: string,
): Promise<string | null> {
  // For SMTP and IMAP alike: a login of the mailbox's own is replaced, too.
  const credentials = smtpCredentials.parse({ user, oauth2: { ...client, refreshToken } });
  const lanes = await api.db.transaction(async (tx) => {
    const before = await lockSender(tx, workspaceId, senderId);
    if (!before) return null;
    await dropTokens(tx, workspaceId, senderId);
    const mended = before.status === "broken" ? { status: "active" as const, statusReason: null } : {};
    const now = (await updateSender(tx, workspaceId, senderId, {
      credentials: api.box.seal(JSON.stringify(credentials), `${workspaceId}/${senderId}`),
      ...mended,
    }))!;
    await followMailbox(api, tx, workspaceId, now);
    return await recordSenderState(tx, workspaceId, before, now);
  });
  if (lanes === null) return "The sender was deleted meanwhile.";
  api.wake("delivery", lanes);
  api.wakeMailboxes();
  api.wakePlanner();
  api.wake("message", [{ workspaceId, laneId: senderId }]);
  return null;
}
