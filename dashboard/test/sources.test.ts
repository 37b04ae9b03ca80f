import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

describe.skipIf(noBrowser)("sources", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("a source is made and explained; what was refused is counted, and what isn't understood can be looked at", async () => {
    const page = await dashboard.open("/sources");
    await page.getByRole("heading", { name: "No sources yet" }).waitFor();
    await page.getByRole("button", { name: "Add source" }).first().click();
    const dialog = page.getByRole("dialog");
    const kind = dialog.getByRole("combobox", { name: "Kind" });
    await expect.poll(() => kind.evaluate((field) => field === document.activeElement)).toBe(true);
    await kind.click();
    await page.getByRole("option", { name: "Anything else" }).click();
    await dialog.getByLabel("Name").fill("Billing");
    await dialog.getByLabel("Mapping").fill("$.(");
    await dialog.getByRole("button", { name: "Add source" }).click();
    // What the mapping lacks is said at its field.
    await expect.poll(() => dialog.getByLabel("Mapping").getAttribute("aria-invalid")).toBe("true");
    await dialog.getByLabel("Mapping").fill('{"what": kind}');
    // The reply is lost on its way: pressed again, there is one source, and its secret is shown.
    await page.route("**/v1/sources", async (route) => {
      await route.fetch();
      await route.abort("internetdisconnected");
    });
    await dialog.getByRole("button", { name: "Add source" }).click();
    await dialog.getByRole("alert").waitFor();
    await page.unroute("**/v1/sources");
    await dialog.getByRole("button", { name: "Add source" }).click();
    await dialog.getByText("Send JSON to the address by POST").waitFor();
    await expectAccessible(page);
    const { data } = await dashboard.api.request("GET /v1/sources");
    expect(data).toHaveLength(1);
    const [source] = data;
    const secret = (await dialog.getByRole("alert").locator("code").textContent())!.trim();

    const body = JSON.stringify({ kind: "<img src=x onerror=alert(1)>" });
    const post = (headers: Record<string, string>) =>
      fetch(dashboard.url + new URL(source!.url).pathname, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
    expect((await post({})).status).toBe(401);
    const at = new Date();
    const signed = { "webhook-id": "b1", "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)) };
    const signature = new Webhook(secret).sign("b1", at, body);
    expect((await post({ ...signed, "webhook-signature": signature })).status).toBeLessThan(300);

    await page.goto(`/sources/${source!.id}`);
    await page.getByRole("heading", { level: 1, name: "Billing" }).waitFor();
    // With its index: while the list loads, rows without one stand there.
    await page.getByRole("main").locator("tbody tr[data-index]").first().click();
    await page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
    expect(await page.locator("img[src=x]").count()).toBe(0);
    await expectAccessible(page);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/source.png` });

    // A LinkedIn account that SendPilot and Herald both drive: its ID there is offered as it was told, and linked to Herald's sender.
    const { request } = dashboard.api;
    const secret2 = "from SendPilot's page";
    const theirs = await request("POST /v1/sources", { body: { kind: "sendpilot", secret: secret2, name: "Pilot" } });
    const own = await request("POST /v1/senders", {
      body: { name: "Ada on LinkedIn", channel: "linkedin", provider: "sandbox" },
    });
    const said = { senderId: "sender_def456", linkedinUrl: "https://www.linkedin.com/in/grace", reply: "Yes" };
    const told = JSON.stringify({
      eventId: "e1",
      eventType: "reply.received",
      timestamp: at.toISOString(),
      data: said,
    });
    const t = String(at.getTime());
    const s = createHmac("sha256", secret2).update(`${t}.${told}`).digest("hex");
    const answer = await fetch(dashboard.url + new URL(theirs.url).pathname, {
      method: "POST",
      headers: { "content-type": "application/json", "webhook-signature": `t=${t},s=${s}` },
      body: told,
    });
    expect(answer.status).toBeLessThan(300);
    await page.evaluate((to) => {
      history.pushState({}, "", to);
      dispatchEvent(new PopStateEvent("popstate"));
    }, `/sources/${theirs.id}`);
    const settings = page.getByRole("region", { name: "Settings" });
    await settings.getByText("Told of lately, and not among them: sender_def456").waitFor();
    await settings.getByRole("button", { name: "Add account" }).click();
    const id = settings.getByRole("combobox", { name: "ID at SendPilot" });
    expect(await id.inputValue()).toBe("sender_def456");
    await settings.getByRole("combobox", { name: "LinkedIn sender" }).click();
    await page.getByRole("option", { name: "Ada on LinkedIn" }).click();
    await settings.getByRole("button", { name: "Add account" }).click();
    await id.nth(1).fill("sender_def456");
    await settings.getByRole("combobox", { name: "LinkedIn sender" }).nth(1).click();
    await page.getByRole("option", { name: "Ada on LinkedIn" }).click();
    await settings.getByRole("button", { name: "Save" }).click();
    await settings.getByText("This ID is there twice.").first().waitFor();
    await expectAccessible(page);
    await settings.getByRole("button", { name: "Remove sender_def456" }).nth(1).click();
    await settings.getByRole("button", { name: "Save" }).click();
    await page.getByText("The settings were saved").waitFor();
    const kept = await request("GET /v1/sources/{id}", { params: { id: theirs.id } });
    expect(kept.config).toEqual({ senders: { sender_def456: own.id } });

    // The secret is SendPilot's: one of its own in place of it, and the one before goes on for a day.
    await page.getByRole("main").getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Change secret" }).click();
    const changing = page.getByRole("dialog", { name: "Change secret" });
    await changing.getByLabel("Secret").fill("another of SendPilot's");
    await expectAccessible(page);
    await changing.getByRole("button", { name: "Change secret" }).click();
    await page.getByText("The secret was changed. The one before is good until").waitFor();
    for (const [secret, status] of [
      ["another of SendPilot's", 200],
      [secret2, 200],
      ["neither", 401],
    ] as const) {
      const signature = createHmac("sha256", secret).update(`${t}.${told}`).digest("hex");
      const { status: got } = await fetch(dashboard.url + new URL(theirs.url).pathname, {
        method: "POST",
        headers: { "content-type": "application/json", "webhook-signature": `t=${t},s=${signature}` },
        body: told,
      });
      expect([secret, got]).toEqual([secret, status]);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/source-360.png`, fullPage: true });
    await page.setViewportSize({ width: 1440, height: 900 });
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/source-senders.png`, fullPage: true });
    await page.goto("/sources");
    await page.getByRole("link", { name: "Billing" }).waitFor();
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
  });
});
