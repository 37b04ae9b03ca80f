/**
 * The event catalogue: every fact that Herald records, once. A fact's `data` is stored in the shape of the `herald`
 * format (everything known, null where something does not apply); the other formats are made from it.
 */

export const channels = ["linkedin", "sms", "email"] as const;
export type ChannelName = (typeof channels)[number];

export const leadStatuses = [
  "PENDING",
  "CONNECTION_SENT",
  "CONNECTION_ACCEPTED",
  "MESSAGE_SENT",
  "REPLY_RECEIVED",
  "MEETING_BOOKED",
  "OPPORTUNITY",
  "NOT_INTERESTED",
  "DONE",
] as const;
export type LeadStatus = (typeof leadStatuses)[number];

export const messageSources = ["campaign", "api", "assistant", "external"] as const;
export type MessageSource = (typeof messageSources)[number];

/** `message.sent`: a message went out to a person. Also the base of `message.failed`. */
export interface MessageSentData {
  messageId: string;
  leadId: string;
  externalLeadId: string | null;
  channel: ChannelName;
  source: MessageSource;
  campaignId: string | null;
  /** Position of the step in its sequence at the time of sending, from 1. Null outside a sequence. */
  sequenceStep: number | null;
  isFollowUp: boolean;
  /** sequenceStep - 1 for a follow-up, else null. */
  followUpStep: number | null;
  senderId: string;
  profile: string | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  content: { subject: string | null; text: string };
  conversationId: string | null;
  providerMessageId: string | null;
  /** The step that it was; null outside a sequence, and of another system's message. */
  stepId: string | null;
  /** Key of the step's variant that it was; null: the step has none. */
  variant: string | null;
  /** The lead's, at that moment. */
  tags: readonly string[];
  /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
  sentAt: string | null;
}

/** `message.failed`: the provider refused the message for good, or a rule blocked it. `code` and `reason` say why. */
export interface MessageFailedData extends MessageSentData {
  code: string;
  reason: string;
}

export interface ConnectionRequestSentData {
  messageId: string;
  leadId: string;
  externalLeadId: string | null;
  campaignId: string | null;
  sequenceStep: number | null;
  stepId: string | null;
  variant: string | null;
  linkedinUrl: string | null;
  senderId: string;
  source: MessageSource;
  profile: string | null;
  /** The lead's, at that moment. */
  tags: readonly string[];
  note: string | null;
  /** As `MessageSentData.sentAt`. */
  sentAt: string | null;
}

/** `connection_request.accepted`: the lead accepted an invitation. The event's time is that of the detection. */
export interface ConnectionRequestAcceptedData {
  leadId: string;
  externalLeadId: string | null;
  campaignId: string | null;
  linkedinUrl: string | null;
  senderId: string;
  acceptedAt: string;
}

/** A file that came with a message. The address is the provider's, which may want its own credentials for it. */
export interface Attachment {
  url: string;
  /** As the provider says; null: it doesn't. */
  contentType: string | null;
}

/**
 * A message of a lead came in: `reply.received` on LinkedIn, `message.received` by SMS and email. Two names for one fact,
 * as those of the systems whose handlers receive them, so that an event has one name in all formats.
 */
export interface MessageReceivedData {
  messageId: string;
  leadId: string;
  externalLeadId: string | null;
  channel: ChannelName;
  /** Of the latest message of a sequence in the conversation. */
  campaignId: string | null;
  /** Who it was written to: a sender, or the source's ID where the account is none of Herald's. */
  senderId: string;
  profile: string | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  content: { subject: string | null; text: string };
  /** Of an email: what was written anew, without quotes and signature. Null: all of `content.text`. */
  visibleText: string | null;
  attachments: readonly Attachment[];
  /** Also true where another system says that there were files, and not where they are. */
  hasAttachments: boolean;
  /** Of an email: it has more than 100,000 characters or 20 files; the rest is in the mailbox. */
  truncated: boolean;
  /** An opt-out word (`stop`), one that takes it back (`start`), or a call for help; null: an ordinary message. */
  keyword: "stop" | "start" | "help" | null;
  conversationId: string;
  providerMessageId: string | null;
  /** As the provider says, else when it came in. */
  receivedAt: string;
}

export const automaticKinds = ["out_of_office", "auto_reply"] as const;
/** What wrote what no person wrote. auto_reply: a receipt of a ticket system, a newsletter, a phone whose owner drives, whatever says so of itself. */
export type AutomaticKind = (typeof automaticKinds)[number];

/** `message.auto_replied`: a program answered for a lead. It is no reply: nothing stops because of it, but an absence may pause it. */
export interface MessageAutoRepliedData extends MessageReceivedData {
  automatic: AutomaticKind;
  /** ISO 8601: until when this lets the lead's sequences rest; null: it doesn't. */
  pausedUntil: string | null;
}

export const leadOrigins = ["api", "import", "source"] as const;
/** How a lead came in. api: a call, among them one that wrote to somebody new. import: a file. source: another system told of it. */
export type LeadOrigin = (typeof leadOrigins)[number];

/** `lead.created`: a lead is new in the workspace. Imports of files tell only those destinations that name the event. */
export interface LeadCreatedData {
  leadId: string;
  externalLeadId: string | null;
  /** The campaign that it was added for. */
  campaignId: string | null;
  firstName: string | null;
  lastName: string | null;
  company: string | null;
  title: string | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  /** IANA name. */
  timeZone: string | null;
  profile: string | null;
  tags: readonly string[];
  custom: Readonly<Record<string, string>>;
  origin: LeadOrigin;
  createdAt: string;
}

export interface LeadUpdatedData {
  leadId: string;
  externalLeadId: string | null;
  campaignId: string | null;
  linkedinUrl: string | null;
  previousStatus: LeadStatus;
  newStatus: LeadStatus;
  changedBy: "api" | "automation" | "user";
  note: string | null;
  /** When, by whoever said so: another system may tell it late. */
  changedAt: string;
}

export interface FieldChange {
  old: string | null;
  new: string | null;
}

/**
 * `lead.fields.updated`: fields of a lead changed, by the API or because another system said so. What a message happens to tell of
 * who wrote it (a name, an ID in the CRM) makes none.
 */
export interface LeadFieldsUpdatedData {
  leadId: string;
  externalLeadId: string | null;
  campaignId: string | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  /** By the names of Herald's own fields; only those that changed. */
  fields: Readonly<Record<string, FieldChange>>;
  /** By the names of custom fields; only those that changed. */
  custom: Readonly<Record<string, FieldChange>>;
  changedBy: "api" | "source";
}

/**
 * `lead.tag.updated`: a lead's tags changed, by the API, because another system said so, or because the assistant found a
 * condition met: one for each tag that is new, one for all that are gone. Leads that come in with tags (import) make none.
 */
export interface LeadTagUpdatedData {
  leadId: string;
  externalLeadId: string | null;
  campaignId: string | null;
  linkedinUrl: string | null;
  phone: string | null;
  /** All of them, as they are now. */
  tags: readonly string[];
  added: readonly string[];
  removed: readonly string[];
  /** When, by whoever said so: another system may tell it late. */
  changedAt: string;
  /** The channel of the message that led to it, as the assistant or another system says; null: nobody wrote. */
  channel: ChannelName | null;
  /** Why, in the assistant's words; null: somebody else did it. */
  reason: string | null;
}

export const suppressionKinds = [
  "keyword",
  "unsubscribe",
  "complaint",
  "bounce",
  "invalid",
  "provider",
  "manual",
  "do_not_contact",
] as const;
/**
 * Why an address must not be written to. keyword: STOP by SMS. unsubscribe: the link or button of an email. complaint: a
 * feedback report. bounce, invalid: the address doesn't work. provider: the provider or another system says so. manual: by
 * the API. do_not_contact: the whole person.
 */
export type SuppressionKind = (typeof suppressionKinds)[number];

export const consentSources = ["lead", "api", "user", "provider", "system", "external"] as const;
/**
 * Who asked for it. lead: the person. api: a program with a key. user: somebody of the workspace, who is named. provider:
 * who carries the messages. external: another system. system: Herald.
 */
export type ConsentSource = (typeof consentSources)[number];

/** By what a change of consent can be shown: `messageId`, `text` (the words), `provider`, whatever the source has. */
export type Evidence = Readonly<Record<string, string>>;

/** What the events about consent have in common. */
export interface ConsentData {
  /** Null: nobody has this address now; it is kept all the same. */
  leadId: string | null;
  externalLeadId: string | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  /** For people. */
  reason: string;
  source: ConsentSource;
  /** The API key's ID, or who else; null: nobody but the source. */
  changedBy: string | null;
  note: string | null;
  evidence: Evidence | null;
}

/** `lead.opted_out`: an address must not be written to any more. One event a channel. */
export interface LeadOptedOutData extends ConsentData {
  channel: ChannelName;
  address: string;
  kind: SuppressionKind;
  /** Channels for which it counts as well, by the workspace's `linkedChannels`. */
  linkedChannels: readonly ChannelName[];
  /** It belongs to a `lead.do_not_contact`, which came before it. */
  isDoNotContact: boolean;
  optedOutAt: string;
}

/** `lead.opted_in`: what forbade writing to an address was lifted. */
export interface LeadOptedInData extends ConsentData {
  channel: ChannelName;
  address: string;
  /** What was lifted. */
  kind: SuppressionKind;
  optedInAt: string;
}

/** `lead.do_not_contact`: nobody may write to this person any more, on any channel. A `lead.opted_out` a channel follows. */
export interface LeadDoNotContactData extends ConsentData {
  leadId: string;
  doNotContactAt: string;
}

/**
 * `lead.erased`: a person was erased at their request. Who keeps anything about them is to erase it, too; deliveries about the
 * lead that were waiting are not made any more.
 */
export interface LeadErasedData {
  /** Null: no lead had the address. */
  leadId: string | null;
  externalLeadId: string | null;
  /** SHA-256 in hex of each address in its canonical form: for receivers who know the person by nothing else. */
  addressHashes: readonly string[];
  /** The API key's ID, or who else. */
  erasedBy: string | null;
  erasedAt: string;
}

/** `audit.sealed`: a day of the audit trail was sealed. Only where a destination names the event. */
export interface AuditSealedData {
  /** The day, UTC: 2026-01-05. */
  day: string;
  /** The seal's number, from 1 without gaps. */
  no: number;
  /** SHA-256 in hex: what `herald audit verify --seal` takes. */
  hash: string;
  previousHash: string;
  /** Minutes of the day that have entries. */
  minutes: number;
  sealedAt: string;
}

/** `notification.created`: something wants a person's attention, as another system said. */
export interface NotificationCreatedData {
  /** Null: whom it is about is no lead here. */
  leadId: string | null;
  externalLeadId: string | null;
  channel: ChannelName | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  name: string;
  message: string;
}

/**
 * `approval.created`: what an agent wants to do, or a draft, waits for a person's decision. It and the next three only where a
 * destination names them.
 */
export interface ApprovalCreatedData {
  approvalId: string;
  /** send_message, reply, start_campaign, resume_campaign, enroll_leads. */
  action: string;
  /** Somebody wrote it for a person to send. */
  draft: boolean;
  leadId: string | null;
  campaignId: string | null;
  conversationId: string | null;
  /** Why, in the words of who asked. */
  note: string | null;
  /** The API key's or person's ID. */
  askedBy: string;
  createdAt: string;
  expiresAt: string;
}

/** `approval.decided`: it was rejected, or approved and carried out, or approved and refused. */
export interface ApprovalDecidedData {
  approvalId: string;
  action: string;
  outcome: "done" | "failed" | "rejected";
  leadId: string | null;
  campaignId: string | null;
  conversationId: string | null;
  /** Null: nobody had to, since the workspace lets agents act. */
  decidedBy: string | null;
  note: string | null;
  decidedAt: string;
}

/** `draft.created`: the assistant wrote something that waits for a person. */
export interface DraftCreatedData {
  turnId: string;
  leadId: string;
  /** reply, opening, follow_up, command. */
  kind: string;
  channel: ChannelName;
  profileId: string;
  conversationId: string | null;
  createdAt: string;
}

/** `draft.decided`: a person sent it, as it was or in other words, or rejected it. */
export interface DraftDecidedData {
  turnId: string;
  leadId: string;
  outcome: "sent" | "rejected";
  channel: ChannelName | null;
  profileId: string;
  messageId: string | null;
  decidedBy: string;
  decidedAt: string;
}

export interface CampaignStartedData {
  campaignId: string;
  campaignName: string;
  totalLeads: number;
  /** ISO 8601 UTC with milliseconds, as every time in `data`. */
  startedAt: string;
}
export interface CampaignPausedData {
  campaignId: string;
  campaignName: string;
  pausedAt: string;
  pausedBy: "api" | "user" | "system";
}
export interface CampaignResumedData {
  campaignId: string;
  campaignName: string;
  resumedAt: string;
  resumedBy: "api" | "user";
}
export interface CampaignFinishedData {
  campaignId: string;
  campaignName: string;
  totalLeads: number;
  finishedAt: string;
}

/** `sender.paused`: the provider slows the account down, or the account needs a person. */
export interface SenderPausedData {
  senderId: string;
  channel: ChannelName;
  reason: string;
  /** When it goes on by itself; null: when somebody has acted. */
  until: string | null;
  pausedBy: "api" | "provider";
}

/** `sender.resumed`: a paused or broken sender sends again, because somebody said so or mended it, or its provider says so. */
export interface SenderResumedData {
  senderId: string;
  channel: ChannelName;
  resumedBy: "api" | "user" | "provider";
  resumedAt: string;
}

export const receivingWays = ["mailbox", "poll"] as const;
/** How what comes back reaches a sender. mailbox: by IMAP. poll: its provider is asked, beside webhooks. */
export type ReceivingWay = (typeof receivingWays)[number];

/** `sender.receiving_failed`: what comes back for a sender can't be read, so that replies and opt-outs wait; it sends on. */
export interface SenderReceivingFailedData {
  senderId: string;
  channel: ChannelName;
  way: ReceivingWay;
  /** For programs; null: the provider's words are all that is known. */
  code: string | null;
  reason: string;
  failingSince: string;
  /** When it is tried again. */
  retryAt: string;
}

/** `sender.receiving_resumed`: it is read again, from where it was. */
export interface SenderReceivingResumedData {
  senderId: string;
  channel: ChannelName;
  way: ReceivingWay;
  resumedAt: string;
}

/** `message.delivered`: the provider says that the message arrived. Not all providers do. */
export interface MessageDeliveredData extends MessageSentData {
  deliveredAt: string;
}

/** `message.uncertain`: the message may or may not have gone out, and nobody can tell; a person decides. */
export interface MessageUncertainData extends MessageSentData {
  code: string;
  reason: string;
}

/** `message.bounced`: an email that had gone out did not arrive, and won't. */
export interface MessageBouncedData extends MessageSentData {
  /** bounced: there is no such address, which is suppressed. refused: this mail was not taken, others may be. */
  code: "bounced" | "refused";
  /** RFC 3463: "5.1.1". */
  smtpStatus: string | null;
  /** What the mail server said. */
  reason: string;
  bouncedAt: string;
}

/** `message.opened`: an email's images were loaded. Only in campaigns with `tracking.opens`. */
export interface MessageOpenedData extends MessageSentData {
  /** The first time that is not automated. */
  first: boolean;
  /** So many times by now, at most one a minute, without automated ones. */
  count: number;
  /** A program of a mail provider did it, perhaps before anybody saw the mail (Apple Mail Privacy, Google's image proxy). */
  automated: boolean;
  openedAt: string;
}

/** `message.clicked`: a link of an email was followed. Only in campaigns with `tracking.clicks`. */
export interface MessageClickedData extends MessageSentData {
  url: string;
  first: boolean;
  count: number;
  automated: boolean;
  clickedAt: string;
}

/**
 * `task.created`: something is a person's turn now: a manual step of a sequence, whose lead waits until they say that it is
 * done, or what the assistant could not do.
 */
export interface TaskCreatedData {
  taskId: string;
  leadId: string;
  externalLeadId: string | null;
  /** Null, as stepId and sequenceStep: it is the assistant's. */
  campaignId: string | null;
  stepId: string | null;
  /** Position of the step in its sequence, from 1. */
  sequenceStep: number | null;
  channel: ChannelName | null;
  linkedinUrl: string | null;
  phone: string | null;
  email: string | null;
  title: string | null;
  text: string;
}

/** `task.completed`: a person did a task, or skipped it; its lead goes on. */
export interface TaskCompletedData {
  taskId: string;
  leadId: string;
  campaignId: string | null;
  stepId: string | null;
  outcome: "done" | "skipped";
  note: string | null;
}

/** `destination.disabled`: a destination gets no more events until somebody enables it. */
export interface DestinationDisabledData {
  destinationId: string;
  destinationName: string;
  /** system: it answered 410, or nothing but failures for five days. */
  disabledBy: "api" | "system";
  /** For people. */
  reason: string;
  disabledAt: string;
  /** The first failure since its last success; null where failures were not why. */
  failingSince: string | null;
}

export interface EventDataByType {
  "message.sent": MessageSentData;
  "message.failed": MessageFailedData;
  "message.delivered": MessageDeliveredData;
  "message.uncertain": MessageUncertainData;
  "message.bounced": MessageBouncedData;
  "message.opened": MessageOpenedData;
  "message.clicked": MessageClickedData;
  "connection_request.sent": ConnectionRequestSentData;
  "connection_request.accepted": ConnectionRequestAcceptedData;
  "message.received": MessageReceivedData;
  "message.auto_replied": MessageAutoRepliedData;
  "reply.received": MessageReceivedData;
  "lead.created": LeadCreatedData;
  "lead.updated": LeadUpdatedData;
  "lead.fields.updated": LeadFieldsUpdatedData;
  "lead.tag.updated": LeadTagUpdatedData;
  "lead.opted_out": LeadOptedOutData;
  "lead.opted_in": LeadOptedInData;
  "lead.do_not_contact": LeadDoNotContactData;
  "lead.erased": LeadErasedData;
  "audit.sealed": AuditSealedData;
  "notification.created": NotificationCreatedData;
  "campaign.started": CampaignStartedData;
  "campaign.paused": CampaignPausedData;
  "campaign.resumed": CampaignResumedData;
  "campaign.finished": CampaignFinishedData;
  "sender.paused": SenderPausedData;
  "sender.resumed": SenderResumedData;
  "sender.receiving_failed": SenderReceivingFailedData;
  "sender.receiving_resumed": SenderReceivingResumedData;
  "task.created": TaskCreatedData;
  "task.completed": TaskCompletedData;
  "approval.created": ApprovalCreatedData;
  "approval.decided": ApprovalDecidedData;
  "draft.created": DraftCreatedData;
  "draft.decided": DraftDecidedData;
  "destination.disabled": DestinationDisabledData;
}
export type EventType = keyof EventDataByType;

/** What each event means, in one sentence for people: the API, the reference and `herald listen` print it. */
export const eventCatalogue: { readonly [T in EventType]: { readonly summary: string } } = {
  "message.sent": { summary: "A message went out to a lead over LinkedIn, SMS or email." },
  "message.failed": {
    summary: "A message will not go out, as a provider or a rule refused it for good, or it could not be delivered.",
  },
  "message.delivered": { summary: "The provider says that a message arrived." },
  "message.uncertain": { summary: "A message may or may not have gone out, and nobody can tell: a person decides." },
  "message.bounced": { summary: "An email that had gone out came back: it did not arrive, and won't." },
  "message.opened": { summary: "An email of a campaign that tracks opens was opened." },
  "message.clicked": { summary: "A link in an email of a campaign that tracks clicks was followed." },
  "connection_request.sent": { summary: "A LinkedIn invitation went out." },
  "connection_request.accepted": { summary: "A lead accepted a LinkedIn invitation." },
  "message.received": { summary: "A lead wrote by SMS or email." },
  "message.auto_replied": {
    summary: "A program answered for a lead: an absence note, a receipt, a phone whose owner drives.",
  },
  "reply.received": { summary: "A lead wrote on LinkedIn." },
  "lead.created": {
    summary: "A lead is new in the workspace. Imports of files tell only those destinations that name this event.",
  },
  "lead.updated": { summary: "A lead's status changed." },
  "lead.fields.updated": { summary: "Fields of a lead changed, its own or custom ones." },
  "lead.tag.updated": { summary: "A lead's tags changed." },
  "lead.opted_out": {
    summary: "A lead is not to be written to on a channel: it said so, or its address doesn't work.",
  },
  "lead.opted_in": { summary: "What forbade writing to a lead on a channel was lifted." },
  "lead.do_not_contact": { summary: "A lead is not to be contacted any more, on any channel." },
  "lead.erased": { summary: "A person was erased at their request: erase what you keep about them, too." },
  "audit.sealed": { summary: "A day of the audit trail was sealed. Only destinations that name this event get it." },
  "notification.created": { summary: "Another system asks for a person's attention." },
  "campaign.started": { summary: "A campaign was started." },
  "campaign.paused": { summary: "A campaign was paused." },
  "campaign.resumed": { summary: "A paused campaign goes on." },
  "campaign.finished": { summary: "The last lead left the campaign's sequence." },
  "sender.paused": {
    summary: "A sender stopped: somebody paused it, its provider slows it down, or its account needs a person.",
  },
  "sender.resumed": { summary: "A sender that had stopped sends again." },
  "sender.receiving_failed": { summary: "What comes back for a sender can't be read: replies and opt-outs wait." },
  "sender.receiving_resumed": { summary: "What comes back for a sender is read again." },
  "task.created": { summary: "A manual step of a sequence is a person's turn now." },
  "task.completed": { summary: "A person did a task, or skipped it; its lead goes on." },
  "approval.created": {
    summary: "What an agent wants to do waits for a person. Only destinations that name this event get it.",
  },
  "approval.decided": {
    summary: "What an agent wanted to do was decided about. Only destinations that name this event get it.",
  },
  "draft.created": {
    summary: "A draft of the assistant waits for a person. Only destinations that name this event get it.",
  },
  "draft.decided": {
    summary: "A person sent or rejected a draft of the assistant. Only destinations that name this event get it.",
  },
  "destination.disabled": {
    summary: "A destination gets no more events: it failed for days, said 410, or was disabled.",
  },
};
export const eventTypes = Object.keys(eventCatalogue) as EventType[];

/** A fact as it stands in the event log. */
export type HeraldEvent = {
  [T in EventType]: {
    /** `evt_<ms>_<9>`: the same in every format, destination and retry. */
    eventId: string;
    eventType: T;
    /** ISO 8601 UTC with milliseconds; its milliseconds are those in `eventId`. */
    timestamp: string;
    workspaceId: string;
    data: EventDataByType[T];
  };
}[EventType];
