import { Readable } from "node:stream";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { messageLines } from "../mcp/lines.ts";
import { heraldMcp } from "../mcp/server.ts";
import { CallRefused, type HeraldCalls, type Json, queryOf } from "../mcp/tool.ts";
import { ApiClient } from "./api-client.ts";
import { Failure } from "./failure.ts";
import { printError } from "./print.ts";
import { version } from "./version.ts";

/** `herald mcp`: serves until standard input ends. Standard output belongs to the protocol. */
export async function serveOnStdio(url: string, key: string): Promise<void> {
  const api = new ApiClient(url, key);
  // A wrong key or address is said at once, not at the first tool.
  await api.get("/v1/workspace");
  const herald: HeraldCalls = {
    async call<T = Json>(
      method: "GET" | "POST",
      path: string,
      { query, body }: Parameters<HeraldCalls["call"]>[2] = {},
    ) {
      try {
        return await api.call<T>(method, path + queryOf(query), { ...(body !== undefined && { body }) });
      } catch (error) {
        throw error instanceof Failure ? new CallRefused(error.message) : error;
      }
    },
  };
  const lines = messageLines(process.stdin, (refusal) => process.stdout.write(`${JSON.stringify(refusal)}\n`));
  serveStdio(() => heraldMcp(herald, version), {
    transport: new StdioServerTransport(Readable.from(lines, { objectMode: false })),
    onerror: (error) => printError(`herald: ${error.message}`),
  });
}
