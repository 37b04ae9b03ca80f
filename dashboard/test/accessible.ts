import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

const ofPage = async (page: Page): Promise<string[]> => {
  // Evaluated and not added as a script, which the page's policy forbids.
  await page.evaluate(axe);
  const violations = (await page.evaluate(async () => {
    const { axe: tool } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Violation[] }> };
    };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return (await tool.run({ runOnly: tags, resultTypes: ["violations"] })).violations;
  })) as Violation[];
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.slice(0, 3).map((node) => `${id}: ${help}\n  ${node.html.slice(0, 300)}\n  ${node.failureSummary ?? ""}`),
  );
};

/** axe finds nothing on the page as it is, in light and in dark; the page is in light colours after it. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colours of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme: colours });
    await page.waitForFunction(
      (scheme) => document.documentElement.getAttribute("data-mantine-color-scheme") === scheme,
      colours,
    );
    // Colours change by transitions, which take a frame even where they take no time.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    // And those that take time are at their end; what turns for ever isn't waited for.
    await page.waitForFunction(() =>
      document.getAnimations().every(({ playState, effect }) => {
        return playState !== "running" || effect?.getComputedTiming().iterations === Number.POSITIVE_INFINITY;
      }),
    );
    expect(await ofPage(page), `axe in ${colours} colours at ${page.url()}`).toEqual([]);
  }
}

/** Nothing is wider than the window: the page doesn't scroll sideways. */
export async function expectFits(page: Page): Promise<void> {
  const { wide, width } = await page.evaluate(() => ({
    width: innerWidth,
    wide: document.documentElement.scrollWidth,
  }));
  expect(wide, `${page.url()} is ${wide} wide in a window of ${width}`).toBeLessThanOrEqual(width);
}
