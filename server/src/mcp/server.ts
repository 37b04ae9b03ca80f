import { McpServer } from "@modelcontextprotocol/server";
import { bounded } from "./bounded.ts";
import { outsideNotice } from "./outside.ts";
import { CallRefused, type HeraldCalls, type Tool } from "./tool.ts";
import { allTools } from "./tools.ts";

const instructions = `Herald sends outreach to leads over LinkedIn, SMS and email, and reports what happens.
Reading and drafting are always possible. What would write to a person (send_message, reply, start_campaign, resume_campaign,
enroll_leads) needs a key with the scope send, and waits for a person who approves it in Herald's dashboard, unless the
workspace has switched that off: look with get_approval whether it was approved, and never ask for the same thing twice.
Before starting a campaign use simulate_campaign and preview_messages. Why something hasn't happened is told by explain_lead and
explain_message.
${outsideNotice}`;

/** An MCP server with Herald's tools, which call Herald by `herald`. One serves a connection, or one request over HTTP. */
export function heraldMcp(herald: HeraldCalls, version: string): McpServer {
  const server = new McpServer({ name: "herald", title: "Herald", version }, { instructions });
  for (const each of allTools) register(server, herald, each);
  return server;
}

function register(server: McpServer, herald: HeraldCalls, { name, title, description, kind, input, run }: Tool): void {
  const annotations = {
    title,
    readOnlyHint: kind === "read",
    // Only what goes out can't be taken back.
    destructiveHint: kind === "ask",
    idempotentHint: kind === "read" || kind === "stop",
    openWorldHint: kind === "ask",
  };
  server.registerTool(name, { title, description, inputSchema: input, annotations }, async (given: unknown) => {
    try {
      const { text, cut } = bounded(await run(herald, given));
      const notices = [
        ...(/"(writtenByLead|dataFromOutside)":/.test(text) ? [outsideNotice] : []),
        ...(cut ? ["Long texts or lists were cut; ask for less at once, or for one item."] : []),
      ];
      return { content: [...notices, text].map((words) => ({ type: "text" as const, text: words })) };
    } catch (error) {
      if (!(error instanceof CallRefused)) throw error;
      return { content: [{ type: "text" as const, text: error.message }], isError: true };
    }
  });
}
