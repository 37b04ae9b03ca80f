import { z } from "zod";
import { fromOutside, messageOf } from "../outside.ts";
import { cursor, idOf, type Json, part, rows, type Tool, tool } from "../tool.ts";

const channel = z.enum(["linkedin", "sms", "email"]).optional();

/** Of the latest message nobody says who wrote it: it may be the lead. */
function conversationOf({ id, lead, lastMessageText, subject, note, ...about }: Json): Json {
  const { id: leadId, status: leadStatus, ...person } = lead;
  return { id, leadId, leadStatus, ...about, note, ...fromOutside({ ...person, subject, lastMessageText }) };
}

const list = tool({
  name: "list_conversations",
  title: "List conversations",
  description: "The inbox: one conversation for each lead, channel and sender, the one with the latest message first.",
  kind: "read",
  input: z.strictObject({
    unread: z.boolean().optional().describe("Only those with messages that nobody has read."),
    status: z.enum(["open", "closed"]).optional(),
    channel,
    leadId: z.string().max(200).optional(),
    campaignId: z.string().max(200).optional(),
    name: z.string().max(100).optional().describe("How the lead's first or last name begins."),
    cursor,
    limit: rows(),
  }),
  async run(herald, { name: q, ...filter }) {
    const { data, nextCursor } = await herald.call("GET", "/v1/conversations", { query: { ...filter, q } });
    return { conversations: data.map(conversationOf), nextCursor };
  },
});

const read = tool({
  name: "read_conversation",
  title: "Read a conversation",
  description:
    "The messages of one conversation in both directions, the latest last. Reading it here leaves it unread.",
  kind: "read",
  input: z.strictObject({ conversationId: idOf("conversation", "conv"), cursor, limit: rows(30) }),
  async run(herald, { conversationId, ...query }) {
    const path = `/v1/conversations/${part(conversationId)}`;
    const conversation = await herald.call("GET", path);
    const { data, nextCursor } = await herald.call("GET", `${path}/messages`, { query });
    return {
      conversation: conversationOf(conversation),
      messages: data.map(messageOf).reverse(),
      earlier: nextCursor === null ? null : { cursor: nextCursor },
    };
  },
});

const tasks = tool({
  name: "list_tasks",
  title: "List tasks",
  description: "What waits for a person to do it, the oldest first.",
  kind: "read",
  input: z.strictObject({
    leadId: z.string().max(200).optional(),
    campaignId: z.string().max(200).optional(),
    limit: rows(),
  }),
  async run(herald, query) {
    const { data } = await herald.call("GET", "/v1/tasks", { query: { ...query, status: "open" } });
    return { tasks: data.map(({ text, title, ...task }: Json) => ({ ...task, ...fromOutside({ title, text }) })) };
  },
});

export const conversationTools: readonly Tool[] = [list, read, tasks];
