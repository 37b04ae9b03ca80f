import { z } from "zod";
import { type Conversation, getConversation, listConversations } from "../db/conversation.ts";
import { listMessages } from "../db/message.ts";
import { notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import { isId } from "../domain/id.ts";
import { encodePlace, idCursor, placeCursor } from "./cursor.ts";
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

/** Behind which conversation the next page begins. */
const place = z
  .tuple([z.iso.datetime(), z.string().refine((id) => isId("conversation", id))])
  .transform(([lastMessageAt, id]) => ({ lastMessageAt: new Date(lastMessageAt), id }));

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
    continuationToken: placeCursor(place).optional().meta(described),
  }),
  responses: { 200: z.object({ conversations: z.array(conversationSchema), continuationToken: nextToken }) },
  async execute({ tx, workspaceId, query }) {
    const { accountId: senderId, channel, continuationToken: after } = query;
    const filter = { senderId, channel, after, limit: query.limit + 1 };
    const { data, nextCursor } = pageOf(await listConversations(tx, workspaceId, filter), query.limit, (last) =>
      encodePlace([last.lastMessageAt.toISOString(), last.id]),
    );
    return { status: 200, body: { conversations: data.map(conversationAnswer), continuationToken: nextCursor } };
  },
});

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
    continuationToken: idCursor("message").optional().meta(described),
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
