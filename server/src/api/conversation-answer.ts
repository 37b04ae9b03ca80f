import { z } from "zod";
import type { AcceptedMessage, Idempotency, MessageRequest, OnRecord } from "../campaigns/desk.ts";
import { type Conversation, type ConversationLead, getConversation } from "../db/conversation.ts";
import { getMessage } from "../db/message.ts";
import { senderChannels } from "../db/sender-lookup.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { channels } from "../domain/event.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams, time, timeInput } from "./fields.ts";
import { readContent, readSchedule, smsHoursOverride } from "./message-send.ts";
import { invalid } from "./validate.ts";

const answer = endpoint({
  method: "POST",
  path: "/v1/conversations/{id}/messages",
  right: "messages.send",
  tags: ["Conversations"],
  summary: "Answer in a conversation",
  description:
    "Sends a message to the lead in this thread: on its channel, with its sender, in the same LinkedIn chat or with the headers that keep emails together. As with `POST /v1/messages`, the answer comes when it is stored, and what became of it is told by `GET /v1/messages/{id}`. Refused with `suppressed`, and the reason, where the lead opted out. A lead that replied has left its sequences already; one that didn't stays in them, and gets what comes next there.",
  params: idParams,
  body: z.strictObject({
    text: z.string().max(100_000).meta({
      description: "LinkedIn: up to 8,000 characters; SMS: 1,600; email: 100,000.",
    }),
    subject: z.string().max(1_000).nullish().meta({
      description: "Email only. Another one than the thread's begins a new thread; left out: `Re:` and its own.",
    }),
    html: z.string().max(100_000).nullish().meta({ description: "Email only." }),
    smsHoursOverride: smsHoursOverride.optional(),
    scheduledAt: timeInput
      .nullish()
      .meta({ description: "Not before this; at most 366 days ahead. In the past: now." }),
  }),
  idempotency: "desk",
  audit: "brief",
  responses: {
    202: z.object({
      messageId: z.string(),
      status: z.literal("queued"),
      conversationId: z.string(),
      leadId: z.string(),
      senderId: z.string(),
      channel: z.enum(channels),
      scheduledAt: time.nullable(),
      createdAt: time,
    }),
  },
  example: { body: { text: "Tuesday at ten works. I'll send an invitation." } },
  async execute({ api, workspaceId, params, body, idempotency, onRecord }) {
    const conversation = await getConversation(api.db, workspaceId, params.id);
    if (!conversation) throw notFound("conversation", params.id);
    const { channel, leadId, senderId } = conversation;
    const content = readContent(channel, body);
    const hoursOverride = body.smsHoursOverride?.reason ?? null;
    const scheduledAt = readSchedule(body.scheduledAt ?? null);
    await api.desk.judgeNew(workspaceId, idempotency, () => requireSender(api, workspaceId, conversation));
    if (channel === "email" && content.subject === null && conversation.subject === null) {
      throw invalid([{ field: "subject", reason: "This thread has no subject yet: its first email needs one." }]);
    }
    const request = { ...content, workspaceId, leadId, senderId, scheduledAt, source: "api" as const, hoursOverride };
    const accepted = await submit(api, request, idempotency, onRecord, conversation);
    const first = accepted.replayed ? await getMessage(api.db, workspaceId, accepted.messageId) : null;
    return {
      status: 202,
      body: {
        ...{ messageId: accepted.messageId, conversationId: params.id, leadId, senderId, channel },
        status: "queued",
        scheduledAt: first ? first.scheduledAt : scheduledAt,
        createdAt: first?.createdAt ?? accepted.createdAt,
      },
      ...(accepted.replayed && { headers: { "idempotent-replayed": "true" } }),
    };
  },
});

async function submit(
  api: ApiContext,
  request: MessageRequest,
  idempotency: Idempotency | null,
  onRecord: OnRecord,
  { optOutReason }: ConversationLead,
): Promise<AcceptedMessage> {
  try {
    return await api.desk.submit(request, idempotency, onRecord);
  } catch (error) {
    if (!(error instanceof HeraldError) || error.code !== "suppressed" || optOutReason === null) throw error;
    throw new HeraldError("suppressed", `${error.message.replace(/\.$/, "")} (${optOutReason}).`);
  }
}

/** What another system wrote is shown here and can't be answered by its account. */
async function requireSender(
  api: ApiContext,
  workspaceId: string,
  { senderId, channel, leadId }: Conversation,
): Promise<void> {
  if ((await senderChannels(api.db, workspaceId, [senderId])).has(senderId)) return;
  throw new HeraldError(
    "unprocessable",
    `This conversation went through ${senderId}, which is no sender of this workspace (any more). Write to the lead with another one: POST /v1/messages with leadId ${leadId} and channel ${channel}.`,
  );
}

export const conversationAnswerEndpoints: readonly Endpoint[] = [answer];
