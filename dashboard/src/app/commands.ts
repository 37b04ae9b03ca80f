import type { Icon } from "@tabler/icons-react";
import { useEffect, useSyncExternalStore } from "react";

/** Something that can be done from the command palette. */
export interface Command {
  /** Unique among all: `campaigns.new`. */
  id: string;
  label: string;
  description?: string;
  icon?: Icon;
  keywords?: readonly string[];
  run: () => void;
}

const byPage = new Map<object, readonly Command[]>();
const watchers = new Set<() => void>();
let all: readonly Command[] = [];

function changed(): void {
  all = [...byPage.values()].flat();
  for (const watcher of watchers) watcher();
}

/**
 * Offers commands in the palette while the component is shown. The list must be stable (useMemo).
 *
 *     useCommands(useMemo(() => [{ id: "campaigns.new", label: t.newCampaign, run: open }], [open]));
 */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => {
    const owner = {};
    byPage.set(owner, commands);
    changed();
    return () => {
      byPage.delete(owner);
      changed();
    };
  }, [commands]);
}

export function useAllCommands(): readonly Command[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    () => all,
  );
}
