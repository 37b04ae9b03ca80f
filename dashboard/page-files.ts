import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type Asked, readsAddress } from "./src/api/reads.ts";

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
}

const here = import.meta.dirname;

/** A page's address and its module, as `route.ts` has them: `path: "/leads", …, load: () => import("./leads-page.tsx")`. */
const definition = /\bpath: "([^"]+)"[^{}]*?\bload: \(\) => import\("([^"]+)"\)/g;

interface PageFiles {
  /** Scripts and styles that it needs besides the first bundle. */
  files: string[];
  /** What is painted until the scripts have run; none for pages without the frame. */
  early?: string;
  /** The address of what it asks first, of who is signed in. */
  reads?: string;
}

/**
 * Writes `page-files.json`, by each page's address (`/leads/$leadId`). The server names the files in the page that it sends, so
 * that they are loaded beside the first bundle, and not only once it has run, as is what the page asks first, and writes what is painted early into it.
 */
export async function writePageFiles(folder: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8")) as Record<string, Chunk>;
  const filesOf = (key: string, files = new Set<string>(), visited = new Set<string>()) => {
    if (visited.has(key)) return files;
    visited.add(key);
    const { file, imports = [], css = [] } = manifest[key]!;
    for (const name of [file, ...css]) files.add(`/${name}`);
    for (const next of imports) filesOf(next, files, visited);
    return files;
  };
  const first = filesOf("index.html");
  const pages: Record<string, PageFiles> = {};
  const sources = join(here, "src/pages");
  for (const name of readdirSync(sources, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith("route.ts")) continue;
    const at = join(sources, dirname(name));
    const source = readFileSync(join(sources, name), "utf8");
    for (const [, path, module] of source.matchAll(definition)) {
      const key = relative(here, join(at, module!)).split(sep).join("/");
      const files = [...filesOf(key)].filter((file) => !first.has(file));
      if (source.includes("signedOut: true")) pages[path!] = { files };
      else {
        // What is below it (`/leads/$leadId`) has a heading of its own, and so have the settings.
        const hasHeading = module === `./${basename(at)}-page.tsx` && !name.startsWith("settings");
        const reads = hasHeading ? await readsOf(at) : {};
        pages[path!] = { files, early: earlyOf(hasHeading ? await headingOf(at) : {}), ...reads };
      }
    }
  }
  writeFileSync(join(folder, "page-files.json"), JSON.stringify(pages));
}

interface Heading {
  title?: string;
  /** With values in it, it is known only to the scripts. */
  description?: unknown;
}

/** What a page says above its content, by its own texts. */
async function headingOf(page: string): Promise<Heading> {
  return ((await import(pathToFileURL(join(page, "texts.ts")).href)) as { t: Heading }).t;
}

/** What a page asks first, by its own `first-calls.ts`. */
async function readsOf(page: string): Promise<{ reads?: string }> {
  const calls = join(page, "first-calls.ts");
  if (!existsSync(calls)) return {};
  const { firstCalls } = (await import(pathToFileURL(calls).href)) as { firstCalls: readonly Asked[] };
  return { reads: readsAddress(firstCalls) };
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

/** The frame and the heading as src/ui/early.css shows them: where React's will be (app/shell.tsx, ui/page.tsx). */
function earlyOf({ title, description }: Heading): string {
  const part = (name: string, text: unknown) =>
    typeof text === "string" ? `<div class="early-${name}">${escaped(text)}</div>` : "";
  return `<div class="early"><div class="early-frame"></div><div class="early-page">${part("title", title)}${part("text", description)}</div></div>`;
}
