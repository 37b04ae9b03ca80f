import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";
import { walker } from "./pages.ts";
import { owner } from "./sign-in.ts";

interface Moved {
  /** The sum of the window's layout shifts. */
  moved: number;
}

describe.skipIf(noBrowser)("the settings", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  const open = async (path: string) => {
    const page = await dashboard.open(path);
    const shot = async (name: string) => {
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
    };
    const looksRight = async (name: string) => {
      await shot(name);
      await expectAccessible(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectFits(page);
      await page.setViewportSize({ width: 1440, height: 900 });
    };
    const click = (name: string) => page.getByRole("button", { name, exact: true }).click();
    return { page, dialog: page.getByRole("dialog"), click, shot, looksRight };
  };

  test("what stands below a part that comes late isn't seen before that has its height, also where it never comes", async () => {
    const page = await dashboard.open("/approvals", { width: 360, height: 740 });
    const { go, quiet } = walker(page);
    await quiet();
    await page.evaluate(() => {
      Object.assign(window, { moved: 0 });
      new PerformanceObserver((list) => {
        const shifts = list.getEntries() as (PerformanceEntry & { value: number })[];
        Object.assign(window, {
          moved: shifts.reduce((sum, { value }) => sum + value, (window as never as Moved).moved),
        });
      }).observe({ type: "layout-shift" });
    });
    for (const [address, late, below, fails] of [
      ["/settings/members", "/v1/members", "What roles may do", false],
      ["/settings/workspace", "/v1/workspace", "Your workspaces", false],
      ["/profiles", "/v1/assistant/model", "No profile yet", true],
      // It never came before, so that it is asked for anew.
      ["/settings/assistant", "/v1/assistant/model", "Tags and notifications", false],
    ] as const) {
      const answer = Promise.withResolvers<void>();
      const isLate = ({ pathname }: URL) => pathname === late;
      await page.route(isLate, async (route) => {
        await answer.promise;
        await (fails
          ? route.fulfill({ status: 422, json: { code: "invalid_request", message: "No." } })
          : route.continue());
      });
      const there = go(address);
      const one = page.getByRole("main").getByText(below, { exact: true });
      await one.waitFor({ state: "attached" });
      expect(await one.isVisible(), address).toBe(false);
      answer.resolve();
      await there;
      await one.waitFor();
      await page.unroute(isLate);
    }
    expect(await page.evaluate(() => (window as never as Moved).moved)).toBeLessThan(0.02);
  });

  test("people are invited once, and one's own role is changed after a question only", async () => {
    const { page, dialog, click, shot, looksRight } = await open("/settings/members");
    await click("Invite");
    await dialog.getByLabel("Email").fill("grace@example.com");
    await dialog.getByLabel("Admin").check();
    await shot("invite");
    await dialog.getByRole("button", { name: "Make the invitation" }).click();
    const link = (await dialog.locator("pre").textContent())!.trim();
    expect(link).toContain(`${dashboard.url}/invitation#token=`);
    await dialog.getByRole("button", { name: "Done" }).click();
    const invited = page.getByRole("table", { name: "Open invitations" });
    await invited.getByText("grace@example.com").waitFor();
    await looksRight("members");
    await click("Withdraw the invitation of grace@example.com");
    await invited.waitFor({ state: "detached" });

    // One's own role is changed after a question only; and the last owner stays.
    const choose = async () => {
      await page.getByRole("combobox", { name: "Role of Ada Lovelace" }).click();
      await page.getByRole("option", { name: "Viewer" }).click();
      await dialog.getByText("Change your own role to Viewer?").waitFor();
    };
    const changes: string[] = [];
    page.on("request", (call) => {
      if (call.method() === "PATCH" && call.url().includes("/v1/members/")) changes.push(call.url());
    });
    await choose();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(changes).toEqual([]);
    await choose();
    await dialog.getByRole("button", { name: "Change my role" }).click();
    await page.getByText("This is the workspace's last owner").waitFor();

    // Who is in is not invited again.
    await click("Invite");
    await dialog.getByLabel("Email").fill("Ada@example.com");
    await dialog.getByRole("button", { name: "Make the invitation" }).click();
    await dialog.getByText("ada@example.com is in this workspace already, as owner").waitFor();
    // Nor is what was typed lost by a slip.
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Leave" }).click();
    await dialog.first().waitFor({ state: "detached" });
  });

  test("keys are made and revoked, the workspace and the account changed", async () => {
    const { page, dialog, click, shot, looksRight } = await open("/settings/api-keys");
    await page.getByRole("cell", { name: "Tests", exact: true }).waitFor();
    await click("Create API key");
    await dialog.getByLabel("Name").fill("CRM sync");
    await dialog.getByRole("checkbox", { name: "Write" }).check();
    await dialog.getByRole("button", { name: "Create API key" }).click();
    const key = (await dialog.locator("pre").first().textContent())!.trim();
    const call = () => fetch(`${dashboard.url}/v1/leads`, { headers: { authorization: `Bearer ${key}` } });
    expect((await call()).status).toBe(200);
    await dialog.getByRole("button", { name: "Done" }).click();
    await page.getByRole("cell", { name: "Read and Write" }).waitFor();
    await looksRight("api-keys");
    await click("Revoke CRM sync");
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("Revoked", { exact: true }).waitFor();
    expect((await call()).status).toBe(401);

    await page.goto("/settings/workspace");
    await page.getByLabel("Messages a day").fill("500");
    await page.locator("input[type=time]").last().fill("22:00");
    await page.getByLabel("Why beyond 08:00 to 21:00").fill("Our leads asked for it");
    await looksRight("workspace");
    await click("Save");
    // What it covers can be clicked, and it covers no button that does something.
    const toast = await page.getByText("The settings were changed").evaluate((text) => {
      const { left, right, top } = text.getBoundingClientRect();
      const below = document.elementFromPoint((left + right) / 2, top + 2);
      return { isHit: text.contains(below), right, save: innerWidth / 2 };
    });
    expect(toast.isHit).toBe(false);
    expect(toast.right).toBeLessThan(toast.save);
    const workspace = await dashboard.api.request("GET /v1/workspace");
    expect(workspace).toMatchObject({ messagesPerDay: 500, smsHours: { to: "22:00" }, minTouchGapSeconds: 0 });

    await page.goto("/audit?action=PATCH*");
    await page.getByText("PATCH /v1/workspace").click();
    await page.getByRole("row", { name: "messagesPerDay – 500" }).waitFor();
    await shot("audit-entry");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await looksRight("audit");

    await page.goto("/settings/profile");
    await page.getByText("This one").waitFor();
    await page.getByLabel("Current password").fill("not this one at all");
    await page.getByLabel("New password").fill("a much better passphrase");
    await looksRight("profile");
    await click("Change password");
    await page.getByRole("alert").or(page.locator("[data-error]")).first().waitFor();
    await page.getByLabel("Current password").fill(owner.password);
    await click("Change password");
    await page.getByText("Your password was changed").waitFor();

    // Another workspace: made, shown empty, left again.
    await page.getByRole("button", { name: /^Switch workspace/ }).click();
    await page.getByRole("menuitem", { name: "New workspace" }).click();
    await dialog.getByLabel("Name").fill("Difference Engines <b>with a long name</b>");
    await dialog.getByRole("button", { name: "Create" }).click();
    await page.getByText("0 of 5 done").waitFor();
    await page.goto("/");
    await page.getByText("0 of 5 done").waitFor();
    await page.getByRole("button", { name: "Switch workspace: Difference Engines" }).click();
    await page.getByRole("menu").getByText("Analytical Engines", { exact: true }).click();
    await page.getByRole("button", { name: "Switch workspace: Analytical Engines" }).waitFor();
    await page.goto("/settings/workspace");
    const yours = page.getByRole("table", { name: "Your workspaces" });
    await looksRight("workspaces");
    // The last owner stays.
    await yours.getByRole("button", { name: /^Leave Difference/ }).click();
    await dialog.getByRole("button", { name: "Leave" }).click();
    await page.getByText("Make somebody else an owner first").waitFor();
    const { rows } = await dashboard.db.query<{ id: string }>("select id from workspace where name like 'Difference%'");
    await dashboard.db.query("insert into user_account (id, email, name) values ('user_2', 'g@example.com', 'Grace')");
    await dashboard.db.query("insert into member (workspace_id, user_id, role) values ($1, 'user_2', 'owner')", [
      rows[0]!.id,
    ]);
    await yours.getByRole("button", { name: /^Leave Difference/ }).click();
    await dialog.getByRole("button", { name: "Leave" }).click();
    await yours.getByText("Difference Engines").waitFor({ state: "detached" });

    // Signed in elsewhere, too: all of it ends, this session with it.
    await dashboard.db.query(
      "insert into user_session (id, user_id, token_hash, expires_at) select 'ses_2', user_id, 'x', expires_at from user_session limit 1",
    );
    await page.goto("/settings/profile");
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await dialog.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.waitForURL(/\/sign-in/);
    expect((await dashboard.db.query("select 1 from user_session")).rowCount).toBe(0);
  });
});
