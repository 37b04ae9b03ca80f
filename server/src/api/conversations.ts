import { z } from "zod";
import { type Conversation, getConversation, listConversations } from "../db/conversation.ts";
import { listMessages } from "../db/message.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { cursor, decodeCursor, encodeCursor, idParams, limit, pageOf, time } from "./fields.ts";
import { messageSchema } from "./messages.ts";

const continuationToken = cursor.meta({ description: "`continuationToken` of the previous page." });
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

/** The place behind which the next page begins. */
const place = z.tuple([z.iso.datetime(), z.string()]);

const list = endpoint({
  method: "GET",
  path: "/v1/inbox/conversations",
  scope: "read",
  tags: ["Inbox"],
  summary: "List conversations",
  description: "On all channels, the one with the latest message first.",
  query: z.strictObject({
    accountId: accountId.optional(),
    channel: z.enum(channels).optional(),
    limit: limit(100, 20),
    continuationToken: continuationToken.optional(),
  }),
  responses: { 200: z.object({ conversations: z.array(conversationSchema), continuationToken: nextToken }) },
  async execute({ tx, workspaceId, query }) {
    const after = query.continuationToken === undefined ? undefined : readPlace(query.continuationToken);
    const filter = { senderId: query.accountId, channel: query.channel, after, limit: query.limit + 1 };
    const { data, nextCursor } = pageOf(await listConversations(tx, workspaceId, filter), query.limit, (last) =>
      encodeCursor([(last.lastMessageAt ?? last.createdAt).toISOString(), last.id]),
    );
    return { status: 200, body: { conversations: data.map(conversationAnswer), continuationToken: nextCursor } };
  },
});

function readPlace(token: string) {
  const [lastMessageAt, id] = decodeCursor(token, place);
  return { lastMessageAt: new Date(lastMessageAt), id };
}

const messages = endpoint({
  method: "GET",
  path: "/v1/inbox/conversations/{id}/messages",
  scope: "read",
  tags: ["Inbox"],
  summary: "List the messages of a conversation",
  description: "Newest first.",
  params: idParams,
  query: z.strictObject({
    accountId: accountId.optional(),
    limit: limit(100, 50),
    continuationToken: continuationToken.optional(),
  }),
  responses: { 200: z.object({ messages: z.array(messageSchema), continuationToken: nextToken }) },
  async execute({ tx, workspaceId, params, query }) {
    const conversation = await getConversation(tx, workspaceId, params.id);
    if (conversation === null || (query.accountId ?? conversation.senderId) !== conversation.senderId) {
      throw notFound("conversation", params.id);
    }
    // The lead's messages are indexed: it narrows the search.
    const filter = { conversationId: params.id, leadId: conversation.leadId, before: query.continuationToken };
    const rows = await listMessages(tx, workspaceId, { ...filter, limit: query.limit + 1 });
    const { data, nextCursor } = pageOf(rows, query.limit, (last) => last.id);
    return { status: 200, body: { messages: data, continuationToken: nextCursor } };
  },
});

export const conversationEndpoints: readonly Endpoint[] = [list, messages];
