import type { PageDefinition } from "./page.ts";

/** Every page: a folder below pages/ with a route.ts is one, so that pages are added without a list to change. */
export const pages: readonly PageDefinition[] = Object.values(
  import.meta.glob<{ default: PageDefinition }>("../pages/**/route.ts", { eager: true }),
).map((module) => module.default);

export const settingsPages: readonly PageDefinition[] = pages
  .filter(({ settings }) => settings !== undefined)
  .sort((a, b) => a.settings!.order - b.settings!.order);
