import type { ComponentType } from "react";
import { MissingPart } from "./missing-part.tsx";

/** Until there is a network. */
const online = () => new Promise((resolve) => addEventListener("online", resolve, { once: true }));

// biome-ignore lint/suspicious/noExplicitAny: of whatever properties; the page's part knows them.
type Part = { default: ComponentType<any> };

/** Parts that nobody has asked for and that couldn't be had (`dispensable`). */
let missing = false;
const watchers = new Set<() => void>();

/** Whether the page does without a part that belongs to it: for useSyncExternalStore. */
export const partsMissing = {
  get: (): boolean => missing,
  watch: (watcher: () => void): (() => void) => {
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  },
};

/**
 * Loads code of a part of the page, `lazy(inPlace(() => import("./steps-tab.tsx")))`. Where it can't be had the rest of the page stays, and
 * what is wrong is said in the part's place. A browser never asks again for a module that it once failed to load (HTML, "module
 * map"): what helps is to load the page again.
 */
export function inPlace<P extends Part>(load: () => Promise<P>): () => Promise<P> {
  return () => load().catch(() => ({ default: MissingPart }) as unknown as P);
}

/**
 * As `inPlace`, for a part that the page can be without for a while, `lazy(whenOnline(() => import("./charts.tsx")))`: it isn't asked for
 * before there is a network, and what stands in its place stays.
 */
export function whenOnline<P extends Part>(load: () => Promise<P>): () => Promise<P> {
  return inPlace(async () => {
    if (!navigator.onLine) await online();
    return await load();
  });
}

/** The same for what nobody has asked for (`live-mark.tsx`): without its code the page goes on, and the navigation says that it is missing. */
export function dispensable<P extends Part>(load: () => Promise<P>): () => Promise<P> {
  return async () => {
    if (!navigator.onLine) await online();
    try {
      return await load();
    } catch {
      missing = true;
      for (const watcher of watchers) watcher();
      return await new Promise<never>(() => {});
    }
  };
}
