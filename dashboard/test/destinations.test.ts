import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "../../sdk/src/verify.ts";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

interface Received {
  headers: Record<string, string>;
  body: string;
}

describe.skipIf(noBrowser)("destinations", () => {
  let dashboard: TestDashboard;
  let receiver: Server;
  let hook: string;
  const received: Received[] = [];
  const answer = { status: 200, body: "<b>thanks</b>" };
  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      received.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks/herald`;
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await dashboard.close();
  });

  test("a webhook is made, its secret is shown once, and it gets a test; then attempts, rotation, disabling, replay", async () => {
    const page = await dashboard.open("/destinations");
    await page.getByRole("heading", { name: "No destinations yet" }).waitFor();
    await page.getByRole("link", { name: "Add destination" }).first().click();
    await page.getByRole("textbox", { name: "URL" }).fill(hook);
    await page.getByRole("textbox", { name: "Name" }).fill("Orders <i>service</i>");
    await page.getByRole("button", { name: /^Filters/ }).click();
    await page.getByRole("textbox", { name: "Transformation" }).fill("$oops(");
    await page.getByRole("button", { name: "Preview" }).click();
    // The API's words: the expression can't be read.
    await page
      .getByText(/transform/i)
      .and(page.locator("p"))
      .first()
      .waitFor();
    await page.getByRole("textbox", { name: "Transformation" }).fill("");
    await page.getByRole("textbox", { name: "Filter", exact: true }).fill("eventType != 'message.failed'");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("It would be sent").waitFor();
    await page.getByRole("button", { name: "Add header" }).click();
    await page.getByRole("textbox", { name: "Header" }).fill("X-Team");
    await page.getByRole("textbox", { name: "Value" }).fill("blue");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Create" }).click();

    await page.getByRole("heading", { level: 1, name: "Orders <i>service</i>" }).waitFor();
    const secret = await page
      .locator("code", { hasText: /^whsec_/ })
      .first()
      .textContent();
    await page.getByText("Fastify").click();
    expect(await page.getByRole("figure", { name: "server.ts" }).textContent()).toContain('url: "/hooks/herald"');
    await page
      .getByRole("button", { name: "Send test event" })
      .or(page.getByRole("button", { name: "Send" }))
      .click();
    await page.getByText("It was received").waitFor();
    expect(await page.getByRole("figure", { name: "Response 200" }).textContent()).toContain("<b>thanks</b>");
    expect(received[0]?.headers["x-team"]).toBe("blue");
    // What was shown is what signs.
    expect((await verify(received[0]!, secret!)).event).toMatchObject({ eventType: "message.sent" });
    await page.getByRole("link", { name: "Open the destination" }).first().click();
    await page.getByRole("tab", { name: "Deliveries" }).waitFor();
    expect(await page.getByText(secret!).count()).toBe(0);

    Object.assign(answer, { status: 410, body: "gone" });
    await dashboard.api.request("POST /v1/leads", {
      body: { leads: [{ email: "ada@example.com", firstName: "Ada" }] },
    });
    await page
      .getByRole("main")
      .locator("tbody tr")
      .first()
      .click({ position: { x: 8, y: 8 } });
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("region", { name: "Attempt 1" }).waitFor();
    expect(new URL(page.url()).searchParams.get("delivery")).toBeTruthy();
    expect(await drawer.getByRole("figure", { name: "Response body" }).textContent()).toContain("gone");
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    // 410: the receiver wants nothing more.
    await page.getByText("This destination is disabled").waitFor();
    Object.assign(answer, { status: 200 });
    await page.getByRole("button", { name: "Enable" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Enable" }).click();
    await page.getByText("This destination is disabled").waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Rotate secret" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate secret" }).click();
    const after = await page
      .getByRole("dialog")
      .locator("code", { hasText: /^whsec_/ })
      .textContent();
    expect(after).not.toBe(secret);
    await page.getByRole("button", { name: "I have stored it" }).click();

    await page.getByRole("tab", { name: "Replays" }).click();
    await page.getByRole("button", { name: "Send events again" }).first().click();
    await page.getByRole("combobox", { name: "Which" }).click();
    await page.getByRole("option", { name: "Everything" }).click();
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByText("Finished").first().waitFor();
    await expectAccessible(page);
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByText("X-Team").waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    if (process.env.SHOTS) {
      await page.setViewportSize({ width: 1440, height: 900 });
      for (const tab of ["settings", "deliveries", "handler", "replays"]) {
        await page.getByRole("tab", { name: new RegExp(tab, "i") }).click();
        await page.screenshot({ path: `${process.env.SHOTS}/destination-${tab}.png` });
      }
      await page.goto("/destinations/new?kind=slack");
      await page.getByRole("textbox", { name: "Name" }).waitFor();
      await page.screenshot({ path: `${process.env.SHOTS}/destination-slack.png`, fullPage: true });
      await page.goto("/destinations/new");
      await page.getByRole("button", { name: /^Filters/ }).click();
      await page.screenshot({ path: `${process.env.SHOTS}/destination-new.png`, fullPage: true });
    }
  });
});
