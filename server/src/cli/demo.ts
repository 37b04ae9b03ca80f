import { Command } from "commander";
import { Failure } from "./failure.ts";
import { paragraphs } from "./print.ts";

export interface DemoOptions {
  json?: boolean;
  keep?: boolean;
}

export function demoCommand(): Command {
  return new Command("demo")
    .summary("see Herald work: 190 messages over three channels, on this machine alone")
    .description(
      paragraphs(`Starts a Herald on a temporary folder and a free port, beside an SMTP server, a Twilio, a Unipile and three webhook
receivers, all on this machine: nobody is written to. It imports 66 leads from a CSV file (six of them bad), runs a
campaign of three steps over LinkedIn, SMS and email, sends ten more messages through the API, and delivers each fact to
receivers of the three webhook formats.

Then it counts what really arrived, at the providers and at the receivers: each message once, with its text; each event;
each signature. It exits with 0 only if every number is right, and leaves nothing behind.`),
    )
    .option("--json", "print the numbers as one JSON object on the last line, in place of a table")
    .option("--keep", "leave everything running to look around in; Ctrl-C ends it")
    .addHelpText(
      "after",
      `
Examples:
  herald demo
  herald demo --keep                 then try the API reference at the address that it prints
  herald demo --json | tail -n 1 | jq .messages`,
    )
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import("../demo/run.ts");
      const complaints = await runDemo(options);
      if (complaints.length === 0) return;
      throw new Failure(`The demo failed:\n${complaints.map((complaint) => `  - ${complaint}`).join("\n")}`);
    });
}
