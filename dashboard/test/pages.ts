import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

const folder = join(import.meta.dirname, "../src/pages");

/** Paths of all pages for people who are signed in, as their route.ts files have them: `/leads/$leadId`. */
export function pagePaths(): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("route.ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .filter((source) => !source.includes("signedOut: true"))
    .flatMap((source) => [...source.matchAll(/\bpath: "([^"]+)"/g)].map(([, path]) => path!))
    .sort();
}

/** The pages' addresses with these IDs in place of their parameters. Throws where one isn't given: a new page is to be walked, too. */
export function pageAddresses(ids: Record<string, string>): string[] {
  return pagePaths().map((path) =>
    path.replaceAll(/\$(\w+)/g, (_, name: string) => {
      const id = ids[name];
      if (!id) throw new Error(`${path} needs an ID for ${name}.`);
      return id;
    }),
  );
}

export interface Walker {
  /** Goes to a page as a link in the dashboard does, and waits until nothing is loading. */
  go(address: string): Promise<void>;
  /** Waits until nothing is loading. */
  quiet(): Promise<void>;
  /** What Herald refused since the walk began: `403 GET /v1/sources at /sources`. */
  refused: string[];
}

/** Walks a page that is open already through others, and takes down what Herald refuses. */
export function walker(page: Page): Walker {
  const open = new Set<unknown>();
  const refused: string[] = [];
  const pathOf = (url: string) => new URL(url).pathname;
  page.on("request", (request) => {
    if (!pathOf(request.url()).endsWith("/stream")) open.add(request);
  });
  page.on("requestfailed", (request) => open.delete(request));
  page.on("requestfinished", (request) => open.delete(request));
  page.on("response", (response) => {
    if (response.status() < 400) return;
    const { url, method } = { url: response.url(), method: response.request().method() };
    refused.push(`${response.status()} ${method} ${pathOf(url)} at ${pathOf(page.url())}`);
  });
  const quiet = async () => {
    // Two frames without a request: an answer's parts may ask for more.
    for (let still = 0; still < 2; ) {
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      still = open.size === 0 ? still + 1 : 0;
    }
  };
  return {
    async go(address) {
      await page.evaluate((to) => {
        history.pushState({}, "", to);
        dispatchEvent(new PopStateEvent("popstate"));
      }, address);
      await page.locator("h1").first().waitFor();
      await quiet();
    },
    quiet,
    refused,
  };
}
