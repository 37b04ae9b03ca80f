import { z } from "zod";
import { channels, leadStatuses } from "../../domain/event.ts";
import type { InboundFact, Reading } from "../../domain/inbound.ts";
import { keywordOf } from "../../domain/opt-out-words.ts";
import { verifyHerald } from "../../domain/signature.ts";
import { checkStandardSecret, newStandardSecret } from "../../domain/standard-webhooks.ts";
import { deliveryIdOf, parseObject, storable } from "../json.ts";
import { jsonAnswer, type KeptRequest, type SourceKind } from "../source-kind.ts";

/**
 * Any system that signs by Standard Webhooks 1.0. A JSONata expression says what its events mean: it gives one of the objects
 * below, a list of them, or nothing.
 */
export const genericSource: SourceKind<Record<string, never>> = {
  kind: "generic",
  config: z.strictObject({}),
  newSecret: newStandardSecret,
  checkSecret: checkStandardSecret,
  verify: ({ headers, body, now }, secrets) => verifyHerald(headers, body, secrets, now),
  // Signed, and so the sender's own.
  deliveryId: ({ headers }) => deliveryIdOf(String(headers["webhook-id"])),
  read: () => ({ kind: "unknown", type: null, detail: "The mapping was not asked." }),
  answer: jsonAnswer,
};

/** What is blank is not given: forms and CRMs send empty fields. */
const line = z
  .string()
  .trim()
  .max(2_000)
  .nullish()
  .transform((text) => text || null);
const person = {
  ...{
    linkedinUrl: line,
    phone: line,
    email: line,
    firstName: line,
    lastName: line,
    externalLeadId: line,
    profile: line,
  },
};
const at = z.iso.datetime({ offset: true }).nullish();
const step = z.int().min(1).max(10_000).nullish();
const message = {
  ...person,
  channel: z.enum(channels),
  text: z.string().max(100_000),
  subject: line,
  id: line,
  threadId: line,
  at,
  attachments: z
    .array(z.strictObject({ url: z.url({ protocol: /^https?$/ }), contentType: line }))
    .max(50)
    .nullish(),
  campaignId: line,
  sequenceStep: step,
  senderId: line,
};

/** What a mapping may give. */
export const mappedFact = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("message.received"), ...message }),
  z.strictObject({ type: z.literal("message.sent"), ...message }),
  z.strictObject({ type: z.literal("connection_request.accepted"), ...person, campaignId: line, senderId: line, at }),
  z.strictObject({
    ...{ type: z.literal("opt_out"), ...person },
    channel: z.enum([...channels, "all"]).default("all"),
    reason: line,
    at,
  }),
  z.strictObject({
    ...{ type: z.literal("lead.updated"), ...person },
    status: z.enum(leadStatuses).nullish(),
    addTags: z.array(z.string().min(1)).nullish(),
    removeTags: z.array(z.string().min(1)).nullish(),
    custom: z.record(z.string(), z.string().nullable()).nullish(),
    at,
  }),
]);
type Mapped = z.output<typeof mappedFact>;

/** Reads what a mapping gave. `json` null: it gave nothing. */
export function readMapped({ body, deliveryId }: KeptRequest, json: string | null): Reading {
  const type = parseObject(body)?.type;
  const name = typeof type === "string" ? type.slice(0, 100).replaceAll("\0", "").toWellFormed() : null;
  const given = json === null ? null : JSON.parse(json);
  if (given === null) return { kind: "nothing", type: name, detail: "The mapping gives nothing for it." };
  const list = Array.isArray(given) ? given : [given];
  const facts: InboundFact[] = [];
  for (const [n, item] of list.entries()) {
    const result = mappedFact.safeParse(item);
    if (!result.success) {
      const { path, message: reason } = result.error.issues[0]!;
      const place = [...(list.length > 1 ? [n] : []), ...path].join(".");
      const detail = `The mapping gives what can't be read${place ? `, at ${place}` : ""}: ${reason}`;
      return { kind: "unknown", type: name, detail };
    }
    facts.push(factOf(storable(result.data) as Mapped, n === 0 ? deliveryId : `${deliveryId}/${n}`));
  }
  if (facts.length === 0) return { kind: "nothing", type: name, detail: "The mapping gives nothing for it." };
  return { kind: "facts", type: name, facts };
}

function factOf(mapped: Mapped, ownId: string): InboundFact {
  const { linkedinUrl, phone, email, firstName, lastName, externalLeadId, profile } = mapped;
  const who = {
    ...{ linkedinUrl: linkedinUrl ?? null, phone: phone ?? null, email: email ?? null, firstName: firstName ?? null },
    ...{ lastName: lastName ?? null, externalLeadId: externalLeadId ?? null, profile: profile ?? null },
  };
  const time = mapped.at ? Date.parse(mapped.at) : null;
  switch (mapped.type) {
    case "message.received":
    case "message.sent": {
      const { channel, text } = mapped;
      const sequenceStep = mapped.sequenceStep ?? null;
      const isFollowUp = (sequenceStep ?? 1) > 1;
      const inbound = mapped.type === "message.received";
      return {
        ...({ kind: "message", direction: inbound ? "in" : "out", channel, person: who, account: null } as const),
        ...{ text, subject: mapped.subject ?? null, keyword: inbound && channel === "sms" ? keywordOf(text) : null },
        attachments: (mapped.attachments ?? []).map(({ url, contentType }) => ({
          url,
          contentType: contentType ?? null,
        })),
        at: time,
        ...{ providerMessageId: mapped.id ?? ownId, providerThreadId: mapped.threadId ?? null },
        external: {
          ...{
            campaignId: mapped.campaignId ?? undefined,
            senderId: mapped.senderId ?? null,
            sequenceStep,
            isFollowUp,
          },
          ...{ followUpStep: isFollowUp ? sequenceStep! - 1 : null, data: { ...mapped } },
        },
      };
    }
    case "connection_request.accepted": {
      const external = { campaignId: mapped.campaignId ?? null, senderId: mapped.senderId ?? null };
      return { kind: "relation", person: who, account: null, at: time, external };
    }
    case "opt_out":
      return {
        kind: "opt_out",
        person: who,
        at: time,
        channel: mapped.channel,
        reason: `opted_out: ${mapped.reason ?? "told by a source"}`,
      };
    case "lead.updated":
      return {
        ...{ kind: "lead", person: who, at: time },
        ...(mapped.status ? { status: mapped.status } : {}),
        ...(mapped.addTags ? { addTags: mapped.addTags } : {}),
        ...(mapped.removeTags ? { removeTags: mapped.removeTags } : {}),
        ...(mapped.custom ? { custom: mapped.custom } : {}),
      };
  }
}
