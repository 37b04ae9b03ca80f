import { z } from "zod";
import { fromOutside, leadOf, messageOf } from "../outside.ts";
import { cursor, idOf, type Json, part, rows, type Tool, tool } from "../tool.ts";

const leadId = idOf("lead", "lead");

const search = tool({
  name: "search_leads",
  title: "Search leads",
  description: "Finds leads by part of a name, company or address, by status, tag or campaign; the newest first.",
  kind: "read",
  input: z.strictObject({
    search: z.string().max(200).optional().describe("Part of a name, company or address, in any case."),
    status: z
      .string()
      .max(40)
      .optional()
      .describe(
        "PENDING, CONNECTION_SENT, CONNECTION_ACCEPTED, MESSAGE_SENT, REPLY_RECEIVED, MEETING_BOOKED, OPPORTUNITY, NOT_INTERESTED or DONE.",
      ),
    tag: z.string().max(100).optional(),
    campaignId: z.string().max(200).optional(),
    page: z.number().int().min(1).default(1),
    limit: rows(),
  }),
  async run(herald, query) {
    const { leads, pagination } = await herald.call("GET", "/v1/leads", { query });
    return {
      leads: leads.map(leadOf),
      total: pagination.total,
      page: pagination.page,
      totalPages: pagination.totalPages,
    };
  },
});

const get = tool({
  name: "get_lead",
  title: "Get a lead",
  description: "One lead with all that is known about it.",
  kind: "read",
  input: z.strictObject({ leadId }),
  run: async (herald, input) => leadOf(await herald.call("GET", `/v1/leads/${part(input.leadId)}`)),
});

const timeline = tool({
  name: "lead_timeline",
  title: "What happened with a lead",
  description: "Messages in both directions and other events of one lead, the latest first.",
  kind: "read",
  input: z.strictObject({ leadId, limit: rows(30) }),
  async run(herald, { leadId: id, limit }) {
    // Refused where there is no such lead: an empty timeline would say that nothing happened.
    await herald.call("GET", `/v1/leads/${part(id)}`);
    const [messages, events] = await Promise.all([
      herald.call("GET", "/v1/messages", { query: { leadId: id, limit } }),
      herald.call("GET", "/v1/events", { query: { leadId: id, limit } }),
    ]);
    const entries = [
      ...messages.data.map((message: Json) => ({
        at: message.sentAt ?? message.createdAt,
        message: messageOf(message),
      })),
      ...events.data
        .filter(({ eventType }: Json) => !aboutMessages.has(eventType))
        .map(({ eventId, eventType, timestamp, data }: Json) => ({
          at: timestamp,
          event: { eventId, eventType, ...fromOutside(data) },
        })),
    ];
    const latest = entries.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, limit);
    return { leadId: id, timeline: latest, more: entries.length > limit };
  },
});

/** These are in the timeline as the messages themselves. */
const aboutMessages = new Set(["message.sent", "message.received", "reply.received", "connection_request.sent"]);

const explain = tool({
  name: "explain_lead",
  title: "What comes next for a lead",
  description:
    "What each campaign does next for a lead, when, and why not earlier: schedule, pace of the sender, conditions, a task that waits, an opt-out.",
  kind: "read",
  input: z.strictObject({ leadId }),
  run: async (herald, input) => await herald.call("GET", `/v1/leads/${part(input.leadId)}/next`),
});

const explainMessage = tool({
  name: "explain_message",
  title: "Why a message hasn't gone out",
  description: "Why a message has not gone out and what would change it, or what became of it.",
  kind: "read",
  input: z.strictObject({ messageId: idOf("message", "msg") }),
  run: async (herald, { messageId }) => await herald.call("GET", `/v1/messages/${part(messageId)}/explain`),
});

const suppressions = tool({
  name: "list_suppressions",
  title: "Who must not be written to",
  description: "Addresses that nothing is sent to, and why: opt-outs, bounces, complaints.",
  kind: "read",
  input: z.strictObject({ cursor, limit: rows() }),
  run: async (herald, query) => await herald.call("GET", "/v1/suppressions", { query }),
});

export const leadTools: readonly Tool[] = [search, get, timeline, explain, explainMessage, suppressions];
