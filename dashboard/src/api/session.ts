import { queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { setIdentity } from "./client.ts";
import { call } from "./query.ts";

export type Role = "owner" | "admin" | "member" | "viewer";

/** Who is signed in, at what, and what they may do. */
export interface Session {
  user: null | { id: string; email: string; name: string };
  /** There is no user yet: the first one becomes the owner. */
  setupNeeded: boolean;
  /** `POST /v1/setup` needs the code that `herald start` prints: this isn't Herald's own machine. */
  setupCodeNeeded?: boolean;
  signIn: { password: boolean; oidc: null | { name: string; url: string } };
  workspace: null | { id: string; name: string; timeZone: string; role: Role };
  workspaces: { id: string; name: string; role: Role }[];
  rights: string[];
  csrfToken: string | null;
}

export const sessionQuery = queryOptions({
  queryKey: ["GET /v1/session", {}],
  queryFn: async ({ signal }) => {
    const session = (await call("GET /v1/session" as never, { signal })) as Session;
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

/** Whether the role allows it: `const mayEdit = useRight("leads.write")`. The server decides; this only spares a refusal. */
export function useRight(right: string | undefined): boolean {
  const { rights } = useSession();
  return right === undefined || rights.includes(right);
}

/** After a sign-in, a sign-out or another workspace: nothing that was loaded before may show. */
export function useNewSession(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    setIdentity({ csrfToken: null, workspaceId: null });
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    await queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
  };
}
