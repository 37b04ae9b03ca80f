import { Command } from "commander";
import { paragraphs, print } from "./print.ts";
import { configOf, type DataOption, dataOption } from "./settings.ts";

export function workerCommand(): Command {
  return new Command("worker")
    .summary("start workers without the API, beside other processes on the same database")
    .description(
      paragraphs(`Starts a process that sends messages and delivers events, and serves no API. Any number of them may share a database,
on one machine or on many; each needs the same HERALD_SECRET_KEY (or the same data folder).

It listens nowhere, and so can't know whether strangers reach the API: destinations over http and on private networks are
refused, unless HERALD_ALLOW_PRIVATE_DESTINATIONS is true.`),
    )
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald worker                         a second core for the Herald of ./data
  DATABASE_URL=postgres://herald:secret@db.internal/herald HERALD_SECRET_KEY=... herald worker`,
    )
    .action(async (options: DataOption) => {
      const config = configOf({ ...options, serves: false });
      const { runHerald } = await import("./run-herald.ts");
      await runHerald(config, {
        roles: { api: false, work: true },
        announce: async () => {
          print(`Herald is working (process ${process.pid}).`);
          if (!config.allowPrivateDestinations && !process.env.HERALD_ALLOW_PRIVATE_DESTINATIONS)
            print(
              "It refuses destinations over http and on private networks: HERALD_ALLOW_PRIVATE_DESTINATIONS is not set.",
            );
        },
      });
    });
}
