import { Command } from "commander";
import type { HeraldConfig } from "../config.ts";
import type { Database } from "../db/pool.ts";
import type { Herald } from "../herald.ts";
import { nameOf } from "./failure.ts";
import { paragraphs, print } from "./print.ts";
import { configOf, type DataOption, dataOption, integer } from "./settings.ts";
import { version } from "./version.ts";

interface StartOptions extends DataOption {
  host?: string;
  port?: number;
  stopWithInput?: boolean;
}

export function startCommand(): Command {
  return new Command("start")
    .summary("start Herald: the API and the workers, with their database")
    .description(
      paragraphs(`Starts Herald: the API and the workers, with a PostgreSQL of its own in the data folder (or the one that
DATABASE_URL names). The first start makes a workspace and an API key, and prints the key once.

Ctrl-C or SIGTERM stops it in order: what is in flight is finished first (at most half a minute).`),
    )
    .option("--host <address>", "address to listen on (HERALD_HOST; default: 127.0.0.1, this machine alone)")
    .option("--port <n>", "port to listen on; 0 takes any free one (HERALD_PORT; default: 8484)", integer(0, 65_535))
    .addOption(dataOption())
    .option("--stop-with-input", "stop when standard input ends: for programs that start Herald")
    .addHelpText(
      "after",
      `
Examples:
  herald start                                       on http://127.0.0.1:8484, data in ./data
  herald start --port 9000 --data /var/lib/herald
  DATABASE_URL=postgres://herald:secret@db.internal/herald herald start --host 0.0.0.0
  HERALD_LOG_LEVEL=debug herald start 2> herald.log  logs are JSON lines on standard error`,
    )
    .action(async (options: StartOptions) => {
      const config = configOf(options);
      const { runHerald } = await import("./run-herald.ts");
      await runHerald(config, {
        roles: { api: true, work: true },
        announce: async (herald) =>
          welcome(herald, config, await firstKey(herald.context.db), await codeOfSetup(herald)),
        ...(options.stopWithInput && { stopWithInput: true }),
      });
    });
}

/** On an empty database: the first workspace and its key, together or not at all. Else null. */
async function firstKey(db: Database): Promise<string | null> {
  const [{ ensureWorkspace }, { createApiKey }] = await Promise.all([
    import("../db/workspace.ts"),
    import("../db/api-key.ts"),
  ]);
  return await db.transaction(async (tx) => {
    const { workspace, created } = await ensureWorkspace(tx, "Default");
    if (!created) return null;
    const { secret } = await createApiKey(tx, workspace.id, { name: "First key", scopes: ["admin"] });
    return secret;
  });
}

/** What the first owner has to give where the page isn't opened on this machine; null: there is somebody already. */
async function codeOfSetup({ context }: Herald): Promise<string | null> {
  const [{ anyUser }, { setupCode }] = await Promise.all([import("../db/user.ts"), import("../api/setup.ts")]);
  return (await anyUser(context.db)) ? null : setupCode(context.box);
}

function welcome({ url }: Herald, config: HeraldConfig, key: string | null, code: string | null): void {
  print(`Herald ${version} is ready.`);
  print();
  print(`  API        ${url}`);
  print(`  Reference  ${url}/docs`);
  print(`  Data       ${config.dataDir}`);
  if (config.databaseUrl !== null) print(`  Database   ${nameOf(config.databaseUrl)}`);
  if (code !== null) {
    print(`  Set-up     ${code}`);
    print("             The code for the first owner, where the dashboard isn't opened on this machine.");
  }
  if (key === null) {
    print("  API key    as before; make another one with: herald keys create --name <name> --scopes admin");
    return;
  }
  print(`  API key    ${key}`);
  print("             It may do everything, and is shown only this once: keep it now.");
  print();
  print("Next, send a message that reaches nobody: a sandbox sender needs no account. The reference shows each call.");
  print(`  curl ${url}/v1/senders -H 'X-API-Key: ${key}' -H 'Content-Type: application/json' \\`);
  print(`    -d '{"name": "Trial", "channel": "email", "provider": "sandbox"}'`);
}
