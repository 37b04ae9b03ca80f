import { Command } from "commander";
import { paragraphs } from "./print.ts";
import { type DataOption, dataOption, type WorkspaceOption, workspaceOption } from "./settings.ts";

export interface EvalOptions extends DataOption, WorkspaceOption {
  record?: string;
  replay?: string;
  json?: boolean;
}

export function assistantCommand(): Command {
  return new Command("assistant")
    .summary("evaluate what the assistant answers")
    .helpCommand(false)
    .addCommand(evalCommand());
}

function evalCommand(): Command {
  return new Command("eval")
    .summary("play scripted conversations against a profile, and judge the answers")
    .description(
      paragraphs(`Plays conversations from a YAML or JSON file: what a lead says, and what must and must not be in the answer, which tags it
must get, and when the assistant must stop or hand over. The code is the one that answers leads, with the workspace's model;
nobody gets anything, and nothing is stored but what the model cost you.

With --record the model's answers are written down; with --replay they stand in for the model, so that a test needs none
and comes out the same each time. Exit code 1: an answer was not as it should be.`),
    )
    .argument("<file>", "the YAML or JSON file; - reads standard input")
    .option("--record <file>", "ask the model, and write its answers to this file")
    .option("--replay <file>", "answer from this file in place of the model")
    .option("--json", "print JSON, for programs")
    .addOption(workspaceOption())
    .addOption(dataOption())
    .addHelpText(
      "after",
      `
Examples:
  herald assistant eval buyers.yaml
  herald assistant eval buyers.yaml --record buyers.recording.json
  herald assistant eval buyers.yaml --replay buyers.recording.json

A file:
  profile: Buyers
  conversations:
    - name: asks for a price that nobody has named
      lead: { firstName: Jane }
      turns:
        - lead: How much is it?
          expect: { excludes: ["/[$€] ?[0-9]/"], tags: [isHot] }
        - lead: Please stop contacting me in any way.
          expect: { stop: true, answer: false }`,
    )
    .action(async (file: string, options: EvalOptions) => {
      const { evaluateFile } = await import("./assistant-eval.ts");
      await evaluateFile(file, options);
    });
}
