import { type QueryClient, queryOptions, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { common } from "../text/common.ts";
import { client, type Output, setIdentity } from "./client.ts";

/** Who is signed in, at what, and what they may do. */
export type Session = Output<"GET /v1/session">;
export type Role = Session["workspaces"][number]["role"];
export type Right = Session["rights"][number];

type SignedIn = Session & { user: NonNullable<Session["user"]>; workspace: NonNullable<Session["workspace"]> };
const isSignedIn = (session: Session): session is SignedIn => session.user !== null && session.workspace !== null;
let lastSignedIn: SignedIn | null = null;

const sessionKey = "GET /v1/session";
const loadedBefore = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[0] !== sessionKey;

/** Whose page this tab shows; null: nobody is signed in; undefined: not known yet, or about to change by what is done here. */
let shown: string | null | undefined;

/** The tabs of this browser have one cookie: each tells the others whom it found. */
const tabs = new BroadcastChannel("herald-session");

/** Whether another tab has said that its person signed out: this one then goes, too. */
let signedOutBeside = false;

/** `look`: another tab has another session: somebody's, or (null) its person signed out. */
export function onOtherSession(look: () => void): void {
  tabs.onmessage = ({ data }) => {
    signedOutBeside = data === null;
    if (shown !== undefined && (data !== shown || ended)) look();
  };
}

/**
 * Whether the session of the page's person has ended by itself. The page stays with what they have typed, out of sight, until they sign in
 * over it (app/sign-in-again.tsx).
 */
let ended = false;
const watchers = new Set<() => void>();

function setEnded(next: boolean): void {
  ended = next;
  for (const watcher of watchers) watcher();
}

export function useSessionEnded(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => ended,
  );
}

/**
 * Throws where the session was ended on purpose (signed out in another tab, or everywhere from another device, taken out of the last
 * workspace): who did that wants nothing of it to stay, in this tab neither. And where another tab signed somebody else in: what this one shows and has half written is the first person's, and none of
 * it may be done, or mixed with what is loaded, as the other. The page is loaded again, as theirs.
 */
function keepToPerson(queries: QueryClient, { user }: Session): void {
  const found = user?.id ?? null;
  if (shown && found !== null && found !== shown) turnAway(common.otherPerson);
  if (shown && found === null) {
    // Their other tabs can't know it: the cookie is gone with the first answer.
    if (!signedOutBeside) tabs.postMessage(null);
    turnAway(common.signedOut);
  }
  if (found === shown) return;
  if (shown === null) queries.removeQueries({ predicate: loadedBefore });
  shown = found;
  if (found !== null) tabs.postMessage(found);
}

/** Nobody is signed in any more where somebody's page is shown: their session expired, and nobody ended it. */
const hasExpired = ({ user, setupNeeded, sessionOver }: Session): boolean =>
  user === null && Boolean(shown) && !setupNeeded && !signedOutBeside && sessionOver !== "ended";

let turnedAway = false;

/** Whether the page is just being loaded anew, since it is no longer the one of who is signed in. */
export const isTurnedAway = (): boolean => turnedAway;

/** Loads the page anew, so that nothing of what it shows and keeps stays in the tab. */
function turnAway(why: string): never {
  turnedAway = true;
  location.reload();
  throw new Error(why);
}

/** Under which a tab keeps the workspace that it shows, for when it is loaded again: another tab may have chosen another one since. */
const tabsWorkspace = "herald-workspace";
let isLoaded = false;

/** The tab's workspace, where the page was loaded again, it isn't the session's, and one is still in it. Else null. */
function keptWorkspace({ workspace, workspaces }: Session): string | null {
  const kept = isLoaded ? null : sessionStorage.getItem(tabsWorkspace);
  isLoaded = true;
  return workspace && workspace.id !== kept && workspaces.some(({ id }) => id === kept) ? kept : null;
}

export const sessionQuery = queryOptions({
  queryKey: [sessionKey, {}],
  queryFn: async ({ signal, client: queries }) => {
    let session = await client.request("GET /v1/session", { signal });
    if (lastSignedIn && hasExpired(session)) {
      setEnded(true);
      return lastSignedIn;
    }
    keepToPerson(queries, session);
    signedOutBeside = false;
    const kept = keptWorkspace(session);
    if (kept !== null) {
      setIdentity({ csrfToken: session.csrfToken, workspaceId: kept });
      session = await client.request("GET /v1/session", { signal });
    }
    if (session.user && !session.workspace && session.workspaces.length > 0) {
      // They were taken out of the workspace that this tab shows: it goes on in another one of theirs.
      setIdentity({ csrfToken: session.csrfToken, workspaceId: null });
      queries.removeQueries({ predicate: loadedBefore });
      session = await client.request("GET /v1/session", { signal });
    }
    setIdentity({ csrfToken: session.csrfToken, workspaceId: session.workspace?.id ?? null });
    if (isSignedIn(session)) {
      lastSignedIn = session;
      sessionStorage.setItem(tabsWorkspace, session.workspace.id);
    }
    if (ended) {
      setEnded(false);
      // Other tabs of theirs wait for the same, and what failed meanwhile is asked for again.
      if (shown) tabs.postMessage(shown);
      void queries.invalidateQueries({ predicate: loadedBefore });
    }
    return session;
  },
  staleTime: 60_000,
});

/** The session; the app's root has loaded it before anything else shows. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/**
 * The signed-in session: for pages behind the sign-in, where there always is a user and a workspace. Where it has just ended, it
 * is still given to what is shown until the app has led away.
 */
export function useSignedIn(): SignedIn {
  const session = useSession();
  const signedIn = isSignedIn(session) ? session : lastSignedIn;
  if (!signedIn) throw new Error("This page is for signed-in people.");
  return signedIn;
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
  shown = undefined;
  setIdentity({ csrfToken: null, workspaceId: null });
  queries.removeQueries({ predicate: loadedBefore });
  const { user } = await queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
  if (user === null) tabs.postMessage(null);
}

/** A fresh page here and in this browser's other tabs, so that nothing of the sessions that have ended stays in them. */
export function signedOutEverywhere(): void {
  turnedAway = true;
  tabs.postMessage(null);
  location.assign("/sign-in");
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
