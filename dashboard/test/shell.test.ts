import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OidcProvider, startOidcProvider } from "../../server/src/loopback/oidc.ts";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";
import { owner, sessionClient, signIn } from "./sign-in.ts";

describe.skipIf(noBrowser)("the shell", () => {
  let dashboard: TestDashboard;
  let provider: OidcProvider;
  beforeAll(async () => {
    provider = await startOidcProvider();
    dashboard = await startDashboard({
      env: {
        ...{ HERALD_OIDC_ISSUER: provider.issuer, HERALD_OIDC_CLIENT_ID: provider.clientId },
        ...{ HERALD_OIDC_CLIENT_SECRET: provider.clientSecret, HERALD_OIDC_NAME: "Loopback" },
      },
    });
    provider.redirectUris.push(`${dashboard.url}/v1/session/oidc/callback`);
  });
  afterAll(async () => {
    await dashboard.close();
    await provider.close();
  });
  const invite = async (email: string) => {
    const ada = await sessionClient(dashboard.url, dashboard.cookie!);
    return (await ada.request("POST /v1/invitations", { body: { email, role: "member" } })).url;
  };

  test("the first key skips to the content; the overview is accessible in both colour modes, and fits 360 pixels", async () => {
    const page = await dashboard.open("/");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Open navigation" }).click();
    const navigation = page.getByRole("dialog");
    await navigation.getByRole("link", { name: "Campaigns" }).click();
    await page.getByRole("heading", { level: 1, name: "Campaigns" }).waitFor();
    await navigation.waitFor({ state: "detached" });
  });

  test("a page whose code can't be had without a network says so, and is loaded when there is one", async () => {
    const page = await dashboard.open("/");
    // What is still loaded when the network goes away is another page that could not be.
    await page.locator(".recharts-surface").first().waitFor();
    await page.context().setOffline(true);
    await page.getByRole("link", { name: "Campaigns" }).click();
    await page.getByRole("heading", { level: 1, name: "This page could not be loaded" }).waitFor();
    await page.getByText("Check the network").waitFor();
    await expectAccessible(page);
    const again = page.getByRole("button", { name: "Load again" });
    // In place of the browser's own page of an error.
    await again.click();
    await page.context().setOffline(false);
    // The first click's own look for Herald may come late enough to find it, and the button is gone then.
    void again.click().catch(() => undefined);
    await page.getByRole("heading", { level: 1, name: "Campaigns" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/campaigns");
  });

  test("a part whose code can't be had says so in its place; one that nobody has asked for, in the navigation", async () => {
    const page = await dashboard.open("/leads");
    const cut = /chart-plot|command-palette/;
    await page.route(cut, (route) => route.abort("internetdisconnected"));
    await page.goto("/");
    const part = page.getByRole("main").getByRole("alert").first();
    await part.getByText("This part could not be loaded").waitFor();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Overview");
    const navigation = page.getByRole("navigation", { name: "Main" });
    await navigation.getByText("Parts of the page could not be loaded").waitFor();
    await expectAccessible(page);
    await page.unroute(cut);
    await part.getByRole("button", { name: "Load again" }).click();
    await page.locator(".recharts-surface").first().waitFor();
    expect(await page.getByText("could not be loaded").count()).toBe(0);
  });

  test("no form loses what isn't saved unasked: by a link, a tab, Escape, another workspace, signing out", async () => {
    const { api } = dashboard;
    const sender = await api.request("POST /v1/senders", {
      body: { name: "Outbox", channel: "email", provider: "sandbox", config: {}, credentials: {} } as never,
    });
    const { id } = await api.request("POST /v1/destinations", {
      body: { url: "https://example.com/hook", name: "Hook" },
    });
    const page = await dashboard.open(`/senders/${sender.id}`, { gone: true });
    const question = page.getByRole("dialog", { name: "Leave without saving?" });
    const stay = async () => {
      await question.getByRole("button", { name: "Cancel" }).click();
      await question.waitFor({ state: "detached" });
    };
    // Two forms, one question.
    await page.getByRole("textbox", { name: "A day", exact: true }).first().fill("7");
    await page.getByRole("region", { name: "Hours" }).getByRole("radio").nth(1).check();
    const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Leads" });
    await link.click();
    await expectAccessible(page);
    await stay();
    expect(new URL(page.url()).pathname).toBe(`/senders/${sender.id}`);
    expect(await page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })))).toBe(true);
    await page.getByRole("button", { name: /^Account:/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await stay();
    await link.click();
    await question.getByRole("button", { name: "Leave" }).click();
    await page.getByRole("heading", { level: 1, name: "Leads" }).waitFor();
    expect(await page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })))).toBe(false);

    // A form in a dialog.
    await page.goto("/senders");
    const add = page.getByRole("button", { name: "Add a sender" }).first();
    await add.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Add a sender" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("Half");
    await page.keyboard.press("Escape");
    await question.waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "detached" });
    expect(await dialog.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Half");
    await page.keyboard.press("Escape");
    await question.getByRole("button", { name: "Leave" }).click();
    await dialog.waitFor({ state: "detached" });
    // Back to where it was opened; by way of a menu, to the menu's button.
    const isFocused = (place: Locator) => place.evaluate((element) => element === document.activeElement);
    await expect.poll(() => isFocused(add)).toBe(true);
    await page.goto(`/destinations/${id}`);
    const more = page.getByRole("main").getByRole("button", { name: "More" });
    await more.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Delete" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => isFocused(more)).toBe(true);

    await page.goto("/leads");
    await page.getByRole("button", { name: "Add a lead" }).first().click();
    const lead = page.getByRole("dialog", { name: "Add a lead" });
    await lead.getByLabel("First name").fill("Ada");
    await page.keyboard.press("Escape");
    await question.getByRole("button", { name: "Cancel" }).click();
    expect(await lead.getByLabel("First name").inputValue()).toBe("Ada");
    await lead.getByRole("button", { name: "Cancel" }).click();
    await lead.waitFor({ state: "detached" });
    await page.goto("/profiles?new=true");
    await page.getByLabel("Instructions").fill("Be brief.");
    await page.keyboard.press("Escape");
    await question.getByRole("button", { name: "Cancel" }).click();
    expect(await page.getByLabel("Instructions").inputValue()).toBe("Be brief.");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });

    // A form behind a tab; what was saved, or is to be thrown away, asks nothing.
    await page.goto(`/destinations/${id}?tab=settings&edit=true`);
    const name = page.getByRole("textbox", { name: "Name" });
    await name.fill("Hooked");
    await page.getByRole("tab", { name: "Replays" }).click();
    await stay();
    expect(await name.inputValue()).toBe("Hooked");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "Hooked" }).waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    await name.fill("Nothing");
    await page.getByRole("main").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Edit" }).waitFor();
    expect(await question.count()).toBe(0);
    await api.request("DELETE /v1/destinations/{id}", { params: { id } });
  });

  test("a browser whose language is no tag of one (a system in the POSIX locale) shows the dashboard, too", async () => {
    const page = await dashboard.open("/sign-in", { as: "nobody" });
    await page.addInitScript(() => Object.defineProperty(navigator, "languages", { get: () => ["en-US@posix"] }));
    await page.reload();
    await page.locator("h1").waitFor();
    expect(await page.evaluate(() => navigator.languages)).toEqual(["en-US@posix"]);
  });

  test("a page's frame and heading are painted before any script has run, at the place where they stay", async () => {
    const placesOf = (page: Page, ...selectors: string[]) =>
      page.evaluate(
        (all) =>
          all.map((selector) => {
            const range = document.createRange();
            range.selectNodeContents(document.querySelector(selector)!);
            const { x, y, width, height } = range.getBoundingClientRect();
            return [range.toString(), x, y, width, height];
          }),
        selectors,
      );
    for (const [path, width] of [
      ["/leads", 1440],
      ["/campaigns", 360],
    ] as const) {
      const page = await dashboard.open(path, { width });
      const shown = await placesOf(page, "h1", "div:has(> h1) + p");
      expect(await page.locator(".early").count()).toBe(0);
      await page.route("**/assets/*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
      await page.reload({ waitUntil: "domcontentloaded" });
      const early = await placesOf(page, ".early-title", ".early-text");
      // Before the browser complains that what was loaded for the scripts is of no use to it.
      await page.close();
      expect(early, path).toEqual(shown);
    }
  });

  test("a page is sent with the names of its own scripts, so that they come beside those of all; who isn't signed in gets the sign-in's", async () => {
    const pageOf = async (path: string, cookie: string) =>
      await (await fetch(`${dashboard.url}${path}`, { headers: { accept: "text/html", cookie } })).text();
    const own = async (path: string, cookie = dashboard.cookie!) =>
      [...(await pageOf(path, cookie)).matchAll(/"modulepreload" [^>]*href="\/assets\/([a-z-]+-page)-/g)].map(
        ([, name]) => name,
      );
    expect(await own("/")).toEqual(["overview-page"]);
    expect(await own("/leads?search=ada")).toEqual(["leads-page"]);
    expect(await own("/leads/import")).toEqual(["import-page"]);
    expect(await own("/leads/lead_1")).toEqual(["lead-page"]);
    expect(await own("/nowhere/at/all")).toEqual([]);
    expect(await own("/leads", "")).toEqual(["sign-in-page"]);
    expect(await own("/invitation", "")).toEqual(["invitation-page"]);
    // The session is asked for once, early: what the page begins with is what its scripts use.
    const page = await dashboard.open("/");
    const asked = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter(({ name }) => name.endsWith("/v1/session"))
        .map((entry) => (entry as PerformanceResourceTiming).initiatorType),
    );
    expect(asked).toEqual(["link"]);
  });

  test("the provider's sign-in says why it failed, leads on to where one wanted to go, and accepts an invitation", async () => {
    provider.person = null;
    const page = await dashboard.open("/inbox", { as: "nobody" });
    const asked: string[] = [];
    page.on("request", (call) => asked.push(call.url()));
    const byProvider = () => page.getByRole("link", { name: /with Loopback/ }).click();
    await byProvider();
    await page.getByRole("alert").getByText("you cancelled there").waitFor();
    await expectAccessible(page);

    // Who is new; and afterwards signed out, with an account that has no password.
    const grace = "grace@example.com";
    provider.person = { sub: "g", name: "Grace", email: grace, email_verified: true };
    await page.goto(await invite(grace));
    await byProvider();
    await page.getByRole("button", { name: /^Account: Grace/ }).waitFor();
    await dashboard.db.query("delete from member where user_id in (select id from user_account where email = $1)", [
      grace,
    ]);
    // Taken out of their only workspace.
    await page.reload();
    await page.getByRole("heading", { name: "You are in no workspace" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto("/inbox");
    const link = await invite(grace);
    await byProvider();
    await page.getByRole("heading", { name: "You are in no workspace" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/inbox");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto(link);
    await page.getByRole("textbox", { name: "Password" }).waitFor();
    await expectAccessible(page);
    await byProvider();
    // Back at the invitation, as its person.
    await page.getByText("You are signed in as grace@example.com").waitFor();
    expect(await page.evaluate(() => sessionStorage.getItem("herald-invitation"))).toBe(null);
    expect(await page.getByRole("textbox", { name: "Password" }).count()).toBe(0);
    await page.getByRole("button", { name: "Accept" }).click();
    await page.getByRole("button", { name: /^Account: Grace/ }).waitFor();
    // No address that a server or a proxy writes down has the invitation's token.
    expect(asked.filter((url) => url.includes(new URLSearchParams(new URL(link).hash.slice(1)).get("token")!))).toEqual(
      [],
    );

    // Her account has no password: nothing asks her for one, until she has set it.
    await page.goto("/settings/profile");
    await page.getByText("You sign in by Loopback, and have no password here").waitFor();
    await expectAccessible(page);
    await page.getByLabel("New password").fill("compilers for everybody");
    await page.getByRole("button", { name: "Set a password" }).click();
    await page.getByText("Your password was set").waitFor();
    await page.getByLabel("Current password").waitFor();
    await page.getByRole("button", { name: "Change password" }).waitFor();
  });

  test("a page of one person doesn't go on as another who signs in beside it: it is loaded again, as theirs", async () => {
    const page = await dashboard.open("/leads");
    await page.getByRole("button", { name: /^Account: Ada/ }).waitFor();
    await page.evaluate(() => Object.assign(window, { ofAda: true }));
    const token = new URLSearchParams(new URL(await invite("babbage@example.com")).hash.slice(1)).get("token");
    const accepted = await fetch(`${dashboard.url}/v1/invitations/accept`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, name: "Babbage", password: "difference engine" }),
    });
    await signIn(page.context(), dashboard.url, accepted.headers.getSetCookie()[0]!.split(";")[0]!);
    const beside = await page.context().newPage();
    await beside.goto("/");
    await beside.getByRole("button", { name: /^Account: Babbage/ }).waitFor();
    await page.getByRole("button", { name: /^Account: Babbage/ }).waitFor();
    expect(await page.evaluate(() => "ofAda" in window)).toBe(false);
    expect(new URL(page.url()).pathname).toBe("/leads");

    // Signed out beside it, it leads to the sign-in; signed in again, to where it was.
    await beside.getByRole("button", { name: /^Account: Babbage/ }).click();
    await beside.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await signIn(page.context(), dashboard.url, dashboard.cookie!);
    await beside.goto("/");
    await page.getByRole("button", { name: /^Account: Ada/ }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/leads");
  });

  test("a session that ends in the middle of an edit goes on over the page, by its person only", async () => {
    const page = await dashboard.open("/sign-in?next=/settings/workspace", { as: "nobody" });
    const enter = async (on: Page, { email, password }: { email: string; password: string }) => {
      await on.getByRole("textbox", { name: "Email" }).fill(email);
      await on.getByRole("textbox", { name: "Password" }).fill(password);
      await on.getByRole("button", { name: "Sign in", exact: true }).click();
    };
    await enter(page, owner);
    const name = page.getByRole("textbox", { name: "Name", exact: true });
    const again = page.getByRole("dialog", { name: "Sign in again" });
    const editAfterTheEnd = async (text: string) => {
      await name.fill(text);
      await dashboard.db.query(
        "update user_session set expires_at = now() where id = (select id from user_session order by created_at desc limit 1)",
      );
      // What the page asks for by itself may have found it already: the button is out of sight then, and does no harm.
      const save = page.getByRole("main").getByRole("button", { name: "Save", includeHidden: true }).first();
      await save.evaluate((button: HTMLElement) => button.click());
      await again.waitFor();
      expect(await name.isVisible()).toBe(false);
    };
    await editAfterTheEnd("Edited");
    await expectAccessible(page);
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).type)).toBe("password");
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/again.png` });
    // In another tab, which leaves this one alone until somebody is signed in there.
    const beside = await page.context().newPage();
    await beside.goto("/leads");
    await enter(beside, owner);
    await beside.getByRole("heading", { level: 1, name: "Leads" }).waitFor();
    await again.waitFor({ state: "detached" });
    expect(await name.inputValue()).toBe("Edited");
    await beside.close();

    await editAfterTheEnd("Edited twice");
    await enter(page, { ...owner, password: "not this one" });
    await again.getByRole("alert").waitFor();
    await enter(page, owner);
    await again.waitFor({ state: "detached" });
    expect(await name.inputValue()).toBe("Edited twice");
    await page.getByRole("main").getByRole("button", { name: "Save" }).first().click();
    await expect.poll(async () => (await dashboard.api.request("GET /v1/workspace")).name).toBe("Edited twice");
    await dashboard.api.request("PATCH /v1/workspace", { body: { name: "Analytical Engines" } });

    const carol = { email: "carol@example.com", password: "compilers for everybody" };
    const token = new URLSearchParams(new URL(await invite(carol.email)).hash.slice(1)).get("token");
    await fetch(`${dashboard.url}/v1/invitations/accept`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, name: "Carol", password: carol.password }),
    });
    // Hers was the newest session.
    await dashboard.db.query(
      "delete from user_session where user_id in (select id from user_account where email = $1)",
      [carol.email],
    );
    await editAfterTheEnd("Only Ada's");
    await enter(page, carol);
    await page.getByRole("button", { name: /^Account: Carol/ }).waitFor();
    expect(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue()).toBe("Analytical Engines");
  });

  test("who signs out everywhere, by another device, leaves nothing in this one: not even what isn't saved", async () => {
    const page = await dashboard.open("/sign-in?next=/settings/workspace", { as: "nobody" });
    await page.getByRole("textbox", { name: "Email" }).fill(owner.email);
    await page.getByRole("textbox", { name: "Password" }).fill(owner.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    const name = page.getByRole("textbox", { name: "Name", exact: true });
    await name.fill("Nobody else's");
    const beside = await page.context().newPage();
    await beside.goto("/leads");
    await beside.getByRole("heading", { level: 1, name: "Leads" }).waitFor();
    for (const tab of [page, beside]) {
      await tab.evaluate(() => Object.assign(window, { ofAda: true }));
      // What a page asks for by itself at first is over, so that it is the one with the change that finds out, and tells the other.
      await tab.locator("[data-state=live]").waitFor();
    }
    // The owner's other browsers keep theirs, for the tests that follow.
    await dashboard.db.query(
      "delete from user_session where id = (select id from user_session order by created_at desc limit 1)",
    );
    // The answer takes the cookie with it: one that nobody reads, since it was asked for anew meanwhile, would leave the tab as if the session had
    // ended by itself.
    const looks: string[] = [];
    page.on("request", (request) => new URL(request.url()).pathname === "/v1/session" && looks.push(request.method()));
    const anew = page.waitForEvent("framenavigated").then(() => looks.length);
    await page.getByRole("main").getByRole("button", { name: "Save" }).first().click();
    expect(await anew).toBe(1);
    for (const tab of [page, beside]) {
      await tab.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
      await tab.waitForFunction(() => !("ofAda" in window));
    }
    // Back, where they sign in again.
    expect(new URL(page.url()).searchParams.get("next")).toBe("/settings/workspace");
  });

  test("who is taken out of the workspace that the tab shows goes on in another one of theirs", async () => {
    const ada = await sessionClient(dashboard.url, dashboard.cookie!);
    const { id } = await ada.request("POST /v1/workspaces", { body: { name: "Other place" } });
    await ada.request("POST /v1/views", { body: { kind: "leads", name: "Few", query: "search=few", shared: true } });
    const page = await dashboard.open("/leads?search=few");
    await page.getByRole("button", { name: "Few", exact: true }).click();
    await page.getByRole("menuitem", { name: /^Remove/ }).click();
    const undo = page.getByRole("button", { name: "Undo" });
    await undo.waitFor();
    await page.getByRole("button", { name: "Switch workspace: Analytical Engines" }).click();
    await page.getByRole("menu").getByText("Other place", { exact: true }).click();
    await page.getByRole("button", { name: "Switch workspace: Other place" }).waitFor();
    // It would put the view into the other one.
    await undo.waitFor({ state: "detached", timeout: 5_000 });
    const { workspaces } = await ada.request("GET /v1/session");
    // Another tab goes to another one: this one stays where it is, also when it is loaded again.
    await ada.request("PUT /v1/session/workspace", {
      body: { workspaceId: workspaces.find((one) => one.id !== id)!.id },
    });
    await page.reload();
    await page.getByRole("button", { name: "Switch workspace: Other place" }).waitFor();
    // A link from elsewhere names its workspace: the dashboard goes there, and says where one isn't.
    await page.goto(`/leads?workspace=${workspaces.find(({ id: one }) => one !== id)!.id}&search=x`);
    await page.getByRole("button", { name: "Switch workspace: Analytical Engines" }).waitFor();
    expect(new URL(page.url()).search).toBe("?search=x");
    await page.goto("/leads?workspace=ws_unknown");
    await page.getByText("You aren't in this workspace").waitFor();
    await page.goto(`/leads?workspace=${id}`);
    await page.getByRole("button", { name: "Switch workspace: Other place" }).waitFor();
    await dashboard.db.query("delete from member where workspace_id = $1", [id]);
    // The next page's calls are refused, and the session looked at.
    await page.getByRole("link", { name: "Leads" }).click();
    await page.getByRole("button", { name: "Switch workspace: Analytical Engines" }).waitFor();
    await page.getByRole("heading", { name: "No leads yet" }).waitFor();
  });
});
