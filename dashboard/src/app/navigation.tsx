import { Kbd, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useSyncExternalStore } from "react";
import { useSession } from "../api/session.ts";
import { common } from "../text/common.ts";
import { navigationGroups } from "../text/pages.ts";
import { Link } from "../ui/link.tsx";
import { ReloadButton } from "../ui/missing-part.tsx";
import { dispensable, partsMissing } from "../ui/when-online.ts";
import live from "./live-mark.module.css";
import classes from "./navigation.module.css";
import type { PageDefinition } from "./page.ts";
import { pages } from "./pages.ts";
import { openCommands } from "./palette-store.ts";
import { UserMenu } from "./user-menu.tsx";
import { WorkspaceSwitcher } from "./workspace-switcher.tsx";

// Not in the first bundle: the page is there before its counts are.
const LiveMark = lazy(dispensable(() => import("./live-mark.tsx")));
const ApprovalCount = lazy(dispensable(() => import("./nav-count.tsx")));

const groups = [
  { name: "main", label: null },
  { name: "reach", label: navigationGroups.reach },
  { name: "data", label: navigationGroups.data },
  { name: "manage", label: navigationGroups.manage },
] as const;

const isBelow = (path: string, pathname: string) =>
  path === "/" ? pathname === "/" : pathname === path || pathname.startsWith(`${path}/`);

/** The navigation, at the left or in the drawer. */
export function Navigation() {
  const { rights } = useSession();
  const { pathname } = useLocation();
  const lacks = useSyncExternalStore(partsMissing.watch, partsMissing.get);
  const shown = (name: string) =>
    pages
      .filter(({ nav, right }) => nav?.group === name && (right === undefined || rights.includes(right)))
      .sort((a, b) => a.nav!.order - b.nav!.order);
  return (
    <nav className={classes.root} aria-label={common.navigation}>
      <WorkspaceSwitcher />
      <UnstyledButton className={classes.search} onClick={openCommands}>
        <IconSearch size={14} aria-hidden />
        <span>{common.search}</span>
        <Kbd size="xs">{/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl"} K</Kbd>
      </UnstyledButton>
      <div className={classes.groups}>
        {groups.map(({ name, label }) => {
          const links = shown(name);
          if (links.length === 0) return null;
          return (
            <div key={name} className={classes.group}>
              {label && <p className={classes.label}>{label}</p>}
              <ul className={classes.list}>
                {links.map((page) => (
                  <li key={page.path}>
                    <NavigationLink page={page} active={isBelow(page.path, pathname)} />
                  </li>
                ))}
              </ul>
            </div>
          );
        })}
      </div>
      <div className={classes.foot}>
        {lacks ? (
          <div className={live.root} role="alert">
            {common.partsMissing} <ReloadButton />
          </div>
        ) : (
          <Suspense fallback={<p className={live.root}>&nbsp;</p>}>
            <LiveMark />
          </Suspense>
        )}
        <UserMenu />
      </div>
    </nav>
  );
}

function NavigationLink({ page, active }: { page: PageDefinition; active: boolean }) {
  const Mark = page.nav!.icon;
  return (
    <Link
      to={page.path}
      className={classes.link}
      data-active={active || undefined}
      aria-current={active ? "page" : undefined}
    >
      <Mark size={16} stroke={1.6} aria-hidden />
      {page.title}
      {page.nav!.counts === "approvals" && (
        <Suspense>
          <ApprovalCount />
        </Suspense>
      )}
    </Link>
  );
}
