/**
 * Receives Herald's webhooks (format `herald`: Standard Webhooks 1.0) with Fastify.
 *
 *   npm install fastify standardwebhooks
 *   WEBHOOK_SECRET=whsec_... node fastify.mjs
 *
 * WEBHOOK_SECRET is the destination's secret, PORT the port to listen on (default 3000).
 */
import Fastify from "fastify";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? "");
const app = Fastify({ bodyLimit: 2 * 1024 * 1024 });

// In a plugin of its own, so that the application's other routes keep their JSON parser.
app.register(async (webhooks) => {
  // Raw: the signature covers the bytes that were sent. JSON that was parsed and written again is other bytes.
  webhooks.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  webhooks.post("/webhooks", async (request, reply) => {
    let event;
    try {
      event = webhook.verify(request.body ?? "", request.headers);
    } catch {
      return reply.code(401).send("The signature is not valid.");
    }
    // At once, and for an event that was here before too: any other answer than 2xx brings it again.
    if (remember(request.headers["webhook-id"])) setImmediate(handle, event);
    return reply.code(204).send();
  });
});

/** False where this event was here before: each comes at least once. */
function remember(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size > 100_000) seen.delete(seen.values().next().value);
  return true;
}

/**
 * In memory, for the example. In production this is a table with `webhook-id` as its primary key: store the event
 * (insert ... on conflict do nothing), answer, and work from the table, so that a crash in between loses nothing.
 */
const seen = new Set();

function handle({ eventId, eventType, data }) {
  if (eventType !== "message.sent") return;
  const to = { linkedin: data.linkedinUrl, sms: data.phone, email: data.email }[data.channel];
  console.log(`${eventId}: ${data.channel} to ${to}: ${data.content.text}`);
}

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 3000) });
console.log(`Listening on http://127.0.0.1:${app.server.address().port}/webhooks`);
