import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { inject, onTestFinished } from "vitest";
import { type Client, createClient } from "../../sdk/src/client.ts";
import { loadConfig } from "../../server/src/config.ts";
import { createApiKey } from "../../server/src/db/api-key.ts";
import type { Database } from "../../server/src/db/pool.ts";
import { ensureWorkspace } from "../../server/src/db/workspace.ts";
import { Herald } from "../../server/src/herald.ts";
import { testDatabase } from "../../server/test/database.ts";
import { setUp, signIn } from "./sign-in.ts";

/** Whether a browser runs here: `describe.skipIf(noBrowser)`. The reason was printed when the run began. */
export const noBrowser = inject("browser") === null;

export interface OpenOptions {
  /** Default: as the owner. */
  as?: "owner" | "nobody";
  /** Of the window. Default 1440 by 900; 360 is the narrowest that pages have to work at. */
  width?: number;
  height?: number;
  colours?: "light" | "dark";
  /** Default Europe/London. */
  timeZone?: string;
  /** What the page is about is gone, or will be: that the API says so (404) is no complaint. Default false. */
  gone?: boolean;
  /** It stays for all tests of the file, as a page that is opened before them must. Default false: until the test is over. */
  lasting?: boolean;
}

export interface TestDashboard {
  url: string;
  /** Herald's API with the workspace's first key: to make what a page is to show. */
  api: Client;
  apiKey: string;
  db: Database;
  workspaceId: string;
  /** The owner's session, as `name=value`; null with `fresh`. */
  cookie: string | null;
  /** A page in a browser profile of its own, loaded and quiet, until the test is over (see `lasting`). What it complains about makes `close` fail. */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** Fails where a page wrote an error to its console, or threw. */
  close(): Promise<void>;
}

/** One for each process of tests, whatever the number of files. */
let connected: Promise<Browser> | null = null;

/** A Herald with an empty workspace and its owner (`fresh`: nobody yet; `env`: more settings), and the run's browser. `afterAll(() => dashboard.close())`. */
export async function startDashboard(
  options: { fresh?: boolean; env?: Record<string, string> } = {},
): Promise<TestDashboard> {
  const database = await testDatabase();
  if (!("host" in database.config)) throw new Error("unreachable");
  const { host, port, user, database: name } = database.config;
  const folder = mkdtempSync(join(tmpdir(), "herald-dashboard-"));
  const config = loadConfig({
    DATABASE_URL: `postgres://${user}@localhost/${name}?host=${encodeURIComponent(host ?? "")}&port=${port}`,
    ...{ HERALD_DATA: folder, HERALD_PORT: "0", HERALD_LOG_LEVEL: "silent", HERALD_SECRET_KEY: "07".repeat(32) },
    ...options.env,
  });
  const herald = await Herald.open(config);
  await herald.start({ api: true, work: true });
  const { db } = herald.context;
  const { workspaceId, apiKey } = await db.transaction(async (tx) => {
    const { workspace } = await ensureWorkspace(tx, "Analytical Engines");
    const key = await createApiKey(tx, workspace.id, { name: "Tests", scopes: ["admin"] });
    return { workspaceId: workspace.id, apiKey: key.secret };
  });
  const url = herald.url!;
  const cookie = options.fresh ? null : await setUp(url);
  const complaints: string[] = [];
  const lasting: BrowserContext[] = [];
  connected ??= chromium.connect(inject("browser")!);
  const browser = await connected;

  return {
    ...{ url, apiKey, db, workspaceId, cookie, api: createClient({ baseUrl: url, apiKey }) },
    async open(path, options = {}) {
      const { as = "owner", width = 1440, height = 900, colours = "light", timeZone = "Europe/London" } = options;
      const context = await browser.newContext({
        ...{ baseURL: url, viewport: { width, height }, colorScheme: colours, locale: "en-GB" },
        ...{ timezoneId: timeZone, reducedMotion: "reduce" as const },
      });
      // It would go on to ask for all that the next tests change, beside them.
      if (options.lasting) lasting.push(context);
      else onTestFinished(() => context.close());
      const cookies = { owner: cookie, nobody: null }[as as "owner" | "nobody"];
      if (cookies) await signIn(context, url, cookies);
      context.setDefaultTimeout(60_000);
      const page = await context.newPage();
      page.on("console", (message) => {
        // What the API refuses is said on the page, where its test looks for it; the browser says so, too.
        if (options.gone && message.text().includes("status of 404")) return;
        if (/status of 4(00|01|03|09|22)|ERR_INTERNET_DISCONNECTED|Couldn't load preload assets/.test(message.text()))
          return;
        if (message.type() === "error" || message.type() === "warning") complaints.push(`${path}: ${message.text()}`);
      });
      page.on("pageerror", (error) => complaints.push(`${path}: ${error.stack ?? error.message}`));
      await page.goto(path);
      await page.locator("h1").waitFor();
      return page;
    },
    async close() {
      // First: a Herald that stops answers 503 to a page that asks for its stream again just then.
      for (const context of lasting) await context.close();
      await herald.stop();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
      if (complaints.length > 0) throw new Error(`Pages complained:\n${complaints.join("\n")}`);
    },
  };
}
