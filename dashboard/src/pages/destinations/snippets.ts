import type { Destination } from "./destination-looks.tsx";

export type Framework = "express" | "fastify" | "next" | "hono" | "node" | "fetch";

export const frameworks: readonly { value: Framework; label: string }[] = [
  { value: "express", label: "Express" },
  { value: "fastify", label: "Fastify" },
  { value: "next", label: "Next.js" },
  { value: "hono", label: "Hono" },
  { value: "node", label: "Node" },
  { value: "fetch", label: "Deno, Bun" },
];

export const environmentName = "HERALD_WEBHOOK_SECRET";

const pathOf = (url: string): string => {
  try {
    const { pathname } = new URL(url);
    return pathname === "/" ? "/" : pathname;
  } catch {
    return "/hooks/herald";
  }
};

/** What an endpoint needs to receive this destination's events, with the SDK. `file` is where it would stand. */
export function snippet(framework: Framework, { format, url }: Pick<Destination, "format" | "url">) {
  const path = JSON.stringify(pathOf(url));
  const handle = {
    herald: `    if (event.eventType === "reply.received") console.log(event.data.leadId, event.data);`,
    sendpilot: `    console.log(event.eventType, event.data);`,
    apten: `    console.log(event);`,
  }[format];
  const body = [
    ...(format === "herald" ? [] : [`  format: "${format}",`]),
    `  secret: process.env.${environmentName} ?? "",`,
    "  // For one process; a store of your own remembers over restarts.",
    "  dedupe: memoryDedupe(),",
    "  async onEvent(event) {",
    handle,
    "  },",
  ].join("\n");
  const sdk = (name: string) => `import { ${name}, memoryDedupe } from "@herald/sdk";`;
  switch (framework) {
    case "express":
      return {
        file: "server.ts",
        install: "npm install @herald/sdk express",
        code: `import express from "express";
${sdk("expressHandler")}

const app = express();
// Before any body parser: signatures are of the body as it was sent.
app.post(${path}, expressHandler({
${body}
}));
app.listen(3000);
`,
      };
    case "fastify":
      return {
        file: "server.ts",
        install: "npm install @herald/sdk fastify",
        code: `import Fastify from "fastify";
${sdk("fastifyReceiver")}

const app = Fastify();
app.register(fastifyReceiver({
  url: ${path},
${body}
}));
await app.listen({ port: 3000 });
`,
      };
    case "next":
      return {
        file: `app${pathOf(url) === "/" ? "" : pathOf(url)}/route.ts`,
        install: "npm install @herald/sdk",
        code: `${sdk("fetchHandler")}

export const POST = fetchHandler({
${body}
});
`,
      };
    case "hono":
      return {
        file: "index.ts",
        install: "npm install @herald/sdk hono",
        code: `import { Hono } from "hono";
${sdk("honoHandler")}

const app = new Hono();
app.post(${path}, honoHandler({
${body}
}));
export default app;
`,
      };
    case "node":
      return {
        file: "server.ts",
        install: "npm install @herald/sdk",
        code: `import { createServer } from "node:http";
${sdk("expressHandler")}

const receive = expressHandler({
${body}
});
createServer((request, response) => {
  if (request.method === "POST" && request.url === ${path}) return void receive(request, response);
  response.writeHead(404).end();
}).listen(3000);
`,
      };
    case "fetch":
      return {
        file: "server.ts",
        install: "npm install @herald/sdk",
        code: `${sdk("fetchHandler")}

export default {
  fetch: fetchHandler({
${body.replaceAll(/^/gm, "  ")}
  }),
};
`,
      };
  }
}
