import { z } from "zod";
import { type AptenMessage, changedMessagesOfLead, messagesOfLead } from "../../db/apten.ts";
import { contentProblems } from "../../domain/message-content.ts";
import { encodePlace, placeCursor } from "../cursor.ts";
import { type Endpoint, endpoint } from "../endpoint.ts";
import { limit, time, timeInput } from "../fields.ts";
import { readSchedule } from "../message-send.ts";
import { invalid } from "../validate.ts";
import { aptenParams, mustGetAptenLead, tags } from "./lead-answer.ts";
import { nextToken } from "./lead-list.ts";

/** Messages of one lead in one answer at most: the call has no pages. */
const mostMessages = 10_000;

const messages = endpoint({
  method: "GET",
  path: "/apten/v1/leads/{id}/messages",
  right: "messages.read",
  tags,
  summary: "Get a lead's messages as Apten does",
  description: `What went out to the lead and what it wrote, on every channel, the first ones first; of more than ${mostMessages.toLocaleString("en-US")} the latest.`,
  params: aptenParams,
  responses: {
    200: z.object({
      messages: z.array(
        z.object({ content: z.object({ text: z.string() }), createdAt: time, owner: z.enum(["user", "lead"]) }),
      ),
    }),
  },
  async execute({ tx, workspaceId, params }) {
    await mustGetAptenLead(tx, workspaceId, params.id);
    const rows = await messagesOfLead(tx, workspaceId, params.id, mostMessages);
    const shown = rows.map(({ text, at, direction }) => ({
      ...{ content: { text }, createdAt: at, owner: direction === "inbound" ? ("lead" as const) : ("user" as const) },
    }));
    return { status: 200, body: { messages: shown } };
  },
});

const send = endpoint({
  method: "POST",
  path: "/apten/v1/leads/{id}/sendMessage",
  audit: "brief",
  right: "messages.send",
  tags,
  summary: "Send an SMS as Apten does",
  description: "Accepts an SMS for the lead: it is stored when the answer comes, and goes out once.",
  params: aptenParams,
  body: z.strictObject({
    message: z.string().min(1).max(1_600),
    scheduledTime: timeInput
      .optional()
      .meta({ description: "Not before this, 366 days ahead at most. In the past: now." }),
  }),
  idempotency: "desk",
  responses: { 200: z.object({ message: z.literal("Message sent successfully.") }) },
  example: { body: { message: "Hi Jane, are you free on Tuesday?" } },
  async execute({ api, workspaceId, params, body, idempotency, onRecord }) {
    await mustGetAptenLead(api.db, workspaceId, params.id);
    const content = {
      ...{ channel: "sms" as const, action: "message" as const, text: body.message },
      ...{ subject: null, html: null },
    };
    const problems = contentProblems(content);
    if (problems.length > 0) throw invalid(problems.map((problem) => ({ ...problem, field: "message" })));
    const scheduledAt = readSchedule(body.scheduledTime ?? null);
    const whom = { workspaceId, leadId: params.id, senderId: null };
    await api.desk.submit({ ...content, ...whom, scheduledAt, source: "api" as const }, idempotency, onRecord);
    return { status: 200, body: { message: "Message sent successfully." } };
  },
});

/** `CALL` is Apten's, too: Herald makes none, and has none to show. */
const eventTypes = ["MESSAGE", "EMAIL", "CUSTOM", "TOOL_CALL", "COMPLIANCE_BLOCKED", "CALL"] as const;
type EventKind = (typeof eventTypes)[number];

const types = z
  .string()
  .max(200)
  .transform((list, context): EventKind[] => {
    const names = list.split(",").map((one) => one.trim());
    const unknown = names.find((one) => !(eventTypes as readonly string[]).includes(one));
    if (unknown === undefined) return names as EventKind[];
    context.addIssue({
      code: "custom",
      message: `There is no type ${JSON.stringify(unknown)}; there are ${eventTypes.join(", ")}.`,
    });
    return z.NEVER;
  });

const place = z
  .tuple([z.int().min(0).max(8_640_000_000_000_000), z.string().max(200)])
  .transform(([ms, id]) => ({ at: new Date(ms), id }));

const eventSchema = z.object({
  id: z.string(),
  roomId: z.string().meta({ description: "The lead's ID." }),
  orgId: z.string().meta({ description: "The workspace's ID." }),
  type: z.enum(eventTypes),
  timestamp: time,
  updatedAt: time,
  data: z.record(z.string(), z.unknown()).meta({
    description:
      "MESSAGE and EMAIL: direction, content {text, subject?}, isAiGenerated, deliveryChannel. COMPLIANCE_BLOCKED: channel, reason, source, triggeredBy.",
  }),
});

const events = endpoint({
  method: "GET",
  path: "/apten/v1/leads/{id}/events",
  right: "messages.read",
  tags,
  summary: "List a lead's events as Apten does",
  description:
    "By `updatedAt`, the longest ago first. A page can hold fewer than `limit` and not be the last one: go on until `nextToken` is null.",
  params: aptenParams,
  query: z.strictObject({
    since: timeInput,
    types: types.optional().meta({ description: "Separated by commas. Default: all." }),
    limit: limit(1_000, 100),
    nextToken: placeCursor(place).optional(),
  }),
  responses: { 200: z.object({ events: z.array(eventSchema), nextToken }) },
  async execute({ tx, workspaceId, params, query }) {
    await mustGetAptenLead(tx, workspaceId, params.id);
    const { since, types: wanted = eventTypes, limit: size, nextToken: after } = query;
    const rows = await changedMessagesOfLead(tx, workspaceId, params.id, { since, after, limit: size + 1 });
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    const found = shown
      .map((row) => eventOf(workspaceId, params.id, row))
      .filter((event) => event !== null && wanted.includes(event.type));
    return {
      status: 200,
      body: {
        events: found as z.input<typeof eventSchema>[],
        nextToken: rows.length > size && last ? encodePlace([last.updatedAt.getTime(), last.id]) : null,
      },
    };
  },
});

const deliveryChannels = { sms: "SMS", email: "EMAIL", linkedin: "LINKEDIN" } as const;

/** Null: it says nothing that Apten has a word for. */
function eventOf(orgId: string, roomId: string, row: AptenMessage): z.input<typeof eventSchema> | null {
  const { id, at, updatedAt, channel, direction, subject, text } = row;
  const about = { id, roomId, orgId, timestamp: at, updatedAt };
  if (row.status === "blocked") {
    if (row.statusCode !== "compliance") return null;
    const data = { channel, reason: row.statusDetail, source: "http", triggeredBy: row.source };
    return { ...about, type: "COMPLIANCE_BLOCKED", data };
  }
  const data = {
    direction: direction.toUpperCase(),
    content: channel === "email" && subject !== null ? { subject, text } : { text },
    isAiGenerated: row.source === "assistant",
    deliveryChannel: deliveryChannels[channel],
  };
  return { ...about, type: channel === "email" ? "EMAIL" : "MESSAGE", data };
}

export const aptenMessageEndpoints: readonly Endpoint[] = [messages, send, events];
