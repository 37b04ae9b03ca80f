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

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Those that look at colours; to the others both modes are one page. */
const ofColours = ["color-contrast", "link-in-text-block"];

/**
 * Evaluated and not added as a script, which the page's policy forbids; by the browser itself, since half a megabyte that goes
 * through `page.evaluate` takes it half as long again.
 */
async function load(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axe });
  await session.detach();
}

const ofPage = async (page: Page, rules: readonly string[] | null): Promise<string[]> => {
  if (!(await page.evaluate(() => "axe" in globalThis))) await load(page);
  const runOnly = rules ? { type: "rule", values: rules } : { type: "tag", values: tags };
  const violations = (await page.evaluate(async (only) => {
    const { axe: tool } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: Violation[] }> };
    };
    // Of what is loaded beside the page, no rule that is asked for needs the style sheets' text.
    const options = { runOnly: only, resultTypes: ["violations"], selectors: false, preload: { assets: ["media"] } };
    return (await tool.run(options)).violations;
  }, runOnly)) as Violation[];
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
    // Who wants less motion gets none: what is shown now stays.
    const moving = await page.evaluate(() => document.getAnimations().filter((each) => each instanceof CSSTransition));
    expect(moving, "transitions where less motion is wanted").toEqual([]);
    const rules = colours === "dark" ? ofColours : null;
    expect(await ofPage(page, rules), `axe in ${colours} colours at ${page.url()}`).toEqual([]);
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
