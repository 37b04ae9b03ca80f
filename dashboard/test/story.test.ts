import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HubspotLoopback, startHubspot } from "../../server/src/loopback/hubspot.ts";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

const csv = `First name,Last name,Company,Email
Grace,Hopper,Navy,grace@example.com
Alan,Turing,Bletchley,not an address
Edsger,Dijkstra,Eindhoven,edsger@example.com
Nobody,,,
`;
const password = "correct horse battery";
const token = "pat-na1-0000-1111";

/** The whole first use, from an empty database on, by clicking alone: what a person does who has never read the API. */
describe.skipIf(noBrowser)("the first use", () => {
  let dashboard: TestDashboard;
  let receiver: Server;
  let hubspot: HubspotLoopback;
  const received: { headers: Record<string, string>; body: string }[] = [];
  let page: Page;
  const click = (name: string | RegExp) => page.getByRole("button", { name, exact: true }).first().click();
  const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
  const go = (name: string) =>
    page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();
  const tab = (name: string) => page.getByRole("tab", { name }).click();

  beforeAll(async () => {
    dashboard = await startDashboard({ fresh: true });
    hubspot = await startHubspot({ token });
    receiver = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      received.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await hubspot.close();
    await dashboard.close();
  });

  test("set up, a sender, leads with bad rows, a campaign that goes out, an answer, a webhook, a CRM, and why something waits", async () => {
    page = await dashboard.open("/leads", { as: "nobody" });
    await heading("Set Herald up");
    await expectAccessible(page);
    await page.getByLabel("Your name").fill("Ada Lovelace");
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByRole("textbox", { name: "Password" }).fill(password);
    await page.getByLabel("Workspace").fill("Analytical Engines");
    await page.keyboard.press("Enter");
    await heading("Overview");

    await page.getByText("0 of 5 done").waitFor();
    await page.getByText("Nothing needs you now").waitFor();
    await click("Make a sandbox sender");
    await page.getByRole("link", { name: "Import a file" }).click();
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: "leads.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await page.getByRole("textbox", { name: "Tag for all of them" }).fill("trade fair");
    await click("Import");
    await page.getByRole("heading", { name: "The import is done" }).waitFor();
    const rejected = page.getByRole("region", { name: "Rejected rows" });
    expect(await rejected.getByRole("row").nth(1).textContent()).toMatch(/^3email.*not an address/);
    expect(await rejected.getByRole("row").nth(2).textContent()).toMatch(/^5/);

    await go("Campaigns");
    await click("New campaign");
    await page.getByLabel("Name").fill("Founders");
    await page.keyboard.press("Enter");
    await heading("Founders");
    for (const [subject, text] of [
      ["Hello {{ firstName }}", "Hi {{ firstName }} of {{ company }}, shall we talk?"],
      ["", "Did you have a moment, {{ firstName }}?"],
    ] as const) {
      await click("Add a step");
      await page.getByRole("menuitem", { name: "Email" }).click();
      if (subject) await page.getByLabel("Subject", { exact: true }).fill(subject);
      await page.getByLabel("Text", { exact: true }).fill(text);
    }
    await click("Save steps");
    await page.getByText("All changes are saved").waitFor();
    await tab("Settings");
    await page.getByRole("combobox", { name: "Senders" }).click();
    await page.getByRole("option", { name: "Sandbox" }).click();
    await page.keyboard.press("Escape");
    await click("Save settings");
    await page.getByText("The settings were saved.").waitFor();
    await tab("Leads");
    await click("Add leads");
    await click("Add 2 leads");
    await page.getByText("2 leads added").waitFor();
    await tab("Dry run");
    await page.getByRole("heading", { name: "By hour" }).waitFor();
    await click("Start");
    await click("Start the campaign");
    await page.getByText("Active", { exact: true }).waitFor();
    await tab("Results");
    await page.getByRole("row", { name: /1\. Email 0 2 / }).waitFor();

    // As the lead, in the sandbox's mailbox; then as oneself.
    await go("Senders");
    await page.getByRole("link", { name: "Sandbox" }).click();
    await page.getByRole("textbox", { name: /^Answer as/ }).fill("Yes, when?");
    await click("Reply");
    await page.getByText("Answered. It is in the inbox.").waitFor();
    await go("Inbox");
    await page.getByRole("link", { name: /Yes, when\?/ }).click();
    await page.getByPlaceholder(/^Write an answer/).fill("On Monday at ten?");
    await click("Send");
    const messages = page.getByRole("main").getByRole("listitem");
    await messages.filter({ hasText: "On Monday at ten?" }).getByText(/Sent/).waitFor();

    await go("Campaigns");
    await page
      .getByRole("row", { name: /Founders/ })
      .getByText("1 · 50%")
      .waitFor();

    await go("Destinations");
    await page.getByRole("link", { name: "Add destination" }).first().click();
    const { port } = receiver.address() as AddressInfo;
    await page.getByRole("textbox", { name: "URL" }).fill(`http://127.0.0.1:${port}/hooks`);
    await page.getByRole("textbox", { name: "Name" }).fill("Orders");
    await click("Create");
    await heading("Orders");
    const secret = await page
      .locator("code", { hasText: /^whsec_/ })
      .first()
      .textContent();
    await click("Send");
    await page.getByText("It was received").waitFor();
    const [first] = received;
    expect(new Webhook(secret!).verify(first!.body, first!.headers)).toMatchObject({ eventType: "message.sent" });

    // The form knows HubSpot's own address; here it is on this machine.
    await page.route("**/v1/destinations", async (route) => {
      const body = route.request().postDataJSON() as { config: object } | null;
      if (!body) return await route.continue();
      await route.continue({
        postData: JSON.stringify({ ...body, config: { ...body.config, baseUrl: hubspot.url, createPeople: true } }),
      });
    });
    await go("Destinations");
    await page.getByRole("link", { name: "Add destination" }).first().click();
    await page.getByRole("radio", { name: "HubSpot" }).click();
    await page.getByLabel("Private app token").fill(token);
    await click("Create");
    await heading("HubSpot");
    await click("Check access");
    await page.getByText("Access works").waitFor();
    await page.unroute("**/v1/destinations");

    // The lead that answered is left alone; why does the other one get nothing more today?
    const { leads } = await dashboard.api.request("GET /v1/leads", { query: { status: "MESSAGE_SENT" } });
    const name = `${leads[0]!.firstName} ${leads[0]!.lastName}`;
    await go("Leads");
    await page.getByRole("textbox", { name: "Name, company or address" }).fill(leads[0]!.lastName!);
    await page.getByRole("link", { name }).click();
    await heading(name);
    await page.getByText("Step 2: Email").waitFor();
    const why = page.getByRole("list", { name: "Why not earlier" });
    expect(await why.textContent()).toMatch(/the step's delay/);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
  });

  test("by the keyboard alone somebody signs in, finds what came, answers it, and the CRM has it", async () => {
    const { api } = dashboard;
    const { data: senders } = await api.request("GET /v1/senders", {});
    const params = { id: senders[0]!.id };
    const { data: arrived } = await api.request("GET /v1/senders/{id}/sandbox-messages", { params });
    const grace = arrived.find(({ to }) => to === "grace@example.com")!;
    page = await dashboard.open("/inbox", { as: "nobody" });
    const { keyboard } = page;
    // The sign-in leads on to where one wanted to go.
    expect(new URL(page.url()).searchParams.get("next")).toBe("/inbox");
    await expectAccessible(page);
    await keyboard.type("ada@example.com");
    await keyboard.press("Tab");
    await keyboard.type(password);
    await keyboard.press("Enter");
    await heading("Inbox");
    await api.request("POST /v1/senders/{id}/sandbox-replies", {
      params,
      body: { messageId: grace.id, text: "Is Tuesday fine, too?" },
    });
    await page.getByText("1 unread").waitFor();
    // The count comes by itself, and the list by another call.
    await page.getByText("Is Tuesday fine, too?").first().waitFor();
    await keyboard.press("j");
    await keyboard.press("Enter");
    await page.getByText("Is Tuesday fine, too?").nth(1).waitFor();
    await keyboard.press("r");
    await keyboard.type("Tuesday it is.");
    await keyboard.press("Control+Enter");
    const messages = page.getByRole("main").getByRole("listitem");
    await messages.filter({ hasText: "Tuesday it is." }).getByText(/Sent/).waitFor();
    await expect.poll(() => hubspot.activities.map(({ body }) => body).join("\n")).toContain("Tuesday it is.");
    // And to another page, by its name.
    await keyboard.press("Escape");
    await keyboard.press("Control+k");
    const palette = page.getByPlaceholder("Go to a page or a lead, or do something");
    await palette.waitFor();
    // Closed and opened again in one go, it begins anew.
    await keyboard.type("leads");
    await keyboard.press("Escape");
    await page.evaluate(
      () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn)))),
    );
    await keyboard.press("Control+k");
    await palette.waitFor();
    await keyboard.type("destin");
    expect(await palette.inputValue()).toBe("destin");
    await keyboard.press("Enter");
    await heading("Destinations");
    // And to a lead, by the address.
    await keyboard.press("Control+k");
    await palette.waitFor();
    await keyboard.type("grace@exam");
    await page.getByRole("dialog").getByText("grace@example.com").waitFor();
    await expectAccessible(page);
    await keyboard.press("Enter");
    await page.waitForURL(/\/leads\/lead_/);
    await page.getByText("grace@example.com").first().waitFor();
  });
});
