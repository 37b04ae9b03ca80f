import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { type EventType, eventTypes, type HeraldEvent } from "../../src/domain/event.ts";
import { envelopeSchema, eventSchemas } from "../../src/domain/event-schemas.ts";
import { formatNames } from "../../src/domain/format.ts";
import { formatOf } from "../../src/domain/formats.ts";
import { eventOf, stored } from "./formats-events.ts";

/** Random facts, as the schemas allow them, in all formats: each body has the keys of its format, in order, and of their types. */

interface Json {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Json[];
  items?: Json;
  properties?: Record<string, Json>;
  additionalProperties?: Json;
  minimum?: number;
  pattern?: string;
}

function valuesOf(schema: Json): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valuesOf));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => valuesOf({ ...schema, type })));
  switch (schema.type) {
    case "string":
      if (schema.pattern)
        return fc
          .date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true })
          .map((date) => date.toISOString());
      return fc.string({ unit: "binary" });
    case "integer":
      return fc.integer({ min: Math.max(schema.minimum ?? 0, 0), max: 1_000 });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valuesOf(schema.items!), { maxLength: 3 });
    default:
      if (!schema.properties)
        return fc.dictionary(fc.string({ minLength: 1 }), valuesOf(schema.additionalProperties!), {
          maxKeys: 3,
          noNullPrototype: true,
        });
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, valuesOf(value)])),
        {
          noNullPrototype: true,
        },
      );
  }
}

/** Of each type; what a kind of fact can't be is left out. */
const facts = fc.oneof(
  ...eventTypes.map((type) =>
    valuesOf(z.toJSONSchema(eventSchemas[type].data, { io: "input" }) as Json).map((data) => {
      const fixed = type === "reply.received" ? { channel: "linkedin" } : {};
      return eventOf(type, { ...(data as object), ...fixed } as never) as HeraldEvent;
    }),
  ),
);
const envelopes = Object.fromEntries(eventTypes.map((type) => [type, envelopeSchema(type)]));

const text = z.string();
const textOrNull = z.string().nullable();
const status = eventSchemas["lead.updated"].data.shape.newStatus;
const about = { leadId: text, campaignId: textOrNull, linkedinUrl: textOrNull };
const campaign = { campaignId: text, campaignName: text };
const sendpilot: { [T in EventType]?: z.ZodRawShape } = {
  "message.sent": { ...about, senderId: text, message: text, sequenceStep: z.number().optional() },
  "reply.received": { ...about, senderId: text, reply: text },
  "connection_request.sent": { ...about, senderId: text, note: text.optional() },
  "connection_request.accepted": { ...about, senderId: text, acceptedAt: text },
  "lead.updated": { ...about, previousStatus: status, newStatus: status },
  "campaign.started": { ...campaign, totalLeads: z.number(), startedAt: text },
  "campaign.paused": { ...campaign, pausedAt: text, pausedBy: z.enum(["api", "user", "system"]) },
  "campaign.resumed": { ...campaign, resumedAt: text, resumedBy: z.enum(["api", "user"]) },
  "campaign.finished": { ...campaign, totalLeads: z.number(), finishedAt: text },
  "lead.tag.updated": { ...about, tags: z.array(text), added: z.array(text), removed: z.array(text) },
};

const external = { externalLeadId: text.optional() };
const channel = z.enum(["sms", "email"]);
const content = z.strictObject({ subject: text.optional(), text });
const person = { leadId: text, ...external, phone: textOrNull };
const apten: { [T in EventType]?: [name: string, data: z.ZodRawShape] } = {
  "message.sent": [
    "message.sent",
    { ...person, channel, profile: text, isFollowUp: z.boolean(), followUpStep: z.number().nullable(), content },
  ],
  "message.received": [
    "message.received",
    { ...person, channel, profile: text, content, hasAttachments: z.boolean().optional() },
  ],
  "lead.opted_out": [
    "optOut",
    {
      ...{ ...person, channel, optOutReason: z.enum(["MANUAL", "COMPLAINT", "BOUNCE", "UNSUBSCRIBE_LINK"]).nullable() },
      ...{ isTwilioOptOut: z.boolean().nullable(), optOutMessage: text.optional(), isDoNotContact: z.boolean() },
    },
  ],
  "lead.do_not_contact": ["doNotContact", { ...person, email: textOrNull, optOutMessage: textOrNull }],
  "lead.tag.updated": ["leadTagged", { ...person, channel: z.enum(["manual", "sms", "email"]), tag: text }],
  "notification.created": [
    "notification",
    { leadId: text, phone: textOrNull, channel, notificationName: text, notificationMessage: text },
  ],
  "lead.fields.updated": [
    "lead.additionalInfo.updated",
    {
      ...{ leadId: text, phone: textOrNull },
      ...{ additionalInfo: z.record(text, z.strictObject({ old: textOrNull, new: textOrNull })), ...external },
    },
  ],
};

const strict = (shapes: [string, z.ZodRawShape][]) =>
  new Map(shapes.map(([key, shape]) => [key, z.strictObject(shape)]));
const sendpilotData = strict(Object.entries(sendpilot));
const aptenData = strict(Object.entries(apten).map(([type, [, shape]]) => [type, shape]));

/** The keys of `value` stand in the order of the shape's. */
function expectOrder(value: object, shape: readonly string[]): void {
  expect(Object.keys(value)).toEqual(shape.filter((key) => key in value));
}

test("what is known of the other formats is all that they say", () => {
  expect(Object.keys(sendpilot).sort()).toEqual([...formatOf("sendpilot").eventTypes].sort());
  expect(Object.keys(apten).sort()).toEqual([...formatOf("apten").eventTypes].sort());
});

test("whatever a fact holds, each format that can say it says it with its own keys, in order, and of their types", () => {
  fc.assert(
    fc.property(facts, (event) => {
      // No custom field can be called so.
      fc.pre(!JSON.stringify(event).includes('"__proto__"'));
      for (const name of formatNames) {
        const format = formatOf(name);
        const { eventType } = event;
        if (!format.expresses(event)) continue;
        const body = JSON.parse(format.body(stored(event)));
        if (name === "herald") {
          expect(envelopes[eventType]!.parse(body)).toEqual(JSON.parse(JSON.stringify(event)));
          continue;
        }
        const told = name === "apten" ? apten[eventType]![0] : eventType;
        const shape = (name === "apten" ? aptenData : sendpilotData).get(eventType)!;
        shape.parse(body.data);
        expectOrder(body.data, Object.keys(shape.shape));
        const { data: _, ...envelope } = body;
        if (name === "sendpilot") {
          const { data: __, ...same } = event;
          expect(envelope).toEqual(same);
          expectOrder(body, ["eventId", "eventType", "timestamp", "workspaceId", "data"]);
        } else {
          expect(envelope.event).toBe(told);
          expect(envelope.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
          expectOrder(body, [
            "event",
            "data",
            ...(told === "lead.additionalInfo.updated" ? ["eventId"] : []),
            "timestamp",
          ]);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
