import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { HeraldError } from "../domain/error.ts";
import { maxRequest } from "../mcp/bounded.ts";
import { CallRefused, type HeraldCalls, type Json, queryOf } from "../mcp/tool.ts";
import { type Callers, keyOf } from "./auth.ts";
import { performAs } from "./perform.ts";

/**
 * `/mcp`: the MCP server over Streamable HTTP, without sessions, so that any process answers any request. Its tools call the API
 * from within, with the key of the request. It speaks the revision of 2026-07-28, and with older clients as they do.
 */

export function serveMcp(app: FastifyInstance, callers: Callers, version: string): void {
  // The server's library is loaded by the first request: most Heralds have no agents.
  let handler: Promise<Awaited<ReturnType<typeof mcpHandler>>> | null = null;
  app.route({
    method: ["POST", "GET", "DELETE"],
    url: "/mcp",
    schema: { hide: true },
    bodyLimit: maxRequest,
    onRequest: async (request) => {
      refuseOtherOrigins(request);
      const key = keyOf(request);
      if (key === null) {
        throw new HeraldError("unauthorized", "Agents need an API key: Authorization: Bearer hk_live_...");
      }
      request.caller = await callers.keys.identify(key);
    },
    handler: async (request, reply) => {
      handler ??= mcpHandler(version);
      const { fetch } = await handler;
      const response = await fetch(app, request);
      reply.code(response.status);
      for (const [name, value] of response.headers) if (name !== "content-length") reply.header(name, value);
      if (response.body === null) return await reply.send();
      // A stream that nobody reads any more ends its request.
      return await reply.send(Readable.fromWeb(response.body as never));
    },
  });
  app.addHook("preClose", async () => {
    await (await handler)?.close();
  });
}

async function mcpHandler(version: string) {
  const [{ createMcpHandler }, { heraldMcp }] = await Promise.all([
    import("@modelcontextprotocol/server"),
    import("../mcp/server.ts"),
  ]);
  const callers = new WeakMap<Request, HeraldCalls>();
  const mcp = createMcpHandler(({ requestInfo }) => {
    const herald = requestInfo && callers.get(requestInfo);
    if (!herald) throw new Error("A request to /mcp has no caller.");
    return heraldMcp(herald, version);
  });
  return {
    close: mcp.close,
    async fetch(app: FastifyInstance, request: FastifyRequest): Promise<Response> {
      const headers = new Headers();
      for (const [name, value] of Object.entries(request.headers))
        if (typeof value === "string") headers.set(name, value);
      const web = new Request(`http://herald${request.url}`, {
        method: request.method,
        headers,
        ...(request.method === "POST" && { body: JSON.stringify(request.body ?? null) }),
      });
      callers.set(web, callsOf(app, request));
      return await mcp.fetch(web, request.method === "POST" ? { parsedBody: request.body ?? null } : {});
    },
  };
}

function callsOf(app: FastifyInstance, request: FastifyRequest): HeraldCalls {
  return {
    async call<T = Json>(
      method: "GET" | "POST",
      path: string,
      { query, body }: Parameters<HeraldCalls["call"]>[2] = {},
    ) {
      const answer = await performAs(app, request, { method, path: path + queryOf(query), body });
      if (answer.status < 400) return answer.body as T;
      const { message } = (answer.body ?? {}) as { message?: string };
      throw new CallRefused(message ?? `Herald answered ${answer.status}.`);
    },
  };
}

/** Browsers say which page a request comes from; a page of another host has no business here, whatever key it found. */
function refuseOtherOrigins({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw new HeraldError("forbidden", "Pages of other hosts can't call /mcp.");
}
