import { z } from "zod";
import { applyFact } from "../campaigns/inbound/apply.ts";
import type { Arrival, Effects } from "../campaigns/inbound/context.ts";
import { getMessage } from "../db/message.ts";
import type { Queryable } from "../db/pool.ts";
import { getSender } from "../db/sender.ts";
import { HeraldError, notFound } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import type { InboundFact } from "../domain/inbound.ts";
import { keywordOf } from "../domain/opt-out-words.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { idParams } from "./fields.ts";
import { invalid } from "./validate.ts";

const what = ["reply", "accept", "bounce"] as const;

const answerInSandbox = endpoint({
  method: "POST",
  path: "/v1/senders/{id}/sandbox-replies",
  right: "messages.send",
  tags: ["Senders"],
  summary: "Answer a sandbox message as the lead",
  description:
    "To try things out: the lead to whom a sender with the provider `sandbox` wrote answers (`reply`; STOP and its like opt out by " +
    "SMS and email), accepts the invitation (`accept`, LinkedIn), or the mail comes back (`bounce`, email). It does what the same " +
    "would do that a provider tells: sequences stop, events are recorded.",
  params: idParams,
  body: z.strictObject({
    messageId: z.string().max(200).meta({ description: "Which of the sender's messages is answered." }),
    kind: z.enum(what).default("reply"),
    text: z.string().trim().max(8_000).optional().meta({ description: "Of a reply." }),
  }),
  responses: {
    200: z.object({
      detail: z.string().nullable().meta({ description: "What came of it, where that isn't plain." }),
      leadId: z.string().nullable(),
      messageId: z.string().nullable().meta({ description: "The message that came in." }),
    }),
  },
  example: { body: { messageId: "msg_01k9d3v0x5e0rb1v6m2z8q4w7n", text: "Sounds good. When?" } },
  async execute({ api, tx, workspaceId, params, body, afterCommit }) {
    const sender = await getSender(tx, workspaceId, params.id);
    if (!sender) throw notFound("sender", params.id);
    if (sender.provider !== "sandbox") {
      const reason = `The sender ${sender.id} sends by ${sender.provider}: its leads answer for themselves.`;
      throw new HeraldError("unprocessable", reason, [{ field: "id", reason }]);
    }
    const message = await getMessage(tx, workspaceId, body.messageId);
    if (message?.senderId !== sender.id || message.direction !== "outbound" || message.sentAt === null) {
      throw notFound("message of this sender that was delivered", body.messageId);
    }
    const effects: Effects = { lanes: [], messages: [], moved: false, failedIn: [] };
    const arrival = arrivalAt(tx, workspaceId, sender.id, effects);
    const applied = await applyFact(arrival, factOf());
    afterCommit(() => {
      api.wake("delivery", effects.lanes);
      api.wakePlanner();
      api.wakeAssistant();
    });
    const { leadId = null, messageId = null } = applied.kind === "done" ? applied : {};
    return { status: 200, body: { detail: applied.detail, leadId, messageId } };

    function factOf(): InboundFact {
      const { channel, toAddress: to, providerMessageId, subject } = message!;
      const person = { [({ linkedin: "linkedinUrl", sms: "phone", email: "email" } as const)[channel]]: to };
      const account = { provider: "sandbox" as const, accountId: sender!.id };
      if (body.kind === "accept") {
        if (channel !== "linkedin") throw wrongChannel("accept", "linkedin");
        return { kind: "relation", person, account, at: null, external: null };
      }
      if (body.kind === "bounce") {
        if (channel !== "email") throw wrongChannel("bounce", "email");
        return {
          ...{
            kind: "bounce",
            senderId: sender!.id,
            references: providerMessageId === null ? [] : [providerMessageId],
          },
          ...{ recipient: to, finalRecipient: null, outcome: "hard", status: "5.1.1", at: null },
          detail: "The sandbox has no such mailbox.",
        };
      }
      if (!body.text) throw invalid([{ field: "text", reason: "A reply needs a text." }]);
      return {
        ...{ kind: "message", direction: "in", channel, person, account, text: body.text, attachments: [] },
        ...{ subject: channel === "email" && subject !== null ? `Re: ${subject.replace(/^Re: /, "")}` : null },
        keyword: channel === "linkedin" ? null : keywordOf(body.text),
        ...{ at: null, providerMessageId: `sandbox-${newId("message")}`, providerThreadId: null, external: null },
      };
    }
  },
});

const wrongChannel = (kind: string, channel: string) =>
  invalid([{ field: "kind", reason: `Only messages by ${channel} can be answered with ${kind}.` }]);

function arrivalAt(tx: Queryable, workspaceId: string, sourceId: string, effects: Effects): Arrival {
  return {
    tx,
    workspaceId,
    sourceId,
    createLeads: false,
    receivedAt: new Date(),
    saidByErased: { seen: false },
    effects,
  };
}

export const sandboxReplyEndpoints: readonly Endpoint[] = [answerInSandbox];
