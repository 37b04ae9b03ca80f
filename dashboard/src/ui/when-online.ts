const online = () => new Promise((resolve) => addEventListener("online", resolve, { once: true }));

/**
 * Loads code of a part that the page can be without for a while, `lazy(whenOnline(() => import("./charts.tsx")))`: it isn't asked for
 * before there is a network, and what stands in its place stays. A browser never asks again for a module that it once failed to load
 * (HTML, "module map"), so that asking too early would break the part until the page is loaded again.
 */
export function whenOnline<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    if (!navigator.onLine) await online();
    return await load();
  };
}

/** The same for what nobody has asked for (`live-mark.tsx`): without its code the page goes on, and does without. */
export function dispensable<T>(load: () => Promise<T>): () => Promise<T> {
  return () => whenOnline(load)().catch(() => new Promise<never>(() => {}));
}
