import { z } from "zod";
import { type EventType, eventCatalogue, eventTypes } from "../domain/event.ts";
import { eventSample } from "../domain/event-samples.ts";
import { envelopeSchema, eventSchemas } from "../domain/event-schemas.ts";
import { formatNames } from "../domain/format.ts";
import { formatOf } from "../domain/formats.ts";

/**
 * OpenAPI's `webhooks`: what destinations are sent, an entry an event, made from the events' schemas. The schema is that of the
 * format `herald`; the other formats are shown by example.
 */
export function describeWebhooks(): Record<string, object> {
  return Object.fromEntries(eventTypes.map((type) => [type, { post: operation(type) }]));
}

function operation(type: EventType): object {
  const { $schema: _, ...schema } = z.toJSONSchema(envelopeSchema(type), { io: "input" });
  const { summary } = eventCatalogue[type];
  const formats = formatNames.filter((name) => formatOf(name).eventTypes.includes(type));
  return {
    operationId: `on${type.replaceAll(/(?:^|[._])(\w)/g, (_match, letter: string) => letter.toUpperCase())}`,
    tags: ["Webhooks"],
    summary,
    description: `${eventSchemas[type].when}\n\nFormats that can say it: ${formats.map((name) => `\`${name}\``).join(", ")}.`,
    parameters: headers,
    requestBody: {
      required: true,
      description: "In the destination's format. The schema is that of `herald`.",
      content: {
        "application/json": { schema, examples: Object.fromEntries(formats.flatMap((f) => example(f, type))) },
      },
    },
    responses: {
      "2XX": { description: "It was taken, and is not sent again." },
      410: { description: "The receiver is gone: the destination is disabled." },
      default: { description: "It is sent again by the destination's retry schedule, under the same ID." },
    },
    // By the signature, not by a key.
    security: [],
  };
}

const header = (name: string, description: string) => ({ name, in: "header", description, schema: { type: "string" } });

const headers = [
  header("webhook-id", "Format `herald`: the event's ID."),
  header("webhook-timestamp", "Format `herald`: unix seconds of this attempt."),
  header(
    "webhook-signature",
    "Format `herald`: Standard Webhooks 1.0, `v1,<base64>` (HMAC-SHA256) or `v1a,<base64>` (Ed25519) of `id.timestamp.body`; several separated by spaces. Format `sendpilot`: `t=<unix seconds>,s=<hex HMAC-SHA256 of t.body>`.",
  ),
  header(
    "x-signature-sha256",
    "Format `apten`: hex HMAC-SHA256 of the body; missing where the destination has no secret.",
  ),
];

/** The same in each document. */
const at = Date.parse("2026-01-05T09:30:00.000Z");

function example(name: (typeof formatNames)[number], type: EventType): [string, object][] {
  const format = formatOf(name);
  for (const channel of ["linkedin", "sms", "email"] as const) {
    const sample = eventSample("ws_01k9d3v0x5e0rb1v6m2z8q4w7n", type, { channel, at });
    if (!format.expresses(sample)) continue;
    const eventId = `evt_${at}_a1b2c3d4e`;
    const body = format.body({ ...sample, eventId, data: JSON.stringify(sample.data) });
    return [[name, { summary: `Format ${name}`, value: JSON.parse(body) }]];
  }
  return [];
}
