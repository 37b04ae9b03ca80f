import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { sendpilotSource } from "../../../server/src/sources/kinds/sendpilot.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";
import { sourceSecret } from "./settings.ts";

export type BareCalls = { url(): string; peakRss(): number };

/** The baseline: the same route of Fastify, which verifies the signature, answers, and stores nothing. */
serve<null, BareCalls>(async () => {
  const app = Fastify({ logger: false });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body: Buffer, done) => done(null, body));
  const { answer } = sendpilotSource;
  app.post("/in/:token", async (request, reply) => {
    const contentType = request.headers["content-type"] ?? null;
    const given = { headers: request.headers, body: request.body as Buffer, contentType, urls: [], now: new Date() };
    const verified = sendpilotSource.verify(given, [sourceSecret], {});
    if (!verified.ok) return await reply.code(401).send(verified.reason);
    sendpilotSource.deliveryId(given);
    return await reply.code(200).header("content-type", answer.contentType).send(answer.body);
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { calls: { url: () => `http://127.0.0.1:${port}`, peakRss }, close: () => app.close() };
});
