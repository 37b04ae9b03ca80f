/** Null: Herald doesn't answer this browser. */
export const knock = (): Promise<Response | null> => fetch("/healthz").catch(() => null);
