import { useEffect, useSyncExternalStore } from "react";

/** The campaign whose open tab has changes that aren't saved. One tab is open at a time. */
let unsaved: string | null = null;
const watchers = new Set<() => void>();

function set(next: string | null): void {
  unsaved = next;
  for (const watcher of watchers) watcher();
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Tells the campaign's head that a tab holds what isn't saved, for as long as it does. */
export function useTellUnsaved(campaignId: string, isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    set(campaignId);
    return () => set(null);
  }, [campaignId, isDirty]);
}

export const useIsUnsaved = (campaignId: string): boolean => useSyncExternalStore(watch, () => unsaved === campaignId);
