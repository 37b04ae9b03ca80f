import { ActionIcon, Drawer } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconMenu2, IconSearch } from "@tabler/icons-react";
import { Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useSession, useSessionEnded, useSignedIn } from "../api/session.ts";
import { common } from "../text/common.ts";
import { DelayedSpinner } from "../ui/delayed.tsx";
import { ErrorBoundary } from "../ui/error-boundary.tsx";
import { hideUndos } from "../ui/toast.tsx";
import { dispensable } from "../ui/when-online.ts";
import { Navigation } from "./navigation.tsx";
import { NotAllowed } from "./not-allowed.tsx";
import { openCommands } from "./palette-store.ts";
import classes from "./shell.module.css";

// The first page needs none to show.
const CommandPalette = lazy(dispensable(() => import("./command-palette.tsx")));
const LiveUpdates = lazy(dispensable(() => import("./live-updates.tsx")));
// Few ever see it.
const NoWorkspace = lazy(() => import("./no-workspace.tsx"));

/** What surrounds every page of signed-in people; for who is in no workspace, the way out. */
export function Shell() {
  const { user, workspace } = useSession();
  if (workspace) return <Frame />;
  // The session has just ended: the guard leads to the sign-in.
  if (!user) return <DelayedSpinner />;
  return (
    <Suspense fallback={<DelayedSpinner />}>
      <NoWorkspace />
    </Suspense>
  );
}

/** Milliseconds after which what can wait waits no longer, however busy the page is. */
const longestWait = 2_000;

/** Whether the first page has been painted, and the browser has a moment for what nobody has asked for yet. */
function useSettled(): boolean {
  const [settled, settle] = useState(false);
  useEffect(() => {
    // Safari has no idle callbacks.
    if (!("requestIdleCallback" in window)) {
      const timer = setTimeout(settle, 200, true);
      return () => clearTimeout(timer);
    }
    const asked = requestIdleCallback(() => settle(true), { timeout: longestWait });
    return () => cancelIdleCallback(asked);
  }, []);
  return settled;
}

/** Navigation at the left, in a drawer where it is narrow. */
function Frame() {
  const { workspace } = useSignedIn();
  const [drawer, { open, close }] = useDisclosure(false);
  // Where it is never opened it costs the first paint nothing.
  const [wasOpened, setWasOpened] = useState(false);
  if (drawer && !wasOpened) setWasOpened(true);
  const { pathname, search } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes it.
  useEffect(close, [pathname]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was done in one workspace isn't taken back in another.
  useEffect(() => hideUndos, [workspace.id]);
  const main = useRef<HTMLElement>(null);
  const settled = useSettled();
  const ended = useSessionEnded();
  // Here, and not in the palette, whose code comes later: what is pressed before is remembered.
  useHotkeys(ended ? [] : [["mod+K", openCommands]], []);
  return (
    <div className={classes.layout}>
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place on the page, and takes the focus there, too. */}
      <a
        className="skip-link"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {common.skipToContent}
      </a>
      <header className={classes.bar}>
        <ActionIcon size="lg" onClick={open} aria-label={common.openNavigation} aria-expanded={drawer}>
          <IconMenu2 size={18} />
        </ActionIcon>
        <span className={classes.name}>{workspace.name}</span>
        <ActionIcon size="lg" onClick={openCommands} aria-label={common.commands}>
          <IconSearch size={18} />
        </ActionIcon>
      </header>
      {wasOpened && (
        <Drawer.Root opened={drawer} onClose={close} size={264} padding={0}>
          <Drawer.Overlay />
          <Drawer.Content aria-label={common.navigation}>
            <Drawer.Body className={classes.drawer}>
              <Navigation />
            </Drawer.Body>
          </Drawer.Content>
        </Drawer.Root>
      )}
      <div className={classes.sidebar}>
        <Navigation />
      </div>
      <main className={classes.main} id="content" ref={main} tabIndex={-1} key={workspace.id}>
        <ErrorBoundary resetKey={pathname}>
          <Suspense fallback={<DelayedSpinner />}>
            {/* The router has gone to the workspace that a link names, where one is in it. */}
            {"workspace" in search ? <NotAllowed elsewhere title={common.otherWorkspaceTitle} /> : <Outlet />}
          </Suspense>
        </ErrorBoundary>
      </main>
      {settled && (
        <Suspense fallback={null}>
          {!ended && <LiveUpdates />}
          <CommandPalette />
        </Suspense>
      )}
    </div>
  );
}
