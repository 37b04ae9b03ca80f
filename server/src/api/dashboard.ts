import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { builtSite, NoSite } from "../dashboard/built-site.ts";
import type { Site } from "../dashboard/site.ts";
import { HeraldError } from "../domain/error.ts";
import { sessionTokenOf } from "./visit.ts";

/**
 * The dashboard, at every path that isn't the API's: its files, and one page for all addresses, which its own router reads.
 * Nothing is loaded before somebody opens it.
 */

/**
 * Scripts from here alone, none inline. Styles too, but for those with this answer's nonce: Mantine writes the theme's
 * variables into a style of its own. Nothing may frame the page, and it may load nothing from elsewhere.
 */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");

const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  // It has a nonce in it.
  "cache-control": "no-store",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
};

/** What a browser asks for when it opens a page; programs that have mistyped an API's path get the API's 404. */
export function wantsPage({ method, headers, url }: FastifyRequest): boolean {
  return (
    (method === "GET" || method === "HEAD") &&
    headers.accept?.includes("text/html") === true &&
    !/^\/(v1|docs|assets|openapi\.json)(\/|\?|$)/.test(url)
  );
}

export class Dashboard {
  private site: Promise<Site> | null = null;

  serve(app: FastifyInstance): void {
    const schema = { hide: true };
    const file = async (request: FastifyRequest, reply: FastifyReply) => await this.sendFile(request, reply);
    app.get("/", { schema }, async (request, reply) => await this.sendPage(request, reply));
    for (const path of ["/assets/*", "/theme.js", "/favicon.svg"]) app.get(path, { schema }, file);
  }

  async sendPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    let site: Site;
    try {
      site = await this.open();
    } catch (error) {
      if (!(error instanceof NoSite)) throw error;
      reply.code(503).header("content-type", "text/plain; charset=utf-8");
      return await reply.send(`${error.message}\nThe API works without it; its reference is at /docs.\n`);
    }
    const nonce = randomBytes(16).toString("base64");
    reply.headers(pageHeaders).header("content-security-policy", policy(nonce));
    const path = request.url.split("?")[0]!;
    // Whoever isn't signed in will see that page, unless the address is that of an invitation or of the set-up.
    const shown = sessionTokenOf(request) !== null || /^\/(invitation|setup)\/?$/.test(path) ? path : "/sign-in";
    return await reply.send(site.html(nonce, shown));
  }

  private async sendFile(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = request.url.split("?")[0]!;
    const file = (await this.open().catch(() => null))?.file(path);
    if (!file) throw new HeraldError("not_found", `The dashboard has no file ${path.slice(0, 200)}.`);
    reply.headers({
      "content-type": file.contentType,
      "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
      etag: file.etag,
      vary: "accept-encoding",
    });
    if (request.headers["if-none-match"] === file.etag) return await reply.code(304).send();
    const accepted = String(request.headers["accept-encoding"] ?? "");
    for (const [name, coding, bytes] of [
      ["br", /\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/, file.br],
      ["gzip", /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/, file.gzip],
    ] as const) {
      if (bytes && coding.test(accepted)) return await reply.header("content-encoding", name).send(bytes);
    }
    return await reply.send(file.plain);
  }

  /** Once for a process; after a failure anew. */
  private open(): Promise<Site> {
    this.site ??= builtSite().catch((error: unknown) => {
      this.site = null;
      throw error;
    });
    return this.site;
  }
}
