import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { openScratch, type Scratch } from "../../bench/src/scratch.ts";
import { type Client, createClient } from "../../sdk/src/client.ts";
import { loadConfig } from "../../server/src/config.ts";
import { createApiKey } from "../../server/src/db/api-key.ts";
import type { Database } from "../../server/src/db/pool.ts";
import { ensureWorkspace } from "../../server/src/db/workspace.ts";
import { Herald } from "../../server/src/herald.ts";
import { launchChromium } from "./chromium.ts";
import { setUp } from "./sign-in.ts";

/** A Herald with an empty workspace, its owner and a browser, for commands that aren't tests. */
export interface Standalone {
  url: string;
  api: Client;
  apiKey: string;
  db: Database;
  workspaceId: string;
  /** The owner's session, as `name=value`. */
  cookie: string;
  browser: Browser;
  [Symbol.asyncDispose](): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export async function openStandalone(): Promise<Standalone> {
  execFileSync(process.execPath, [join(import.meta.dirname, "../build.ts"), "--if-stale"], { stdio: "inherit" });
  await using undo = new AsyncDisposableStack();
  const scratch: Scratch = await openScratch();
  undo.use(scratch);
  const folder = mkdtempSync(join(tmpdir(), "herald-dashboard-"));
  undo.defer(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const herald = await Herald.open(
    loadConfig({
      // Not 0: addresses that Herald tells others have the port in them.
      ...{ DATABASE_URL: scratch.connectionString, HERALD_DATA: folder, HERALD_PORT: String(port) },
      ...{ HERALD_LOG_LEVEL: "silent", HERALD_SECRET_KEY: "07".repeat(32) },
    }),
  );
  undo.defer(() => herald.stop());
  await herald.start({ api: true, work: true });
  const { db } = herald.context;
  const { workspaceId, apiKey } = await db.transaction(async (tx) => {
    const { workspace } = await ensureWorkspace(tx, "Analytical Engines");
    const key = await createApiKey(tx, workspace.id, { name: "Nightly sync", scopes: ["admin"] });
    return { workspaceId: workspace.id, apiKey: key.secret };
  });
  const url = herald.url!;
  const cookie = await setUp(url);
  const server = await launchChromium();
  undo.defer(() => server.close());
  const browser = await chromium.connect(server.wsEndpoint());
  const cleanUp = undo.move();
  return {
    ...{ url, apiKey, db, workspaceId, cookie, browser, api: createClient({ baseUrl: url, apiKey }) },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
