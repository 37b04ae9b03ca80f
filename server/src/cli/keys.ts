import { Command } from "commander";
import type { ApiKey } from "../db/api-key.ts";
import { type Scope, scopes } from "../domain/rights.ts";
import { Failure } from "./failure.ts";
import { paragraphs, print, table } from "./print.ts";
import { configOf, type DataOption, dataOption, listOf, type WorkspaceOption, workspaceOption } from "./settings.ts";
import { cliActor } from "./who.ts";

interface KeyOptions extends DataOption, WorkspaceOption {
  json?: boolean;
}

interface CreateOptions extends KeyOptions {
  name: string;
  scopes: Scope[];
}

export function keysCommand(): Command {
  const keys = new Command("keys")
    .summary("make, list and revoke API keys")
    .description(
      paragraphs(
        `Makes, lists and revokes API keys, on the database directly: it works without a key, and whether or not Herald runs.`,
      ),
    )
    .helpCommand(false);
  return keys.addCommand(createCommand()).addCommand(listCommand()).addCommand(revokeCommand());
}

function createCommand(): Command {
  return withCommonOptions(
    new Command("create")
      .summary("make a key and print it, once")
      .description(
        paragraphs(`Makes an API key and prints it. Only a fingerprint of it is stored: it can't be shown again.

Scopes: read (look at everything), write (import and change leads, write campaigns), send (the same, and start campaigns
and send messages), admin (all of it, and set up senders, destinations, members and keys).`),
      )
      .requiredOption("--name <name>", "what the key is for, to tell it from others")
      .option("--scopes <list>", "what it may do: read, write, send, admin", listOf(scopes), ["read", "send"]),
  )
    .addHelpText(
      "after",
      `
Examples:
  herald keys create --name "Our CRM" --scopes read
  herald keys create --name "Deploy script" --scopes admin
  KEY=$(herald keys create --name ci --json | jq -r .key)`,
    )
    .action(async (options: CreateOptions) => {
      const { key, secret } = await create(options);
      if (options.json) return print(JSON.stringify({ ...key, key: secret }));
      print(`${secret}`);
      print();
      print(`This is the key "${key.name}" (${key.id}; scopes: ${key.scopes.join(", ")}).`);
      print("It is shown only this once: keep it now.");
    });
}

async function create(options: CreateOptions): Promise<{ key: ApiKey; secret: string }> {
  const name = options.name.trim();
  if (name === "" || name.length > 200) {
    throw new Failure("A key's name must have 1 to 200 characters; give another one with --name.", { exitCode: 2 });
  }
  const { createApiKey } = await import("../db/api-key.ts");
  const { recordActs } = await import("../db/audit.ts");
  return await inWorkspace(options, (db, workspaceId) =>
    db.transaction(async (tx) => {
      const made = await createApiKey(tx, workspaceId, { name, scopes: options.scopes });
      const content = { body: { name, scopes: options.scopes } };
      await recordActs(tx, [{ workspaceId, actor: cliActor(), action: "keys create", target: made.key.id, content }]);
      return made;
    }),
  );
}

function listCommand(): Command {
  return withCommonOptions(new Command("list").summary("list the keys of a workspace, newest first"))
    .addHelpText(
      "after",
      `
Examples:
  herald keys list
  herald keys list --json | jq -r '.[] | select(.lastUsedAt == null) | .name'`,
    )
    .action(async (options: KeyOptions) => {
      const { listApiKeys } = await import("../db/api-key.ts");
      const found = await inWorkspace(options, async (db, workspaceId) => {
        const all: ApiKey[] = [];
        for (;;) {
          const page = await listApiKeys(db, workspaceId, all.at(-1)?.id ?? null, 500);
          all.push(...page);
          if (page.length < 500) return all;
        }
      });
      if (options.json) return print(JSON.stringify(found));
      if (found.length === 0) return print("There are no keys yet. Make one with: herald keys create --name <name>");
      print(table([["ID", "NAME", "BEGINS WITH", "SCOPES", "CREATED", "LAST USED", "STATE"], ...found.map(rowOf)]));
    });
}

function rowOf({ id, name, prefix, scopes, createdAt, lastUsedAt, revokedAt }: ApiKey): string[] {
  const state = revokedAt ? `revoked ${minute(revokedAt)}` : "active";
  return [id, name, prefix, scopes.join(","), minute(createdAt), lastUsedAt ? minute(lastUsedAt) : "never", state];
}

/** `2026-03-01 09:30Z` */
function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")}Z`;
}

function revokeCommand(): Command {
  return withCommonOptions(
    new Command("revoke")
      .summary("make a key invalid for ever")
      .description(paragraphs(`Makes a key invalid for ever. A Herald that runs notices within five seconds.`))
      .argument("<id>", "the key's ID, as `herald keys list` shows it: key_..."),
  )
    .addHelpText(
      "after",
      `
Examples:
  herald keys list
  herald keys revoke key_01kaj3bq8mfq7r6z2x5s9tn4wd`,
    )
    .action(async (id: string, options: KeyOptions) => {
      const { revokeApiKey } = await import("../db/api-key.ts");
      const key = await inWorkspace(options, (db, workspaceId) =>
        db.transaction(async (tx) => {
          const revoked = await revokeApiKey(tx, workspaceId, id);
          const { recordActs } = await import("../db/audit.ts");
          if (revoked !== null && revoked !== "last")
            await recordActs(tx, [{ workspaceId, actor: cliActor(), action: "keys revoke", target: id, content: {} }]);
          return revoked;
        }),
      );
      if (key === null) throw new Failure(`There is no key ${id} in this workspace; herald keys list shows them.`);
      if (key === "last") {
        const remedy = "make another one first: herald keys create --name <name> --scopes admin";
        throw new Failure(`${id} is the last key that can make others through the API; ${remedy}`);
      }
      if (options.json) return print(JSON.stringify(key));
      print(`The key "${key.name}" (${key.id}) is revoked.`);
    });
}

function withCommonOptions(command: Command): Command {
  return command.addOption(workspaceOption()).option("--json", "print JSON, for programs").addOption(dataOption());
}

type Db = import("../db/pool.ts").Database;

async function inWorkspace<T>(options: KeyOptions, work: (db: Db, workspaceId: string) => Promise<T>): Promise<T> {
  const config = configOf(options);
  const { withDatabase, workspaceIdOf } = await import("./with-database.ts");
  return await withDatabase(config, async (db) => work(db, await workspaceIdOf(db, options.workspace)));
}
