import type { SystemAdapter } from "./system.ts";

/** Every system that events can be told to in its own words, by its kind. Adding one means adding a folder and a line here. */
export function systemAdapters(): ReadonlyMap<string, SystemAdapter> {
  const adapters: SystemAdapter[] = [];
  return new Map(adapters.map((adapter) => [adapter.kind, adapter]));
}
