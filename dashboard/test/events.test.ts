import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

describe.skipIf(noBrowser)("events", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("events come as they happen, are held while somebody reads, and one is shown in each format", async () => {
    const add = async (firstName: string) =>
      await dashboard.api.request("POST /v1/leads", {
        body: { leads: [{ email: `${firstName.toLowerCase()}@example.com`, firstName }] },
      });
    await add("Ada");
    const page = await dashboard.open("/events");
    const list = page.getByRole("region", { name: "Events" });
    const rows = list.getByRole("link");
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByText("Live", { exact: true }).first().waitFor();
    await add("Grace");
    await expect.poll(() => rows.count()).toBe(2);
    // The newest stands first.
    expect(await rows.first().textContent()).toContain("Grace");
    await list.hover();
    await page.getByText("Held while you read").waitFor();
    await add("Alan");
    const show = page.getByRole("button", { name: "Show 1 new event" });
    await show.waitFor();
    expect(await rows.count()).toBe(2);
    await show.focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => rows.count()).toBe(3);
    await expectAccessible(page);

    await page.getByRole("combobox", { name: "Types" }).click();
    await page.getByRole("option", { name: "lead.opted_out" }).click();
    await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
    expect(new URL(page.url()).searchParams.get("types")).toBe("lead.opted_out");
    await page.goBack();
    await rows.last().waitFor();

    // From a time on, oldest first, page after page to the end.
    const many = Array.from({ length: 100 }, (_, n) => ({ email: `many${n}@example.com`, firstName: `Many${n}` }));
    for (const group of ["a", "b"])
      await dashboard.api.request("POST /v1/leads", {
        body: { leads: many.map(({ email, ...lead }) => ({ ...lead, email: `${group}${email}` })) },
      });
    const after = new Date(Date.now() - 3_600_000).toISOString();
    // They stand there once nothing older can be committed any more.
    await expect
      .poll(async () => (await dashboard.api.request("GET /v1/events", { query: { after, limit: 500 } })).data.length)
      .toBeGreaterThanOrEqual(203);
    await page.goto(`/events?after=${encodeURIComponent(after)}`);
    await expect.poll(() => rows.first().textContent()).toContain("Ada");
    await expect
      .poll(async () => {
        await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
        return await rows.last().textContent();
      })
      .toContain("Many99");
    await expect.poll(() => list.evaluate((element) => element.scrollHeight)).toBeGreaterThan(200 * 30);
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.goto("/events");
    await expect.poll(() => rows.first().textContent()).toContain("Many");
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect
      .poll(async () => {
        await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
        return await rows.last().textContent();
      })
      .toContain("Ada");
    await rows.last().click();
    await page.getByRole("heading", { level: 1, name: "lead.created" }).waitFor();
    expect(await page.getByRole("figure", { name: "Herald" }).textContent()).toContain("ada@example.com");
    await page.getByRole("region", { name: "SendPilot" }).getByText("can't say it").waitFor();
    await page.getByText("No destination got it").waitFor();
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    if (process.env.SHOTS) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.screenshot({ path: `${process.env.SHOTS}/event.png` });
      await page.goto("/events");
      await rows.first().waitFor();
      await page.screenshot({ path: `${process.env.SHOTS}/events.png` });
    }
  });
});
