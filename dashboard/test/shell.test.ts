import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

describe.skipIf(noBrowser)("the shell", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("whoever isn't signed in is asked to, and comes to where they wanted to go", async () => {
    const page = await dashboard.open("/leads?q=ada", { as: "nobody" });
    expect(await page.locator("h1").textContent()).toBe("Sign in");
    expect(new URL(page.url()).searchParams.get("next")).toBe("/leads?q=ada");
    await expectAccessible(page);
  });

  test("the overview is accessible in both colour modes, and fits 360 pixels", async () => {
    const page = await dashboard.open("/");
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Open navigation" }).click();
    const navigation = page.getByRole("dialog");
    await navigation.getByRole("link", { name: "Campaigns" }).click();
    await page.getByRole("heading", { level: 1, name: "Campaigns" }).waitFor();
    await navigation.waitFor({ state: "detached" });
  });

  test("the keyboard alone skips to the content, opens the palette and goes to a page", async () => {
    const page = await dashboard.open("/");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Go to a page, or do something").waitFor();
    await page.keyboard.type("destin");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Destinations" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/destinations");
  });
});
