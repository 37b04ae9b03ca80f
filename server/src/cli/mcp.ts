import { Command, Option } from "commander";
import { Failure } from "./failure.ts";
import { paragraphs } from "./print.ts";
import { httpUrl } from "./settings.ts";

export interface McpOptions {
  url: string;
  key?: string;
}

export function mcpCommand(): Command {
  return new Command("mcp")
    .summary("serve the tools for agents (MCP) on standard input and output")
    .description(
      paragraphs(`Serves a Herald's tools to an agent by the Model Context Protocol, on standard input and output: leads, conversations,
campaigns with dry runs, results, deliveries, and why something hasn't happened. It calls the Herald's API with your key, and can
do what that key can.

With a key of the scope read, an agent reads and drafts. Sending and starting campaigns need the scope send, too, and wait
for a person who approves them, unless the workspace has switched that off. The same tools are served over HTTP at /mcp.`),
    )
    .addOption(
      new Option("--url <url>", "the Herald to call")
        .env("HERALD_URL")
        .default("http://127.0.0.1:8484")
        .argParser(httpUrl),
    )
    .addOption(new Option("--key <key>", "an API key").env("HERALD_API_KEY"))
    .addHelpText(
      "after",
      `
Examples:
  herald keys create --name agent --scopes read           a key that reads and drafts
  HERALD_API_KEY=hk_live_... herald mcp

In the settings of an agent:
  {"mcpServers": {"herald": {"command": "herald", "args": ["mcp"], "env": {"HERALD_API_KEY": "hk_live_..."}}}}`,
    )
    .action(async (options: McpOptions) => {
      if (!options.key) {
        const remedy = "herald keys create --name agent --scopes read makes one";
        throw new Failure(`No API key was given: use --key or HERALD_API_KEY; ${remedy}.`, { exitCode: 2 });
      }
      const { serveOnStdio } = await import("./mcp-server.ts");
      await serveOnStdio(options.url, options.key);
    });
}
