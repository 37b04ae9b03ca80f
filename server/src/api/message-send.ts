import { z } from "zod";
import { type MakeLead, noSender } from "../campaigns/desk.ts";
import { addressFields } from "../db/lead.ts";
import { getMessage, listMessages } from "../db/message.ts";
import type { Queryable } from "../db/pool.ts";
import { hasSender } from "../db/sender-lookup.ts";
import type { HeraldError } from "../domain/error.ts";
import { type ChannelName, channels } from "../domain/event.ts";
import { contentProblems } from "../domain/message-content.ts";
import { endpoint } from "./endpoint.ts";
import { time, timeInput } from "./fields.ts";
import { findRecipient } from "./recipient.ts";
import { invalid } from "./validate.ts";

/** Lets an SMS out at any hour. */
export const smsHoursOverride = z.strictObject({ reason: z.string().trim().min(1).max(500) }).meta({
  description:
    "SMS only: it goes out at any hour, for this reason, which is kept with the message and on record. Without it an SMS waits for the workspace's `smsHours` by the clock at the lead's place, unless the lead wrote by SMS within the last 24 hours.",
});

/** What a message by API says. @throws invalid_request: its channel doesn't allow that; fields are named under `prefix` */
export function readContent(
  channel: ChannelName,
  given: {
    text: string;
    subject?: string | null | undefined;
    html?: string | null | undefined;
    smsHoursOverride?: object | undefined;
  },
  prefix = "",
) {
  const content = {
    ...{ channel, action: "message" as const, text: given.text },
    subject: given.subject?.trim() || null,
    html: given.html?.trim() ? given.html : null,
  };
  const problems = contentProblems(content, prefix);
  if (given.smsHoursOverride && channel !== "sms") {
    problems.push({ field: `${prefix}smsHoursOverride`, reason: "Only SMS keep hours." });
  }
  if (problems.length > 0) throw invalid(problems);
  return content;
}

const sendInput = z.strictObject({
  leadId: z.string().max(200).optional(),
  recipient: z
    .strictObject({
      linkedinUrl: z.string().max(2_000).optional(),
      phone: z.string().max(200).optional(),
      email: z.string().max(400).optional(),
    })
    .optional()
    .meta({ description: "In place of `leadId`: the channel's address. A lead that nobody has yet is made." }),
  channel: z.enum(channels),
  senderId: z.string().max(200).nullish().meta({
    description: "Default: the sender that wrote to this lead last, else one of the channel's active senders.",
  }),
  subject: z
    .string()
    .max(1_000)
    .nullish()
    .meta({ description: "Email only. May be left out in a thread that there is." }),
  text: z.string().max(100_000).meta({ description: "LinkedIn: up to 8,000 characters; SMS: 1,600; email: 100,000." }),
  html: z.string().max(100_000).nullish().meta({ description: "Email only." }),
  smsHoursOverride: smsHoursOverride.optional(),
  scheduledAt: timeInput.nullish().meta({ description: "Not before this; at most 366 days ahead. In the past: now." }),
});

export const sendMessage = endpoint({
  method: "POST",
  path: "/v1/messages",
  audit: "brief",
  right: "messages.send",
  tags: ["Messages"],
  summary: "Send a message",
  description:
    "Accepts a message for one lead, on any channel. The answer comes when it is stored: from then on it is sent once, " +
    "whatever happens. An SMS that would come at night waits for the morning (`smsHours` of the workspace). What became of it is told by `GET /v1/messages/{id}` and by the events.",
  body: sendInput,
  idempotency: "desk",
  responses: {
    202: z.object({
      messageId: z.string(),
      status: z.literal("queued"),
      leadId: z.string(),
      senderId: z.string().nullable(),
      conversationId: z.string().nullable(),
      channel: z.enum(channels),
      scheduledAt: time.nullable(),
      createdAt: time,
    }),
  },
  example: {
    body: { recipient: { phone: "+12025550143" }, channel: "sms", text: "Hi Jane, are you free on Tuesday?" },
  },
  async execute({ api, workspaceId, body, idempotency, onRecord }) {
    const { channel } = body;
    const content = readContent(channel, body);
    const hoursOverride = body.smsHoursOverride?.reason ?? null;
    const scheduledAt = readSchedule(body.scheduledAt ?? null);
    const { leadId, makeLead } = await readLead();
    const senderId = body.senderId ?? null;
    if (channel === "email" && content.subject === null) await refuseNoSubject(api.db, workspaceId, leadId, senderId);
    const request = { ...content, workspaceId, leadId, senderId, scheduledAt, source: "api" as const, hoursOverride };
    const accepted = await api.desk.submit(request, idempotency, onRecord, makeLead);
    // The first answer again; what it didn't keep stands with the message.
    const first = accepted.replayed ? await getMessage(api.db, workspaceId, accepted.messageId) : null;
    return {
      status: 202,
      body: {
        messageId: accepted.messageId,
        status: "queued",
        leadId: accepted.leadId,
        senderId: first?.senderId ?? accepted.senderId,
        conversationId: first?.conversationId ?? accepted.conversationId,
        channel,
        scheduledAt: first ? first.scheduledAt : scheduledAt,
        createdAt: first?.createdAt ?? accepted.createdAt,
      },
      ...(accepted.replayed && { headers: { "idempotent-replayed": "true" } }),
    };

    async function readLead(): Promise<{ leadId: string; makeLead: MakeLead | null }> {
      const { leadId, recipient } = body;
      if ((leadId === undefined) === (recipient === undefined)) {
        throw invalid([{ field: "leadId", reason: "Give either leadId or recipient." }]);
      }
      if (recipient === undefined) return { leadId: leadId!, makeLead: null };
      const field = addressFields[channel];
      const address = recipient[field];
      if (address === undefined || Object.keys(recipient).length > 1) {
        const reason = `The recipient of a message by ${channel} is named by ${field} alone.`;
        throw invalid([{ field: `recipient.${field}`, reason }]);
      }
      // Before the lead is made: a request that is refused leaves nothing behind.
      const senderId = body.senderId ?? null;
      const known = idempotency && (await api.desk.acceptedBefore(workspaceId, idempotency));
      const first = known ? await getMessage(api.db, workspaceId, known) : null;
      // The first answer again, whatever became of the sender and of the address since.
      if (first) return { leadId: first.leadId, makeLead: null };
      if (!(await hasSender(api.db, workspaceId, channel, senderId))) throw noSender(channel, senderId);
      const query = { channel, text: address, field: `recipient.${field}`, idempotency };
      const refuseUnknown = () => {
        if (channel === "email" && content.subject === null) throw noSubject();
      };
      return await findRecipient(api, workspaceId, { ...query, refuseUnknown });
    }
  },
});

const furthestMs = 366 * 86_400_000;

/** Null: as soon as possible. */
export function readSchedule(at: Date | null, field = "scheduledAt"): Date | null {
  const ahead = at === null ? 0 : at.getTime() - Date.now();
  if (ahead > furthestMs) throw invalid([{ field, reason: "This is more than 366 days ahead." }]);
  return ahead > 0 ? at : null;
}

async function refuseNoSubject(
  db: Queryable,
  workspaceId: string,
  leadId: string,
  senderId: string | null,
): Promise<void> {
  const filter = { leadId, channel: "email", senderId: senderId ?? undefined, limit: 1 } as const;
  if ((await listMessages(db, workspaceId, filter)).rows.length > 0) return;
  throw noSubject();
}

function noSubject(): HeraldError {
  return invalid([{ field: "subject", reason: "The first email to a lead needs a subject." }]);
}
