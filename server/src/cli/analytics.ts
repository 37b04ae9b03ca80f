import { Command } from "commander";
import { paragraphs, print } from "./print.ts";
import { configOf, type DataOption, dataOption, type WorkspaceOption, workspaceOption } from "./settings.ts";

interface RebuildOptions extends DataOption, WorkspaceOption {
  json?: boolean;
  check?: boolean;
}

export function analyticsCommand(): Command {
  const analytics = new Command("analytics")
    .summary("recount the figures of analytics")
    .description(paragraphs("Works on the database directly, whether or not Herald runs."))
    .helpCommand(false);
  return analytics.addCommand(rebuildCommand());
}

function rebuildCommand(): Command {
  return new Command("rebuild")
    .summary("count the event log anew, and say where the figures differed")
    .description(
      paragraphs(`Counts the whole event log again, beside the figures that are shown, compares the two, and puts the new ones in their
place. Of times before the oldest event that is still there it takes what was kept of the events. Exits with 1 where the figures
differed.`),
    )
    .option("--check", "compare only, and leave the figures as they are")
    .option("--json", "print JSON, for programs")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald analytics rebuild --check
  herald analytics rebuild`,
    )
    .action(async (options: RebuildOptions) => {
      const { rebuildAnalytics, mostDifferences } = await import("../analytics/rebuild.ts");
      const { withDatabase, workspaceIdOf } = await import("./with-database.ts");
      const report = await withDatabase(configOf(options), async (db) =>
        rebuildAnalytics(db, await workspaceIdOf(db, options.workspace), { check: options.check === true }),
      );
      const { recountedFrom, facts, kept, differences, replaced } = report;
      if (options.json) {
        const at = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
        const found = differences.map((each) => ({ ...each, at: at(each.at) }));
        print(JSON.stringify({ recountedFrom: at(recountedFrom), facts, kept, differences: found, replaced }));
      } else {
        for (const { at, width, of, counter, shown, recounted } of differences) {
          print(
            `DIFFERS  ${width} ${new Date(at).toISOString()}  ${of}  ${counter}: ${shown} were shown, ${recounted} are right`,
          );
        }
        print(
          recountedFrom === null
            ? `The log is empty; ${kept} facts of events that are gone were counted.`
            : `${facts} facts were counted; the log was recounted from ${new Date(recountedFrom).toISOString()} on, ${kept} facts are of events that are gone.`,
        );
        const many = differences.length >= mostDifferences ? `${mostDifferences} or more` : String(differences.length);
        print(differences.length === 0 ? "The figures agree." : `${many} figures differed.`);
        if (differences.length > 0 && replaced) print("The recounted ones are shown from now on.");
      }
      if (differences.length > 0) process.exitCode = 1;
    });
}
