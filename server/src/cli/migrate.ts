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
    .option(
      "--program-role <role>",
      "then hand the tables to this role, but the audit trail's, which it may only read and add to; DATABASE_URL is the owner's",
    )
    .addHelpText(
      "after",
      `
Examples:
  herald migrate
  DATABASE_URL=postgres://owner:secret@db.internal/herald herald migrate --program-role herald
  DATABASE_URL=postgres://herald:secret@db.internal/herald herald migrate
  DATABASE_URL=postgres://herald:secret@coordinator/herald herald migrate --distributed`,
    )
    .action(async (options: DataOption & { distributed?: boolean; programRole?: string }) => {
      const config = configOf(options);
      if (options.distributed && config.databaseUrl === null)
        throw new Error(
          "Herald's own PostgreSQL is one server, and can't be distributed. Set DATABASE_URL to the coordinator of a Citus cluster.",
        );
      const role = options.programRole ?? null;
      if (role !== null && config.databaseUrl === null)
        throw new Error("Herald's own PostgreSQL has such a role already: the program works as herald_program there.");
      if (role !== null && options.distributed)
        throw new Error(
          "--program-role is not for a distributed database: Citus has its own ways to hand tables over.",
        );
      const { applied, spread, handed } = await migrateNow(config, options.distributed ?? false, role);
      for (const name of applied) print(`applied  ${name}`);
      if (applied.length === 0) print("The schema was up to date already.");
      else print(`The schema is up to date: ${count(applied.length, "migration")} applied now.`);
      if (handed !== null)
        print(
          handed === 0 ? `They are ${role}'s already.` : `${role} has ${count(handed, "table")} now that it had not.`,
        );
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
  role: string | null,
): Promise<{ applied: string[]; spread: Distributed | null; handed: number | null }> {
  const [
    { prepareDataFolder },
    { startEmbedded },
    { migrate },
    { Database },
    { distribute },
    { handOver, makeProgramRole, programRole },
  ] = await Promise.all([
    import("./data-folder.ts"),
    import("../db/embedded.ts"),
    import("../db/migrate.ts"),
    import("../db/pool.ts"),
    import("../db/distribute.ts"),
    import("../db/program-role.ts"),
  ]);
  await prepareDataFolder(config);
  const embedded = config.databaseUrl === null ? await startEmbedded(config.dataDir) : null;
  const db = new Database(embedded ? embedded.config : { connectionString: config.databaseUrl! }, 2);
  try {
    const applied = await migrate(db);
    if (embedded) {
      await makeProgramRole(db);
      await handOver(db, programRole);
    }
    const handed = role === null ? null : await handOver(db, role);
    return { applied, spread: distributed ? await distribute(db) : null, handed };
  } finally {
    await db.close();
    await embedded?.leave();
  }
}
