import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

describe.skipIf(noBrowser)("suppressions", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("a long list loads as it is scrolled by keyboard, and an address is found", async () => {
    const empty = await dashboard.open("/settings/suppressions");
    await empty.getByText("Nobody is suppressed").waitFor();
    for (let at = 0; at < 150; at += 25) {
      const some = Array.from({ length: 25 }, (_, i) => `person${at + i}@example.com`);
      await Promise.all(some.map((address) => dashboard.api.request("POST /v1/suppressions", { body: { address } })));
    }
    const page = await dashboard.open("/settings/suppressions");
    const rows = page.locator("tbody tr[data-index]");
    await rows.first().focus();
    // The end of what is loaded each time, which loads more.
    await expect
      .poll(async () => {
        await page.keyboard.press("End");
        return await page.evaluate(() => (document.activeElement as HTMLElement).dataset.index);
      })
      .toBe("149");
    if (process.env.SHOT) await page.screenshot({ path: "/tmp/shot-supp.png" });
    // Of 150 rows only those in sight exist.
    expect(await rows.count()).toBeLessThan(60);
    await expectAccessible(page);
    await page.getByLabel("Find an address").fill("person7@example.com");
    await page.getByText("1 row", { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get("address")).toBe("person7@example.com");
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    // The address can be read, and the chosen one of the settings' pages is in sight, also of a page that one comes to by a link.
    await page.reload();
    const address = page.getByRole("cell", { name: "person7@example.com", exact: true });
    await address.waitFor();
    expect(await address.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)).toBe(false);
    const own = await page.getByRole("navigation", { name: "Settings" }).locator("[aria-current]").boundingBox();
    expect(own!.x + own!.width).toBeLessThanOrEqual(360);

    await page.setViewportSize({ width: 1440, height: 900 });
    // Lifted with a reason, and one that is no lead's is entered.
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Lift the suppression of person7@" }).click();
    await dialog.getByLabel("How they agreed").fill("Asked for news by phone");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Lift" }).click();
    await page.getByText("This address isn't suppressed").waitFor();
    await page.getByRole("button", { name: "Suppress an address" }).click();
    await dialog.getByLabel("Address").fill("no address");
    await dialog.getByLabel("Reason").fill("Complained by phone");
    await dialog.getByRole("button", { name: "Suppress", exact: true }).click();
    await dialog.locator("[data-error], [role=alert]").first().waitFor();
    await dialog.getByLabel("Address").fill("Person7@example.com");
    await dialog.getByRole("button", { name: "Suppress", exact: true }).click();
    await page.getByRole("button", { name: "Lift the suppression of person7@" }).waitFor();
    const { data } = await dashboard.api.request("GET /v1/suppressions", { query: { address: "person7@example.com" } });
    expect(data).toMatchObject([{ reason: "Complained by phone", by: "Ada Lovelace", kind: "manual" }]);
  });
});
