import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { walker } from "../pages.ts";
import { signIn } from "../sign-in.ts";
import { openStandalone } from "../standalone.ts";
import { fill } from "./fill.ts";
import { withPalette } from "./palette-png.ts";
import { shots } from "./shots.ts";

/**
 *   npm run screenshots [-- --out DIR] [--width N] [--colours light|dark] [--only NAMES]
 *
 * Pictures of each page with a workspace that a team has worked in for three months, into docs/screenshots. With --width or
 * --colours all pages are taken in that width or those colours, to look at. `--only` is a pattern for the pictures' names.
 */
const { values } = parseArgs({
  options: {
    out: { type: "string" },
    width: { type: "string" },
    colours: { type: "string" },
    only: { type: "string" },
  },
});
const out = values.out ?? join(import.meta.dirname, "../../../docs/screenshots");

await using herald = await openStandalone();
process.stderr.write("writing three months\n");
const { ids, close } = await fill(herald);
const only = new RegExp(values.only ?? "");
if (!values.out && !values.only) rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
let bytes = 0;
for (const { name, address, tab, file, signedOut, setUp, ...own } of shots(ids)) {
  if (!only.test(name)) continue;
  const width = Number(values.width ?? own.width ?? 1440);
  const context = await herald.browser.newContext({
    ...{ baseURL: herald.url, viewport: { width, height: width < 500 ? 740 : 900 }, locale: "en-GB" },
    // As a phone has it: scroll bars take no room there.
    ...(width < 500 && { isMobile: true, hasTouch: true }),
    ...{ timezoneId: "America/New_York", reducedMotion: "reduce" as const },
    colorScheme: (values.colours ?? own.colours ?? "light") as "light" | "dark",
  });
  context.setDefaultTimeout(120_000);
  if (!signedOut) await signIn(context, herald.url, herald.cookie);
  const page = await context.newPage();
  const { quiet } = walker(page);
  if (setUp) {
    // As a Herald without an owner says it.
    await page.route("**/v1/session", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), setupNeeded: true } });
    });
  }
  await page.goto(address);
  await page.locator("h1").first().waitFor();
  await quiet();
  if (tab) {
    await page.getByRole("tab", { name: tab }).click();
    await quiet();
  }
  if (file) {
    await page.locator("input[type=file]").setInputFiles({ ...file, buffer: Buffer.from(file.text) });
    await quiet();
  }
  // Nothing that waits, and what draws itself in has come to its end.
  const waiting = ".mantine-Skeleton-root, .mantine-Loader-root";
  await page.waitForFunction((selector) => document.querySelector(`main :is(${selector})`) === null, waiting);
  await page.waitForTimeout(1_500);
  await quiet();
  await page.waitForFunction((selector) => document.querySelector(`main :is(${selector})`) === null, waiting);
  const path = join(out, `${name}.png`);
  const picture = withPalette(await page.screenshot({ animations: "disabled", caret: "hide" }));
  writeFileSync(path, picture);
  bytes += picture.length;
  process.stderr.write(`${name} ${Math.round(picture.length / 1024)} kB\n`);
  await context.close();
}
close();
process.stderr.write(`${(bytes / 1e6).toFixed(2)} MB in ${out}\n`);
