import { z } from "zod";
import { type Conversation, getConversation } from "../db/conversation.ts";
import { listConversations } from "../db/conversation-list.ts";
import { listConversationMessages } from "../db/message.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { conversationPlace, encodeConversationPlace, encodeMessagePlace, messagePlace } from "./conversation-places.ts";
import { placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, pageOf, time } from "./fields.ts";
import { messageSchema } from "./messages.ts";

const described = { description: "`continuationToken` of the previous page." };
const nextToken = z.string().nullable().meta({ description: "For the next page; null on the last one." });
const accountId = z.string().max(200).meta({ description: "A sender's ID." });

const conversationSchema = z.object({
  id: z.string(),
  accountId: z.string().meta({ description: "The sender's ID." }),
  leadId: z.string(),
  channel: z.enum(channels),
  subject: z.string().nullable(),
  lastMessageAt: time.nullable(),
  lastMessageText: z.string().nullable(),
  unreadCount: z.number().int(),
  createdAt: time,
});

function conversationAnswer({ senderId, unread, ...rest }: Conversation): z.input<typeof conversationSchema> {
  return { ...rest, accountId: senderId, unreadCount: unread };
}

const list = endpoint({
  method: "GET",
  path: "/v1/inbox/conversations",
  right: "messages.read",
  tags: ["Inbox"],
  summary: "List conversations as SendPilot does",
  description: "On all channels, the one with the latest message first. `GET /v1/conversations` says and filters more.",
  query: z.strictObject({
    accountId: accountId.optional(),
    channel: z.enum(channels).optional(),
    limit: limit(100, 20),
    continuationToken: placeCursor(conversationPlace).optional().meta(described),
  }),
  responses: { 200: z.object({ conversations: z.array(conversationSchema), continuationToken: nextToken }) },
  async execute({ tx, workspaceId, query }) {
    const { accountId: senderId, channel, continuationToken: after } = query;
    const { data, next } = await listConversations(tx, workspaceId, { senderId, channel, after, limit: query.limit });
    const continuationToken = next && encodeConversationPlace(next);
    return { status: 200, body: { conversations: data.map(conversationAnswer), continuationToken } };
  },
});

const messages = endpoint({
  method: "GET",
  path: "/v1/inbox/conversations/{id}/messages",
  right: "messages.read",
  tags: ["Inbox"],
  summary: "List a conversation's messages as SendPilot does",
  description: "Newest first.",
  params: idParams,
  query: z.strictObject({
    accountId: accountId.optional(),
    limit: limit(100, 50),
    continuationToken: placeCursor(messagePlace).optional().meta(described),
  }),
  responses: { 200: z.object({ messages: z.array(messageSchema), continuationToken: nextToken }) },
  async execute({ tx, workspaceId, params, query }) {
    const conversation = await getConversation(tx, workspaceId, params.id);
    if (conversation === null || (query.accountId ?? conversation.senderId) !== conversation.senderId) {
      throw notFound("conversation", params.id);
    }
    const filter = { latestFirst: true, beyond: query.continuationToken, limit: query.limit + 1 };
    const rows = await listConversationMessages(tx, workspaceId, conversation, filter);
    const { data, nextCursor } = pageOf(rows, query.limit, encodeMessagePlace);
    return { status: 200, body: { messages: data, continuationToken: nextCursor } };
  },
});

export const inboxConversationEndpoints: readonly Endpoint[] = [list, messages];
