import { type QueryClient, queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { client, type Output, setIdentity } from "./client.ts";

/** Who is signed in, at what, and what they may do. */
export type Session = Output<"GET /v1/session">;
export type Role = Session["workspaces"][number]["role"];
export type Right = Session["rights"][number];

const sessionKey = "GET /v1/session";
const loadedBefore = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[0] !== sessionKey;

export const sessionQuery = queryOptions({
  queryKey: [sessionKey, {}],
  queryFn: async ({ signal, client: queries }) => {
    let session = await client.request("GET /v1/session", { signal });
    if (session.user && !session.workspace && session.workspaces.length > 0) {
      // They were taken out of the workspace that this tab shows: it goes on in another one of theirs.
      setIdentity({ csrfToken: session.csrfToken, workspaceId: null });
      queries.removeQueries({ predicate: loadedBefore });
      session = await client.request("GET /v1/session", { signal });
    }
    setIdentity({ csrfToken: session.csrfToken, workspaceId: session.workspace?.id ?? null });
    return session;
  },
  staleTime: 60_000,
});

/** The session; the app's root has loaded it before anything else shows. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** The signed-in session: for pages behind the sign-in, where there always is a user and a workspace. */
export function useSignedIn(): Session & {
  user: NonNullable<Session["user"]>;
  workspace: NonNullable<Session["workspace"]>;
} {
  const session = useSession();
  if (!session.user || !session.workspace) throw new Error("This page is for signed-in people.");
  return session as ReturnType<typeof useSignedIn>;
}

/**
 * A path of this page, and nothing else: a link in a mail must not lead from the sign-in to somewhere else. As
 * `GET /v1/session/oidc` wants its `to`.
 */
export function safeNext(next: string | undefined): string {
  return next !== undefined && next.length <= 2_000 && /^\/(?![/\\])[^\p{Cc}\\]*$/u.test(next) ? next : "/";
}

/** Where the browser goes to sign in by the identity provider, and afterwards; null where there is none. */
export function oidcAddress({ signIn }: Session, to: string | undefined): string | null {
  return signIn.oidc && `${signIn.oidc.url}?${new URLSearchParams({ to: safeNext(to) })}`;
}

/** Whether the role allows it: `const mayEdit = useRight("leads.write")`. The server decides; this only spares a refusal. */
export function useRight(right: Right | undefined): boolean {
  const { rights } = useSession();
  return right === undefined || rights.includes(right);
}

/** After a sign-in, a sign-out or another workspace: nothing that was loaded before may show. */
export function useNewSession(): () => Promise<void> {
  const queries = useQueryClient();
  return () => newSession(queries);
}

async function newSession(queries: QueryClient): Promise<void> {
  setIdentity({ csrfToken: null, workspaceId: null });
  queries.removeQueries({ predicate: loadedBefore });
  await queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
}

/** Goes to the workspace that a link from elsewhere names. False: one isn't in it. */
export async function followToWorkspace(queries: QueryClient, workspaceId: string): Promise<boolean> {
  const { workspace, workspaces } = await queries.ensureQueryData(sessionQuery);
  if (workspace?.id === workspaceId) return true;
  if (!workspaces.some(({ id }) => id === workspaceId)) return false;
  await client.request("PUT /v1/session/workspace", { body: { workspaceId } });
  await newSession(queries);
  return true;
}
