import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../sdk/src/client.ts";
import { expectAccessible, expectFits } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";

/** What the page asks by one call it asks one by one where that fails: so a test can hold each answer, and refuse it. */
const oneByOne = (page: Page) =>
  page.route(/\/v1\/session\/reads/, (route) => route.fulfill({ status: 400, json: { message: "Not together." } }));

describe.skipIf(noBrowser)("the overview", () => {
  let dashboard: TestDashboard;
  beforeAll(async () => {
    dashboard = await startDashboard();
  });
  afterAll(() => dashboard.close());

  test("a new workspace comes to its first message by clicking, and sees what needs a person", async () => {
    const page = await dashboard.open("/");
    const click = (name: string) => page.getByRole("button", { name }).click();
    await page.getByText("0 of 5 done").waitFor();
    await page.getByText("Nothing needs you now").waitFor();
    await click("Make a sandbox sender");
    await click("Add Ada Lovelace");
    await page.getByText("2 of 5 done").waitFor();
    await click("Send a message");
    // The event stream tells the page that it went out.
    await page.getByText("Delivered to ada@example.com").waitFor();
    await page.getByText("4 of 5 done").waitFor();
    await page.getByRole("link", { name: "Open the lead" }).waitFor();

    await dashboard.db.query("UPDATE message SET status = 'uncertain', doubted_at = now() WHERE workspace_id = $1", [
      dashboard.workspaceId,
    ]);
    await dashboard.db.query("UPDATE sender SET status = 'broken' WHERE workspace_id = $1", [dashboard.workspaceId]);
    await page.reload();
    await page.getByText("Sandbox can't send").waitFor();
    await page.getByText("A message to ada@example.com may have gone out").waitFor();
    await page.locator(".recharts-surface").first().waitFor();
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/overview.png`, fullPage: true });
    await expectAccessible(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/overview-360.png`, fullPage: true });
    await click("It went out");
    await page.getByText("A message to ada@example.com may have gone out").waitFor({ state: "detached" });
    const { data } = await dashboard.api.request("GET /v1/messages", { query: { limit: 1 } });
    expect(data[0]!.status).toBe("sent");
  });

  test("a new workspace's first steps push nothing down that was seen before, and are not looked for once they are done", async () => {
    const page = await dashboard.open("/approvals");
    await page.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
      }).observe({ type: "layout-shift", buffered: true });
    });
    const answer = Promise.withResolvers<void>();
    const asked: string[] = [];
    await oneByOne(page);
    await page.route(
      ({ pathname, search }) => pathname === "/v1/leads" && search === "?limit=1&count=false",
      async (route) => {
        asked.push(route.request().url());
        await answer.promise;
        await route.continue();
      },
    );
    await page.goto("/");
    await page.getByText("Sandbox can't send").waitFor({ state: "attached" });
    expect(await page.getByRole("region", { name: "Needs attention" }).isVisible()).toBe(false);
    answer.resolve();
    await page.getByText(/^\d of 5 done$/).waitFor();
    await page.getByRole("region", { name: "Needs attention" }).waitFor();
    const moved = () =>
      page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((a, b) => a + b, 0));
    expect(await moved()).toBeLessThan(0.05);
    await page.getByRole("button", { name: "Hide" }).click();
    const before = asked.length;
    await page.reload();
    await page.locator(".recharts-surface").first().waitFor();
    expect(asked.length).toBe(before);
  });

  test("what the page asks first is asked by two calls, before it is rendered, with none of the browser's data on languages; so are lists", async () => {
    const page = await dashboard.open("/");
    await page.addInitScript(() => {
      const asked: string[] = [];
      const formatters: string[] = [];
      const early: string[] = [];
      const isEarly = () => document.querySelector(".early") !== null;
      const ask = window.fetch;
      window.fetch = (input, options) => {
        // The charts ask when the rest stands.
        if (!String(input).includes("timeseries")) asked.push(String(input).split("?")[0]!);
        if (isEarly()) early.push(String(input).replace(location.origin, ""));
        return ask(input, options);
      };
      for (const name of ["DateTimeFormat", "NumberFormat"] as const)
        Object.assign(Intl, {
          [name]: new Proxy(Intl[name], {
            construct: (...given) => {
              if (isEarly()) formatters.push(name);
              return Reflect.construct(...given);
            },
          }),
        });
      Object.assign(window, { asked, formatters, early });
    });
    const joint = page.waitForRequest("**/v1/session/reads?*");
    const figures = page.waitForRequest("**/v1/analytics/overview?*");
    // Shares need the language's data, whenever they come: here not before the page has stood.
    const { promise: stood, resolve: figuresMayCome } = Promise.withResolvers<void>();
    await page.route(
      (url) => url.pathname === "/v1/analytics/overview",
      async (route) => {
        await stood;
        await route.continue();
      },
    );
    await page.goto("/?days=7");
    // The workspace's midnight, six days ago: in New York.
    const from = new Date(new URL((await figures).url()).searchParams.get("from")!);
    expect(new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "America/New_York" }).format(from)).toBe(
      "00:00:00",
    );
    expect(Math.round((Date.now() - from.getTime()) / 43_200_000)).toBeOneOf([12, 13, 14]);
    const calls = JSON.parse(new URL((await joint).url()).searchParams.get("calls")!) as { path: string }[];
    const paths = ["senders", "destinations", "messages", "tasks", "conversations/unread", "approvals/waiting"];
    for (const path of paths) expect(calls.map((one) => one.path)).toContain(`/v1/${path}`);
    await page
      .getByText("A message to")
      .or(page.getByText(/^\d of 5 done$/))
      .first()
      .waitFor();
    const asked = await page.evaluate(() => (window as unknown as { asked: string[] }).asked);
    expect(asked.slice(0, 3).map((one) => one.replace(dashboard.url, ""))).toEqual([
      "/v1/session",
      "/v1/session/reads",
      "/v1/analytics/overview",
    ]);
    // The page's head has asked for it while the scripts were on their way: nothing of it is asked twice.
    expect(await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name))).toSatisfy(
      (names: string[]) => names.filter((name) => name.includes("/v1/session/reads")).length === 1,
    );
    for (const path of paths) expect(asked).not.toContain(`/v1/${path}`);
    expect(await page.evaluate(() => (window as unknown as { formatters: string[] }).formatters)).toEqual([]);
    figuresMayCome();
    await page.goto("/inbox?state=unread&channel=sms");
    await page.locator("h1").waitFor();
    expect(await page.evaluate(() => (window as unknown as { early: string[] }).early)).toContain(
      "/v1/conversations?limit=50&status=open&unread=true&channel=sms",
    );
  });

  test("nothing moves by figures that come later, and what needs a person comes at once", async () => {
    const page = await dashboard.open("/approvals", { width: 360, height: 740 });
    const held = {
      "/v1/analytics/overview": Promise.withResolvers<void>(),
      "/v1/tasks": Promise.withResolvers<void>(),
    };
    await oneByOne(page);
    for (const [path, { promise }] of Object.entries(held)) {
      await page.route(
        (url) => url.pathname === path,
        async (route) => {
          await promise;
          await route.continue();
        },
      );
    }
    await page.goto("/");
    const heights = () => page.locator("main dl").evaluateAll((all) => all.map((one) => one.clientHeight));
    const attention = page.getByRole("region", { name: "Needs attention" });
    await page.locator(".recharts-surface").first().waitFor();
    const before = await heights();
    held["/v1/analytics/overview"].resolve();
    await page.locator("main dl").first().getByText("in the time before").waitFor();
    expect(await heights()).toEqual(before);
    expect(await attention.getByRole("listitem").count()).toBe(0);
    held["/v1/tasks"].resolve();
    await attention.getByText("Sandbox can't send").waitFor();
  });

  test("what couldn't be looked at is said, and is asked for again", async () => {
    await dashboard.db.query("UPDATE sender SET status = 'broken' WHERE workspace_id = $1", [dashboard.workspaceId]);
    const page = await dashboard.open("/approvals");
    const refuse = JSON.stringify({ code: "invalid_request", message: "Not now." });
    await oneByOne(page);
    const failing = ["/v1/senders?", "/v1/analytics/overview", "channel=sms"];
    await page.route(
      (url) => failing.some((part) => url.href.includes(part)),
      (route) => route.fulfill({ status: 400, contentType: "application/json", body: refuse }),
    );
    await page.goto("/");
    const attention = page.getByRole("region", { name: "Needs attention" });
    await attention.getByText("Not now.").waitFor();
    await page.waitForFunction(() => document.querySelectorAll("main [role=alert]").length >= 4);
    expect(await page.getByText("Nothing needs you now").count()).toBe(0);
    failing.length = 0;
    await attention.getByRole("button", { name: "Try again" }).click();
    await attention.getByText("Sandbox can't send").waitFor();
  });

  test("charts that are due while there is no network come when there is one", async () => {
    const page = await dashboard.open("/approvals");
    await page.evaluate((id) => localStorage.setItem(`herald-start-hidden-${id}`, "1"), dashboard.workspaceId);
    const [asked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await oneByOne(page);
    await page.route(
      ({ pathname }) => pathname === "/v1/analytics/deliveries",
      async (route) => {
        const response = await route.fetch();
        asked.resolve();
        await goOn.promise;
        await route.fulfill({ response });
      },
    );
    await page.goto("/");
    await asked.promise;
    await page.context().setOffline(true);
    goOn.resolve();
    await page.getByRole("region", { name: "Needs attention" }).waitFor();
    await page.context().setOffline(false);
    await page.locator(".recharts-surface").first().waitFor();
  });

  test("what an agent wants stands there by itself with its content; it goes out in a person's words, or never", async () => {
    const { api, url } = dashboard;
    const { leads } = await api.request("GET /v1/leads", {});
    const leadId = leads[0]!.id;
    const key = await api.request("POST /v1/api-keys", {
      body: { name: "Research <b>agent</b>", scopes: ["read", "send"] },
    });
    const agent = createClient({ baseUrl: url, apiKey: key.key });
    await dashboard.db.query("UPDATE sender SET status = 'active' WHERE workspace_id = $1", [dashboard.workspaceId]);
    const page = await dashboard.open("/approvals");
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
    await page
      .getByRole("button", { name: /^Live/ })
      .or(page.getByText("Live", { exact: true }))
      .first()
      .waitFor();
    const ask = (text: string) =>
      agent.request("POST /v1/approvals", {
        body: {
          ...{ action: "send_message", note: "She asked for a <i>date</i>." },
          request: { leadId, channel: "email", subject: "Tuesday", text },
        },
      });
    const [first, second] = [await ask("Are you free on Tuesday?"), await ask("Buy now!")];
    const cards = page.getByRole("article", { name: "Send an email to Ada Lovelace" });
    // Nobody has loaded the page again.
    await expect.poll(() => cards.count()).toBe(2);
    await page.getByRole("link", { name: "Approvals 2 wait for you" }).waitFor();
    // The newest is the first.
    const card = cards.last();
    expect(await card.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Are you free on Tuesday?");
    await card.getByText("She asked for a <i>date</i>.").waitFor();
    await card.getByText("by Research <b>agent</b>").waitFor();
    await expectAccessible(page);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/approvals.png`, fullPage: true });
    await page.setViewportSize({ width: 360, height: 740 });
    await expectFits(page);
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/approvals-360.png`, fullPage: true });
    await page.setViewportSize({ width: 1440, height: 900 });
    await card.getByRole("textbox", { name: "Message" }).fill("Would Tuesday suit you?");
    await card.getByRole("button", { name: "Send as changed" }).click();
    await expect.poll(() => cards.count()).toBe(1);
    await cards.getByRole("button", { name: "Reject" }).click();
    await page.getByRole("textbox", { name: "Why (the agent sees it)" }).fill("Too pushy");
    await page.getByRole("dialog").getByRole("button", { name: "Reject" }).click();
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
    await page.getByRole("link", { name: "Approvals", exact: true }).waitFor();
    const seen = await Promise.all(
      [first, second].map(({ id }) => agent.request("GET /v1/approvals/{id}", { params: { id } })),
    );
    expect(seen).toMatchObject([
      { status: "done", changedRequest: { text: "Would Tuesday suit you?" } },
      { status: "rejected", decisionNote: "Too pushy" },
    ]);
    await page.goto(`/approvals/${first.id}`);
    await page.getByText("As it was sent").waitFor();
    await ask("And on Wednesday?");
    await page.goto("/");
    await page.getByText("1 request waits for approval").waitFor();
  });
});
