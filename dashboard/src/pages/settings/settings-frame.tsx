import { useLocation } from "@tanstack/react-router";
import type { ComponentProps } from "react";
import { useSession } from "../../api/session.ts";
import { settingsPages } from "../../app/pages.ts";
import { pageTitles } from "../../text/pages.ts";
import { useChosenInSight } from "../../ui/chosen-in-sight.ts";
import { Link } from "../../ui/link.tsx";
import { Page } from "../../ui/page.tsx";
import classes from "./settings-frame.module.css";

/** A page of the settings: as `Page`, with the settings' own navigation above it. */
export function SettingsFrame(props: ComponentProps<typeof Page>) {
  const { pathname } = useLocation();
  const { rights } = useSession();
  const row = useChosenInSight<HTMLElement>(pathname);
  const shown = settingsPages.filter(({ right }) => right === undefined || rights.includes(right));
  return (
    <>
      <nav aria-label={pageTitles.settings} className={classes.root} ref={row}>
        {shown.map(({ path, title }) => (
          <Link
            key={path}
            to={path}
            className={classes.link}
            aria-current={pathname === path ? "page" : undefined}
            data-active={pathname === path || undefined}
          >
            {title}
          </Link>
        ))}
      </nav>
      <Page {...props} />
    </>
  );
}
