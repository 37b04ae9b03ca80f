import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { draftCreated } from "../../server/src/assistant/draft-event.ts";
import { getTurn } from "../../server/src/db/assistant-turn.ts";
import { recordEvents } from "../../server/src/db/event.ts";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

const evil = "<img src=x onerror=\"document.title='owned'\"> When?";

describe.skipIf(noBrowser)("inbox and senders", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  const shot = async (page: Awaited<ReturnType<TestDashboard["open"]>>, name: string) => {
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
  };

  test("a sandbox sender is made, shows what arrived, and its lead's answer comes into the inbox by itself", async () => {
    const { api } = dashboard;
    const senders = await dashboard.open("/senders");
    await senders.getByRole("heading", { name: "No senders yet" }).waitFor();
    await senders.getByRole("button", { name: "Add a sender" }).click();
    const dialog = senders.getByRole("dialog");
    // A refused field says so where it is.
    await dialog.getByRole("combobox", { name: "Provider" }).click();
    await senders.getByRole("option", { name: "Twilio" }).click();
    await dialog.getByRole("textbox", { name: "Name" }).fill("Trial mailbox");
    await dialog.getByRole("textbox", { name: "Account SID" }).fill("AC1");
    await dialog.getByRole("textbox", { name: "Number to send from" }).fill("+15551234567");
    await dialog.getByLabel("Auth token").fill("secret");
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.getByText("AC and 32 hexadecimal digits").waitFor();
    await expectAccessible(senders);
    await dialog.getByRole("combobox", { name: "Provider" }).click();
    await senders.getByRole("option", { name: "Sandbox" }).click();
    await dialog.getByText("Email", { exact: true }).click();
    await dialog.getByRole("button", { name: "Create" }).click();
    await senders.getByRole("heading", { level: 1, name: "Trial mailbox" }).waitFor();
    await senders.getByRole("heading", { name: "Nothing arrived yet" }).waitFor();
    const senderId = new URL(senders.url()).pathname.split("/").at(-1)!;
    await api.request("POST /v1/messages", {
      body: {
        channel: "email",
        recipient: { email: "jane@example.com" },
        subject: "Hello",
        text: "Hello <b>there</b>",
      },
    });
    await senders.getByText("Hello <b>there</b>").waitFor();
    await expectAccessible(senders);

    const { data: arrived } = await api.request("GET /v1/senders/{id}/sandbox-messages", { params: { id: senderId } });
    const page = await dashboard.open("/inbox");
    await page.getByRole("heading", { name: "Choose a conversation" }).waitFor();
    await api.request("POST /v1/senders/{id}/sandbox-replies", {
      params: { id: senderId },
      body: { messageId: arrived[0]!.id, text: evil },
    });
    await page.getByText("1 unread").waitFor();
    await page.getByRole("link", { name: /When\?/ }).click();
    const messages = page.getByRole("main").getByRole("listitem");
    await expect.poll(() => messages.count()).toBe(2);
    expect(await messages.nth(1).textContent()).toContain(evil);
    expect(await page.locator("img[src=x]").count()).toBe(0);
    await page.getByText("1 unread").waitFor({ state: "detached" });
    await expectAccessible(page);
    await page.setViewportSize({ width: 3840, height: 2160 });
    const [ours, theirs] = [await messages.nth(0).boundingBox(), await messages.nth(1).boundingBox()];
    expect(ours!.x + ours!.width - theirs!.x).toBeLessThan(1_100);
    await page.setViewportSize({ width: 1440, height: 900 });

    // A template, kept once, is inserted by its name and written for the lead; what it lacks is to be filled in.
    await page.getByRole("button", { name: "Templates" }).click();
    await page.getByRole("menuitem", { name: "Edit templates" }).click();
    const templates = page.getByRole("dialog");
    await templates.getByRole("button", { name: "New template" }).click();
    await templates.getByRole("textbox", { name: "Name" }).fill("when");
    await templates.getByRole("textbox", { name: "Text" }).fill("On {{ day }} at ten, {{ email }}?");
    await templates.getByRole("button", { name: "Save", exact: true }).click();
    await templates.getByText("/when").waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await templates.waitFor({ state: "detached" });
    const answer = page.getByRole("textbox", { name: "Answer" });
    await answer.focus();
    await page.keyboard.type("Good. /wh");
    await page.getByRole("option", { name: /\/when/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("This lead has no day").waitFor();
    expect(await answer.inputValue()).toBe("Good. On [day] at ten, jane@example.com?");
    expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
    await shot(page, "inbox-template");
    // Beside the thread: who that is, and what is planned.
    const about = page.getByRole("complementary", { name: "About this lead" });
    await about.getByText("jane@example.com").waitFor();
    await about.getByLabel("Tags").fill("warm");
    await page.keyboard.press("Enter");
    await page.getByText("The tags were changed").waitFor();
    await about.getByRole("textbox", { name: "Note" }).fill("Likes mornings");
    await about.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("The note was saved").waitFor();

    await answer.fill("");
    await answer.blur();
    await page.keyboard.press("r");
    await page.keyboard.type("On Monday at ten?");
    await page.getByText(/Campaigns wait with this lead/).waitFor();
    // Away it ends; back at what was begun, Herald is told anew.
    await page.getByRole("navigation").getByRole("link", { name: "Leads", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Leads" }).waitFor();
    const told = page.waitForRequest((call) => call.method() === "PUT" && call.url().endsWith("/writing"));
    await page.goBack();
    await told;
    await page.getByText(/Campaigns wait with this lead/).waitFor();
    await answer.focus();
    await page.keyboard.press("Control+Enter");
    await messages.filter({ hasText: "On Monday at ten?" }).getByText(/Sent/).waitFor();
    await senders.getByText("On Monday at ten?").waitFor();
    await shot(page, "inbox");

    // The reply to an answer is lost on its way, and the text changed: what has gone out is said, and the new text can follow.
    const calls = "**/v1/conversations/*/messages";
    await page.route(calls, async (route) => {
      if (route.request().method() !== "POST") return await route.fallback();
      await route.fetch();
      await route.abort("internetdisconnected");
    });
    await answer.fill("Or on Tuesday?");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("alert").getByText("This may have gone out").waitFor();
    await page.unroute(calls);
    await answer.fill("Or on Tuesday at noon?");
    await page.keyboard.press("Control+Enter");
    await page.getByRole("alert").getByText("Your first text has gone out").waitFor();
    await messages.filter({ hasText: /Or on Tuesday\?/ }).waitFor();
    expect(await answer.inputValue()).toBe("Or on Tuesday at noon?");
    await page.keyboard.press("Control+Enter");
    await messages.filter({ hasText: "Or on Tuesday at noon?" }).getByText(/Sent/).waitFor();
    expect(await messages.filter({ hasText: "Or on Tuesday" }).count()).toBe(2);
    expect(await page.getByText("Your first text has gone out").count()).toBe(0);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await shot(page, "inbox-360");
    await page.getByRole("button", { name: "About this lead" }).click();
    await page.getByRole("dialog").getByText("jane@example.com").waitFor();
    await expectFits(page);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.setViewportSize({ width: 1440, height: 900 });

    // Undo has the conversation open again.
    await page.getByRole("main").getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("main").getByRole("button", { name: "Open again" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("main").getByRole("button", { name: "Close", exact: true }).waitFor();
    await expect
      .poll(async () => (await api.request("GET /v1/conversations", { query: { status: "open" } })).data)
      .toMatchObject([{ channel: "email", unread: 0 }]);

    // By sender, campaign, the lead's status, and who looks after it; in the address, and told on the way to a conversation.
    await page.goto("/inbox");
    await page.getByRole("button", { name: "More filters" }).click();
    const filter = async (name: string, option: string | RegExp) => {
      await page.getByRole("combobox", { name }).click();
      await page.getByRole("option", { name: option }).click();
    };
    await filter("Sender", "Trial mailbox");
    await filter("Looked after by", /^Ada Lovelace/);
    await page.getByText("No conversation matches").waitFor();
    await expectAccessible(page);
    await filter("Looked after by", "Nobody");
    await filter("Status of the lead", "Replied");
    await page.getByRole("link", { name: /Or on Tuesday at noon/ }).click();
    await page.getByRole("main").getByText("On Monday at ten?").last().waitFor();
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      ...{ senderId, assignee: "none", leadStatus: "REPLY_RECEIVED" },
    });
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await page.setViewportSize({ width: 1440, height: 900 });

    // From a task one comes to its lead's conversations, and hears of a draft before answering twice.
    const { leadId } = await api.request("GET /v1/messages/{id}", { params: { id: arrived[0]!.id } });
    const profile = await api.request("POST /v1/profiles", { body: { name: "Wind", content: {} } });
    await page.goto(`/inbox?leadId=${leadId}`);
    await page.getByText("Only one lead's conversations are shown.").waitFor();
    await page.getByRole("link", { name: /Or on Tuesday at noon/ }).click();
    await page.getByRole("main").getByText("On Monday at ten?").last().waitFor();
    // It comes by itself.
    await dashboard.db.query(
      `insert into assistant_turn (workspace_id, id, lead_id, kind, state, profile_id, profile_version, channel, due_at, text)
       values ($1, 'turn_1', $2, 'command', 'draft', $3, 1, 'email', now(), 'Good day.')`,
      [dashboard.workspaceId, leadId, profile.id],
    );
    await dashboard.db.transaction(async (tx) => {
      const turn = (await getTurn(tx, dashboard.workspaceId, "turn_1"))!;
      await recordEvents(tx, [draftCreated(dashboard.workspaceId, turn, "email")]);
    });
    const draft = page.getByRole("region", { name: /^The assistant has written something/ });
    await draft.getByRole("link", { name: "All about this draft" }).waitFor();
    expect(new URL(page.url()).searchParams.get("leadId")).toBe(leadId);
    await expectAccessible(page);

    // It is changed and sent here; what one had begun oneself is still there after a look elsewhere.
    await answer.fill("Half a thought");
    await draft.getByRole("textbox", { name: /^Draft for/ }).fill("Good day, Jane.");
    await draft.getByRole("button", { name: "Send my version" }).click();
    await messages.filter({ hasText: "Good day, Jane." }).waitFor();
    await draft.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.goBack();
    await expect.poll(() => answer.inputValue()).toBe("Half a thought");
    // Sent, and answered for only while one looks elsewhere, it isn't there to be sent again.
    const goOn = Promise.withResolvers<void>();
    await page.route("**/v1/conversations/*/messages", async (route) => {
      if (route.request().method() === "POST") await goOn.promise;
      await route.continue();
    });
    const went = page.waitForResponse((one) => one.request().method() === "POST" && one.url().endsWith("/messages"));
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    goOn.resolve();
    expect((await went).ok()).toBe(true);
    await page.goBack();
    await messages.filter({ hasText: "Half a thought" }).waitFor();
    expect(await answer.inputValue()).toBe("");
    await page.getByRole("button", { name: "Mark as unread" }).click();
    await page.getByText("1 unread").waitFor();
    expect(new URL(page.url()).pathname).toBe("/inbox");
    await page.getByRole("link", { name: /Half a thought/ }).click();
    // The profile's answers wait for a person; here they are switched off for one lead.
    await api.request("POST /v1/leads/{id}/assistant/profile", { params: { id: leadId }, body: { profile: "Wind" } });
    await about.getByRole("combobox", { name: "Assistant" }).click();
    await page.getByRole("option", { name: "Off", exact: true }).click();
    await about.getByText("Profile Wind; now: Off").waitFor();

    // As the lead, on the sender's page.
    await senders.getByRole("button", { name: "STOP" }).click();
    await page.getByText("Nothing can be sent here").waitFor();
    await senders.getByRole("button", { name: "Pause" }).click();
    await senders.getByText("Paused: its messages wait").waitFor();
    await senders.getByRole("button", { name: "Resume" }).click();
    // A cap of 0 is refused at its field: it must not become no cap at all.
    await senders.getByRole("textbox", { name: "A day" }).fill("0");
    await senders.getByRole("button", { name: "Save", exact: true }).click();
    await senders.locator("input[aria-invalid=true]").waitFor();
    await senders.getByRole("textbox", { name: "A day" }).fill("40");
    await senders.getByRole("button", { name: "Save", exact: true }).click();
    await senders.getByText(/^40 a day/).waitFor();
    await senders.getByRole("checkbox", { name: "Begin slowly" }).check();
    await senders.getByRole("textbox", { name: "On the first day" }).fill("15");
    await senders.getByRole("button", { name: "Save", exact: true }).click();
    await senders.getByText(/15 .*100/).waitFor();
    await senders.getByRole("checkbox", { name: "Begin slowly" }).uncheck();
    await senders.getByRole("button", { name: "Save", exact: true }).click();
    await senders.getByText(/15 .*100/).waitFor({ state: "detached" });
    // Its hours: office hours by default, by a clock of its own.
    const hours = senders.getByRole("region", { name: "Hours", exact: true });
    await hours.getByRole("radio", { name: "Only in these windows" }).check();
    await hours.getByLabel("Monday, to").fill("08:00");
    await hours.getByRole("combobox", { name: "Time zone" }).fill("Asia/Tok");
    await senders.getByRole("option", { name: "Asia/Tokyo" }).waitFor();
    // A toast may lie over the list.
    await senders.keyboard.press("ArrowDown");
    await senders.keyboard.press("Enter");
    await hours.getByRole("button", { name: "Save hours" }).click();
    await hours.getByText("A window ends after it begins").waitFor();
    await expectAccessible(senders);
    await hours.getByLabel("Monday, to").fill("16:30");
    await hours.getByRole("button", { name: "Remove a window of Friday" }).click();
    await hours.getByRole("button", { name: "Save hours" }).click();
    await senders.getByText("The hours were saved").waitFor();
    const kept = await api.request("GET /v1/senders/{id}", {
      params: { id: new URL(senders.url()).pathname.split("/").at(-1)! },
    });
    expect(kept).toMatchObject({ timeZone: "Asia/Tokyo" });
    expect(kept.schedule?.windows).toMatchObject({ monday: [{ from: "09:00", to: "16:30" }], friday: [] });
    await api.request("POST /v1/campaigns", {
      body: {
        name: "Weekend",
        senderIds: [kept.id],
        steps: [{ channel: "email", subject: "Hi", text: "Hi" }],
        schedule: { windows: { saturday: [{ from: "00:00", to: "24:00" }] } },
      },
    });
    await senders.reload();
    await hours.getByText(/"Weekend" and the hours of the sender .* never open at the same time/).waitFor();
    await hours.getByRole("radio", { name: "At any time" }).check();
    await hours.getByRole("button", { name: "Save hours" }).click();
    await hours.getByText("A campaign never sends with it").waitFor({ state: "detached" });
    const use = senders.getByRole("region", { name: "Use", exact: true });
    await use.getByText("6 of 40").waitFor();
    await senders.getByRole("button", { name: "Pause" }).click();
    await senders.getByText("Paused: its messages wait").waitFor();
    const recipient = { email: "grace@example.com" };
    await api.request("POST /v1/messages", {
      body: { channel: "email", senderId, recipient, subject: "Hello", text: "Hi" },
    });
    const waits = senders.getByRole("region", { name: "On its way" });
    await waits.getByText("grace@example.com: Hello").waitFor();
    await waits.getByText(/pause/i).waitFor();
    await shot(senders, "sender-waiting");
    await senders.getByRole("button", { name: "Resume" }).click();
    await waits.waitFor({ state: "detached" });
    expect(await api.request("GET /v1/senders/{id}", { params: { id: senderId } })).toMatchObject({
      ...{ status: "active", limits: { message: { perDay: 40 } } },
    });
    await shot(senders, "sender");
    await senders.setViewportSize({ width: 360, height: 740 });
    await expectFits(senders);
    await shot(senders, "sender-360");
    await senders.goto("/senders");
    await senders.getByRole("link", { name: "Trial mailbox" }).waitFor();
    await expectFits(senders);
  }, 120_000);
});
