import { z } from "zod";
import { workspacesOf } from "../db/member.ts";
import { findSession, hasExpired, type SignedIn } from "../db/session.ts";
import { anyUser } from "../db/user.ts";
import { getWorkspace } from "../db/workspace.ts";
import { rights, rightsOfRole, roles } from "../domain/rights.ts";
import type { ApiContext } from "./context.ts";
import { csrfTokenOf, digestOf, type Visit } from "./visit.ts";

/** What a page has to know first: who is signed in, where, and what they may do there. */
export const sessionSchema = z.object({
  user: z
    .object({
      ...{ id: z.string(), email: z.string(), name: z.string() },
      hasPassword: z.boolean().meta({
        description: "False: they came by the identity provider, and `PATCH /v1/session/user` takes a first password.",
      }),
    })
    .nullable()
    .meta({ description: "Null: nobody is signed in." }),
  sessionOver: z.enum(["expired", "ended"]).nullable().meta({
    description:
      "What became of the session whose cookie came with the call: `expired` by itself; `ended` by somebody (signed out there or everywhere, a new password, taken out of the last workspace), or over for more than a week: whoever shows its data forgets them. Null: it goes on, or none came.",
  }),
  setupNeeded: z
    .boolean()
    .meta({ description: "There is nobody who could sign in yet: `POST /v1/setup` makes the first owner." }),
  setupCodeNeeded: z.boolean().meta({
    description:
      "`POST /v1/setup` needs the code that `herald start` prints: the page isn't shown on Herald's own machine.",
  }),
  signIn: z.object({
    password: z.literal(true),
    oidc: z
      .object({ name: z.string(), url: z.string().meta({ description: "Where the browser has to go." }) })
      .nullable(),
  }),
  workspace: z
    .object({ id: z.string(), name: z.string(), timeZone: z.string(), role: z.enum(roles) })
    .nullable()
    .meta({ description: "Where calls go that name no workspace. Null: in none." }),
  workspaces: z
    .array(z.object({ id: z.string(), name: z.string(), role: z.enum(roles) }))
    .meta({ description: "All that they are in." }),
  rights: z.array(z.enum(rights)).meta({ description: "What they may do in `workspace`." }),
  csrfToken: z.string().nullable().meta({
    description: "For the header `x-herald-csrf` of calls that change something. Stays the same for a session.",
  }),
});

export const sessionExample = {
  user: { id: "user_01k9d3v0x5e0rb1v6m2z8q4w7n", email: "ada@example.com", name: "Ada Lovelace", hasPassword: true },
  ...{ sessionOver: null, setupNeeded: false, setupCodeNeeded: false },
  signIn: { password: true as const, oidc: null },
  workspace: {
    ...{ id: "ws_01k9x2m4vye8qsa5h1b7d3n6fj", name: "Analytical Engines" },
    ...{ timeZone: "Europe/London", role: "viewer" as const },
  },
  workspaces: [{ id: "ws_01k9x2m4vye8qsa5h1b7d3n6fj", name: "Analytical Engines", role: "viewer" as const }],
  rights: ["leads.read" as const, "campaigns.read" as const],
  csrfToken: "5b0f...",
};

/** Where the browser goes to sign in by the identity provider. */
export const oidcPath = "/v1/session/oidc";

/** Of nobody, or of the person with that session. `token`: the session's secret. */
export async function sessionAnswer(
  api: ApiContext,
  visit: Visit,
  session: SignedIn | null,
  token: string | null,
): Promise<z.output<typeof sessionSchema>> {
  const { db, config } = api;
  const signIn = {
    password: true as const,
    oidc: config.oidc && { name: config.oidc.name, url: oidcPath },
  };
  if (!session || token === null) {
    const setupNeeded = !(await anyUser(db));
    const sessionOver =
      token === null ? null : (await hasExpired(db, digestOf(token))) ? ("expired" as const) : ("ended" as const);
    return {
      ...{ user: null, sessionOver, setupNeeded, setupCodeNeeded: setupNeeded && needsSetupCode(api, visit), signIn },
      ...{ workspace: null, workspaces: [], rights: [], csrfToken: null },
    };
  }
  const { userId: id, email, name, hasPassword, workspace: place } = session;
  const [workspaces, workspace] = await Promise.all([
    workspacesOf(db, id),
    place ? getWorkspace(db, place.id) : Promise.resolve(null),
  ]);
  return {
    ...{
      user: { id, email, name, hasPassword },
      sessionOver: null,
      setupNeeded: false,
      setupCodeNeeded: false,
      signIn,
    },
    workspace: workspace && { id: workspace.id, name: workspace.name, timeZone: workspace.timeZone, role: place!.role },
    workspaces,
    rights: place ? [...rightsOfRole(place.role)] : [],
    csrfToken: csrfTokenOf(token),
  };
}

/** Of a session that has just begun. */
export async function newSessionAnswer(api: ApiContext, visit: Visit, token: string) {
  return await sessionAnswer(api, visit, await findSession(api.db, digestOf(token), null), token);
}

const loopbackName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i;

/**
 * Whoever comes first becomes the owner, so that a stranger must not be first. On the machine itself the page is enough;
 * elsewhere, and wherever a proxy may pass on a stranger's request as one of this machine, it takes the code.
 */
export function needsSetupCode({ config: { publicUrl } }: ApiContext, visit: Visit): boolean {
  return !visit.local || (publicUrl !== null && !loopbackName.test(new URL(publicUrl).hostname));
}
