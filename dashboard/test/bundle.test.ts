import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
  dynamicImports?: string[];
}

const output = join(import.meta.dirname, "../dist");
/** The dashboard is built before the tests run (global-setup.ts). */
const manifest = JSON.parse(readFileSync(join(output, ".vite/manifest.json"), "utf8")) as Record<string, Chunk>;

/** Files that a browser needs for these chunks, by what each costs it: bytes gzipped. */
function cost(...keys: string[]): Map<string, number> {
  const files = new Map<string, number>();
  const visited = new Set<string>();
  const visit = (key: string) => {
    if (visited.has(key)) return;
    visited.add(key);
    const { file, imports = [], css = [] } = manifest[key]!;
    for (const name of [file, ...css]) {
      if (!files.has(name)) files.set(name, gzipSync(readFileSync(join(output, name)), { level: 9 }).length);
    }
    for (const next of imports) visit(next);
  };
  for (const key of keys) visit(key);
  return files;
}

const sum = (files: Map<string, number>) => [...files.values()].reduce((total, bytes) => total + bytes, 0);
const page = (name: string) => `src/pages/${name}/${name}-page.tsx`;

test.each(["sign-in", "overview"])(
  "the first page, %s, is below 250 kB gzipped with all its scripts and styles",
  (name) => {
    const files = cost("index.html", page(name));
    expect(sum(files), JSON.stringify([...files], null, 1)).toBeLessThan(250_000);
  },
);

test("pages are split: each is a chunk of its own, and none brings the charts into the first bundle", () => {
  const first = cost("index.html");
  const pages = Object.keys(manifest).filter((key) => /^src\/pages\/.*-page\.tsx$/.test(key));
  expect(pages.length).toBeGreaterThan(12);
  for (const key of pages) expect(first.has(manifest[key]!.file), key).toBe(false);
  const plot = manifest["src/ui/chart-plot.tsx"];
  if (plot) expect(first.has(plot.file)).toBe(false);
  expect(existsSync(join(output, manifest["index.html"]!.file))).toBe(true);
});

test("each page's own files are known by its address, and none is one that all pages have", () => {
  const pageFiles = JSON.parse(readFileSync(join(output, "page-files.json"), "utf8")) as Record<
    string,
    { files: string[] }
  >;
  const first = cost("index.html");
  const found = Object.values(pageFiles).flatMap(({ files }) => files);
  for (const key of Object.keys(manifest).filter((one) => /^src\/pages\/.*-page\.tsx$/.test(one))) {
    expect(found, key).toContain(`/${manifest[key]!.file}`);
  }
  for (const name of found) {
    expect(existsSync(join(output, name)), name).toBe(true);
    expect(first.has(name.slice(1)), name).toBe(false);
  }
});

test("scripts are to be compiled while they load, and not when each function is first called", () => {
  for (const { file } of Object.values(manifest)) {
    if (!file.endsWith(".js")) continue;
    expect(readFileSync(join(output, file), "utf8").startsWith("//# allFunctionsCalledOnLoad\n"), file).toBe(true);
  }
});
