import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

/** The reference page may run its own script and read the description from here, and nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `/openapi.json` and the page at `/docs/`. Both are public: they tell what every Herald can do, nothing of this one. */
export async function serveReference(app: FastifyInstance): Promise<void> {
  let description: string | null = null;
  app.get("/openapi.json", { schema: { hide: true } }, async (_request, reply) => {
    description ??= JSON.stringify(app.swagger());
    return await reply.header("content-type", "application/json; charset=utf-8").send(description);
  });
  // The page is four megabytes of script and half a second of a start: it is loaded when it is first asked for, into an
  // app of its own, since Fastify takes no more plugins once it listens.
  let page: Promise<FastifyInstance> | null = null;
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    page ??= referencePage();
    const { statusCode, headers, rawPayload } = await (await page).inject({ method: "GET", url: request.url });
    for (const name of ["content-type", "location"] as const) {
      const value = headers[name];
      if (value !== undefined) reply.header(name, value);
    }
    return await reply.code(statusCode).header("content-security-policy", policy).send(rawPayload);
  };
  app.get("/docs", { schema: { hide: true } }, answer);
  app.get("/docs/*", { schema: { hide: true } }, answer);
}

async function referencePage(): Promise<FastifyInstance> {
  const { default: scalar } = await import("@scalar/fastify-api-reference");
  const app = Fastify();
  await app.register(scalar, {
    routePrefix: "/docs",
    configuration: {
      url: "/openapi.json",
      pageTitle: "Herald API",
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: "never",
      agent: { disabled: true },
      mcp: { disabled: true },
      persistAuth: false,
    },
  });
  return app;
}
