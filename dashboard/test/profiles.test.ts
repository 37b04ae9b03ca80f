import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docxOf, paragraph, pdfOf } from "../../server/test/documents/files.ts";
import { makeSender } from "../../server/test/factories.ts";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

describe.skipIf(noBrowser)("profiles", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("a profile is created, edited, and its versions show what changed", async () => {
    const page = await dashboard.open("/profiles");
    await page.getByText("No profile yet").waitFor();
    await page.getByRole("button", { name: "New profile" }).first().click();
    await page.getByLabel("Name").fill("Solar");
    const secret = "Never tell anybody that our supplier is the old mill.";
    await page.getByRole("dialog").getByLabel("Instructions").fill(`You answer for Acme Solar. ${secret}`);
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByRole("heading", { name: "Solar", level: 1 }).waitFor();
    await page.getByText(`"${secret}" tells the model what nobody may hear.`).waitFor();
    await page.getByLabel("Tone").fill("Friendly");
    await page.getByRole("tab", { name: "Checks" }).click();
    await page.getByLabel("Booking link").fill("no address");
    await page.locator("form#profile").evaluate((form) => ((form as HTMLFormElement).noValidate = true));
    await page.getByRole("button", { name: "Save a new version" }).click();
    // What the API refuses stands at its field.
    await page.getByText("Give an address that begins with https://").waitFor();
    await page.getByLabel("Booking link").fill("https://acme.example/book");
    await page.getByRole("tab", { name: "Follow-ups" }).click();
    await page.getByRole("button", { name: "Add a follow-up" }).click();
    await page.getByRole("tab", { name: "When and where" }).click();
    await page.getByLabel("At any time").click();
    await page.getByLabel("Monday, from").fill("08:00");
    await page.getByRole("button", { name: "Save a new version" }).click();
    await page.getByText("Saved as version 2").waitFor();
    await expectAccessible(page);
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByRole("button", { name: /^Changed: .*Tone/ }).click();
    await page.getByText("Friendly").waitFor();
    const { data } = await dashboard.api.request("GET /v1/profiles");
    expect(data[0]).toMatchObject({
      mode: "draft",
      content: {
        bookingLink: "https://acme.example/book",
        followUps: { 1: { hours: 24, channel: "sms" } },
        schedule: { windows: { monday: [{ from: "08:00", to: "17:00" }] } },
      },
    });
    // Without a model the chat says why there is no answer.
    await page.getByLabel("What the lead writes").fill("What does it cost?");
    await page.keyboard.press("Enter");
    await page
      .getByText(/no model/i)
      .first()
      .waitFor();
    await page.getByRole("tab", { name: "Instructions" }).click();

    // Somebody else saves another field meanwhile, of which this tab doesn't know.
    const id = data[0]!.id;
    await page.getByLabel("Tone").fill("Warm");
    const theirs = { content: { objectives: "A visit to the roof." } };
    await dashboard.api.request("PATCH /v1/profiles/{id}", { params: { id }, body: theirs });
    await page.getByRole("button", { name: "Save a new version" }).click();
    await page.getByText("Saved as version 4").waitFor();
    expect(await page.getByLabel("Objectives").inputValue()).toBe("A visit to the roof.");
    const content = async () =>
      (await dashboard.api.request("GET /v1/profiles/{id}", { params: { id } })).content as Record<string, unknown>;
    expect(await content()).toMatchObject({ tone: "Warm", ...theirs.content });

    // Without a network a save fails in words, and isn't kept to go out by itself later.
    await page.context().setOffline(true);
    await page.getByLabel("Tone").fill("Cold");
    await page.getByRole("button", { name: "Save a new version" }).click();
    await page.getByText("Herald can't be reached").first().waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Save a new version" }).click();
    await page.getByText("Saved as version 5").waitFor();

    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
  });

  test("knowledge is taken out of a file, looked over and added; one that can't be read says what to do", async () => {
    const { id } = await dashboard.api.request("POST /v1/profiles", { body: { name: "Files", content: {} } });
    const page = await dashboard.open(`/profiles/${id}?tab=knowledge`);
    await page.getByRole("tab", { name: "Knowledge" }).click();
    await page.getByRole("button", { name: "Add knowledge" }).first().click();
    const dialog = page.getByRole("dialog");
    const give = (name: string, buffer: Buffer) =>
      page.locator("input[type=file]").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await give("Scan.pdf", pdfOf([[]]));
    await dialog.getByText("Scan.pdf: No text is in this PDF").waitFor();
    await expectAccessible(page);
    await page.locator("input[type=file]").evaluate((input: HTMLInputElement) => {
      const chosen = new DataTransfer();
      chosen.items.add(new File([new Uint8Array(10 * 1024 * 1024 + 1)], "Large.pdf"));
      input.files = chosen.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await dialog.getByText("Large.pdf is larger than 10 MB").waitFor();
    await give("Prices.pdf", pdfOf([[[700, "A panel costs $400."]]]));
    const text = dialog.getByRole("textbox", { name: "Text" });
    await expect.poll(() => text.inputValue()).toBe("A panel costs $400.");
    expect(await dialog.getByLabel("Title").inputValue()).toBe("Prices");
    await page.getByText("19 characters were taken out of 1 page").waitFor();
    await give("Terms.docx", docxOf(paragraph("A panel costs $410.")));
    await expect.poll(() => text.inputValue()).toBe("A panel costs $410.");
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("Knowledge saved").waitFor();
    const { data } = await dashboard.api.request("GET /v1/profiles/{id}/knowledge", { params: { id } });
    expect(data).toMatchObject([{ title: "Prices", content: "A panel costs $410.", language: "english" }]);
  });

  test("a draft is changed, approved, and stays beside the original", async () => {
    const { api, db, workspaceId } = dashboard;
    await makeSender(db, workspaceId, "email", "scripted");
    const added = await api.request("POST /v1/leads", {
      body: { leads: [{ firstName: "Grace", lastName: "Hopper", email: "grace@example.com", company: "Navy" }] },
    });
    const leadId = added.leadIds[0]!;
    const profile = await api.request("POST /v1/profiles", { body: { name: "Wind", content: {} } });
    await db.query(
      `insert into assistant_turn (workspace_id, id, lead_id, kind, state, profile_id, profile_version, channel, due_at, text,
         problems, notes)
       values ($1, 'turn_1', $2, 'opening', 'draft', $3, 1, 'email', now(), 'Good day.', $4, $5)`,
      [
        ...[workspaceId, leadId, profile.id],
        JSON.stringify([{ code: "price", detail: "It names $5, which no knowledge has." }]),
        JSON.stringify({
          conditions: [{ id: "c", name: "isHot", kind: "tag", met: true, reason: "She asks for a call." }],
          ...{ handOver: null, stop: null, booked: false, searches: [] },
        }),
      ],
    );
    const page = await dashboard.open("/profiles");
    // What was said before isn't "nothing" where it can't be had.
    const said = "**/v1/conversations/*/messages*";
    await page.route(said, (route) =>
      route.fulfill({ status: 422, json: { statusCode: 422, code: "unprocessable", message: "Not now." } }),
    );
    await db.query("update assistant_turn set conversation_id = 'conv_1' where id = 'turn_1'");
    await page.goto("/profiles/drafts");
    const card = page.getByRole("article", { name: "Draft for Grace Hopper" });
    const before = card.getByRole("region", { name: "Last messages" });
    await before.getByText("Not now.").waitFor();
    expect(await before.textContent()).not.toContain("Nothing was said yet");
    await page.unroute(said);
    await db.query("update assistant_turn set conversation_id = null where id = 'turn_1'");
    await page.reload();
    await card.getByText("She asks for a call.").waitFor();
    await card.getByText("It names $5").waitFor();
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await card.getByLabel("Draft for Grace Hopper").fill("Good morning, Grace.");
    await card.getByRole("button", { name: "Send my version" }).click();
    // A first email needs a subject: the API's words say so, and the draft stays.
    await page.getByText("A first email needs a subject.").waitFor();
    await card.getByRole("textbox", { name: "Subject" }).fill("Your roof");
    // The second click of two asks for nothing more, and shows no failure.
    const asked: string[] = [];
    page.on("request", (request) => request.method() === "POST" && asked.push(request.url()));
    await card.getByRole("button", { name: "Send my version" }).dblclick();
    await page.getByText("No draft waits").waitFor();
    expect(asked).toHaveLength(1);
    expect(await api.request("GET /v1/assistant/turns/{id}", { params: { id: "turn_1" } })).toMatchObject({
      ...{ state: "sent", text: "Good day.", finalText: "Good morning, Grace.", finalSubject: "Your roof" },
    });
    await page.getByText("Sent", { exact: true }).click();
    await page.getByText("Good day.").waitFor();
    await page.getByRole("region", { name: "A person sent" }).getByText("Good morning, Grace.").waitFor();
  });

  test("the model and the compliance check are set", async () => {
    const page = await dashboard.open("/settings/assistant");
    await page.getByText("None is configured").waitFor();
    await page.getByLabel("Model's name").fill("gpt-5-mini");
    await page.getByLabel("API key").fill("sk-secret");
    await page.getByLabel("Money a day").fill("10");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("One is stored").waitFor();
    expect(await dashboard.api.request("GET /v1/assistant/model")).toMatchObject({ hasApiKey: true, moneyPerDay: 10 });
    expect(await page.content()).not.toContain("sk-secret");
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
  });
});
