import { Command, Option } from "commander";
import type { HeraldConfig } from "../config.ts";
import type { Distributed } from "../db/distribute.ts";
import { count, paragraphs, print } from "./print.ts";
import { configOf, type DataOption, dataOption } from "./settings.ts";

export function migrateCommand(): Command {
  return new Command("migrate")
    .summary("bring the database's schema up to date")
    .description(
      paragraphs(`Brings the schema of the database up to date and says what was done. Every other command does so too when it starts;
this one is for deployments that want it as a step of its own.`),
    )
    .addOption(dataOption())
    .addOption(
      new Option(
        "--distributed",
        "then spread the tables over the nodes of a Citus cluster by workspace; DATABASE_URL is its coordinator",
      ),
    )
    .addHelpText(
      "after",
      `
Examples:
  herald migrate
  DATABASE_URL=postgres://herald:secret@db.internal/herald herald migrate
  DATABASE_URL=postgres://herald:secret@coordinator/herald herald migrate --distributed`,
    )
    .action(async (options: DataOption & { distributed?: boolean }) => {
      const config = configOf(options);
      if (options.distributed && config.databaseUrl === null)
        throw new Error(
          "Herald's own PostgreSQL is one server, and can't be distributed. Set DATABASE_URL to the coordinator of a Citus cluster.",
        );
      const { applied, spread } = await migrateNow(config, options.distributed ?? false);
      for (const name of applied) print(`applied  ${name}`);
      if (applied.length === 0) print("The schema was up to date already.");
      else print(`The schema is up to date: ${count(applied.length, "migration")} applied now.`);
      if (!spread) return;
      for (const name of spread.reference) print(`reference    ${name}`);
      for (const name of spread.distributed) print(`distributed  ${name}`);
      const changed = spread.reference.length + spread.distributed.length;
      print(changed === 0 ? "The tables were distributed already." : `Distributed now: ${count(changed, "table")}.`);
    });
}

async function migrateNow(
  config: HeraldConfig,
  distributed: boolean,
): Promise<{ applied: string[]; spread: Distributed | null }> {
  const [{ prepareDataFolder }, { startEmbedded }, { migrate }, { Database }, { distribute }] = await Promise.all([
    import("./data-folder.ts"),
    import("../db/embedded.ts"),
    import("../db/migrate.ts"),
    import("../db/pool.ts"),
    import("../db/distribute.ts"),
  ]);
  await prepareDataFolder(config);
  const embedded = config.databaseUrl === null ? await startEmbedded(config.dataDir) : null;
  const db = new Database(embedded ? embedded.config : { connectionString: config.databaseUrl! }, 2);
  try {
    const applied = await migrate(db);
    return { applied, spread: distributed ? await distribute(db) : null };
  } finally {
    await db.close();
    await embedded?.leave();
  }
}
