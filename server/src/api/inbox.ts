import { z } from "zod";
import type { Idempotency, MakeLead, MessageRequest, OnRecord } from "../campaigns/desk.ts";
import { getLead } from "../db/lead.ts";
import type { Message } from "../db/message.ts";
import { senderChannels } from "../db/sender-lookup.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { contentProblems } from "../domain/message-content.ts";
import type { ApiContext } from "./context.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { time } from "./fields.ts";
import { awaitOutcome } from "./message-outcome.ts";
import { findRecipient } from "./recipient.ts";
import { invalid } from "./validate.ts";

/**
 * SendPilot's calls for single LinkedIn messages, which answer when the message is out. Herald waits for the outcome
 * for a while; a message that takes longer (a throttled sender, a provider that is away) is answered with 202.
 */
const waitMs = 20_000;

const senderId = z.string().min(1).max(200);
const profile = z
  .string()
  .min(1)
  .max(2_000)
  .meta({ examples: ["https://www.linkedin.com/in/jane-doe"] });
const text = z.string().max(100_000).meta({ description: "At most 8,000 characters." });

const sentSchema = z.object({
  success: z.literal(true),
  messageId: z.string(),
  recipientLinkedinUrl: z.string(),
  status: z.literal("sent"),
  timestamp: time,
});
const pendingStatus = z.enum(["queued", "uncertain"]).meta({
  description:
    "`queued`: it goes out as soon as possible. `uncertain`: it may have gone out, which Herald is looking up.",
});
const pendingSchema = sentSchema
  .extend({ status: pendingStatus })
  .meta({ description: "Not sent within 20 seconds. Look at `GET /v1/messages/{messageId}`; don't send it again." });

const send = endpoint({
  method: "POST",
  path: "/v1/inbox/send",
  audit: "brief",
  right: "messages.send",
  tags: ["Inbox"],
  summary: "Send a LinkedIn message",
  description: "Compatible with SendPilot's call. Waits up to 20 seconds for the outcome.",
  body: z.strictObject({ senderId, recipientLinkedinUrl: profile, message: text }),
  idempotency: "desk",
  responses: { 200: sentSchema, 202: pendingSchema },
  async execute({ api, workspaceId, body, idempotency, onRecord, request }) {
    const content = linkedinContent("message", body.message);
    await api.desk.judgeNew(workspaceId, idempotency, () => requireSender(api, workspaceId, body.senderId));
    const { leadId, makeLead } = await findProfile(api, workspaceId, body.recipientLinkedinUrl, idempotency);
    const order = { ...content, workspaceId, leadId, makeLead, senderId: body.senderId };
    return messageAnswer(await deliver(api, order, idempotency, onRecord, request.signal()));
  },
});

const sendToLead = endpoint({
  method: "POST",
  path: "/v1/inbox/send/lead/{leadId}",
  audit: "brief",
  right: "messages.send",
  tags: ["Inbox"],
  summary: "Send a LinkedIn message to a known lead",
  description: "Compatible with SendPilot's call. Waits up to 20 seconds for the outcome.",
  params: z.strictObject({ leadId: z.string().min(1).max(200) }),
  body: z.strictObject({ senderId, message: text }),
  idempotency: "desk",
  responses: { 200: sentSchema, 202: pendingSchema },
  async execute({ api, workspaceId, params, body, idempotency, onRecord, request }) {
    const content = linkedinContent("message", body.message);
    await api.desk.judgeNew(workspaceId, idempotency, () => requireSender(api, workspaceId, body.senderId));
    if ((await getLead(api.db, workspaceId, params.leadId)) === null) throw notFound("lead", params.leadId);
    const order = { ...content, workspaceId, leadId: params.leadId, senderId: body.senderId };
    return messageAnswer(await deliver(api, order, idempotency, onRecord, request.signal()));
  },
});

const connectedSchema = z.object({
  success: z.literal(true),
  requestId: z.string().meta({ description: "The ID of a message: `GET /v1/messages/{requestId}`." }),
  recipientLinkedinUrl: z.string(),
  status: z.enum(["sent", "already_connected"]),
  timestamp: time,
});

const connect = endpoint({
  method: "POST",
  path: "/v1/inbox/connect",
  audit: "brief",
  right: "messages.send",
  tags: ["Inbox"],
  summary: "Send a LinkedIn invitation",
  description: "Compatible with SendPilot's call. Waits up to 20 seconds for the outcome.",
  body: z.strictObject({
    senderId,
    recipientLinkedinUrl: profile,
    message: z.string().max(100_000).nullish().meta({ description: "The note: at most 300 characters." }),
  }),
  idempotency: "desk",
  responses: { 200: connectedSchema, 202: connectedSchema.extend({ status: pendingStatus }) },
  async execute({ api, workspaceId, body, idempotency, onRecord, request }) {
    const content = linkedinContent("connect", body.message ?? "");
    await api.desk.judgeNew(workspaceId, idempotency, () => requireSender(api, workspaceId, body.senderId));
    const { leadId, makeLead } = await findProfile(api, workspaceId, body.recipientLinkedinUrl, idempotency);
    const order = { ...content, workspaceId, leadId, makeLead, senderId: body.senderId };
    const message = await deliver(api, order, idempotency, onRecord, request.signal());
    const answer = { success: true as const, requestId: message.id, recipientLinkedinUrl: message.toAddress };
    if (message.status !== "sent") {
      return { status: 202, body: { ...answer, status: pending(message), timestamp: message.createdAt } };
    }
    const status = message.statusCode === "already_connected" ? "already_connected" : "sent";
    return { status: 200, body: { ...answer, status, timestamp: message.sentAt ?? message.createdAt } };
  },
});

type LinkedinContent = Pick<MessageRequest, "channel" | "action" | "subject" | "text" | "html">;

function linkedinContent(action: "message" | "connect", message: string): LinkedinContent {
  const content = { channel: "linkedin" as const, action, subject: null, text: message, html: null };
  const problems = contentProblems(content);
  // The only part of it that a caller gives.
  if (problems.length > 0) throw invalid(problems.map(({ reason }) => ({ field: "message", reason })));
  return content;
}

async function findProfile(api: ApiContext, workspaceId: string, text: string, idempotency: Idempotency | null) {
  const query = { channel: "linkedin" as const, text, field: "recipientLinkedinUrl", idempotency };
  return await findRecipient(api, workspaceId, query);
}

/** Before anything is stored: a lead shouldn't be made for a sender that isn't there. */
async function requireSender(api: ApiContext, workspaceId: string, id: string): Promise<void> {
  const channel = (await senderChannels(api.db, workspaceId, [id])).get(id);
  if (channel === undefined) throw notFound("sender", id);
  if (channel === "linkedin") return;
  const reason = `The sender ${id} sends by ${channel}, not on LinkedIn.`;
  throw new HeraldError("unprocessable", reason, [{ field: "senderId", reason }]);
}

type Order = LinkedinContent & { workspaceId: string; leadId: string; senderId: string; makeLead?: MakeLead | null };

/**
 * Hands the message in and waits.
 * @throws HeraldError when it surely didn't go out and won't: `provider_error` with the provider's words, `suppressed`
 *   or `unprocessable` where a rule forbids it.
 */
async function deliver(
  api: ApiContext,
  { makeLead = null, ...order }: Order,
  idempotency: Idempotency | null,
  onRecord: OnRecord,
  signal: AbortSignal,
): Promise<Message> {
  const request = { ...order, scheduledAt: null, source: "api" as const };
  const { messageId } = await api.desk.submit(request, idempotency, onRecord, makeLead);
  const message = await awaitOutcome(api.db, order.workspaceId, messageId, { waitMs, signal });
  const why = `${message.statusDetail ?? message.statusCode ?? message.status} (message ${messageId})`;
  switch (message.status) {
    case "failed":
      throw new HeraldError("provider_error", `The message did not go out: ${why}`);
    case "blocked":
      throw new HeraldError(
        message.statusCode === "suppressed" ? "suppressed" : "unprocessable",
        `The message was not sent: ${why}`,
      );
    case "cancelled":
      throw new HeraldError("invalid_state", `The message was cancelled before it went out: ${why}`);
    default:
      return message;
  }
}

function pending(message: Message): "queued" | "uncertain" {
  return message.status === "uncertain" ? "uncertain" : "queued";
}

function messageAnswer(message: Message) {
  const answer = { success: true as const, messageId: message.id, recipientLinkedinUrl: message.toAddress };
  return message.status === "sent"
    ? {
        status: 200 as const,
        body: { ...answer, status: "sent" as const, timestamp: message.sentAt ?? message.createdAt },
      }
    : { status: 202 as const, body: { ...answer, status: pending(message), timestamp: message.createdAt } };
}

export const inboxEndpoints: readonly Endpoint[] = [send, sendToLead, connect];
