import { Command, Option } from "commander";
import { type FormatName, formatNames } from "../domain/format.ts";
import { paragraphs } from "./print.ts";
import { httpUrl } from "./settings.ts";

export interface ListenOptions {
  forwardTo?: string;
  url: string;
  key?: string;
  format: FormatName;
  types?: string;
  since?: string;
  secret?: string;
}

export function listenCommand(): Command {
  return new Command("listen")
    .summary("watch events as they happen, and forward them to a handler on your machine")
    .description(
      paragraphs(`Follows a Herald's events and prints a line for each. With --forward-to each one is POSTed to your handler, in the
format and with the signature that a webhook destination would get: write and debug a handler on your machine, with no
public address and no destination. Events come a few seconds after they happened, in order, one after the other. While
the handler is down they wait.`),
    )
    .option("--forward-to <url>", "your handler, for example http://localhost:3000/webhooks", httpUrl)
    .addOption(
      new Option("--url <url>", "the Herald to listen to")
        .env("HERALD_URL")
        .default("http://127.0.0.1:8484")
        .argParser(httpUrl),
    )
    .addOption(new Option("--key <key>", "an API key with the scope read").env("HERALD_API_KEY"))
    .addOption(new Option("--format <name>", "in whose words").choices(formatNames).default("herald"))
    .option("--types <list>", "only these events, separated by commas: message.*,lead.updated")
    .option("--since <when>", "begin earlier than now: 1h, 2d, a time as 2026-01-05T09:30:00Z, or the ID of an event")
    .option("--secret <secret>", "sign with this secret (default: a new one, which is printed)")
    .addHelpText(
      "after",
      `
Examples:
  export HERALD_API_KEY=hk_live_...
  herald listen                                                  only print
  herald listen --forward-to http://localhost:3000/webhooks --types message.sent
  herald listen --forward-to http://localhost:3000/hook --format sendpilot --secret "my handler's secret"
  herald listen --since 1h --forward-to http://localhost:3000/webhooks      the last hour again, then what comes`,
    )
    .action(async (options: ListenOptions) => {
      const { listen } = await import("./listen/run.ts");
      await listen(options);
    });
}
