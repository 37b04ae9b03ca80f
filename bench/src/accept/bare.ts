import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { messageEndpoints } from "../../../server/src/api/messages.ts";
import { newId } from "../../../server/src/domain/id.ts";
import { serve } from "../child.ts";
import { peakRss } from "../contestant.ts";
import type { ServerCalls } from "./herald.ts";

/** The baseline: Fastify with the same schemas for the request and the answer, which it gives at once and stores nothing. */
serve<null, ServerCalls>(async () => {
  const { body, responses } = messageEndpoints.find(
    ({ method, path }) => method === "POST" && path === "/v1/messages",
  )!;
  const app = Fastify({ logger: false });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.withTypeProvider<ZodTypeProvider>().post("/v1/messages", {
    schema: { body: body!, response: responses },
    handler: async (request, reply) => {
      const { leadId, channel } = request.body as { leadId: string; channel: string };
      const ids = { messageId: newId("message"), senderId: newId("sender"), conversationId: newId("conversation") };
      const rest = { status: "queued", leadId, channel, scheduledAt: null, createdAt: new Date() };
      return await reply.code(202).send({ ...ids, ...rest });
    },
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { calls: { url: () => `http://127.0.0.1:${port}`, peakRss }, close: () => app.close() };
});
