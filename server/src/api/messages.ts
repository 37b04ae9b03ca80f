import { z } from "zod";
import { cancelMessage, resolveMessage } from "../campaigns/control.ts";
import { getMessage, listMessages, type Message, messageStatuses } from "../db/message.ts";
import { listMessageAttempts } from "../db/message-attempt.ts";
import type { Queryable } from "../db/pool.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { automaticKinds, channels, messageSources } from "../domain/event.ts";
import { idCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, page, time } from "./fields.ts";
import { sendMessage } from "./message-send.ts";

export const messageSchema = z.object({
  id: z.string(),
  leadId: z.string(),
  conversationId: z.string(),
  channel: z.enum(channels),
  action: z.enum(["message", "connect"]),
  direction: z.enum(["outbound", "inbound"]),
  source: z.enum(messageSources),
  campaignId: z.string().nullable(),
  stepId: z.string().nullable(),
  sequenceStep: z.number().int().nullable(),
  variant: z.string().nullable().meta({ description: "Of a step with variants: which one it is." }),
  senderId: z.string(),
  toAddress: z.string(),
  subject: z.string().nullable(),
  text: z.string(),
  html: z.string().nullable(),
  status: z.enum(messageStatuses),
  statusCode: z.string().nullable().meta({ description: "Why it has this status; made for programs." }),
  statusDetail: z
    .string()
    .nullable()
    .meta({ description: "The same in words: the provider's, where it said something." }),
  scheduledAt: time.nullable(),
  attempts: z.number().int().meta({ description: "Calls of the provider so far." }),
  attemptedAt: time.nullable(),
  sentAt: time.nullable(),
  providerMessageId: z.string().nullable(),
  deliveredAt: time.nullable().meta({ description: "When the provider says that it arrived. Null: it doesn't say." }),
  readAt: time
    .nullable()
    .meta({ description: "When the lead read it, as far as the provider says. Null: it doesn't." }),
  attachments: z
    .array(z.object({ url: z.string(), contentType: z.string().nullable() }))
    .nullable()
    .meta({ description: "Files that came with it, at the provider's addresses. Null: none." }),
  visibleText: z.string().nullable().meta({
    description: "Of an email: what was written anew, without what it quotes and the signature. Null: all of `text`.",
  }),
  automatic: z.enum(automaticKinds).nullable().meta({
    description:
      "A program wrote it (an absence note, a receipt): it is no reply of the lead, and no answer of whoever's mailbox it is from. Null: a person did, or Herald.",
  }),
  smsHoursOverride: z.string().nullable().meta({
    description: "Of an SMS by API: why it may go out at any hour. Null: it keeps the workspace's `smsHours`.",
  }),
  external: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: "What another system said about a message of its own, as it said it. Null: it is Herald's." }),
  turnId: z.string().nullable().meta({
    description:
      "The assistant's turn that it came from: `GET /v1/assistant/turns/{id}` says what it cost. Null: it is none of the assistant's.",
  }),
  profileVersion: z.number().int().nullable().meta({ description: "Of the profile that the assistant wrote it with." }),
  writtenBy: z
    .object({
      ...{ model: z.string(), inputTokens: z.number(), outputTokens: z.number() },
      costMicros: z.number().meta({ description: "Millionths of the currency of the model's prices." }),
      latencyMs: z.number().meta({ description: "How long the model thought, all its calls together." }),
    })
    .nullable()
    .meta({ description: "The model that wrote it, and what that cost. Null: a person or a template did." }),
  createdAt: time,
});

const listMessagesEndpoint = endpoint({
  method: "GET",
  path: "/v1/messages",
  right: "messages.read",
  tags: ["Messages"],
  summary: "List messages",
  description:
    "Newest first. By `senderId`, `channel` or a `campaignId` of thousands of messages, where few of many messages match, a page may have fewer than `limit`, or none, while `nextCursor` leads on: it looks no longer than a second.",
  query: z.strictObject({
    leadId: z.string().max(200).optional(),
    campaignId: z.string().max(200).optional(),
    senderId: z.string().max(200).optional(),
    conversationId: z.string().max(200).optional(),
    status: z.enum(messageStatuses).optional(),
    channel: z.enum(channels).optional(),
    cursor: idCursor("message").optional(),
    limit: limit(),
  }),
  responses: { 200: page(messageSchema) },
  async execute({ tx, workspaceId, query: { cursor: before, limit, ...filter } }) {
    const { rows, next } = await listMessages(tx, workspaceId, { ...filter, before, limit });
    return { status: 200, body: { data: rows, nextCursor: next } };
  },
});

const attemptSchema = z.object({
  n: z.number().int().meta({ description: "From 1." }),
  startedAt: time,
  durationMs: z.number().int(),
  outcome: z.enum(["succeeded", "retry", "failed", "uncertain", "interrupted"]),
  final: z.boolean(),
  statusCode: z.number().int().nullable(),
  code: z.string().nullable(),
  detail: z.string().nullable().meta({ description: "What came back." }),
  nextAt: time.nullable(),
});

const getMessageEndpoint = endpoint({
  method: "GET",
  path: "/v1/messages/{id}",
  right: "messages.follow",
  tags: ["Messages"],
  summary: "Get a message",
  description: "With every attempt to send it, and what came back. A key with the scope `send` alone may look, too.",
  params: idParams,
  responses: { 200: messageSchema.extend({ attemptLog: z.array(attemptSchema) }) },
  async execute({ tx, workspaceId, params }) {
    const message = await existing(tx, workspaceId, params.id);
    const attemptLog = await listMessageAttempts(tx, workspaceId, params.id, message.createdAt);
    return { status: 200, body: { ...message, attemptLog } };
  },
});

async function existing(db: Queryable, workspaceId: string, id: string): Promise<Message> {
  const message = await getMessage(db, workspaceId, id);
  if (message === null) throw notFound("message", id);
  return message;
}

const cancel = endpoint({
  method: "POST",
  path: "/v1/messages/{id}/cancel",
  right: "messages.send",
  tags: ["Messages"],
  summary: "Cancel a message",
  description: "Only while it is queued or held: what is under way can't be called back.",
  params: idParams,
  responses: { 200: messageSchema },
  async execute({ tx, workspaceId, params }) {
    const cancelled = await cancelMessage(tx, workspaceId, params.id);
    const message = await existing(tx, workspaceId, params.id);
    if (!cancelled && message.status !== "cancelled") {
      throw new HeraldError(
        "invalid_state",
        `The message ${params.id} is ${message.status}; only a queued or held one can be cancelled.`,
      );
    }
    return { status: 200, body: message };
  },
});

const resolve = endpoint({
  method: "POST",
  path: "/v1/messages/{id}/resolve",
  right: "messages.send",
  tags: ["Messages"],
  summary: "Resolve an uncertain message",
  description:
    "For a message of which nobody could find out whether it went out. `sent`: it did, and its sequence goes on. " +
    "`not_sent`: it did not, and is sent again. Look at the provider first: the lead gets it twice if this is wrong.",
  params: idParams,
  body: z.strictObject({ outcome: z.enum(["sent", "not_sent"]) }),
  // The decision has its own transaction; a second one finds the message resolved and is refused.
  transaction: false,
  responses: { 200: messageSchema },
  async execute({ api, workspaceId, params, body, recorded }) {
    const result = await resolveMessage(recorded, workspaceId, params.id, body.outcome);
    if (result === null) throw notFound("message", params.id);
    api.wake("delivery", result.lanes);
    api.wake("message", result.messageLanes);
    api.wakePlanner();
    return { status: 200, body: await existing(api.db, workspaceId, params.id) };
  },
});

export const messageEndpoints: readonly Endpoint[] = [
  sendMessage,
  listMessagesEndpoint,
  getMessageEndpoint,
  cancel,
  resolve,
];
