import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { seedDraft, seedLeads, seedRunning, seedSenders } from "./campaigns-seed.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

const tab = (page: Page, name: string) => page.getByRole("tab", { name }).click();

describe.skipIf(noBrowser)("campaigns", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("a campaign is made, written, foreseen, started, watched, paused and put away", async () => {
    const page = await dashboard.open("/campaigns");
    await page.getByText("No campaigns yet").waitFor();
    await expectAccessible(page);
    await seedSenders(dashboard);
    await seedLeads(dashboard, 8);

    await page.getByRole("button", { name: "New campaign" }).first().click();
    await page.getByLabel("Name").fill("Founders");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Founders" }).waitFor();

    // An email; its subject's variable is completed by keyboard alone.
    await page.getByRole("button", { name: "Add a step" }).click();
    await page.getByRole("menuitem", { name: "Email" }).click();
    await page.getByLabel("Subject", { exact: true }).pressSequentially("Hello {{ firstN");
    await page.getByRole("option", { name: "firstName" }).waitFor();
    await page.keyboard.press("Enter");
    expect(await page.getByLabel("Subject", { exact: true }).inputValue()).toBe("Hello {{ firstName }}");
    // What the API refuses stands at the step and its field, before anything is saved.
    await page.getByLabel("Text", { exact: true }).fill("Hi {{ firstName");
    await page.getByText("1 problem", { exact: true }).waitFor();
    await page.getByText(/line 1, column/).waitFor();
    await page.getByLabel("Text", { exact: true }).fill("Hi {{ firstName }} of {{ company }}");
    const preview = page.getByRole("region", { name: "Preview" });
    await preview.getByText("The campaign has no email sender.").waitFor();
    await page.getByText("1 problem", { exact: true }).waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Add a step" }).click();
    await page.getByRole("menuitem", { name: "SMS" }).click();
    await page.getByLabel("Text", { exact: true }).fill("Hi {{ firstName }} 😀");
    await preview.getByText(/1 segment · UCS-2/).waitFor();
    await page.getByRole("button", { name: "Save steps" }).click();
    await page.getByText("All changes are saved").waitFor();
    await expectAccessible(page);

    // Whoever removes a step by keyboard goes on at the one that takes its place, or is before it.
    await page.getByRole("button", { name: "Duplicate step 2" }).click();
    await page.getByRole("button", { name: "Remove step 3" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("2."));
    await page.keyboard.press("Enter");
    await page.getByText("All changes are saved").waitFor();
    // Put back, it leaves what was written since.
    await page.getByLabel("Text", { exact: true }).fill("Since");
    await page.getByRole("button", { name: "Undo" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Remove step 3" }).waitFor();
    // The toast is gone, and whoever pressed it by keyboard is where they were.
    await page.waitForFunction(() => document.activeElement?.tagName === "TEXTAREA");
    expect(await page.getByLabel("Text", { exact: true }).inputValue()).toBe("Since");

    // Leaving with something unsaved asks first, and what is saved can't be started for what is on the screen.
    await page.getByLabel("Text", { exact: true }).fill("Changed");
    await page.locator("button:disabled", { hasText: /^Start$/ }).waitFor();
    await tab(page, "Settings");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Discard changes" }).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    // Nor is what was written since lost when they are taken back.
    const undo = (text: string) => page.getByRole("alert").filter({ hasText: text }).getByRole("button").first();
    const written = () => page.getByLabel("Text", { exact: true }).inputValue();
    await page.getByLabel("Text", { exact: true }).fill("Later");
    await undo("were discarded").click();
    await expect.poll(written).toBe("Changed");
    await undo("They are back").click();
    await expect.poll(written).toBe("Later");
    // A closed step, which isn't rendered again while another one is written, takes nothing of that back.
    await page.getByLabel("Text", { exact: true }).fill("Later still");
    await page.getByRole("button", { name: "Duplicate step 1" }).click();
    await page.getByRole("button", { name: /^3\. / }).click();
    await expect.poll(written).toBe("Later still");
    await page.getByRole("button", { name: "Discard changes" }).click();
    await undo("were discarded").waitFor();
    await tab(page, "Settings");
    // What only the editor can take back is offered only there.
    await expect.poll(() => page.getByRole("button", { name: "Undo" }).count(), { timeout: 5_000 }).toBe(0);

    await page.getByRole("combobox", { name: "Senders" }).click();
    for (const name of ["Ada's email", "Ada's sms"]) await page.getByRole("option", { name }).click();
    await page.keyboard.press("Escape");
    await page.getByLabel("Hold what is later than").fill("soon");
    await page.getByRole("button", { name: "Save settings" }).click();
    await page
      .getByText(/a length of time|Give/i)
      .last()
      .waitFor();
    await page.getByLabel("Hold what is later than").fill("2d");
    await page.getByRole("button", { name: "Save settings" }).click();
    await page.getByText("The settings were saved.").waitFor();
    await page.getByLabel("Only in these windows").check();
    await expectAccessible(page);

    // The settings ask, too.
    await tab(page, "Leads");
    await page.getByText("The changes of the settings are lost.").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByLabel("Only in these windows").waitFor();
    await tab(page, "Leads");
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByRole("button", { name: "Add leads" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Add leads" });
    await dialog.getByText("8 leads match").waitFor();
    await dialog.getByLabel("Tag").fill("vip");
    // At once, before the list has followed what was typed: the button waits for it.
    await dialog.getByRole("button", { name: /^Add \d/ }).click();
    await page.getByText("4 leads added").waitFor();
    await page.getByRole("link", { name: "Grace Hopper" }).first().waitFor();
    // What leads are called is text, whatever it says.
    await page.getByRole("link", { name: "<img src=x onerror=alert(1)> Nuñez" }).first().waitFor();
    await expectAccessible(page);

    await tab(page, "Dry run");
    await page.getByRole("heading", { name: "By hour" }).waitFor();
    await page.getByText("The lead has no phone number; the step is skipped.").waitFor();
    await page
      .getByRole("button", { name: /: \d+ messages?$/ })
      .first()
      .click();
    await page.getByText(/Ada's email: \d+ messages?/).waitFor();
    await expectAccessible(page);

    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("button", { name: "Start the campaign" }).click();
    await page.getByText("Active", { exact: true }).waitFor();
    await tab(page, "Results");
    // The sandbox takes the first messages, and the page shows it by itself.
    await page.getByRole("row", { name: /1\. Email 0 4 / }).waitFor();
    await expectAccessible(page);

    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused", { exact: true }).waitFor();
    // That of an earlier toast may be there still.
    await page
      .getByRole("alert")
      .filter({ hasText: "The campaign is paused." })
      .getByRole("button", { name: "Undo" })
      .click();
    await page.getByText("Active", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Archive" }).click();
    await page.getByText("Archived", { exact: true }).waitFor();
    await page.getByRole("link", { name: "All campaigns" }).click();
    await page.getByText("No campaigns yet").waitFor();
    await page.getByText("Archived", { exact: true }).click();
    await page.getByRole("link", { name: "Founders" }).waitFor();
    expect(new URL(page.url()).searchParams.get("status")).toBe("archived");
  });

  test("each part fits 360 pixels; a held-up lead says why; hostile HTML stays in its frame; a viewer can only look", async () => {
    const senderIds = await seedSenders(dashboard);
    const leadIds = await seedLeads(dashboard, 12);
    const id = await seedRunning(dashboard, senderIds, leadIds.slice(0, 6));
    const draft = await seedDraft(dashboard, senderIds, leadIds);
    const page = await dashboard.open(`/campaigns/${id}?tab=leads`);
    await page.getByText("a person has a task to do").first().waitFor();
    await page.locator("tbody tr[data-index]").first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Why not earlier" }).waitFor();
    expect(new URL(page.url()).searchParams.get("lead")).toMatch(/^lead_/);
    await expectAccessible(page);
    await page.keyboard.press("Escape");

    await page.goto(`/campaigns/${draft}`);
    await page.getByRole("button", { name: /^4\. Email/ }).click();
    const frame = page.frameLocator("iframe[title='HTML body']");
    await frame.getByText("Hi").waitFor();
    expect(await frame.locator("img[src], [onclick], script").count()).toBe(0);

    await page.setViewportSize({ width: 360, height: 740 });
    for (const part of ["Results", "Leads", "Dry run", "Settings", "Steps"]) {
      await tab(page, part);
      await page.getByRole("tabpanel").locator("h2, h3, table, ol").first().waitFor();
      await expectFits(page);
    }
    await expectAccessible(page);

    await dashboard.db.query("update member set role = 'viewer' where workspace_id = $1", [dashboard.workspaceId]);
    await page.reload();
    await page.getByText("Your role may look at the steps, and not change them.").waitFor();
    expect(await page.getByRole("button", { name: "Start", exact: true }).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: "Add a step" }).count()).toBe(0);
    await dashboard.db.query("update member set role = 'owner' where workspace_id = $1", [dashboard.workspaceId]);
  });
});
