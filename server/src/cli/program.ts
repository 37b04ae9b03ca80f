import { Command, CommanderError } from "commander";
import { analyticsCommand } from "./analytics.ts";
import { assistantCommand } from "./assistant.ts";
import { auditCommand } from "./audit.ts";
import { campaignsCommand } from "./campaigns.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { explain } from "./failure.ts";
import { keysCommand } from "./keys.ts";
import { leadsCommand } from "./leads.ts";
import { listenCommand } from "./listen.ts";
import { mcpCommand } from "./mcp.ts";
import { migrateCommand } from "./migrate.ts";
import { printError } from "./print.ts";
import { simulateCommand } from "./simulate.ts";
import { startCommand } from "./start.ts";
import { usersCommand } from "./users.ts";
import { version } from "./version.ts";
import { workerCommand } from "./worker.ts";

/**
 * The command line. Each command is a file that builds its part of the tree and loads what it needs only when it runs,
 * so that `--help` is there at once.
 *
 * Exit codes: 0 done, 1 failed, 2 called in a way that can't work, 130 stopped by Ctrl-C.
 */
function program(): Command {
  const herald = new Command("herald")
    .description("Sends outreach over LinkedIn, SMS and email, and reports every message as a signed webhook.")
    .version(version, "-V, --version")
    .helpOption("-h, --help", "show this help, or that of a command")
    .helpCommand(false)
    .addHelpText(
      "after",
      `
Begin with:
  herald demo                 see it work: 190 messages over three channels, on this machine alone, in seconds
  herald start                start it for good; prints your API key, and where the API is described
  herald <command> --help     what a command does, with examples

Settings are environment variables (HERALD_PORT, HERALD_DATA, DATABASE_URL, HERALD_LOG_LEVEL, ...); flags win over them.`,
    );
  const commands = [
    startCommand(),
    demoCommand(),
    keysCommand(),
    usersCommand(),
    leadsCommand(),
    campaignsCommand(),
    simulateCommand(),
    listenCommand(),
    mcpCommand(),
    workerCommand(),
    migrateCommand(),
    doctorCommand(),
    auditCommand(),
    assistantCommand(),
    analyticsCommand(),
  ];
  for (const command of commands) herald.addCommand(command);
  herald.action((_options, command: Command) => {
    const unknown = command.args[0];
    if (unknown !== undefined) command.error(`error: there is no command "${unknown}"`);
    command.outputHelp();
  });
  herald.allowExcessArguments();
  eachCommand(herald, (command) => {
    // Thrown, not exited: one place decides on exit codes.
    command.exitOverride().showHelpAfterError(`Try: ${pathOf(command)} --help`);
  });
  return herald;
}

function eachCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) eachCommand(child, visit);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** Says what went wrong, and gives the exit code. */
function report(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { message, exitCode } = explain(error, process.env.DATABASE_URL);
  printError(`herald: ${message}`);
  if (/^(debug|trace)$/.test(process.env.HERALD_LOG_LEVEL ?? "") && error instanceof Error) console.error(error);
  return exitCode;
}

/** Settings that are empty are not set: Docker compose and CI systems write a variable without a value that way. */
function forgetEmpty(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env))
    if (/^(HERALD_\w+|DATABASE_URL)$/.test(name) && env[name]?.trim() === "") delete env[name];
}

/** Does what the command line says. Ends the process if that fails. */
export async function run(): Promise<void> {
  forgetEmpty(process.env);
  try {
    await program().parseAsync();
  } catch (error) {
    // Not `exitCode`: something that was opened before the failure may still hold the process for a while.
    process.exit(report(error));
  }
}
