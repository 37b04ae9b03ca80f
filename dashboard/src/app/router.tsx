import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  useRouter,
} from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { followToWorkspace, type Right, safeNext, sessionQuery, useRight, useSessionEnded } from "../api/session.ts";
import { DelayedSpinner } from "../ui/delayed.tsx";
import { Broken, BrokenPage } from "../ui/error-boundary.tsx";
import { knock } from "../ui/knock.ts";
import { arrival } from "../ui/page.tsx";
import { whenOnline } from "../ui/when-online.ts";
import { NotAllowed } from "./not-allowed.tsx";
import { NotFound } from "./not-found.tsx";
import type { Load } from "./page.ts";
import { pages } from "./pages.ts";
import { Shell } from "./shell.tsx";

/** Search parameters are texts, as everywhere on the web, and not the JSON that the router would write. */
const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search));

function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

// A page whose session has ended is not to be seen, and where this can't be loaded it leads to the sign-in.
const SignInAgain = lazy(
  whenOnline(() =>
    import("./sign-in-again.tsx").catch(() => {
      location.reload();
      return new Promise<never>(() => {});
    }),
  ),
);

function Root() {
  const ended = useSessionEnded();
  return (
    <>
      {/* Not taken out of the layout, so that everything is scrolled as it was. */}
      <div inert={ended} style={ended ? { visibility: "hidden" } : undefined}>
        <Outlet />
      </div>
      {ended && (
        <Suspense fallback={<DelayedSpinner />}>
          <SignInAgain />
        </Suspense>
      )}
    </>
  );
}

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Root,
  notFoundComponent: NotFound,
});

/** What the router couldn't load: it keeps the failure, so that being drawn anew alone asks for nothing. */
function Failed({ error }: { error: unknown }) {
  const router = useRouter();
  return <Broken error={error} retry={() => void router.invalidate()} />;
}

/** Pages for people who are signed in, inside the shell. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (session.setupNeeded) throw redirect({ to: "/setup" as string, replace: true });
    if (session.user) {
      const { workspace, ...search } = location.search as { workspace?: string };
      // Still there, it names one that isn't theirs: the shell says so.
      if (workspace !== undefined && (await followToWorkspace(context.queries, workspace)))
        throw redirect({
          to: location.pathname as string,
          search: search as never,
          hash: location.hash,
          replace: true,
        });
      return;
    }
    const next = location.href === "/" ? {} : { next: location.href };
    throw redirect({ to: "/sign-in" as string, search: next as never, replace: true });
  },
});

/** Pages for all others. Whoever is signed in already is sent to where they wanted to go. */
const signedOut = createRoute({
  getParentRoute: () => root,
  id: "signed-out",
  component: Outlet,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (location.pathname === "/invitation") return;
    if (session.user) throw redirect({ href: safeNext((location.search as { next?: string }).next), replace: true });
    if (session.setupNeeded !== (location.pathname === "/setup")) {
      throw redirect({ to: (session.setupNeeded ? "/setup" : "/sign-in") as string, replace: true });
    }
  },
});

function routesOf(outside: boolean) {
  return pages
    .filter(({ signedOut: isOutside }) => (isOutside ?? false) === outside)
    .flatMap(({ path, load, title, right, below = [] }) =>
      [{ path, load }, ...below].map((one) => ({ title, right, ...one })),
    )
    .map(({ path, load, title, right }) =>
      createRoute({
        getParentRoute: () => (outside ? signedOut : signedIn),
        path,
        loader: async ({ context: { queries }, cause, preload }) => {
          // That its code can't be had is said by the component.
          const part = preload || cause !== "enter" ? null : await load().catch(() => null);
          const session = queries.getQueryData(sessionQuery.queryKey);
          if (session?.workspace && (right === undefined || session.rights.includes(right))) part?.early?.(queries);
        },
        component: allowed(lazyRouteComponent(orUnreached(load)), title, right),
      }),
    );
}

/**
 * Without a network a page's code can't be had. The router takes that for an update of Herald and loads the page anew, in whose place the browser
 * shows an error of its own then.
 */
const orUnreached =
  (load: Load): Load =>
  () =>
    load().catch(async (error: unknown) => {
      if (await knock()) throw error;
      return { default: () => <BrokenPage error={error} /> };
    });

/** The page for those who have its right; who hasn't and comes by a link is told so, and nothing is asked for. */
function allowed(Content: ReturnType<typeof lazyRouteComponent>, title: string, right: Right | undefined) {
  if (right === undefined) return Content;
  const Allowed = () => (useRight(right) ? <Content /> : <NotAllowed title={title} />);
  return Object.assign(Allowed, { preload: Content.preload });
}

export function createAppRouter(queries: QueryClient) {
  const router = createRouter({
    routeTree: root.addChildren([signedIn.addChildren(routesOf(false)), signedOut.addChildren(routesOf(true))]),
    context: { queries },
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    // The query cache is the one place that keeps answers.
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: DelayedSpinner,
    defaultPendingMs: 0,
    defaultPendingMinMs: 0,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: Failed,
    scrollRestoration: true,
  });
  router.subscribe("onBeforeNavigate", ({ fromLocation, pathChanged }) => {
    if (fromLocation && pathChanged) arrival.byLink = true;
  });
  return router;
}
