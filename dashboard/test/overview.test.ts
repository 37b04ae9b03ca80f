import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

describe.skipIf(noBrowser)("the overview", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("a new workspace comes to its first message by clicking, and sees what needs a person", async () => {
    const page = await dashboard.open("/");
    const click = (name: string) => page.getByRole("button", { name }).click();
    await page.getByText("0 of 5 done").waitFor();
    await page.getByText("Nothing needs you now").waitFor();
    await click("Make a sandbox sender");
    await click("Add Ada Lovelace");
    await page.getByText("2 of 5 done").waitFor();
    await click("Send a message");
    // The event stream tells the page that it went out.
    await page.getByText("Delivered to ada@example.com").waitFor();
    await page.getByText("4 of 5 done").waitFor();
    await page.getByRole("link", { name: "Open the lead" }).waitFor();

    await dashboard.db.query("UPDATE message SET status = 'uncertain' WHERE workspace_id = $1", [
      dashboard.workspaceId,
    ]);
    await dashboard.db.query("UPDATE sender SET status = 'broken' WHERE workspace_id = $1", [dashboard.workspaceId]);
    await page.reload();
    await page.getByText("Sandbox can't send").waitFor();
    await page.getByText("A message to ada@example.com may have gone out").waitFor();
    await page.locator(".recharts-surface").first().waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/overview.png`, fullPage: true });
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/overview-360.png`, fullPage: true });
    await click("It went out");
    await page.getByText("A message to ada@example.com may have gone out").waitFor({ state: "detached" });
    const { data } = await dashboard.api.request("GET /v1/messages", { query: { limit: 1 } });
    expect(data[0]!.status).toBe("sent");
  });
});
