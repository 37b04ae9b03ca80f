import { Command } from "commander";
import { paragraphs, print } from "./print.ts";
import { type DataOption, dataOption, type WorkspaceOption, workspaceOption } from "./settings.ts";

export interface ApplyOptions extends DataOption, WorkspaceOption {
  dryRun?: boolean;
  json?: boolean;
}

export function campaignsCommand(): Command {
  const campaigns = new Command("campaigns").summary("apply campaigns from files").helpCommand(false);
  return campaigns.addCommand(applyCommand()).addCommand(schemaCommand());
}

function applyCommand(): Command {
  return new Command("apply")
    .summary("make a campaign what a YAML or JSON file says")
    .description(
      paragraphs(`Makes a campaign what a YAML or JSON file says, on the database directly, or creates it as a draft. The file says all of
the campaign: what it leaves out has its default. Applying it twice changes nothing.

The campaign is found by the file's key, and each step by its own: a step that stays keeps its leads, also while the
campaign runs; those at a step that is gone go on to the next one that stays. Leads are no part of the file.

A file with a mistake changes nothing; each mistake is named with its line. Of a folder all .yaml, .yml and .json files in it
are applied, together: if one has a mistake, none is. Those that end in .schema.json are left out.`),
    )
    .argument("<file>", "the YAML or JSON file, or a folder of them; - reads standard input")
    .option("--dry-run", "say what would be changed, and change nothing")
    .option("--json", "print JSON, for programs: an object on a line for each file")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald campaigns apply campaign.yaml --dry-run
  herald campaigns apply campaign.yaml
  herald campaigns apply campaigns/
  herald simulate $(herald campaigns apply campaign.yaml --json | jq -r .campaignId)

A file:
  key: founders-berlin
  name: Founders in Berlin
  timeZone: Europe/Berlin
  senders: [Ada's mailbox]
  steps:
    - key: intro
      channel: email
      subject: Hello {{ firstName }}
      text: Do you have ten minutes next week?
    - key: reminder
      channel: email
      delay: 3bd
      if: { not: { hasTag: customer } }
      else: stop
      text: Just in case this got lost.`,
    )
    .action(async (file: string, options: ApplyOptions) => {
      const { applyFile } = await import("./campaign-file.ts");
      await applyFile(file, options);
    });
}

function schemaCommand(): Command {
  return new Command("schema")
    .summary("print the JSON Schema of a campaign file")
    .description(paragraphs("Prints the JSON Schema of a campaign file, for editors and for checks."))
    .addHelpText(
      "after",
      `
Examples:
  herald campaigns schema > campaign.schema.json

The first line of a YAML file then makes an editor check it and complete its fields:
  # yaml-language-server: $schema=campaign.schema.json`,
    )
    .action(async () => {
      const { campaignFileSchema } = await import("../api/campaign-file.ts");
      print(JSON.stringify(campaignFileSchema(), null, 2));
    });
}
