import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "../../sdk/src/verify.ts";
import { startHubspot } from "../../server/src/loopback/hubspot.ts";
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
    // The API's words at the field: the expression can't be read.
    await page.getByText(/This is not a JSONata expression/).waitFor();
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
      .locator("tr[data-index]")
      .first()
      .click({ position: { x: 8, y: 8 } });
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("region", { name: "Attempt 1" }).waitFor();
    expect(new URL(page.url()).searchParams.get("delivery")).toBeTruthy();
    expect(await drawer.getByRole("figure", { name: "Request body" }).textContent()).toContain("ada@example.com");
    expect(await drawer.getByRole("figure", { name: "Response body" }).textContent()).toContain("gone");
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    // Each delivery names its event's type, and they are filtered by it.
    const rows = page.getByRole("main").locator("tr[data-index]");
    await rows.getByRole("link", { name: "lead.created" }).waitFor();
    await page.getByRole("combobox", { name: "Types of events" }).click();
    await page.getByRole("option", { name: "campaign.started" }).click();
    await page.getByText("Nothing matches").waitFor();
    expect(new URL(page.url()).searchParams.get("types")).toBe("campaign.started");
    await page.goBack();
    await rows.first().waitFor();
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
    const which = page.getByRole("combobox", { name: "Which" });
    await expect.poll(() => which.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.getByRole("textbox", { name: "From" }).fill("2026-01-01T00:00");
    await page.keyboard.press("Escape");
    const question = page.getByRole("dialog", { name: "Leave without saving?" });
    await question.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("textbox", { name: "From" }).fill("");
    await which.click();
    await page.getByRole("option", { name: "Everything" }).click();
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByText("Finished").first().waitFor();
    await expectAccessible(page);
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByText("X-Team").waitFor();

    // Edited: what is wrong stands at its field; a header's value stays unless it is written anew.
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Filter", exact: true }).fill("$oops(");
    await page.getByRole("textbox", { name: "Retries" }).fill("5, soon");
    await page.getByRole("button", { name: "Save" }).click();
    // Of one entry of what is written in one line.
    await page.locator("[data-error]").first().waitFor();
    await page.getByRole("textbox", { name: "Retries" }).fill("5, 60");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(/This is not a JSONata expression/).waitFor();
    await page.getByRole("textbox", { name: "Filter", exact: true }).fill("eventType != 'lead.erased'");
    await page.getByRole("combobox", { name: "Authorization" }).click();
    await page.getByRole("option", { name: "Bearer token" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("This is required.").waitFor();
    await page.getByRole("textbox", { name: "Token" }).fill("t-1");
    await page.getByRole("button", { name: "Add header" }).click();
    await page.getByRole("textbox", { name: "Header" }).nth(1).fill("X-More");
    await page.getByRole("textbox", { name: "Value" }).nth(1).fill("red");
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/destination-edit.png`, fullPage: true });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The destination was changed").waitFor();
    const { data } = await dashboard.api.request("GET /v1/destinations");
    expect(data[0]).toMatchObject({
      ...{ auth: { type: "bearer" }, retrySchedule: [5, 60], filter: "eventType != 'lead.erased'" },
      headerNames: ["X-Team", "X-More"].map((name) => expect.stringMatching(new RegExp(name, "i"))),
    });
    await dashboard.api.request("POST /v1/destinations/{id}/test", { params: { id: data[0]!.id }, body: {} });
    expect(received.at(-1)!.headers).toMatchObject({
      ...{ "x-team": "blue", "x-more": "red", authorization: "Bearer t-1" },
    });
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

  test("a chat's message and a CRM's activity are shown of a real event before they are set up; lists are imported with progress", async () => {
    const hubspot = await startHubspot({ token: "pat-1234567890" });
    hubspot.lists.set("12", [hubspot.addContact({ email: "grace@example.com", firstname: "Grace" })]);
    const page = await dashboard.open("/destinations/new?kind=slack");
    await page.getByLabel("Webhook URL").fill("https://hooks.slack.com/services/T000/B000/XXXX");
    await page.getByRole("combobox", { name: "When" }).click();
    await page.getByRole("option", { name: "Gathered in one message" }).click();
    await page.getByRole("combobox", { name: "One message" }).click();
    await page.getByRole("option", { name: "Once a day" }).click();
    await page.locator("input[type=time]").first().fill("08:30");
    await page.getByLabel("Quiet from").fill("22:00");
    await page.getByRole("button", { name: "Preview" }).click();
    // Half of the quiet hours is said at its field.
    await page.getByText(/time of day/).waitFor();
    await page.getByLabel("Quiet until").fill("07:00");
    await page.getByRole("combobox", { name: "Only leads with one of these statuses" }).click({ force: true });
    await page.getByRole("option", { name: "Meeting booked" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("combobox", { name: "Try it with" }).click();
    await page.getByRole("option", { name: "reply.received" }).click();
    await page.getByRole("button", { name: "Preview" }).click();
    const look = page.getByRole("region", { name: "How it looks" });
    await look.getByText("This is a sample reply.").waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/slack-new.png`, fullPage: true });
    await expectAccessible(page);
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { level: 1, name: "Slack" }).waitFor();
    const { data } = await dashboard.api.request("GET /v1/destinations");
    expect(data[0]).toMatchObject({
      ...{ filter: null, statuses: ["MEETING_BOOKED"] },
      config: { mode: "digest", dailyAt: "08:30", quietHours: { from: "22:00", to: "07:00" } },
    });

    await page.goto("/destinations/new?kind=hubspot");
    await page.getByLabel("Private app token").fill("pat-1234567890");
    await page.locator("summary", { hasText: "message.sent" }).click();
    const text = page.getByRole("textbox", { name: "Text" }).first();
    expect(await text.getAttribute("placeholder")).toContain("{{ text");
    await text.fill("{{ text }}, of {{ oops");
    await page.getByRole("button", { name: "Create" }).click();
    await page
      .getByText(/output|closed|tag/)
      .first()
      .waitFor();
    await text.fill("Said to {{ firstName | default: 'them' }}: {{ text }}");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText(/Said to them: This is a sample message/).waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/hubspot-new.png`, fullPage: true });
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { level: 1, name: "HubSpot" }).waitFor();
    const made = await dashboard.api.request("GET /v1/destinations");
    const { id, config } = made.data[0]!;
    await dashboard.api.request("PATCH /v1/destinations/{id}", {
      ...{ params: { id }, body: { config: { ...config, baseUrl: hubspot.url } } },
    });
    hubspot.scopes.delete("sales-email-read");
    await page.goto(`/destinations/${id}?tab=lists`);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Check access" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Check access" }).click();
    // Which permission is missing.
    await page.getByText(/sales-email-read/).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Import a list" }).click();
    await page.getByRole("textbox", { name: "List ID" }).fill("no number");
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.locator("[data-error]").first().waitFor();
    await page.getByRole("textbox", { name: "List ID" }).fill("12");
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("1 person read · 1 new").waitFor();
    await page.getByText("Done", { exact: true }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Run again" }).click();
    await page.getByText("1 person read · 1 unchanged").waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/lists.png`, fullPage: true });
    // The form keeps what it doesn't show.
    await page.goto(`/destinations/${id}?tab=settings&edit=true`);
    await page.getByRole("textbox", { name: "Owner" }).fill("4711");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The destination was changed").waitFor();
    expect(await dashboard.api.request("GET /v1/destinations/{id}", { params: { id } })).toMatchObject({
      config: { ...config, ownerId: "4711", baseUrl: hubspot.url },
    });
    await hubspot.close();
  });
});
