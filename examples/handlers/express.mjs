/**
 * Receives Herald's webhooks (format `herald`: Standard Webhooks 1.0) with Express.
 *
 *   npm install express standardwebhooks
 *   WEBHOOK_SECRET=whsec_... node express.mjs
 *
 * WEBHOOK_SECRET is the destination's secret, PORT the port to listen on (default 3000).
 */
import express from "express";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? "");
const app = express();

// Raw: the signature covers the bytes that were sent. JSON that was parsed and written again is other bytes.
app.post("/webhooks", express.raw({ type: "application/json", limit: "2mb" }), (request, response) => {
  let event;
  try {
    event = webhook.verify(request.body ?? "", request.headers);
  } catch {
    return response.status(401).send("The signature is not valid.");
  }
  const isNew = remember(request.get("webhook-id"));
  // At once, and for an event that was here before too: any other answer than 2xx brings it again.
  response.sendStatus(204);
  if (isNew) setImmediate(handle, event);
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

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`Listening on http://127.0.0.1:${server.address().port}/webhooks`);
});
