import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
}

const here = import.meta.dirname;

/** A page's address and its module, as `route.ts` has them: `path: "/leads", …, load: () => import("./leads-page.tsx")`. */
const definition = /\bpath: "([^"]+)"[^{}]*?\bload: \(\) => import\("([^"]+)"\)/g;

/**
 * Writes `page-files.json`: by each page's address (`/leads/$leadId`) the scripts and styles that it needs besides the first
 * bundle. The server names them in the page that it sends, so that they are loaded beside the first bundle, and not only once it
 * has run.
 */
export function writePageFiles(folder: string): void {
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
  const pages: Record<string, string[]> = {};
  const sources = join(here, "src/pages");
  for (const name of readdirSync(sources, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith("route.ts")) continue;
    const source = join(sources, name);
    for (const [, path, module] of readFileSync(source, "utf8").matchAll(definition)) {
      const key = relative(here, join(dirname(source), module!))
        .split(sep)
        .join("/");
      pages[path!] = [...filesOf(key)].filter((file) => !first.has(file));
    }
  }
  writeFileSync(join(folder, "page-files.json"), JSON.stringify(pages));
}
