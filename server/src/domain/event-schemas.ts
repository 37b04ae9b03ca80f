import { z } from "zod";
import {
  automaticKinds,
  channels,
  consentSources,
  type EventDataByType,
  type EventType,
  leadOrigins,
  leadStatuses,
  messageSources,
  receivingWays,
  suppressionKinds,
} from "./event.ts";

/**
 * Every event's data in the `herald` format, field by field, and when it fires: what docs/events.md, OpenAPI's webhooks and
 * the SDK's types are made of. That these say the same as the types of `event.ts` is checked by the compiler, below.
 */

const text = (description: string) => z.string().meta({ description });
const orNull = (description: string) => z.string().nullable().meta({ description });
const flag = (description: string) => z.boolean().meta({ description });
const count = (description: string) => z.number().int().min(0).meta({ description });
const instant = (description: string) =>
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    .meta({ description: `${description} ISO 8601 in UTC, with milliseconds.` });

const leadId = text("The lead.");
const externalLeadId = orNull("The lead's ID in the team's CRM, where it is known.");
const linkedinUrl = orNull("The lead's profile.");
const phone = orNull("The lead's number, E.164.");
const email = orNull("The lead's address.");
const addresses = { linkedinUrl, phone, email };
const channel = z.enum(channels).meta({ description: "How it went." });
const senderId = text("The account that it went out from, or that it came to.");
const campaignId = orNull("Null: no campaign.");
const content = z
  .object({ subject: orNull("Email only."), text: text("The whole text.") })
  .meta({ description: "What was written." });

const leadTags = z.array(z.string()).meta({ description: "The lead's tags, at that moment." });
const sentAt = z.string().nullable().meta({
  description:
    "When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known.",
});
const changedAt = instant("When, by whoever said so: another system may tell it late.");

const messageSent = z.object({
  messageId: text("Herald's ID of the message."),
  leadId,
  externalLeadId,
  channel,
  source: z
    .enum(messageSources)
    .meta({ description: "Who had it sent: a campaign, the API, the assistant, or another system (`external`)." }),
  campaignId,
  sequenceStep: z.number().int().min(1).nullable().meta({
    description: "Position of the step in its sequence at the time of sending, from 1. Null outside a sequence.",
  }),
  isFollowUp: flag("Whether a step came before it."),
  followUpStep: z.number().int().nullable().meta({ description: "sequenceStep - 1 for a follow-up, else null." }),
  senderId,
  profile: orNull("What the assistant is told about this kind of lead."),
  ...addresses,
  content,
  conversationId: orNull("The thread with this lead on this channel."),
  providerMessageId: orNull("Twilio's SID, Unipile's ID, or the Message-ID of an email."),
  stepId: orNull("The step that it was. Null outside a sequence, and of another system's message."),
  variant: orNull("Key of the step's variant that it was; null: the step has none."),
  tags: leadTags,
  sentAt,
});

const failure = {
  code: text("Why, for programs: stable, in snake_case."),
  reason: text("Why, for people."),
};

const messageReceived = z.object({
  messageId: text("Herald's ID of the message."),
  leadId,
  externalLeadId,
  channel,
  campaignId: orNull("Of the latest message of a sequence in the conversation."),
  senderId: text("Who it was written to: a sender, or the source's ID where the account is none of Herald's."),
  profile: orNull("What the assistant is told about this kind of lead."),
  ...addresses,
  content,
  visibleText: orNull("Email: what was written anew, without quotes and signature. Null: all of `content.text`."),
  attachments: z
    .array(
      z.object({
        url: text("The provider's address of it, which may want its own credentials; `mid:` for files of an email."),
        contentType: orNull("As the provider says."),
      }),
    )
    .meta({ description: "Files that came with it." }),
  hasAttachments: z.boolean().meta({
    description:
      "Also true where another system says that there were files, and not where: `attachments` is then empty.",
  }),
  truncated: flag(
    "An email that has more than 100,000 characters of text or 20 files, or is made to be slow to read: the rest is in the mailbox.",
  ),
  keyword: z
    .enum(["stop", "start", "help"])
    .nullable()
    .meta({ description: "An opt-out word, one that takes it back, or a call for help; null: an ordinary message." }),
  conversationId: text("The thread with this lead on this channel."),
  providerMessageId: orNull("The provider's ID of the message."),
  receivedAt: instant("As the provider says, else when it came in."),
});

const campaign = { campaignId: text("The campaign."), campaignName: text("Its name.") };
const openOrClick = {
  first: flag("The first time that is not automated."),
  count: count("So many times by now, at most one a minute, without automated ones."),
  automated: flag("A program of a mail provider did it, perhaps before anybody saw the mail."),
};
const consent = {
  externalLeadId,
  ...addresses,
  reason: text("For people."),
  source: z.enum(consentSources).meta({ description: "Who asked for it." }),
  changedBy: orNull("The API key's ID, or who else; null: nobody but the source."),
  note: orNull("What was noted with it."),
  evidence: z.record(z.string(), z.string()).nullable().meta({
    description: "By what it can be shown: `messageId`, `text` (the words), `provider`, whatever the source has.",
  }),
};
const suppressed = {
  leadId: orNull("Null: nobody has this address now; it is kept all the same."),
  ...consent,
  channel: z.enum(channels).meta({ description: "The channel that it is about." }),
  address: text("The address that it is about."),
  kind: z.enum(suppressionKinds).meta({ description: "Why the address must not be written to." }),
};
const receivingWay = z
  .enum(receivingWays)
  .meta({ description: "mailbox: it is read by IMAP. poll: the provider is asked, beside its webhooks." });
const status = (description: string) => z.enum(leadStatuses).meta({ description });
const fieldChanges = (description: string) =>
  z
    .record(z.string(), z.object({ old: orNull("Null: it had none."), new: orNull("Null: it has none any more.") }))
    .meta({ description });
const task = {
  taskId: text("The task."),
  leadId,
};

const approvalFields = {
  approvalId: text("The approval."),
  action: text("What was asked for: send_message, reply, start_campaign, resume_campaign or enroll_leads."),
  leadId: orNull("The lead that it is about; null: none, or several."),
  campaignId: orNull("The campaign that it is about."),
  conversationId: orNull("The conversation that would be answered."),
};
const draftFields = {
  turnId: text("The assistant's turn."),
  leadId,
  profileId: text("The profile under which it was written."),
};

/** What an event is, for documentation. */
export interface EventDefinition<T extends EventType = EventType> {
  /** When it fires, and when it doesn't. */
  when: string;
  data: z.ZodType<Mutable<EventDataByType[T]>>;
}

/** Zod knows no read-only objects. */
type Mutable<T> = T extends (infer U)[] | readonly (infer U)[]
  ? Mutable<U>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;

export const eventSchemas = {
  "message.sent": {
    when: "A provider took a message, or another system (SendPilot, Apten, another device) told that it had sent one.",
    data: messageSent,
  },
  "message.failed": {
    when: "A message will never go out (the provider refused it for good, its attempts are used up, or a rule blocked it), or the provider reports that it could not deliver what it had taken.",
    data: messageSent.extend(failure),
  },
  "message.delivered": {
    when: "The provider says that the message arrived; once a message. By email only where a mail server reports it, which few do.",
    data: messageSent.extend({ deliveredAt: instant("When it arrived.") }),
  },
  "message.uncertain": {
    when: "A call ended without an answer, and the provider can't be asked, or doesn't know: a person decides.",
    data: messageSent.extend(failure),
  },
  "message.bounced": {
    when: "A mail server reports that an email which had gone out did not arrive, and won't.",
    data: messageSent.extend({
      code: z.enum(["bounced", "refused"]).meta({
        description: "bounced: there is no such address, which is suppressed. refused: this mail alone was not taken.",
      }),
      smtpStatus: orNull('RFC 3463: "5.1.1".'),
      reason: text("What the mail server said."),
      bouncedAt: instant("When it was reported."),
    }),
  },
  "message.opened": {
    when: "An email's images were loaded, in a campaign with `tracking.opens`; at most once a minute a message.",
    data: messageSent.extend({ ...openOrClick, openedAt: instant("When.") }),
  },
  "message.clicked": {
    when: "A link of an email was followed, in a campaign with `tracking.clicks`.",
    data: messageSent.extend({ url: text("Where the link leads."), ...openOrClick, clickedAt: instant("When.") }),
  },
  "connection_request.sent": {
    when: "A LinkedIn invitation went out.",
    data: z.object({
      messageId: text("Herald's ID of the invitation."),
      leadId,
      externalLeadId,
      campaignId,
      sequenceStep: z.number().int().min(1).nullable().meta({ description: "Null outside a sequence." }),
      stepId: orNull("The step that it was. Null outside a sequence, and of another system's invitation."),
      variant: orNull("Key of the step's variant that it was; null: the step has none."),
      linkedinUrl,
      senderId,
      source: z.enum(messageSources).meta({ description: "As in `message.sent`." }),
      profile: orNull("What the assistant is told about this kind of lead."),
      tags: leadTags,
      note: orNull("The words that went with it."),
      sentAt,
    }),
  },
  "connection_request.accepted": {
    when: "A lead accepted an invitation; once, however it was learned. The event's time is that of the detection.",
    data: z.object({
      leadId,
      externalLeadId,
      campaignId,
      linkedinUrl,
      senderId,
      acceptedAt: instant("When, as far as is known."),
    }),
  },
  "message.received": { when: "A lead wrote by SMS or email.", data: messageReceived },
  "message.auto_replied": {
    when: "A program answered for a lead: an absence note or a receipt by email, by SMS a phone whose owner drives or a number that nobody reads. It is no reply, and nothing stops; after an absence note the lead's sequences rest until it is back.",
    data: messageReceived.extend({
      automatic: z
        .enum(automaticKinds)
        .meta({ description: "auto_reply: a receipt of a ticket system, a newsletter, what says so of itself." }),
      pausedUntil: z.string().nullable().meta({
        description:
          "ISO 8601: until when this absence note lets the lead's sequences rest, by the day of return that it names, else by the workspace's `absencePauseDays`. Null: it changes nothing.",
      }),
    }),
  },
  "reply.received": { when: "A lead wrote on LinkedIn.", data: messageReceived },
  "lead.created": {
    when: "A lead is new in the workspace: by the API (also by writing to somebody new), from a file, or because another system told of it. Leads from files are told only to destinations that name this event (`lead.created`, `lead.*` or `*`), and leave no event where none does.",
    data: z.object({
      leadId,
      externalLeadId,
      campaignId: orNull("The campaign that it was added for."),
      firstName: orNull("As given."),
      lastName: orNull("As given."),
      company: orNull("As given."),
      title: orNull("As given."),
      ...addresses,
      timeZone: orNull("Its time zone: an IANA name."),
      profile: orNull("What the assistant is told about this kind of lead."),
      tags: z.array(z.string()).meta({ description: "Tags that it came with." }),
      custom: z.record(z.string(), z.string()).meta({ description: "Its custom fields, by name." }),
      origin: z.enum(leadOrigins).meta({ description: "A call of the API, an import of a file, or a source." }),
      createdAt: instant("When."),
    }),
  },
  "lead.updated": {
    when: "A lead's status changed.",
    data: z.object({
      leadId,
      externalLeadId,
      campaignId,
      linkedinUrl,
      previousStatus: status("Before."),
      newStatus: status("Now."),
      changedBy: z.enum(["api", "automation", "user"]).meta({ description: "Who changed it." }),
      note: orNull("What was noted with it."),
      changedAt,
    }),
  },
  "lead.fields.updated": {
    when: "Fields of a lead changed, by the API or because another system said so. What a message happens to tell of who wrote it (a name, an ID in the CRM) makes none.",
    data: z.object({
      leadId,
      externalLeadId,
      campaignId,
      ...addresses,
      fields: fieldChanges("Herald's own fields that changed, by name."),
      custom: fieldChanges("Custom fields that changed, by name."),
      changedBy: z.enum(["api", "source"]).meta({ description: "A call of the API, or another system." }),
    }),
  },
  "lead.tag.updated": {
    when: "A lead's tags changed, by the API, because another system said so, or because the assistant found a condition met. Several at once make one event for each that is new, after one for all that are gone. Leads that come in with tags make none.",
    data: z.object({
      leadId,
      externalLeadId,
      campaignId,
      linkedinUrl,
      phone,
      tags: z.array(z.string()).meta({ description: "All of them, as they are now." }),
      added: z.array(z.string()).meta({ description: "Those that are new." }),
      removed: z.array(z.string()).meta({ description: "Those that are gone." }),
      changedAt,
      channel: z.enum(channels).nullable().meta({
        description: "Of the message that led to it, as the assistant or another system says; null: nobody wrote.",
      }),
      reason: orNull("Why, in the assistant's words. Null: somebody else did it."),
    }),
  },
  "lead.opted_out": {
    when: "An address must not be written to any more; one event a channel.",
    data: z.object({
      ...suppressed,
      linkedChannels: z
        .array(z.enum(channels))
        .meta({ description: "Channels for which it counts as well, by the workspace's `linkedChannels`." }),
      isDoNotContact: flag(
        "The whole person is meant: kind `do_not_contact`. Where that marked a lead, its `lead.do_not_contact` came before.",
      ),
      optedOutAt: instant("When."),
    }),
  },
  "lead.opted_in": {
    when: "What forbade writing to an address was lifted.",
    data: z.object({ ...suppressed, optedInAt: instant("When.") }),
  },
  "lead.do_not_contact": {
    when: "Nobody may write to this person any more, on any channel. A `lead.opted_out` a channel follows.",
    data: z.object({ ...consent, leadId, doNotContactAt: instant("When.") }),
  },
  "lead.erased": {
    when: "A person was erased at their request (`POST /v1/leads/{id}/erase`). Deliveries about the lead that were waiting are not made any more; this is the last that is told of it.",
    data: z.object({
      leadId: orNull("The lead, which is not there any more. Null: no lead had the address."),
      externalLeadId,
      addressHashes: z.array(z.string()).meta({
        description:
          "SHA-256 in hex of each of the person's addresses in canonical form (email in lower case, phone E.164, https://www.linkedin.com/in/...): for who knows the person by nothing else.",
      }),
      erasedBy: orNull("The API key's ID, or who else."),
      erasedAt: instant("When."),
    }),
  },
  "audit.sealed": {
    when: "A day of the audit trail is over and was sealed, if it had an entry, and a destination names this event (`audit.sealed` or `audit.*`) by then. Keep its hash where Herald's machine can't reach it.",
    data: z.object({
      day: text("The day in UTC, `2026-01-05`."),
      no: z.number().int().min(1).meta({ description: "The seal's number, from 1 without gaps." }),
      hash: text("SHA-256 of the seal, in hex: `herald audit verify --seal` takes it."),
      previousHash: text("That of the day before; of the first one 64 zeros."),
      minutes: count("Minutes of the day that have entries, each with a seal."),
      sealedAt: instant("When it was sealed."),
    }),
  },
  "notification.created": {
    when: "Something wants a person's attention: a condition of the assistant's is met, or another system (Apten) says so.",
    data: z.object({
      leadId: orNull("Null: whom it is about is no lead here."),
      externalLeadId,
      channel: z.enum(channels).nullable().meta({ description: "The channel that it is about; null: none." }),
      ...addresses,
      name: text("What kind of notification it is."),
      message: text("What it says."),
    }),
  },
  "campaign.started": {
    when: "A campaign was started; also one of another system (SendPilot), as it was told.",
    data: z.object({ ...campaign, totalLeads: count("Leads in it."), startedAt: instant("When.") }),
  },
  "campaign.paused": {
    when: "A campaign was paused: by the API, by a person, or by a guard rail (`system`); also one of another system (SendPilot), as it was told.",
    data: z.object({
      ...campaign,
      pausedAt: instant("When."),
      pausedBy: z.enum(["api", "user", "system"]).meta({ description: "By whom." }),
    }),
  },
  "campaign.resumed": {
    when: "A paused campaign goes on; also one of another system (SendPilot), as it was told.",
    data: z.object({
      ...campaign,
      resumedAt: instant("When."),
      resumedBy: z.enum(["api", "user"]).meta({ description: "By whom." }),
    }),
  },
  "campaign.finished": {
    when: "The last lead left the campaign's sequence; also one of another system (SendPilot), as it was told.",
    data: z.object({ ...campaign, totalLeads: count("Leads in it."), finishedAt: instant("When.") }),
  },
  "sender.paused": {
    when: "A sender stopped: somebody paused it, its provider slows it down, or its account needs a person.",
    data: z.object({
      senderId: text("The sender."),
      channel: z.enum(channels).meta({ description: "Its channel." }),
      reason: text("For people."),
      until: z.string().nullable().meta({ description: "When it goes on by itself; null: when somebody has acted." }),
      pausedBy: z
        .enum(["api", "provider"])
        .meta({ description: "`api`: somebody did it themselves. `provider`: by what the provider says." }),
    }),
  },
  "sender.receiving_failed": {
    when: "What comes back for a sender can't be read: at once where somebody has to act (a login that is refused), else after half an hour. Replies and opt-outs wait in the mailbox; the sender sends on, pause it if that is not wanted.",
    data: z.object({
      senderId: text("The sender."),
      channel: z.enum(channels).meta({ description: "Its channel." }),
      way: receivingWay,
      code: orNull("Why, for programs: login_refused, authorization_expired, connect_failed and others."),
      reason: text("What is wrong and what to do, for people."),
      failingSince: instant("The first try that failed."),
      retryAt: instant("When it is tried again."),
    }),
  },
  "sender.receiving_resumed": {
    when: "What comes back for a sender is read again, after `sender.receiving_failed`; from where it was, so that nothing is lost.",
    data: z.object({
      senderId: text("The sender."),
      channel: z.enum(channels).meta({ description: "Its channel." }),
      way: receivingWay,
      resumedAt: instant("When."),
    }),
  },
  "sender.resumed": {
    when: "A paused or broken sender sends again, because somebody said so or mended it, or its provider says that it works.",
    data: z.object({
      senderId: text("The sender."),
      channel: z.enum(channels).meta({ description: "Its channel." }),
      resumedBy: z
        .enum(["api", "user", "provider"])
        .meta({ description: "By whom. `provider`: it says that the account works again." }),
      resumedAt: instant("When."),
    }),
  },
  "task.created": {
    when: "Something is a person's turn now: a manual step of a sequence, whose lead waits until they say that it is done, or what the assistant could not do.",
    data: z.object({
      ...task,
      externalLeadId,
      campaignId: orNull("The campaign. Null: it is the assistant's."),
      stepId: orNull("The step."),
      sequenceStep: z
        .number()
        .int()
        .min(1)
        .nullable()
        .meta({ description: "Position of the step in its sequence, from 1." }),
      channel: z.enum(channels).nullable().meta({ description: "Null: none in particular." }),
      ...addresses,
      title: orNull("What to do, in a few words."),
      text: text("What to do."),
    }),
  },
  "task.completed": {
    when: "A person did a task, or skipped it; its lead goes on.",
    data: z.object({
      ...task,
      campaignId: orNull("The campaign. Null: it was the assistant's."),
      stepId: orNull("The step."),
      outcome: z.enum(["done", "skipped"]).meta({ description: "What became of it." }),
      note: orNull("What was noted with it."),
    }),
  },
  "approval.created": {
    when: "What an agent asked for, or a draft that somebody wrote, waits for a person's decision: `GET /v1/approvals/{id}` has its content. Only where a destination names this event.",
    data: z.object({
      ...approvalFields,
      draft: flag("Somebody wrote it for a person to send."),
      note: orNull("Why, in the words of who asked."),
      askedBy: text("The API key's or person's ID."),
      createdAt: instant("When."),
      expiresAt: instant("After that nobody can approve it any more."),
    }),
  },
  "approval.decided": {
    when: "What an agent asked for was rejected, or approved and carried out; or approved, and Herald refused to do it. Only where a destination names this event.",
    data: z.object({
      ...approvalFields,
      outcome: z
        .enum(["done", "failed", "rejected"])
        .meta({ description: "What became of it. `failed`: it was approved, and Herald refused it." }),
      decidedBy: orNull("Who decided. Null: nobody had to, since the workspace lets agents act."),
      note: orNull("Why, in the words of who decided."),
      decidedAt: instant("When."),
    }),
  },
  "draft.created": {
    when: "The assistant wrote something that a person has to approve: `GET /v1/assistant/turns/{id}` has its text. Only where a destination names this event.",
    data: z.object({
      ...draftFields,
      kind: text("What it is: reply, opening, follow_up or command."),
      channel: z.enum(channels).meta({ description: "The channel that it would go out by." }),
      conversationId: orNull("The conversation; null: it would begin one."),
      createdAt: instant("When."),
    }),
  },
  "draft.decided": {
    when: "A person sent a draft of the assistant, as it was or in other words, or rejected it. Only where a destination names this event.",
    data: z.object({
      ...draftFields,
      outcome: z.enum(["sent", "rejected"]).meta({ description: "What became of it." }),
      channel: z.enum(channels).nullable().meta({ description: "Its channel; null: it had none yet." }),
      messageId: orNull("The message that it became."),
      decidedBy: text("The API key's or person's ID."),
      decidedAt: instant("When."),
    }),
  },
  "destination.disabled": {
    when: "A destination gets no more events: it answered 410, failed for five days, or was disabled. Told to the others.",
    data: z.object({
      destinationId: text("The destination."),
      destinationName: text("Its name."),
      disabledBy: z.enum(["api", "system"]).meta({ description: "By whom." }),
      reason: text("For people."),
      disabledAt: instant("When."),
      failingSince: z
        .string()
        .nullable()
        .meta({ description: "The first failure since its last success; null where failures were not why." }),
    }),
  },
} as const satisfies { readonly [T in EventType]: EventDefinition<T> };

/** The other direction: each field of a schema is one of the type. A field that is missing here fails to compile above. */
type Extra<T extends EventType> = Exclude<keyof z.output<(typeof eventSchemas)[T]["data"]>, keyof EventDataByType[T]>;
const noExtraFields: { [T in EventType]: Extra<T> } extends { [T in EventType]: never } ? true : false = true;
void noExtraFields;

/** What an event looks like as a whole. */
export function envelopeSchema(type: EventType) {
  return z.object({
    eventId: z.string().meta({
      description: "`evt_<13-digit unix ms>_<9 of a-z0-9>`: the same in every format, destination and retry.",
    }),
    eventType: z.literal(type),
    timestamp: instant("When it happened."),
    workspaceId: z.string(),
    data: eventSchemas[type].data,
  });
}
