import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { followLink, recordOpen, type UnsubscribeTarget, unsubscribe } from "../campaigns/engagement.ts";
import { publicLinks } from "../campaigns/links.ts";
import { isAutomated } from "../domain/automated-agent.ts";
import type { LinkTarget } from "../domain/public-link.ts";
import type { ApiContext } from "./context.ts";
import { invalidLinkPage, pageHeaders, unsubscribedPage, unsubscribePage } from "./unsubscribe-page.ts";

/**
 * What people reach by links in their messages. No API key: the link's token is who they are. A token that nobody made is
 * known by its MAC, before anything is read.
 */

/** 1 by 1 transparent GIF. */
const pixel = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/** Where mail programs and people unsubscribe. */
export const unsubscribePath = "/u/:token";

/** Bytes that are kept of a form, which mail programs may send in any encoding; what is in it hardly matters. */
const formLimit = 64 * 1024;

declare module "fastify" {
  interface FastifyRequest {
    /** What came as the content type of a form. */
    formType: string;
  }
}

export function servePublicPages(app: FastifyInstance, api: ApiContext): void {
  const read = (request: FastifyRequest): LinkTarget | null => {
    const { token } = request.params as { token: string };
    return publicLinks(api.config.publicUrl, api.box).read(token);
  };
  const page = (reply: FastifyReply, status: number, html: string) =>
    reply.code(status).headers(pageHeaders).send(html);

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request: FastifyRequest, payload: IncomingMessage) => beginningOf(payload));
    scope.decorateRequest("formType", "");
    // What is no content type would be refused by the server, and a POST counts whatever is in it.
    scope.addHook("onRequest", async (request) => {
      request.formType = request.headers["content-type"] ?? "";
      request.headers["content-type"] = "application/octet-stream";
    });
    const schema = { hide: true };

    // Nothing but a page: link scanners, and mail programs that show where a link leads, follow it.
    scope.get("/u/:token", { schema }, async (request, reply) => {
      const target = unsubscribeTarget(read(request));
      return target ? page(reply, 200, unsubscribePage(target.channel)) : page(reply, 404, invalidLinkPage);
    });

    // RFC 8058: a POST is the wish, whatever is in it, and mail providers get a 200 in any case. But while the database is
    // away they get a 503, and ask again.
    scope.post(unsubscribePath, { schema }, async (request, reply) => {
      const target = unsubscribeTarget(read(request));
      if (!target) return page(reply, 200, invalidLinkPage);
      const form = Buffer.isBuffer(request.body) ? formOf(request) : new URLSearchParams();
      const all = form.get("scope") === "all";
      const via = form.has("scope") ? "page" : "one_click";
      const { lanes, moved } = await unsubscribe(api.db, target, { all, via });
      if (lanes.length > 0) api.wake("delivery", lanes);
      if (moved) api.wakePlanner();
      return page(reply, 200, unsubscribedPage(target.channel, all));
    });

    scope.get("/o/:file", { schema }, async (request, reply) => {
      const { file } = request.params as { file: string };
      const target = file.endsWith(".gif") ? publicLinks(null, api.box).read(file.slice(0, -4)) : null;
      if (target?.kind === "open") {
        const lanes = await recordOpen(api.db, target, isAutomated(request.method, request.headers)).catch(
          // A picture that doesn't load shows in the mail; an open that is not counted does no harm.
          () => [],
        );
        if (lanes.length > 0) api.wake("delivery", lanes);
      }
      return reply
        .header("content-type", "image/gif")
        .header("cross-origin-resource-policy", "cross-origin")
        .send(pixel);
    });

    // It leads to what stood in the message, and nowhere else.
    scope.get("/c/:token", { schema }, async (request, reply) => {
      const target = read(request);
      const found =
        target?.kind === "click"
          ? await followLink(api.db, target, isAutomated(request.method, request.headers))
          : null;
      if (!found) return page(reply, 404, invalidLinkPage);
      if (found.lanes.length > 0) api.wake("delivery", found.lanes);
      return reply.redirect(found.url, 302);
    });
  });
}

function unsubscribeTarget(target: LinkTarget | null): UnsubscribeTarget | null {
  return target?.kind === "unsubscribe" || target?.kind === "unsubscribeLead" ? target : null;
}

/** The first 64 KiB. The rest is read, too, as many clients look at no answer before they have sent all; and is dropped. */
async function beginningOf(payload: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of payload) {
    if (size < formLimit) chunks.push(chunk.subarray(0, formLimit - size));
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

function formOf({ formType, body }: FastifyRequest): URLSearchParams {
  return new URLSearchParams(/^application\/x-www-form-urlencoded/i.test(formType) ? String(body) : "");
}
