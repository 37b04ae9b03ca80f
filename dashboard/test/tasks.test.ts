import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { seedLeads, seedRunning, seedSenders } from "./campaigns-seed.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

describe.skipIf(noBrowser)("tasks", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("tasks come by themselves, are assigned, done with a note, and skipped; the keyboard does it, too", async () => {
    const page = await dashboard.open("/tasks");
    await page.getByText("No open tasks").waitFor();
    await expectAccessible(page);
    const senderIds = await seedSenders(dashboard);
    const leadIds = await seedLeads(dashboard, 5);
    await seedRunning(dashboard, senderIds, leadIds);
    await page.getByText("5 rows").waitFor();
    await page.getByRole("link", { name: "Call Ada" }).first().waitFor();
    await expectAccessible(page);

    await page.locator("tbody tr[data-index]", { hasText: "Call Ada" }).first().focus();
    await page.keyboard.press("Enter");
    const drawer = page.getByRole("dialog");
    await drawer.getByText("Call Ada at Analytical Engines.").waitFor();
    await expectAccessible(page);
    await drawer.getByRole("combobox", { name: "Assigned to" }).click();
    await page.getByRole("option", { name: /ada@example.com/ }).click();
    await page.getByText("Assigned to ada@example.com.").waitFor();
    await drawer.getByLabel("Note").fill("Reached her; she is interested.");
    // Neither a click beside it nor Escape loses a note.
    const leave = page.getByRole("dialog", { name: "Leave without saving?" });
    await page.mouse.click(20, 400);
    // However soon after the answer the key comes: here before any timer of the page.
    await leave.getByRole("button", { name: "Cancel" }).evaluate(async (button: HTMLElement) => {
      button.click();
      for (let turn = 0; turn < 100 && button.isConnected; turn++) await Promise.resolve();
      const key = { key: "Escape", bubbles: true };
      document.body.dispatchEvent(new KeyboardEvent("keydown", key));
    });
    await leave.waitFor();
    // The Escape that answers is the question's alone.
    await page.keyboard.press("Escape");
    await leave.waitFor({ state: "hidden" });
    expect(await drawer.getByLabel("Note").inputValue()).toBe("Reached her; she is interested.");
    await drawer.getByRole("button", { name: "Done" }).click();
    await page.getByText("Done.", { exact: true }).waitFor();
    await page.getByText("4 rows").waitFor();

    // Two more at once.
    await page.locator("tbody tr[data-index]").first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.getByRole("region", { name: "2 selected" }).getByRole("button", { name: "Done" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
    await page.getByText("2 tasks done.").waitFor();
    await page.getByText("2 rows").waitFor();

    await page.goto("/tasks?status=done&whose=mine");
    await page.getByText("1 row", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Call Ada" }).click();
    await drawer.getByText("Reached her; she is interested.").waitFor();
    expect(new URL(page.url()).searchParams.get("status")).toBe("done");
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
  });
});
