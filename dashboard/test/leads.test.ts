import { json } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

const csv = `First Name,Surname,Work email,Mobile,Team,Notes
Ada,Lovelace,ada@example.com,,Engines,"likes ""numbers"", and tea"
Grace,Hopper,not an address,,Navy,
"<img src=x onerror=alert(1)>",Evil,evil@example.com,,<b>x</b>,
Alan,Turing,alan@example.com,+1 202 555 0143,Bletchley,
`;

describe.skipIf(noBrowser)("leads", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("a file is mapped, previewed and imported; bad rows say why; the list finds, sorts and tags", async () => {
    const page = await dashboard.open("/leads");
    await page.getByRole("heading", { name: "No leads yet" }).waitFor();
    await page.getByRole("main").getByRole("link", { name: "Import" }).first().click();
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: "leads.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    const becomes = (column: string) => page.getByRole("combobox", { name: `Becomes: ${column}` });
    await becomes("Work email").waitFor();
    // Guessed by their names, and what nobody calls so stays a custom field.
    expect(await becomes("First Name").inputValue()).toBe("First name");
    expect(await becomes("Surname").inputValue()).toBe("Last name");
    expect(await becomes("Mobile").inputValue()).toBe("Phone");
    expect(await becomes("Team").inputValue()).toBe("Custom field Team");
    await becomes("Team").click();
    await page.getByRole("option", { name: "Company" }).click();
    await becomes("Notes").click();
    await page.getByRole("option", { name: "Leave out" }).click();
    await page.getByRole("textbox", { name: "Tag for all of them" }).fill("trade fair");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Import" }).click();
    await page.getByRole("heading", { name: "The import is done" }).waitFor();
    const rejected = page.getByRole("region", { name: "Rejected rows" });
    expect(await rejected.getByRole("row").nth(1).textContent()).toMatch(/^3email.*not an address/);
    // Taken back, and imported once more.
    await page.getByRole("button", { name: "Undo this import" }).click();
    const asked = page.getByRole("dialog");
    await asked.getByText("3 leads that this import added").waitFor();
    await expectAccessible(page);
    await asked.getByRole("button", { name: "Undo this import" }).click();
    await page.getByText("The import was undone: 3 leads removed").waitFor();
    // Another page, and back: it is in the list.
    await page.getByRole("main").getByRole("link", { name: "Imports" }).last().click();
    await page.getByRole("table", { name: "Imports" }).getByText("The import was undone: 3 leads removed").waitFor();
    await expectAccessible(page);
    await page.getByRole("main").getByRole("link", { name: "Import leads" }).click();
    await page.locator('input[type="file"]').setInputFiles({
      name: "again.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(`${csv.replace("Team", "Company").replace(",Notes", ",")}Ada,Again,ada@example.com,,,\n`),
    });
    await page.getByRole("textbox", { name: "Tag for all of them" }).fill("trade fair");
    await page.getByRole("button", { name: "Import" }).click();
    await page.getByRole("heading", { name: "The import is done" }).waitFor();
    const known = page.getByRole("region", { name: "Known already" });
    expect(await known.getByRole("row").nth(1).textContent()).toMatch(/^6The same Email/);
    await page.getByRole("link", { name: "See the leads" }).click();

    await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
    expect(new URL(page.url()).searchParams.get("tag")).toBe("trade fair");
    const names = async () => await page.getByRole("main").locator("tbody a").allTextContents();
    await page.getByRole("button", { name: "Name", exact: true }).click();
    await expect.poll(names).toEqual(["<img src=x onerror=alert(1)> Evil", "Ada Lovelace", "Alan Turing"]);
    // Who is ticked and then out of sight isn't ticked any more: bulk actions go to what one sees.
    await page.getByRole("checkbox", { name: "Select Ada Lovelace" }).check();
    await page.getByRole("textbox", { name: "Name, company or address" }).fill("turing");
    await expect.poll(names).toEqual(["Alan Turing"]);
    await page.getByRole("button", { name: "Add tag" }).waitFor({ state: "detached" });
    const { leads } = await dashboard.api.request("GET /v1/leads", { query: { search: "turing" } });
    expect(leads[0]).toMatchObject({ company: "Bletchley", phone: "+12025550143", tags: ["trade fair"], custom: {} });

    // What the list shows is kept under a name, and chosen again; the address wins.
    const views = page.getByRole("main").getByRole("button", { name: "Views" });
    await views.click();
    await page.getByRole("menuitem", { name: "Save this view" }).click();
    const view = page.getByRole("dialog");
    await view.getByRole("textbox", { name: "Name" }).fill("Turing at the fair");
    await view.getByRole("checkbox", { name: "Everybody in the workspace has it" }).check();
    await view.getByRole("button", { name: "Save" }).click();
    const chosen = page.getByRole("main").getByRole("button", { name: "Turing at the fair" });
    await chosen.waitFor();
    await page.getByRole("link", { name: "Clear filters" }).click();
    await expect.poll(names).toHaveLength(3);
    expect(await page.getByRole("textbox", { name: "Name, company or address" }).inputValue()).toBe("");
    await views.click();
    await page.getByRole("menuitem", { name: "Turing at the fair" }).click();
    await expect.poll(names).toEqual(["Alan Turing"]);
    expect(new URL(page.url()).searchParams.get("search")).toBe("turing");
    await chosen.click();
    await page.getByRole("menuitem", { name: "Remove Turing at the fair" }).click();
    await page.setViewportSize({ width: 360, height: 740 });
    // All of the button is on the narrowest screen.
    const undo = await page.getByRole("button", { name: "Undo" }).boundingBox();
    expect(undo!.x + undo!.width).toBeLessThan(352);
    await page.getByRole("button", { name: "Undo" }).click();
    await chosen.waitFor();
    await page.setViewportSize({ width: 1440, height: 900 });
    expect((await dashboard.api.request("GET /v1/views")).data).toMatchObject([
      { name: "Turing at the fair", query: "search=turing&tag=trade+fair&sort=name&descending=false", shared: true },
    ]);

    await page.getByRole("checkbox", { name: "Select Alan Turing" }).check();
    await page.getByRole("button", { name: "Add tag" }).click();
    await page.getByRole("dialog").getByLabel("Tag").fill("vip");
    await page.getByRole("dialog").getByRole("button", { name: "Add tag" }).click();
    await page.getByRole("cell", { name: "vip" }).waitFor();
    // One click takes it back; and so with a status.
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Taken back for 1 lead").waitFor();
    await page.getByRole("cell", { name: "vip" }).waitFor({ state: "detached" });
    await page.getByRole("checkbox", { name: "Select Alan Turing" }).check();
    await page.getByRole("button", { name: "Change status" }).click();
    await page.getByRole("menuitem", { name: "Done" }).click();
    await page
      .getByRole("row", { name: /Alan Turing/ })
      .getByText("Done")
      .waitFor();
    await page.getByRole("button", { name: "Undo" }).last().click();
    await page
      .getByRole("row", { name: /Alan Turing/ })
      .getByText("Done")
      .waitFor({ state: "detached" });
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
  });

  test("of two views that are removed in quick succession each can be had back", async () => {
    for (const name of ["North", "South"])
      await dashboard.api.request("POST /v1/views", {
        body: { kind: "leads", name, query: `search=${name}`, shared: true },
      });
    const page = await dashboard.open("/leads?search=North");
    const answer = Promise.withResolvers<void>();
    await page.route(/\/v1\/views\/view_/, async (route) => {
      await answer.promise;
      await route.continue();
    });
    const views = (name: string) => page.getByRole("main").getByRole("button", { name, exact: true }).click();
    const choose = (name: string) => page.getByRole("menuitem", { name, exact: true }).click();
    await views("North");
    await choose("Remove North");
    await views("North");
    await choose("South");
    await views("South");
    await choose("Remove South");
    answer.resolve();
    await expect.poll(() => page.getByRole("button", { name: "Undo" }).count()).toBe(2);
  });

  test("a lead's page says what happened and what comes next, and changes the lead", async () => {
    const { messageId } = await (async () => {
      await dashboard.api.request("POST /v1/senders", {
        body: { name: "Trial", channel: "email", provider: "sandbox" } as never,
      });
      return await dashboard.api.request("POST /v1/messages", {
        body: {
          channel: "email",
          recipient: { email: "edsger@example.com" },
          subject: "Hello",
          text: "Hi <b>Edsger</b>\nمرحبا Hello",
        },
      });
    })();
    const { leadId } = await dashboard.api.request("GET /v1/messages/{id}", { params: { id: messageId } });
    const page = await dashboard.open(`/leads/${leadId}`, { gone: true });
    const text = page.getByText("Hi <b>Edsger</b>");
    await text.waitFor();
    // Each paragraph runs as its first letters do.
    const [latin, arabic] = await text.evaluate((element) =>
      ["Hello", "مرحبا"].map((word) => {
        const range = document.createRange();
        const at = element.firstChild!.textContent!.indexOf(word);
        range.setStart(element.firstChild!, at);
        range.setEnd(element.firstChild!, at + word.length);
        return range.getBoundingClientRect().left;
      }),
    );
    expect(latin).toBeLessThan(arabic!);
    await page.getByText("Nothing is planned").waitFor();
    await expectAccessible(page);
    // The end of a pause is offered while there is one, which is said also where no campaign waits for it.
    const more = page.getByRole("button", { name: "More", exact: true });
    const [paused, endPause] = [page.getByText("Paused until"), page.getByRole("menuitem", { name: "End the pause" })];
    await more.click();
    await page.getByRole("menuitem", { name: "Do not contact" }).waitFor();
    expect(await endPause.count()).toBe(0);
    await page.getByRole("menuitem", { name: "Pause 7 days" }).click();
    await paused.waitFor();
    await more.click();
    await endPause.click();
    await paused.waitFor({ state: "detached" });

    await page.getByRole("textbox", { name: "First name" }).fill("Edsger");
    await page.getByRole("textbox", { name: "Time zone" }).fill("Nowhere/Else");
    await page.getByRole("button", { name: "Save" }).click();
    // The API's own words, at the field.
    await page
      .getByText(/time zone/i)
      .and(page.locator("p"))
      .first()
      .waitFor();
    await page.getByRole("textbox", { name: "Time zone" }).fill("Europe/Amsterdam");
    // A colleague changes something else meanwhile, and the page has heard of it.
    const heard = page.waitForResponse(
      async (answer) =>
        new URL(answer.url()).pathname === `/v1/leads/${leadId}` && (await answer.text()).includes("Navy"),
    );
    await dashboard.api.request("PATCH /v1/leads/{id}", { params: { id: leadId }, body: { company: "Navy" } });
    await heard;
    // What is typed while the save is under way stays, as something that isn't saved yet.
    const job = page.getByRole("textbox", { name: "Job title" });
    await page.route(`**/v1/leads/${leadId}`, async (route) => {
      if (route.request().method() === "PATCH") await job.fill("Professor");
      await route.continue();
    });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "Edsger" }).waitFor();
    await page.unrouteAll({ behavior: "wait" });
    await page.getByText("The lead was changed").waitFor();
    expect(await job.inputValue()).toBe("Professor");
    await page.getByRole("region", { name: "Details", exact: true }).getByRole("button", { name: "Undo" }).click();
    expect(await job.inputValue()).toBe("");
    const { company } = await dashboard.api.request("GET /v1/leads/{id}", { params: { id: leadId } });
    expect(company).toBe("Navy");
    await expect.poll(() => page.getByRole("textbox", { name: "Company" }).inputValue()).toBe("Navy");

    await page.getByRole("button", { name: "Change status" }).click();
    await page.getByRole("menuitem", { name: "Meeting booked" }).click();
    await page.getByRole("main").getByText("Meeting booked").first().waitFor();
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Do not contact" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Do not contact" }).click();
    await page.getByText("Nobody writes to this person any more").first().waitFor();
    const may = page.getByRole("region", { name: "May be written to" });
    await may.getByText("Lifted for the whole person, above.").waitFor();
    await page.getByRole("button", { name: "Allow contact again" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("Asked for it by phone");
    await page.getByRole("dialog").getByRole("button", { name: "Allow contact again" }).click();
    // One channel, and back.
    await may.getByRole("button", { name: "No more Email" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "No more Email" }).click();
    await may.getByText("Entered by hand").waitFor();
    await may.getByRole("button", { name: "Lift" }).click();
    await page.getByRole("dialog").getByRole("textbox").fill("A slip");
    await page.getByRole("dialog").getByRole("button", { name: "Lift" }).click();
    await may.getByText("Yes", { exact: true }).waitFor();
    await page.getByRole("region", { name: "Timeline" }).getByText("Must not be contacted").first().waitFor();
    await dashboard.api.request("POST /v1/leads/{id}/do-not-contact", { params: { id: leadId }, body: {} });
    const lead = await dashboard.api.request("GET /v1/leads/{id}", { params: { id: leadId } });
    expect(lead).toMatchObject({ doNotContact: true, status: "MEETING_BOOKED", timeZone: "Europe/Amsterdam" });
    const title = "Hauptbetriebswerkbauunterbeamter".repeat(3);
    await dashboard.api.request("PATCH /v1/leads/{id}", { params: { id: leadId }, body: { title } });
    await page.getByText(title).first().waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    if (process.env.SHOTS) {
      await page.setViewportSize({ width: 1440, height: 1200 });
      await page.screenshot({ path: `${process.env.SHOTS}/lead.png` });
    }
    await page.setViewportSize({ width: 1440, height: 900 });

    // All that there is, as a file; then the person is forgotten, by their name.
    const own = page.getByRole("region", { name: "This person's data" });
    const saved = page.waitForEvent("download");
    await own.getByRole("button", { name: "Export everything" }).click();
    const file = (await json(await (await saved).createReadStream())) as { lead: object };
    expect(file.lead).toMatchObject({ first_name: "Edsger", email: "edsger@example.com" });
    await own.getByRole("button", { name: "Erase this person" }).click();
    const dialog = page.getByRole("dialog");
    const erase = dialog.getByRole("button", { name: "Erase this person" });
    await dialog.getByRole("textbox", { name: "Type Edsger to confirm" }).fill("Edgar");
    expect(await erase.isDisabled()).toBe(true);
    await expectAccessible(page);
    await dialog.getByRole("textbox", { name: "Type Edsger to confirm" }).fill(" Edsger ");
    await dialog.getByRole("textbox", { name: /^Why/ }).fill("Ticket 4711");
    await erase.click();
    await page.getByText("1 address stays suppressed, by a hash").waitFor();
    await page.getByText("Ticket 4711").waitFor();
    expect(await page.getByRole("main").textContent()).not.toContain("dsger");
    await expectAccessible(page);
    if (process.env.SHOTS) {
      await page.screenshot({ path: `${process.env.SHOTS}/erased.png` });
      await page.goto("/leads");
      await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
      await page.screenshot({ path: `${process.env.SHOTS}/leads.png` });
    }
  });

  test("one lead is added by hand; what is wrong stands at its field, and one who is known is shown", async () => {
    const page = await dashboard.open("/leads");
    const dialog = page.getByRole("dialog");
    for (const [phone, toast] of [
      ["12", null],
      ["+1 202 555 0177", "The lead was added"],
      ["+12025550177", "This lead was here already"],
    ] as const) {
      await page.goto("/leads");
      await page.getByRole("button", { name: "Add a lead" }).first().click();
      await dialog.getByLabel("First name").fill("Katherine");
      await dialog.getByLabel("Phone").fill(phone);
      if (toast === null) await expectAccessible(page);
      await dialog.getByRole("button", { name: "Add a lead" }).click();
      if (toast === null) {
        await dialog.locator("input[aria-invalid=true]").waitFor();
        continue;
      }
      await page.getByText(toast).waitFor();
      await page.getByRole("heading", { level: 1, name: "Katherine" }).waitFor();
    }
  });

  test("a time shows its exact form where the mouse rests on it and where the keyboard comes to it, until Escape", async () => {
    await dashboard.api.request("POST /v1/leads", {
      body: { leads: [{ email: "hour@example.com", firstName: "Hour" }] },
    });
    const page = await dashboard.open("/leads", { timeZone: "Asia/Tokyo" });
    const time = page.getByRole("main").locator("tbody time").first();
    const exact = page.getByRole("tooltip");
    await time.hover();
    await exact.getByText(/^Your time: .*GMT\+9\nWorkspace/).waitFor();
    await page.mouse.move(0, 0);
    await exact.waitFor({ state: "detached" });
    await time.focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab");
    await exact.waitFor();
    expect(
      await time.evaluate((one) => document.getElementById(one.getAttribute("aria-describedby")!)?.textContent),
    ).toMatch(/^Your time: /);
    await page.keyboard.press("Escape");
    await exact.waitFor({ state: "detached" });
  });

  test("of a long list the names can be read on a narrow screen, and what can't be loaded is asked for once", async () => {
    for (let page = 0; page < 3; page++) {
      await dashboard.api.request("POST /v1/leads", {
        body: {
          leads: Array.from({ length: 100 }, (_, n) => ({
            ...{ email: `n${page}-${n}@example.com`, firstName: "Bartholomew", lastName: `Featherstone ${n}` },
          })),
        },
      });
    }
    const page = await dashboard.open("/leads", { width: 360, height: 740 });
    const name = page.locator("tr[data-index='3'] td").nth(1);
    await expect.poll(async () => (await name.boundingBox())?.width).toBeGreaterThan(100);
    await expectFits(page);
    // What is cut off is told to who rests on it.
    await name.hover();
    expect(await name.getAttribute("title")).toMatch(/^Bartholomew Featherstone \d+$/);
    let asked = 0;
    await page.route(/continuationToken|cursor/, async (route) => {
      asked++;
      await route.fulfill({ status: 400, json: { error: { code: "invalid_request", message: "No such page." } } });
    });
    const table = page.getByRole("region", { name: "Leads" });
    await table.evaluate((element) => {
      element.scrollTop = element.scrollHeight;
    });
    await page.getByText("The next rows could not be loaded.").waitFor();
    const before = asked;
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(asked).toBe(before);
    await page.unroute(/continuationToken|cursor/);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("The next rows could not be loaded.").waitFor({ state: "detached" });
  });
});
