import { useEffect, useSyncExternalStore } from "react";
import { useUnsaved } from "../../ui/unsaved.ts";

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

/**
 * For a tab with changes that aren't saved: tells the campaign's head that there are some, and asks before the tab, the page or the
 * browser's tab is left. `lost`: what would be lost, in a sentence.
 */
export function useGuardUnsaved(campaignId: string, isDirty: boolean, lost: string): void {
  useUnsaved(isDirty, { lost, within: ["tab"] });
  useEffect(() => {
    if (!isDirty) return;
    set(campaignId);
    return () => set(null);
  }, [campaignId, isDirty]);
}

export const useIsUnsaved = (campaignId: string): boolean => useSyncExternalStore(watch, () => unsaved === campaignId);
