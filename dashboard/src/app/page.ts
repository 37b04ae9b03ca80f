import type { Icon } from "@tabler/icons-react";
import type { QueryClient } from "@tanstack/react-query";
import type { ComponentType } from "react";
import type { Right } from "../api/session.ts";

/**
 * What a part of the page's code gives: the component as its default export. `early`: asks what the page will ask, before it is
 * rendered; for pages with many questions.
 */
export type Load = () => Promise<{ default: ComponentType; early?: (queries: QueryClient) => void }>;

/** A page: the default export of `pages/<name>/route.ts`, of which there is one a folder. */
export interface PageDefinition {
  /** `/leads`; parameters as `/leads/$leadId`. */
  path: string;
  /** From text/pages.ts: this file is in the first bundle, the page's own texts aren't. */
  title: string;
  /** The page's code, loaded when it is first opened or its link is hovered. */
  load: Load;
  /**
   * Its place in the navigation; without one it has none. Pages of a group stand in the order of `order`. `counts`: how much
   * waits there for a person stands beside its name (app/nav-count.tsx).
   */
  nav?: { group: "main" | "reach" | "data" | "manage"; order: number; icon: Icon; counts?: "approvals" };
  /** The right that its first call needs: without it the link isn't shown. See server/src/domain/rights.ts. */
  right?: Right;
  /** Without the shell, for people who aren't signed in: sign-in, set-up, invitation. */
  signedOut?: boolean;
  /** More words by which the command palette finds it. */
  keywords?: readonly string[];
  /** Pages below it: `/leads/$leadId`. They belong to this one in the navigation, and need its right, or their own. */
  below?: readonly { path: string; load: Load; right?: Right }[];
  /** Pages of the settings stand in its own navigation. */
  settings?: { order: number };
}

/** Checks the definition's type where it is written. */
export function definePage(page: PageDefinition): PageDefinition {
  return page;
}
