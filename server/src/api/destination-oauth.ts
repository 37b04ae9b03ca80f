import { hash, randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { recordActs } from "../db/audit.ts";
import { beginAuthorization, endAuthorization } from "../db/crm-token.ts";
import { getDestination, updateDestination } from "../db/destination.ts";
import { systemDeadlineMs } from "../destinations/system-delivery.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import type { ApiContext } from "./context.ts";
import { accountOf, systemOf } from "./destination-system.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time } from "./fields.ts";
import { page, pageHeaders } from "./unsubscribe-page.ts";

/**
 * Authorizations that somebody gives in the browser. The state says, sealed, what it is for and who began it; it holds for ten
 * minutes, once, and only the last one that was begun for a destination. The verifier never leaves Herald but for the CRM.
 */

export const callbackPath = "/oauth/callback";
const holdsMs = 600_000;
const stateOwner = "oauth state";

interface State {
  workspaceId: string;
  destinationId: string;
  callerId: string;
  /** So that no two are alike. */
  nonce: string;
}

/** Where CRMs send browsers back to. */
export function redirectUriOf({ config }: ApiContext): string {
  if (config.publicUrl !== null) return config.publicUrl + callbackPath;
  // CRMs take http for this name only, for those who try things out.
  if (/^(127\.|::1$|localhost$)/.test(config.host)) return `http://localhost:${config.port}${callbackPath}`;
  throw new HeraldError(
    "invalid_state",
    "The CRM must know where to send the browser back to. Set HERALD_PUBLIC_URL to where Herald is reached (https://herald.example.com), and start it again.",
  );
}

const stateHash = (state: string) => hash("sha256", state, "buffer");
const challengeOf = (verifier: string) => hash("sha256", verifier, "base64url");

export const destinationOAuthEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "POST",
    path: "/v1/destinations/{id}/oauth/start",
    right: "destinations.write",
    tags: ["Destinations"],
    summary: "Begin an authorization",
    description: [
      "For HubSpot with `clientId` and `clientSecret`, and for Salesforce with `grant: authorization_code`. Open `url` in a browser, as somebody who may let apps into the account; the CRM sends the browser back to Herald, which keeps the tokens, sealed, and renews them. What waits for the destination then goes out.",
      "`redirectUri` has to be among the redirect URLs in the app's settings in the CRM; it begins with `HERALD_PUBLIC_URL`. An authorization holds for ten minutes and once; beginning another ends it. It may be given again at any time, after it was revoked, or for more permissions.",
    ].join("\n\n"),
    params: idParams,
    responses: {
      200: z.object({
        url: z.string().meta({ description: "To be opened in a browser." }),
        redirectUri: z.string().meta({ description: "For the app's settings in the CRM." }),
        expiresAt: time,
      }),
    },
    example: {
      response: {
        url: "https://app.hubspot.com/oauth/authorize?client_id=...",
        redirectUri: "https://herald.example.com/oauth/callback",
        expiresAt: "2026-01-05T09:40:00.000Z",
      },
    },
    async execute({ api, tx, workspaceId, callerId, params }) {
      const destination = await getDestination(tx, workspaceId, params.id);
      if (!destination) throw notFound("destination", params.id);
      const { oauth } = destination.kind === "webhook" ? { oauth: undefined } : systemOf(api, destination.kind);
      const redirectUri = redirectUriOf(api);
      const target: State = { workspaceId, destinationId: params.id, callerId, nonce: randomBytes(16).toString("hex") };
      const state = api.box.seal(JSON.stringify(target), stateOwner).toString("base64url");
      const verifier = randomBytes(32).toString("base64url");
      const { config, credentials } = oauth ? accountOf(api, workspaceId, destination) : destination;
      const url = oauth?.authorizeUrl(config, credentials, { redirectUri, state, challenge: challengeOf(verifier) });
      if (!url)
        throw new HeraldError(
          "invalid_state",
          "This destination is let in by its credentials alone. For an authorization in the browser it needs clientId and clientSecret of an app (HubSpot), or grant: authorization_code (Salesforce).",
        );
      const sealed = api.box.seal(verifier, `${workspaceId}/${params.id}/verifier`);
      const begun = { stateHash: stateHash(state), verifier: sealed, holdsMs };
      await beginAuthorization(tx, { workspaceId, destinationId: params.id }, begun);
      return { status: 200, body: { url, redirectUri, expiresAt: new Date(Date.now() + holdsMs) } };
    },
  }),
];

/** The page on which somebody lands after the CRM has asked them. */
export function serveOAuthCallback(app: FastifyInstance, api: ApiContext): void {
  /** Whoever began it in the dashboard is led back there; a program's person is told what the program has to do. */
  const say = (reply: FastifyReply, status: number, title: string, text: string, target: State | null = null) => {
    const back = target && isPerson(target) ? `<p><a href="${backTo(target)}">Back to Herald</a></p>` : "";
    return reply
      .code(status)
      .headers(pageHeaders)
      .send(page(title, `<p>${escaped(text)}</p>${back}`));
  };
  const again = (target: State | null) =>
    target && isPerson(target) ? "Connect it again there." : "Begin again: POST /v1/destinations/{id}/oauth/start.";

  app.get(callbackPath, { schema: { hide: true } }, async (request, reply) => {
    const query = new URL(request.url, "http://herald").searchParams;
    const state = query.get("state") ?? "";
    const target = openState(api, state);
    if (target === null) return say(reply, 400, "This address doesn't hold", `Nobody began this here. ${again(null)}`);
    const refusal = query.get("error");
    if (refusal !== null) {
      const why =
        refusal === "access_denied" ? "It was refused." : `${refusal}: ${query.get("error_description") ?? ""}`;
      return say(reply, 400, "Not connected", `${why} Nothing has changed. ${again(target)}`, target);
    }
    const { workspaceId, destinationId } = target;
    const sealed = await endAuthorization(api.db, { workspaceId, destinationId }, stateHash(state));
    if (sealed === null) {
      const text = `It was used already, is more than ten minutes old, or another was begun since. ${again(target)}`;
      return say(reply, 400, "This address doesn't hold any more", text, target);
    }
    const destination = await getDestination(api.db, workspaceId, destinationId);
    const { oauth } = destination && destination.kind !== "webhook" ? systemOf(api, destination.kind) : {};
    if (!destination || !oauth)
      return say(reply, 404, "Not connected", "The destination isn't there any more.", target);
    const answer = {
      ...{ code: query.get("code") ?? "", redirectUri: redirectUriOf(api) },
      verifier: api.box.open(sealed, `${workspaceId}/${destinationId}/verifier`),
    };
    const signal = AbortSignal.timeout(systemDeadlineMs);
    const result = await oauth.exchange(accountOf(api, workspaceId, destination), answer, signal);
    if (!result.ok) return say(reply, 502, "Not connected", `${result.detail} ${again(target)}`, target);
    await connected(api, target, request);
    if (isPerson(target)) return reply.redirect(`${backTo(target)}?connected=1`, 303);
    return say(reply, 200, "Connected", `${result.detail} This window can be closed.`);
  });
}

/** What waited goes out, and the trail says who connected it. */
async function connected(api: ApiContext, { workspaceId, destinationId, callerId }: State, request: FastifyRequest) {
  await api.db.transaction(async (tx) => {
    await updateDestination(tx, workspaceId, destinationId, { verifiedAt: new Date() });
    await recordActs(tx, [
      {
        ...{ workspaceId, action: `GET ${callbackPath}`, target: destinationId, leadId: null },
        actor: {
          kind: callerId.startsWith("user_") ? "user" : "key",
          id: callerId,
          requestId: request.id,
          ip: request.ip,
        },
        content: { connected: true },
      },
    ]);
  });
  api.wake("delivery", [{ workspaceId, laneId: destinationId }]);
}

/** Began it in the dashboard, and not by a key. */
const isPerson = ({ callerId }: State) => callerId.startsWith("user_");
const backTo = ({ destinationId }: State) => `/destinations/${encodeURIComponent(destinationId)}`;

function openState(api: ApiContext, state: string): State | null {
  if (!/^[\w-]{40,1000}$/.test(state)) return null;
  try {
    return JSON.parse(api.box.open(Buffer.from(state, "base64url"), stateOwner)) as State;
  } catch {
    // Nobody made it with this key.
    return null;
  }
}

function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
