import type { FastifyInstance, FastifyRequest } from "fastify";
import { renderMetrics } from "../metrics.ts";
import type { Callers } from "./auth.ts";
import { requireRight } from "./caller.ts";
import type { ApiContext } from "./context.ts";

/**
 * `/metrics`. The numbers are of the whole installation, over all workspaces. Open to this machine, where a scraper
 * usually runs; everybody else needs the right `workspace.read`. A request that came through a proxy counts as
 * everybody else, though the proxy may be on this machine.
 */
export function serveMetrics(app: FastifyInstance, api: ApiContext, callers: Callers): void {
  app.get("/metrics", { schema: { hide: true } }, async (request, reply) => {
    if (!isLocal(request)) requireRight(await callers.identify(request), "workspace.read");
    const { contentType, text } = await renderMetrics(api.db);
    return await reply.header("content-type", contentType).send(text);
  });
}

function isLocal({ raw, headers }: FastifyRequest): boolean {
  const address = raw.socket.remoteAddress ?? "";
  if (!/^(127\.|::1$|::ffff:127\.)/.test(address)) return false;
  return ["forwarded", "x-forwarded-for", "x-real-ip", "via"].every((header) => headers[header] === undefined);
}
