import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { seedLeads, seedSenders } from "./campaigns-seed.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";
import { type Walker, walker } from "./pages.ts";

/** What goes wrong on the way: a call that fails and is tried again, what two people save at once, too little room. One page for all of it. */
describe.skipIf(noBrowser)("tours", () => {
  let dashboard: TestDashboard;
  let page: Page;
  let go: Walker["go"];
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    dashboard = await startDashboard();
    const { api } = dashboard;
    const senderIds = await seedSenders(dashboard);
    const leadIds = await seedLeads(dashboard, 3);
    const steps = [{ channel: "email" as const, subject: "Hello", text: "Hi {{ firstName }}" }];
    const campaign = await api.request("POST /v1/campaigns", { body: { name: "Founders", senderIds, steps } });
    await api.request("POST /v1/campaigns/{id}/leads", { params: { id: campaign.id }, body: { leadIds } });
    const profile = await api.request("POST /v1/profiles", { body: { name: "Solar", content: {} } });
    const snippet = await api.request("POST /v1/snippets", { body: { name: "hello", text: "Hello there" } });
    const hook = { name: "Orders", url: "http://127.0.0.1:9/" };
    const destination = await api.request("POST /v1/destinations", { body: hook });
    const recipient = { leadId: leadIds[0]! };
    await api.request("POST /v1/messages", { body: { ...recipient, channel: "email", subject: "Hi", text: "Hi" } });
    const conversations = async () => (await api.request("GET /v1/conversations")).data;
    await vi.waitFor(async () => expect(await conversations()).toHaveLength(1), { timeout: 60_000 });
    Object.assign(ids, { campaign: campaign.id, profile: profile.id, snippet: snippet.id, lead: leadIds[0] });
    Object.assign(ids, { destination: destination.id, conversation: (await conversations())[0]!.id });
    page = await dashboard.open("/settings/profile", { lasting: true });
    go = walker(page).go;
  }, 120_000);
  afterAll(() => dashboard.close());

  /** Runs `during` while these calls are refused. */
  const without = async (calls: string, during: () => Promise<unknown>) => {
    const refuse = (route: Route) =>
      route.fulfill({ status: 409, json: { statusCode: 409, code: "conflict", message: "Not now." } });
    await page.route(calls, refuse);
    await during();
    await page.unroute(calls);
  };
  const click = (name: string | RegExp) => page.getByRole("button", { name, exact: true }).click();

  test("what couldn't be loaded is had by trying again, and isn't taken for nothing", async () => {
    await without("**/v1/session", async () => {
      await page.reload();
      await page.getByText("Not now.").waitFor();
    });
    await click("Try again");
    await page.getByRole("heading", { level: 1, name: "Your account" }).waitFor();

    // A list that was asked for before its page was rendered isn't asked for once more by the page.
    let asked = 0;
    page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/v1/campaigns") asked += 1;
    });
    await without("**/v1/campaigns?*", async () => {
      await go("/campaigns");
      await page.getByText("Not now.").waitFor();
    });
    expect(asked).toBe(1);

    await without("**/v1/campaigns/progress*", async () => {
      await go(`/campaigns/${ids.campaign}`);
      await click("Start");
      await page.getByRole("dialog").getByText("How many leads it has could not be loaded.").waitFor();
      await click("Cancel");
    });
    await click("Start");
    await page.getByRole("dialog").getByText("Messages to 3 leads begin to go out").waitFor();
    await click("Cancel");

    await without("**/v1/snippets?*", async () => {
      await go(`/inbox/${ids.conversation}`);
      await click("Templates");
      await page.getByRole("menu").getByText("This could not be loaded").waitFor();
      await page.keyboard.press("Escape");
    });
  });

  test("who saves what somebody else has changed meanwhile is told before it takes its place", async () => {
    const { api } = dashboard;
    const at = <T extends string>(id: T) => ({ params: { id: ids[id]! } });
    await go(`/profiles/${ids.profile}`);
    const profile = async () => (await api.request("GET /v1/profiles/{id}", at("profile"))).content;
    await page.getByLabel("Tone").fill("Mine");
    await api.request("PATCH /v1/profiles/{id}", { ...at("profile"), body: { content: { tone: "Theirs" } } });
    await click("Save a new version");
    await page.getByText("Somebody has changed this since version 1.").waitFor();
    await page.getByText("Version 2 is in use now. Saving yours takes its place.").waitFor();
    expect(await profile()).toMatchObject({ tone: "Theirs" });
    await click("Save a new version");
    await page.getByText("Saved as version 3").waitFor();
    expect(await profile()).toMatchObject({ tone: "Mine" });

    // What is written while a save is under way stays.
    const held = Promise.withResolvers<void>();
    await page.route("**/v1/profiles/*", async (route) => {
      if (route.request().method() === "PATCH") await held.promise;
      await route.continue();
    });
    await page.getByLabel("Tone").fill("Warm");
    await click("Save a new version");
    await page.getByLabel("Objectives").fill("Later");
    held.resolve();
    await page.getByText("Saved as version 4").waitFor();
    await page.unroute("**/v1/profiles/*");
    expect(await page.getByLabel("Objectives").inputValue()).toBe("Later");
    await click("Save a new version");
    await page.getByText("Saved as version 5").waitFor();

    await go(`/campaigns/${ids.campaign}?tab=settings`);
    const dialog = page.getByRole("dialog");
    await page.getByLabel("Name", { exact: true }).fill("Mine");
    await api.request("PATCH /v1/campaigns/{id}", { ...at("campaign"), body: { name: "Theirs" } });
    await click("Save settings");
    await dialog.getByText("Saved meanwhile: Name (now “Theirs”). What you save takes its place.").waitFor();
    await click("Cancel");
    expect((await api.request("GET /v1/campaigns/{id}", at("campaign"))).name).toBe("Theirs");
    await click("Save settings");
    await click("Save mine");
    await page.getByText("The settings were saved.").waitFor();
    expect((await api.request("GET /v1/campaigns/{id}", at("campaign"))).name).toBe("Mine");

    await go(`/destinations/${ids.destination}?tab=settings&edit=true`);
    await page.getByLabel("Name", { exact: true }).fill("Mine");
    await api.request("PATCH /v1/destinations/{id}", {
      ...at("destination"),
      body: { name: "Theirs", ordering: "lead" },
    });
    await click("Save");
    await dialog.getByText("Saved meanwhile: Name (now “Theirs”).").waitFor();
    await click("Save mine");
    await page.getByRole("heading", { level: 1, name: "Mine" }).waitFor();
    // What was changed there alone stays.
    expect(await api.request("GET /v1/destinations/{id}", at("destination"))).toMatchObject({ ordering: "lead" });

    await go(`/inbox/${ids.conversation}`);
    await click("Templates");
    await page.getByRole("menuitem", { name: "Edit templates" }).click();
    await click("Edit /hello");
    await dialog.getByRole("textbox", { name: "Text" }).fill("Mine");
    await api.request("PATCH /v1/snippets/{id}", { ...at("snippet"), body: { text: "Theirs" } });
    await click("Save");
    await dialog.getByRole("alert").getByText("Theirs").waitFor();
    await click("Save");
    await click("Edit /hello");
    expect((await api.request("GET /v1/snippets/{id}", at("snippet"))).text).toBe("Mine");
    await page.keyboard.press("Escape");

    // A note that nobody is writing here follows.
    const note = page.getByLabel("Note");
    const write = (text: string) =>
      api.request("PATCH /v1/conversations/{id}", { ...at("conversation"), body: { note: text } });
    await write("First");
    await api.request("PATCH /v1/leads/{id}", { ...at("lead"), body: { tags: { add: ["vip"] } } });
    await expect.poll(() => note.inputValue(), { timeout: 20_000 }).toBe("First");
    await note.fill("Mine");
    await write("Theirs");
    await click("Save");
    await dialog.getByText("Saved meanwhile: Note (now “Theirs”).").waitFor();
    await click("Save mine");
    await page.getByText("The note was saved").waitFor();
  });

  test("a reply to what was written to a lead is lost: it may have gone out, and goes out once", async () => {
    const { api } = dashboard;
    await go(`/leads/${ids.lead}`);
    await click("Write");
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Email", { exact: true }).click();
    await dialog.getByLabel("Message").fill("Shall we talk?");
    const sent = "**/v1/messages";
    await page.route(sent, async (route) => {
      await route.fetch();
      await route.abort("internetdisconnected");
    });
    await click("Send");
    await dialog.getByRole("alert").getByText("This may have gone out").waitFor();
    await page.unroute(sent);
    await dialog.getByLabel("Message").fill("Shall we talk on Monday?");
    await click("Send");
    await dialog.getByRole("alert").getByText("Your first text has gone out").waitFor();
    await click("Send");
    await dialog.waitFor({ state: "detached" });
    const { data } = await api.request("GET /v1/messages", { query: { leadId: ids.lead! } });
    const texts = data.map(({ text }) => text).filter((text) => text?.startsWith("Shall"));
    expect(texts.sort()).toEqual(["Shall we talk on Monday?", "Shall we talk?"]);
  });

  test("with the spacing of texts that some people need, on the smallest screen, choices and buttons are whole", async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    // WCAG 1.4.12.
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(
        "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }",
      );
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    });
    const cut = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("main :is(button, .mantine-SegmentedControl-root)")]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
          .map(({ textContent }) => textContent),
      );
    for (const address of ["/approvals", "/analytics", "/profiles/drafts", "/audit", `/leads/${ids.lead}`]) {
      await go(address);
      expect(await cut(), address).toEqual([]);
    }
    // What is over a page can be left by the keyboard: the focus goes in, and comes back.
    await page.setViewportSize({ width: 1280, height: 800 });
    await go("/audit");
    const opener = page.getByRole("button", { name: "Newest seal" });
    await opener.press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null)).toBe(true);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => opener.evaluate((one) => one === document.activeElement)).toBe(true);
  });
});
