import { Command } from "commander";
import { paragraphs } from "./print.ts";
import { type DataOption, dataOption, type WorkspaceOption, workspaceOption } from "./settings.ts";

export interface ImportOptions extends DataOption, WorkspaceOption {
  campaign?: string;
  country?: string;
  errors?: string;
  json?: boolean;
}

export interface ExportOptions extends DataOption, WorkspaceOption {
  output?: string;
}

export interface EraseOptions extends DataOption, WorkspaceOption {
  confirm?: string;
  reason?: string;
  json?: boolean;
}

export interface ListImportsOptions extends DataOption, WorkspaceOption {
  json?: boolean;
}

export interface UndoOptions extends DataOption, WorkspaceOption {
  yes?: boolean;
  json?: boolean;
}

export function leadsCommand(): Command {
  const leads = new Command("leads")
    .summary("import leads from a CSV file, undo an import; export or erase a person")
    .helpCommand(false);
  const commands = [importCommand(), importsCommand(), undoCommand(), exportCommand(), eraseCommand()];
  for (const command of commands) leads.addCommand(command);
  return leads;
}

function exportCommand(): Command {
  return new Command("export")
    .summary("write all that is kept about a person as JSON")
    .description(
      paragraphs(`Writes everything that is kept about a person, as one JSON object: the lead, messages, conversations, events, to whom
they were delivered, consent, and what came in. For people who ask what you know of them. On the database directly.`),
    )
    .argument("<lead>", "the lead's ID, or an address: email, phone number, LinkedIn profile")
    .option("--output <file>", "write to this file, for its owner's eyes only (default: standard output)")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald leads export ada@example.com --output ada.json
  herald leads export lead_01kaj3bq8mfq7r6z2x5s9tn4wd | jq .messages`,
    )
    .action(async (lead: string, options: ExportOptions) => {
      const { exportPerson } = await import("./lead-privacy.ts");
      await exportPerson(lead, options);
    });
}

function eraseCommand(): Command {
  return new Command("erase")
    .summary("erase a person, for good")
    .description(
      paragraphs(`Erases a person who wants to be forgotten: nothing is sent to them any more, and what is kept about them is erased in
every table; destinations are told by lead.erased. Their addresses stay suppressed, by a hash, so that importing them again
changes nothing. It can't be taken back. On the database directly, whether or not Herald runs.`),
    )
    .argument("<lead>", "the lead's ID, or an address: email, phone number, LinkedIn profile")
    .option("--confirm <lead>", "the same once more")
    .option("--reason <text>", "for the record, which is kept: nothing about the person")
    .option("--json", "print JSON, for programs")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald leads erase ada@example.com --confirm ada@example.com --reason "Ticket 4711"`,
    )
    .action(async (lead: string, options: EraseOptions) => {
      const { erasePerson } = await import("./lead-privacy.ts");
      await erasePerson(lead, options);
    });
}

function importsCommand(): Command {
  return new Command("imports")
    .summary("list imports of files")
    .description("Lists the last 50 imports of CSV files, newest first, with the IDs by which they are undone.")
    .option("--json", "print JSON, for programs")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .action(async (options: ListImportsOptions) => {
      const { listImports } = await import("./lead-undo.ts");
      await listImports(options);
    });
}

function undoCommand(): Command {
  return new Command("undo")
    .summary("undo an import of a CSV file")
    .description(
      paragraphs(`Removes the leads that an import added, with their places in the campaign that it named. Leads that were written to,
changed, or put into another campaign since stay, and are counted; leads that were known before the import are not touched.
Without --yes it only says how many that would be. It goes on where it was when it is interrupted. On the database directly,
whether or not Herald runs.`),
    )
    .argument("<import>", "the import's ID, as herald leads imports lists it")
    .option("--yes", "do it")
    .option("--json", "print JSON, for programs")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald leads imports
  herald leads undo imp_01kaj3bq8mfq7r6z2x5s9tn4wd --yes`,
    )
    .action(async (id: string, options: UndoOptions) => {
      const { undoImport } = await import("./lead-undo.ts");
      await undoImport(id, options);
    });
}

function importCommand(): Command {
  return new Command("import")
    .summary("import leads from a CSV file")
    .description(
      paragraphs(`Imports leads from a CSV file of any size, on the database directly. The first line names the columns: linkedinUrl, phone
or email (at least one of them), and if you like firstName, lastName, company, title, timeZone, externalLeadId, profile
and tags, in the spelling of your CRM ("First Name", "first_name"). Any other column becomes a custom field for templates;
"custom:NAME" is the custom field NAME in any case.

A bad row is reported with its line and the reason, and doesn't stop the others. A lead that is known already (the same
profile, phone or address) is not changed: importing a file twice, or again after Ctrl-C, does no harm.

Exits with 0 when rows went in though some were bad, with 1 when the file as a whole can't be read.`),
    )
    .argument("<file>", "the CSV file; - reads standard input")
    .option("--campaign <id>", "take the leads into this campaign, as camp_...; those that are known too")
    .option("--country <code>", "country of phone numbers without a country code, such as US")
    .option("--errors <file>", "write the rows with problems to this CSV file (the first 1,000 of each kind)")
    .option("--json", "print the report as JSON, for programs")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald leads import leads.csv
  herald leads import leads.csv --campaign camp_01kaj3bq8mfq7r6z2x5s9tn4wd --errors bad-rows.csv
  gunzip -c leads.csv.gz | herald leads import - --country US`,
    )
    .action(async (file: string, options: ImportOptions) => {
      const { importFile } = await import("./lead-file.ts");
      await importFile(file, options);
    });
}
