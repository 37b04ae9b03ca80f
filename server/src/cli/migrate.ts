import { Command } from "commander";
import type { HeraldConfig } from "../config.ts";
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
    .addHelpText(
      "after",
      `
Examples:
  herald migrate
  DATABASE_URL=postgres://herald:secret@db.internal/herald herald migrate`,
    )
    .action(async (options: DataOption) => {
      const applied = await migrateNow(configOf(options));
      for (const name of applied) print(`applied  ${name}`);
      if (applied.length === 0) print("The schema was up to date already.");
      else print(`The schema is up to date: ${count(applied.length, "migration")} applied now.`);
    });
}

async function migrateNow(config: HeraldConfig): Promise<string[]> {
  const [{ prepareDataFolder }, { startEmbedded }, { migrate }, { Database }] = await Promise.all([
    import("./data-folder.ts"),
    import("../db/embedded.ts"),
    import("../db/migrate.ts"),
    import("../db/pool.ts"),
  ]);
  await prepareDataFolder(config);
  const embedded = config.databaseUrl === null ? await startEmbedded(config.dataDir) : null;
  const db = new Database(embedded ? embedded.config : { connectionString: config.databaseUrl! }, 2);
  try {
    return await migrate(db);
  } finally {
    await db.close();
    await embedded?.leave();
  }
}
