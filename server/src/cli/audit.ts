import { Command } from "commander";
import { Failure } from "./failure.ts";
import { paragraphs, print } from "./print.ts";
import { configOf, type DataOption, dataOption, type WorkspaceOption, workspaceOption } from "./settings.ts";

interface AuditOptions extends DataOption, WorkspaceOption {
  json?: boolean;
  seal?: string;
}

export function auditCommand(): Command {
  const audit = new Command("audit")
    .summary("verify the audit trail, or print its seal")
    .description(
      paragraphs(`Works on the database directly, whether or not Herald runs. Every minute's entries are sealed with a hash that
includes the seal before: whoever keeps one seal elsewhere can show later that nothing before it was changed.`),
    )
    .helpCommand(false);
  return audit.addCommand(verifyCommand()).addCommand(sealCommand());
}

function common(command: Command): Command {
  return command.option("--json", "print JSON, for programs").addOption(workspaceOption()).addOption(dataOption());
}

function verifyCommand(): Command {
  return common(
    new Command("verify")
      .summary("find what was changed, removed, inserted or moved")
      .description(
        paragraphs(`Reads the whole trail, hashes every entry again, and compares. It names each entry that isn't as it was sealed. Exits with
1 if there is one.`),
      )
      .option("--seal <hash>", "a seal's hash that was kept elsewhere: it must be in the chain"),
  )
    .addHelpText(
      "after",
      `
Examples:
  herald audit verify
  herald audit verify --seal 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
    )
    .action(async (options: AuditOptions) => {
      if (options.seal !== undefined && !/^[0-9a-f]{64}$/i.test(options.seal)) {
        throw new Failure("A seal is 64 hexadecimal digits, as `herald audit seal` prints it.", { exitCode: 2 });
      }
      const { verifyAudit } = await import("../audit/verify.ts");
      const { withDatabase, workspaceIdOf } = await import("./with-database.ts");
      const report = await withDatabase(configOf(options), async (db) =>
        verifyAudit(
          db,
          await workspaceIdOf(db, options.workspace),
          options.seal === undefined ? {} : { knownSeal: options.seal },
        ),
      );
      if (options.json) print(JSON.stringify(report));
      else {
        for (const { detail } of report.findings) print(`FAIL  ${detail}`);
        const { entries, minutes, days, erased, unsealed, unsealedSince, findings } = report;
        print(
          `${entries} entries in ${minutes} minutes and ${days} days; the contents of ${erased} are gone by erasure or retention.`,
        );
        print(
          findings.length === 0
            ? "All that is sealed is as it was."
            : `${findings.length} things are not as they were sealed.`,
        );
        if (unsealed > 0)
          print(
            `Not sealed yet: the newest ${unsealed} entries, since ${unsealedSince!.toISOString()}. A minute is sealed when it is over, while Herald runs.`,
          );
        if (report.seal) print(`The newest seal: ${report.seal}`);
      }
      if (report.findings.length > 0) process.exitCode = 1;
    });
}

function sealCommand(): Command {
  return common(
    new Command("seal")
      .summary("print the newest seal, to be kept elsewhere")
      .description(
        paragraphs(
          "Prints the hash of the newest minute that was sealed. Keep it where Herald's machine can't reach it.",
        ),
      ),
  )
    .addHelpText(
      "after",
      `
Examples:
  herald audit seal | mail -s "Herald's seal" auditor@example.com`,
    )
    .action(async (options: AuditOptions) => {
      const { lastSeal } = await import("../db/audit.ts");
      const { withDatabase, workspaceIdOf } = await import("./with-database.ts");
      const seal = await withDatabase(configOf(options), async (db) =>
        lastSeal(db, await workspaceIdOf(db, options.workspace), "minute"),
      );
      if (!seal) throw new Failure("Nothing is sealed yet: a minute is sealed when it is over, while Herald runs.");
      const hash = seal.hash.toString("hex");
      print(options.json ? JSON.stringify({ hash, no: seal.no, beginsAt: new Date(seal.beginsAt) }) : hash);
    });
}
