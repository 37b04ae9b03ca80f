import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { expectAccessible } from "./accessible.ts";
import { noBrowser, startDashboard, type TestDashboard } from "./dashboard.ts";
import { pageAddresses, walker } from "./pages.ts";

/** Would run a script in three ways if it became elements. */
const evil = (n: string) =>
  `${n}<img src=x onerror="window.owned=1"><script>window.owned=1</script><a href="javascript:window.owned=1">"'</a>`;
const html = `<p onclick="window.owned=1">Hi<img src="https://example.com/pixel.gif" onerror="window.owned=1"></p><script>parent.owned=1</script>`;

/** Elements that only markup of a lead or provider would have made. */
const strays = (page: Page) =>
  page.evaluate(() => [
    ...((window as { owned?: number }).owned ? ["a script ran"] : []),
    ...[...document.querySelectorAll("img[src=x], [onerror], [onclick], [href^='javascript:' i], main script")].map(
      (element) => element.outerHTML.slice(0, 200),
    ),
  ]);

/** What begins the name of something that changes, which a role that may only look isn't offered. */
const changes =
  /^(Add|New|Create|Import|Delete|Remove|Save|Send|Start|Pause|Resume|Archive|Invite|Revoke|Withdraw|Rotate|Disable|Enable|Approve|Reject|Assign|Close|Verify|Check|Deliver|Test|Replay|Cancel|Erase|Export everything|Change (status|settings)|Do not|Suppress|Allow|Write|Reply|STOP|Let it|Take out|Release|It went|It did|Done|Skip|Use the|Mark|Set a|Try again)\b/;

/**
 * Where axe looks on the walk: where no other test has it look, in both modes and with dialogs open. It takes half a second a page;
 * `AXE=all npx vitest run dashboard/test/walk.test.ts` has it look at every page and behind every tab.
 */
const axeHere = [/^\/senders$/, /^\/approvals/, /^\/profiles$/, /^\/leads\/imports$/, /^\/destinations$/];

/** Pages that not everybody may see, and what else a link leads to that a role may not do. */
const forbidden: Record<string, readonly string[]> = {
  viewer: ["/audit", "/settings/api-keys", "/sources", "/destinations/new", "/leads/import"],
  admin: [],
};

describe.skipIf(noBrowser)("all pages", () => {
  let dashboard: TestDashboard;
  let receiver: Server;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    dashboard = await startDashboard();
    receiver = createServer((request, response) => {
      request.resume();
      response.writeHead(500, { "x-evil": "<img src=x onerror=alert(1)>" }).end(evil("receiver"));
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    await fill();
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await dashboard.close();
  });

  /** A workspace in which everything that others can write is markup. */
  async function fill() {
    const { api, db, workspaceId } = dashboard;
    const { port } = receiver.address() as AddressInfo;
    const sender = await api.request("POST /v1/senders", {
      body: { name: evil("sender"), channel: "email", provider: "sandbox" },
    });
    const destination = await api.request("POST /v1/destinations", {
      body: { name: evil("hook").slice(0, 100), url: `http://127.0.0.1:${port}/` },
    });
    const csv = `Email,First name,Last name,Company,Title,Tags,Notes\n"csv@example.com",${Array(6)
      .fill(`"${evil("cell").replaceAll('"', '""')}"`)
      .join(",")}\n`;
    const imported = await fetch(`${dashboard.url}/v1/leads/import`, {
      method: "POST",
      headers: { "x-api-key": dashboard.apiKey, "content-type": "text/csv" },
      body: csv,
    });
    expect(imported.status, await imported.clone().text()).toBe(200);
    const imports = (await api.request("GET /v1/leads", {})).leads.map(({ id }) => id);
    const { leadIds } = await api.request("POST /v1/leads", {
      body: {
        leads: [
          {
            ...{ firstName: evil("first"), lastName: evil("last"), company: evil("company"), title: evil("title") },
            ...{ email: "evil@example.com", phone: "+12025550143", tags: [evil("tag").slice(0, 60)] },
            ...{ externalLeadId: evil("external"), notes: evil("custom") },
          },
        ] as never,
      },
    });
    const leadId = leadIds[0]!;
    const campaign = await api.request("POST /v1/campaigns", {
      body: {
        ...{ name: evil("campaign").slice(0, 100), senderIds: [sender.id] },
        steps: [
          { channel: "email", subject: "{{ firstName }}", text: "{{ company }} {{ lastName }}", html },
          { action: "task", title: "Call {{ firstName }}", text: "{{ company }}" },
        ],
      },
    });
    await api.request("POST /v1/campaigns/{id}/leads", {
      params: { id: campaign.id },
      body: { leadIds: [leadId, ...imports] },
    });
    await api.request("POST /v1/campaigns/{id}/start", { params: { id: campaign.id } });
    const source = await api.request("POST /v1/sources", {
      body: { kind: "generic", name: evil("source").slice(0, 100), mapping: "fact" } as never,
    });
    const told = async (id: string, fact: object) => {
      const body = JSON.stringify({ type: evil("type"), fact });
      const at = new Date();
      const answer = await fetch(dashboard.url + new URL((source as { url: string }).url).pathname, {
        method: "POST",
        headers: {
          ...{ "content-type": "application/json", "webhook-id": id },
          "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
          "webhook-signature": new Webhook((source as { secret: string }).secret).sign(id, at, body),
        },
        body,
      });
      expect(answer.status).toBeLessThan(300);
    };
    const who = { email: "evil@example.com", phone: "+12025550143" };
    await told("a", {
      ...{ type: "message.received", channel: "email", ...who, subject: evil("subject"), text: evil("reply") },
      attachments: [{ url: "https://example.com/<img src=x>", contentType: evil("file") }],
    });
    await told("b", {
      type: "lead.updated",
      ...who,
      custom: { [evil("key")]: evil("value") },
      addTags: [evil("tag2")],
    });
    await told("c", { type: "opt_out", phone: who.phone, channel: "sms", reason: evil("reason") });
    await told("d", { type: evil("unknown") });
    const one = async <T>(ask: () => Promise<{ data: readonly T[] }>, is: (row: T) => boolean = () => true) =>
      await vi.waitFor(async () => expect((await ask()).data.some(is)).toBe(true), { timeout: 120_000 });
    const conversations = () => api.request("GET /v1/conversations", {});
    await one(conversations, ({ unread }) => unread > 0);
    const deliveries = () => api.request("GET /v1/deliveries", { query: { destinationId: destination.id } });
    await one(deliveries, ({ lastStatusCode }) => lastStatusCode === 500);
    await one(() => api.request("GET /v1/tasks", {}));
    await db.query("update message set html = $2 where workspace_id = $1 and direction = 'inbound'", [
      workspaceId,
      html,
    ]);
    // What a provider says of an account and of a message, what a browser calls itself, and addresses that would run a script.
    const script = "javascript:window.owned=1//";
    await db.query("update sender set status = 'broken', status_reason = $2 where workspace_id = $1", [
      ...[workspaceId, evil("refused")],
    ]);
    await db.query(
      `update message set status = 'failed', status_code = 'invalid_recipient', status_detail = $2
       where workspace_id = $1 and direction = 'outbound'`,
      [workspaceId, evil("provider")],
    );
    await db.query("update user_session set user_agent = $1", [evil("browser")]);
    await db.query("update lead set custom = custom || $3::jsonb where workspace_id = $1 and id = $2", [
      ...[workspaceId, leadId, JSON.stringify({ website: script })],
    ]);
    const refused = api.request("PATCH /v1/leads/{id}", { params: { id: leadId }, body: { linkedinUrl: script } });
    await expect(refused).rejects.toThrow();
    await db.query("update conversation set note = $2 where workspace_id = $1", [workspaceId, evil("remark")]);
    await api.request("POST /v1/suppressions", { body: { address: "x@example.com", reason: evil("why") } });
    const profile = await api.request("POST /v1/profiles", { body: { name: "Wind", content: {} } });
    await db.query(
      `insert into assistant_turn (workspace_id, id, lead_id, kind, state, profile_id, profile_version, channel, due_at, text, problems)
       values ($1, 'turn_1', $2, 'reply', 'draft', $3, 1, 'email', now(), $4, $5)`,
      [
        ...[workspaceId, leadId, profile.id, evil("draft")],
        JSON.stringify([{ code: "price", detail: evil("problem") }]),
      ],
    );
    const approval = await api.request("POST /v1/approvals/drafts", {
      body: {
        action: "send_message",
        request: { leadId, channel: "email", subject: evil("asked"), text: evil("wanted") },
        note: evil("note"),
      } as never,
    });
    Object.assign(ids, {
      approvalId: approval.id,
      ...{ leadId, campaignId: campaign.id, senderId: sender.id, destinationId: destination.id },
      ...{ sourceId: (source as { id: string }).id, profileId: profile.id },
      conversationId: (await conversations()).data[0]!.id,
      eventId: (await api.request("GET /v1/events", { query: { type: "lead.created" } })).data[0]!.eventId,
    });
  }

  test.each(["viewer", "admin"] as const)(
    "%s: offered what the role may do, is refused nothing on the way, sees markup as text; axe finds nothing",
    async (role) => {
      await dashboard.db.query("update member set role = $2 where workspace_id = $1", [dashboard.workspaceId, role]);
      const page = await dashboard.open("/");
      const { go, quiet, refused } = walker(page);
      const main = page.getByRole("main");
      const look = async (place: string) => {
        expect(await strays(page), place).toEqual([]);
        if (role !== "viewer") {
          if (process.env.AXE === "all" || axeHere.some((one) => one.test(place))) await expectAccessible(page);
          return;
        }
        const names = await main
          .locator("button:enabled:not([role=tab], [aria-disabled=true]), a")
          .evaluateAll((all) => all.map((one) => one.ariaLabel ?? one.textContent));
        expect(
          names.filter((name) => changes.test(name)),
          place,
        ).toEqual([]);
      };
      let marked = 0;
      for (const address of pageAddresses(ids)) {
        await go(address);
        await look(address);
        const text = await main.innerText();
        if (text.includes("<img src=x")) marked += 1;
        const isForbidden = forbidden[role]!.some((path) => address === path || address.startsWith(`${path}/`));
        // In words, and nothing else. Other pages may say so of a part of theirs.
        if (isForbidden)
          expect(text.replace("Destinations", ""), address).toMatch(/^[^.]{0,60}Your role doesn't allow this\./s);
        const tabs = main.getByRole("tab");
        for (let n = 1; (role === "viewer" || process.env.AXE) && n < (await tabs.count()); n += 1) {
          await tabs.nth(n).click();
          await quiet();
          await look(`${address}, tab ${n}`);
        }
      }
      expect(refused.filter((one) => one.startsWith("403"))).toEqual([]);
      // It was there to be seen.
      expect(marked).toBeGreaterThan(12);
      // Nothing that lets somebody in is where a script of another page could read it.
      const kept = await page.evaluate(() => [
        ...Object.keys(localStorage),
        ...Object.keys(sessionStorage),
        document.cookie,
      ]);
      expect(
        kept.filter((name) => !/^(herald-colour-scheme|herald-start-hidden-.*|herald-workspace|tsr-.*|)$/.test(name)),
      ).toEqual([]);
    },
    process.env.AXE ? 600_000 : 120_000,
  );

  test("pages forbid inline scripts, frames of others and guesses of types", async () => {
    const page = await fetch(`${dashboard.url}/leads`, { headers: { accept: "text/html" } });
    const policy = page.headers.get("content-security-policy")!.split("; ");
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]),
    );
    const [script] = /\/assets\/[^"]+\.js/.exec(await page.text())!;
    for (const { headers } of [page, await fetch(dashboard.url + script), await fetch(`${dashboard.url}/v1/session`)]) {
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    expect(page.headers.get("cache-control")).toBe("no-store");
  });
});
