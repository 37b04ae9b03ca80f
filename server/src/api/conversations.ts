import { z } from "zod";
import {
  type Conversation,
  type ConversationLead,
  changeConversation,
  conversationStatuses,
  getConversation,
  receivedAfter,
  setUnread,
} from "../db/conversation.ts";
import { listConversations } from "../db/conversation-list.ts";
import { unreadCounts } from "../db/inbox-count.ts";
import { listConversationMessages } from "../db/message.ts";
import type { Queryable } from "../db/pool.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { channels, leadStatuses } from "../domain/event.ts";
import { conversationPlace, encodeConversationPlace, encodeMessagePlace, messagePlace } from "./conversation-places.ts";
import { placeCursor } from "./cursor.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, limit, name, page, pageOf, time } from "./fields.ts";
import { messageSchema } from "./messages.ts";
import { invalid } from "./validate.ts";

const status = z.enum(conversationStatuses).meta({
  description: "`closed`: nobody has to do anything here. A message of the lead opens it again.",
});
const assignee = name(200).nullable().meta({
  description: "Who looks after it: any text, such as an email address. Null: nobody.",
});
const note = z.string().trim().max(10_000).nullable().meta({ description: "For people. Nobody else sees it." });

const conversationSchema = z.object({
  id: z.string(),
  lead: z.object({
    id: z.string(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    company: z.string().nullable(),
    title: z.string().nullable(),
    status: z.enum(leadStatuses),
  }),
  channel: z.enum(channels),
  senderId: z.string().meta({
    description: "The sender that answers go out from. Of what another system sent: that system's, or the source.",
  }),
  campaignId: z.string().nullable().meta({ description: "The latest campaign that wrote here. Null: none did." }),
  status,
  assignee,
  note,
  subject: z.string().nullable().meta({ description: "Of the first email." }),
  lastMessageAt: time.nullable().meta({ description: "Null: nothing went out or came in yet." }),
  lastMessageText: z.string().nullable().meta({ description: "The first 500 characters of the latest message." }),
  unread: z.number().int().meta({ description: "Messages of the lead since somebody marked it as read." }),
  optOut: z
    .object({ reason: z.string() })
    .nullable()
    .meta({ description: "Why nothing can be sent here: the lead opted out, or must not be contacted. Null: it can." }),
  createdAt: time,
});

const example = {
  id: "conv_01k9d3v0x5e0rb1v6m2z8q4w7n",
  lead: {
    ...{ id: "lead_01k9d3v0x5e0rb1v6m2z8q4w7p", firstName: "Jane", lastName: "Doe", company: "Acme", title: "CTO" },
    status: "REPLY_RECEIVED" as const,
  },
  channel: "linkedin" as const,
  senderId: "sender_01k9d3v0x5e0rb1v6m2z8q4w7q",
  campaignId: "camp_01k9d3v0x5e0rb1v6m2z8q4w7r",
  status: "open" as const,
  assignee: "ada@example.com",
  note: null,
  subject: null,
  lastMessageAt: "2026-01-05T09:30:00.000Z",
  lastMessageText: "Sounds good. Tuesday?",
  unread: 1,
  optOut: null,
  createdAt: "2026-01-02T09:00:00.000Z",
};

function shown(row: Conversation & ConversationLead): z.input<typeof conversationSchema> {
  const { leadId: id, leadFirstName: firstName, leadLastName: lastName, leadCompany: company, leadTitle: title } = row;
  const { optOutReason: reason } = row;
  return {
    ...row,
    lead: { id, firstName, lastName, company, title, status: row.leadStatus },
    optOut: reason === null ? null : { reason },
  };
}

async function existing(db: Queryable, workspaceId: string, id: string): Promise<Conversation & ConversationLead> {
  const conversation = await getConversation(db, workspaceId, id);
  if (!conversation) throw notFound("conversation", id);
  return conversation;
}

const id = z.string().max(200).optional();

const list = endpoint({
  method: "GET",
  path: "/v1/conversations",
  right: "messages.read",
  tags: ["Conversations"],
  summary: "List conversations",
  description:
    "One for each lead, channel and sender, the one with the latest message first. A page can hold fewer than `limit` and not be the last one, where filters leave out nearly all: go on until `nextCursor` is null.",
  query: z.strictObject({
    unread: z.enum(["true", "false"]).optional().meta({ description: "`true`: with messages that nobody has read." }),
    status: status.optional().meta({ description: "Default: both." }),
    channel: z.enum(channels).optional(),
    leadId: id,
    senderId: id,
    campaignId: id.meta({ description: "The latest campaign that wrote in it." }),
    leadStatus: z.enum(leadStatuses).optional(),
    assignee: z.string().max(200).optional().meta({ description: "Empty: nobody's." }),
    q: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .regex(/^\P{Cc}*$/u, "This must be one line, without control characters.")
      .optional()
      .meta({
        description: "How the lead's first or last name begins, or both: `jan`, `doe`, `jane d`. In any case.",
      }),
    cursor: placeCursor(conversationPlace).optional(),
    limit: limit(),
  }),
  responses: { 200: page(conversationSchema) },
  example: { response: { data: [example], nextCursor: null } },
  async execute({ tx, workspaceId, query: { cursor: after, q, unread, assignee: of, ...filter } }) {
    const { data, next } = await listConversations(tx, workspaceId, {
      ...{ ...filter, after, name: q },
      unread: unread === undefined ? undefined : unread === "true",
      assignee: of === undefined ? undefined : of.trim() || null,
    });
    return { status: 200, body: { data: data.map(shown), nextCursor: next && encodeConversationPlace(next) } };
  },
});

const unreadSchema = z.object({
  conversations: z.number().int().meta({ description: "With unread messages." }),
  messages: z.number().int(),
});

const counts = endpoint({
  method: "GET",
  path: "/v1/conversations/unread",
  right: "messages.read",
  tags: ["Conversations"],
  summary: "Count what is unread",
  description: "The counts are kept, so that asking often costs nothing.",
  responses: {
    200: unreadSchema.extend({
      byChannel: z.object({ linkedin: unreadSchema, sms: unreadSchema, email: unreadSchema }),
    }),
  },
  async execute({ tx, workspaceId }) {
    const byChannel = await unreadCounts(tx, workspaceId);
    const sum = (of: "conversations" | "messages") => channels.reduce((n, channel) => n + byChannel[channel][of], 0);
    return { status: 200, body: { conversations: sum("conversations"), messages: sum("messages"), byChannel } };
  },
});

const get = endpoint({
  method: "GET",
  path: "/v1/conversations/{id}",
  right: "messages.read",
  tags: ["Conversations"],
  summary: "Get a conversation",
  params: idParams,
  responses: { 200: conversationSchema },
  example: { response: example },
  async execute({ tx, workspaceId, params }) {
    return { status: 200, body: shown(await existing(tx, workspaceId, params.id)) };
  },
});

const messages = endpoint({
  method: "GET",
  path: "/v1/conversations/{id}/messages",
  right: "messages.read",
  tags: ["Conversations"],
  summary: "List the messages of a conversation",
  description:
    "In both directions: what Herald sent or will send, what the lead wrote, what was sent elsewhere (`source: external`), with files, what became of each, and why. By when they went out or came in.",
  params: idParams,
  query: z.strictObject({
    order: z.enum(["desc", "asc"]).default("desc").meta({ description: "`desc`: the latest first." }),
    cursor: placeCursor(messagePlace).optional(),
    limit: limit(),
  }),
  responses: { 200: page(messageSchema) },
  async execute({ tx, workspaceId, params, query }) {
    const conversation = await existing(tx, workspaceId, params.id);
    const filter = { latestFirst: query.order === "desc", beyond: query.cursor, limit: query.limit + 1 };
    const rows = await listConversationMessages(tx, workspaceId, conversation, filter);
    return { status: 200, body: pageOf(rows, query.limit, encodeMessagePlace) };
  },
});

const change = endpoint({
  method: "PATCH",
  path: "/v1/conversations/{id}",
  right: "conversations.write",
  tags: ["Conversations"],
  summary: "Assign, note, close or reopen a conversation",
  description: "Only what is given changes. Closing it marks it as read.",
  params: idParams,
  body: z.strictObject({
    status: status.optional(),
    assignee: assignee.optional(),
    note: note.optional(),
  }),
  responses: { 200: conversationSchema },
  example: { body: { status: "closed", assignee: "ada@example.com" }, response: { ...example, status: "closed" } },
  async execute({ tx, workspaceId, params, body }) {
    const changed = await changeConversation(tx, workspaceId, params.id, {
      ...body,
      note: body.note === "" ? null : body.note,
    });
    if (!changed) throw notFound("conversation", params.id);
    return { status: 200, body: shown(await existing(tx, workspaceId, params.id)) };
  },
});

const read = endpoint({
  method: "POST",
  path: "/v1/conversations/{id}/read",
  right: "conversations.write",
  tags: ["Conversations"],
  summary: "Mark a conversation as read",
  // People do it all day, and it changes nothing for anybody else.
  audit: false,
  params: idParams,
  body: z
    .strictObject({
      messageId: z.string().max(200).optional().meta({
        description: "The latest message that was seen: what came in after it stays unread. Default: all was seen.",
      }),
    })
    .optional(),
  responses: { 200: conversationSchema },
  async execute({ tx, workspaceId, params, body }) {
    const conversation = await existing(tx, workspaceId, params.id);
    let unread = 0;
    if (body?.messageId !== undefined) {
      const after = await receivedAfter(tx, workspaceId, conversation, body.messageId);
      if (after === null) {
        throw invalid([{ field: "messageId", reason: "There is no such message in this conversation." }]);
      }
      // Seeing an old message again makes nothing unread.
      unread = Math.min(conversation.unread, after);
    }
    await setUnread(tx, workspaceId, params.id, unread);
    return { status: 200, body: shown(await existing(tx, workspaceId, params.id)) };
  },
});

const unread = endpoint({
  method: "POST",
  path: "/v1/conversations/{id}/unread",
  right: "conversations.write",
  tags: ["Conversations"],
  summary: "Mark a conversation as unread",
  audit: false,
  description: "One that is closed is open again.",
  params: idParams,
  responses: { 200: conversationSchema },
  async execute({ tx, workspaceId, params }) {
    const conversation = await existing(tx, workspaceId, params.id);
    if (conversation.lastMessageAt === null) {
      throw new HeraldError("invalid_state", "There is nothing in this conversation yet.");
    }
    await changeConversation(tx, workspaceId, params.id, { status: "open" });
    await setUnread(tx, workspaceId, params.id, Math.max(1, conversation.unread));
    return { status: 200, body: shown(await existing(tx, workspaceId, params.id)) };
  },
});

export const conversationEndpoints: readonly Endpoint[] = [list, counts, get, messages, change, read, unread];
