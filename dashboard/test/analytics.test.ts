import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

describe.skipIf(noBrowser)("analytics", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("what was sent is shown by group and in time, filters stand in the address, and it can be saved", async () => {
    const { api } = dashboard;
    const sender = await api.request("POST /v1/senders", {
      body: { name: "Trial", channel: "email", provider: "sandbox" },
    });
    await api.request("POST /v1/messages", {
      body: {
        ...{ recipient: { email: "ada@example.com" }, channel: "email", senderId: sender.id },
        ...{ subject: "Hello", text: "Hello" },
      },
    });
    const page = await dashboard.open("/analytics?by=sender");
    const row = page.getByRole("row", { name: /^Trial 1/ });
    await row.waitFor();
    await page.getByRole("table", { name: "When leads write" }).waitFor();
    await page.getByText("Nothing was delivered in this time.").waitFor();
    await page.locator(".recharts-surface").first().waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/analytics.png`, fullPage: true });
    // Each picture has its figures: the heat map on demand, shares beside their intervals.
    await page.getByRole("button", { name: "Show as a table: When leads write" }).click();
    await page.getByRole("button", { name: "Show as a chart: When leads write", pressed: true }).waitFor();
    await page.getByText("Answered · 95% interval").waitFor();
    // The button's tooltip, which stands outside of the page's landmarks while it is there.
    await page.mouse.move(0, 0);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.getByRole("tooltip").waitFor({ state: "hidden" });
    await expectAccessible(page);
    await page.getByText("7 days", { exact: true }).click();
    await page.getByRole("combobox", { name: "Channel" }).click();
    await page.getByRole("option", { name: "SMS" }).click();
    await page.getByText("Nothing was sent or received in this time.").first().waitFor();
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ by: "sender", range: "7", channel: "sms" });
    await page.goBack();
    await row.waitFor();
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "By sender as CSV" }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe("herald-by-sender.csv");
    // By its first letter Excel knows that it is UTF-8.
    expect((await buffer(await saved.createReadStream())).subarray(0, 8).toString("latin1")).toBe("\xef\xbb\xbfvalue");
    // A campaign's steps are filtered as all else is.
    const { id } = await dashboard.api.request("POST /v1/campaigns", {
      body: { name: "Founders", steps: [{ channel: "email", subject: "Hi", text: "Hi" }] },
    });
    const asked = page.waitForRequest((request) => request.url().includes("/v1/analytics/funnel"));
    await page.goto(`/analytics?campaignId=${id}&range=7&channel=email`);
    const query = Object.fromEntries(new URL((await asked).url()).searchParams);
    expect(query).toMatchObject({ campaignId: id, channel: "email", from: expect.any(String) });
    await page.getByRole("table", { name: "Steps of the campaign" }).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    // No choice of the time is cut off.
    const width = await page
      .getByRole("radiogroup", { name: "Time" })
      .evaluate((group) => ({ needed: group.scrollWidth, given: group.clientWidth }));
    expect(width.needed).toBeLessThanOrEqual(width.given);
  });
});
