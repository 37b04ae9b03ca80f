// Made by `npm run generate` from the server's schemas. Don't edit.

/** The `data` of each event in the format `herald`. */
export interface EventDataByType {
  /** A message went out to a lead over LinkedIn, SMS or email. */
  "message.sent": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Who had it sent: a campaign, the API, the assistant, or another system (`external`). */
    source: "campaign" | "api" | "assistant" | "external";
    /** Null: no campaign. */
    campaignId: string | null;
    /** Position of the step in its sequence at the time of sending, from 1. Null outside a sequence. */
    sequenceStep: number | null;
    /** Whether a step came before it. */
    isFollowUp: boolean;
    /** sequenceStep - 1 for a follow-up, else null. */
    followUpStep: number | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** The thread with this lead on this channel. */
    conversationId: string | null;
    /** Twilio's SID, Unipile's ID, or the Message-ID of an email. */
    providerMessageId: string | null;
    /** The step that it was. Null outside a sequence, and of another system's message. */
    stepId: string | null;
    /** Key of the step's variant that it was; null: the step has none. */
    variant: string | null;
    /** The lead's tags, at that moment. */
    tags: string[];
    /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
    sentAt: string | null;
  };
  /** A message will not go out, as a provider or a rule refused it for good, or it could not be delivered. */
  "message.failed": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Who had it sent: a campaign, the API, the assistant, or another system (`external`). */
    source: "campaign" | "api" | "assistant" | "external";
    /** Null: no campaign. */
    campaignId: string | null;
    /** Position of the step in its sequence at the time of sending, from 1. Null outside a sequence. */
    sequenceStep: number | null;
    /** Whether a step came before it. */
    isFollowUp: boolean;
    /** sequenceStep - 1 for a follow-up, else null. */
    followUpStep: number | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** The thread with this lead on this channel. */
    conversationId: string | null;
    /** Twilio's SID, Unipile's ID, or the Message-ID of an email. */
    providerMessageId: string | null;
    /** The step that it was. Null outside a sequence, and of another system's message. */
    stepId: string | null;
    /** Key of the step's variant that it was; null: the step has none. */
    variant: string | null;
    /** The lead's tags, at that moment. */
    tags: string[];
    /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
    sentAt: string | null;
    /** Why, for programs: stable, in snake_case. */
    code: string;
    /** Why, for people. */
    reason: string;
  };
  /** The provider says that a message arrived. */
  "message.delivered": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Who had it sent: a campaign, the API, the assistant, or another system (`external`). */
    source: "campaign" | "api" | "assistant" | "external";
    /** Null: no campaign. */
    campaignId: string | null;
    /** Position of the step in its sequence at the time of sending, from 1. Null outside a sequence. */
    sequenceStep: number | null;
    /** Whether a step came before it. */
    isFollowUp: boolean;
    /** sequenceStep - 1 for a follow-up, else null. */
    followUpStep: number | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** The thread with this lead on this channel. */
    conversationId: string | null;
    /** Twilio's SID, Unipile's ID, or the Message-ID of an email. */
    providerMessageId: string | null;
    /** The step that it was. Null outside a sequence, and of another system's message. */
    stepId: string | null;
    /** Key of the step's variant that it was; null: the step has none. */
    variant: string | null;
    /** The lead's tags, at that moment. */
    tags: string[];
    /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
    sentAt: string | null;
    /** When it arrived. ISO 8601 in UTC, with milliseconds. */
    deliveredAt: string;
  };
  /** A message may or may not have gone out, and nobody can tell: a person decides. */
  "message.uncertain": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Who had it sent: a campaign, the API, the assistant, or another system (`external`). */
    source: "campaign" | "api" | "assistant" | "external";
    /** Null: no campaign. */
    campaignId: string | null;
    /** Position of the step in its sequence at the time of sending, from 1. Null outside a sequence. */
    sequenceStep: number | null;
    /** Whether a step came before it. */
    isFollowUp: boolean;
    /** sequenceStep - 1 for a follow-up, else null. */
    followUpStep: number | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** The thread with this lead on this channel. */
    conversationId: string | null;
    /** Twilio's SID, Unipile's ID, or the Message-ID of an email. */
    providerMessageId: string | null;
    /** The step that it was. Null outside a sequence, and of another system's message. */
    stepId: string | null;
    /** Key of the step's variant that it was; null: the step has none. */
    variant: string | null;
    /** The lead's tags, at that moment. */
    tags: string[];
    /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
    sentAt: string | null;
    /** Why, for programs: stable, in snake_case. */
    code: string;
    /** Why, for people. */
    reason: string;
  };
  /** An email that had gone out came back: it did not arrive, and won't. */
  "message.bounced": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Who had it sent: a campaign, the API, the assistant, or another system (`external`). */
    source: "campaign" | "api" | "assistant" | "external";
    /** Null: no campaign. */
    campaignId: string | null;
    /** Position of the step in its sequence at the time of sending, from 1. Null outside a sequence. */
    sequenceStep: number | null;
    /** Whether a step came before it. */
    isFollowUp: boolean;
    /** sequenceStep - 1 for a follow-up, else null. */
    followUpStep: number | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** The thread with this lead on this channel. */
    conversationId: string | null;
    /** Twilio's SID, Unipile's ID, or the Message-ID of an email. */
    providerMessageId: string | null;
    /** The step that it was. Null outside a sequence, and of another system's message. */
    stepId: string | null;
    /** Key of the step's variant that it was; null: the step has none. */
    variant: string | null;
    /** The lead's tags, at that moment. */
    tags: string[];
    /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
    sentAt: string | null;
    /** bounced: there is no such address, which is suppressed. refused: this mail alone was not taken. */
    code: "bounced" | "refused";
    /** RFC 3463: "5.1.1". */
    smtpStatus: string | null;
    /** What the mail server said. */
    reason: string;
    /** When it was reported. ISO 8601 in UTC, with milliseconds. */
    bouncedAt: string;
  };
  /** An email of a campaign that tracks opens was opened. */
  "message.opened": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Who had it sent: a campaign, the API, the assistant, or another system (`external`). */
    source: "campaign" | "api" | "assistant" | "external";
    /** Null: no campaign. */
    campaignId: string | null;
    /** Position of the step in its sequence at the time of sending, from 1. Null outside a sequence. */
    sequenceStep: number | null;
    /** Whether a step came before it. */
    isFollowUp: boolean;
    /** sequenceStep - 1 for a follow-up, else null. */
    followUpStep: number | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** The thread with this lead on this channel. */
    conversationId: string | null;
    /** Twilio's SID, Unipile's ID, or the Message-ID of an email. */
    providerMessageId: string | null;
    /** The step that it was. Null outside a sequence, and of another system's message. */
    stepId: string | null;
    /** Key of the step's variant that it was; null: the step has none. */
    variant: string | null;
    /** The lead's tags, at that moment. */
    tags: string[];
    /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
    sentAt: string | null;
    /** The first time that is not automated. */
    first: boolean;
    /** So many times by now, at most one a minute, without automated ones. */
    count: number;
    /** A program of a mail provider did it, perhaps before anybody saw the mail. */
    automated: boolean;
    /** When. ISO 8601 in UTC, with milliseconds. */
    openedAt: string;
  };
  /** A link in an email of a campaign that tracks clicks was followed. */
  "message.clicked": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Who had it sent: a campaign, the API, the assistant, or another system (`external`). */
    source: "campaign" | "api" | "assistant" | "external";
    /** Null: no campaign. */
    campaignId: string | null;
    /** Position of the step in its sequence at the time of sending, from 1. Null outside a sequence. */
    sequenceStep: number | null;
    /** Whether a step came before it. */
    isFollowUp: boolean;
    /** sequenceStep - 1 for a follow-up, else null. */
    followUpStep: number | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** The thread with this lead on this channel. */
    conversationId: string | null;
    /** Twilio's SID, Unipile's ID, or the Message-ID of an email. */
    providerMessageId: string | null;
    /** The step that it was. Null outside a sequence, and of another system's message. */
    stepId: string | null;
    /** Key of the step's variant that it was; null: the step has none. */
    variant: string | null;
    /** The lead's tags, at that moment. */
    tags: string[];
    /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
    sentAt: string | null;
    /** Where the link leads. */
    url: string;
    /** The first time that is not automated. */
    first: boolean;
    /** So many times by now, at most one a minute, without automated ones. */
    count: number;
    /** A program of a mail provider did it, perhaps before anybody saw the mail. */
    automated: boolean;
    /** When. ISO 8601 in UTC, with milliseconds. */
    clickedAt: string;
  };
  /** A LinkedIn invitation went out. */
  "connection_request.sent": {
    /** Herald's ID of the invitation. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** Null: no campaign. */
    campaignId: string | null;
    /** Null outside a sequence. */
    sequenceStep: number | null;
    /** The step that it was. Null outside a sequence, and of another system's invitation. */
    stepId: string | null;
    /** Key of the step's variant that it was; null: the step has none. */
    variant: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** As in `message.sent`. */
    source: "campaign" | "api" | "assistant" | "external";
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's tags, at that moment. */
    tags: string[];
    /** The words that went with it. */
    note: string | null;
    /** When it went out, by what who sent it says: another system may tell it late. Null: it didn't, or that isn't known. */
    sentAt: string | null;
  };
  /** A lead accepted a LinkedIn invitation. */
  "connection_request.accepted": {
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** Null: no campaign. */
    campaignId: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The account that it went out from, or that it came to. */
    senderId: string;
    /** When, as far as is known. ISO 8601 in UTC, with milliseconds. */
    acceptedAt: string;
  };
  /** A lead wrote by SMS or email. */
  "message.received": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Of the latest message of a sequence in the conversation. */
    campaignId: string | null;
    /** Who it was written to: a sender, or the source's ID where the account is none of Herald's. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** Email: what was written anew, without quotes and signature. Null: all of `content.text`. */
    visibleText: string | null;
    /** Files that came with it. */
    attachments: {
      /** The provider's address of it, which may want its own credentials; `mid:` for files of an email. */
      url: string;
      /** As the provider says. */
      contentType: string | null;
    }[];
    /** Also true where another system says that there were files, and not where: `attachments` is then empty. */
    hasAttachments: boolean;
    /** An email that has more than 100,000 characters of text or 20 files, or is made to be slow to read: the rest is in the mailbox. */
    truncated: boolean;
    /** An opt-out word, one that takes it back, or a call for help; null: an ordinary message. */
    keyword: ("stop" | "start" | "help") | null;
    /** The thread with this lead on this channel. */
    conversationId: string;
    /** The provider's ID of the message. */
    providerMessageId: string | null;
    /** As the provider says, else when it came in. ISO 8601 in UTC, with milliseconds. */
    receivedAt: string;
  };
  /** A program answered for a lead: an absence note, a receipt, a phone whose owner drives. */
  "message.auto_replied": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Of the latest message of a sequence in the conversation. */
    campaignId: string | null;
    /** Who it was written to: a sender, or the source's ID where the account is none of Herald's. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** Email: what was written anew, without quotes and signature. Null: all of `content.text`. */
    visibleText: string | null;
    /** Files that came with it. */
    attachments: {
      /** The provider's address of it, which may want its own credentials; `mid:` for files of an email. */
      url: string;
      /** As the provider says. */
      contentType: string | null;
    }[];
    /** Also true where another system says that there were files, and not where: `attachments` is then empty. */
    hasAttachments: boolean;
    /** An email that has more than 100,000 characters of text or 20 files, or is made to be slow to read: the rest is in the mailbox. */
    truncated: boolean;
    /** An opt-out word, one that takes it back, or a call for help; null: an ordinary message. */
    keyword: ("stop" | "start" | "help") | null;
    /** The thread with this lead on this channel. */
    conversationId: string;
    /** The provider's ID of the message. */
    providerMessageId: string | null;
    /** As the provider says, else when it came in. ISO 8601 in UTC, with milliseconds. */
    receivedAt: string;
    /** auto_reply: a receipt of a ticket system, a newsletter, what says so of itself. */
    automatic: "out_of_office" | "auto_reply";
    /** ISO 8601: until when this absence note lets the lead's sequences rest, by the day of return that it names, else by the workspace's `absencePauseDays`. Null: it changes nothing. */
    pausedUntil: string | null;
  };
  /** A lead wrote on LinkedIn. */
  "reply.received": {
    /** Herald's ID of the message. */
    messageId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** How it went. */
    channel: "linkedin" | "sms" | "email";
    /** Of the latest message of a sequence in the conversation. */
    campaignId: string | null;
    /** Who it was written to: a sender, or the source's ID where the account is none of Herald's. */
    senderId: string;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What was written. */
    content: {
      /** Email only. */
      subject: string | null;
      /** The whole text. */
      text: string;
    };
    /** Email: what was written anew, without quotes and signature. Null: all of `content.text`. */
    visibleText: string | null;
    /** Files that came with it. */
    attachments: {
      /** The provider's address of it, which may want its own credentials; `mid:` for files of an email. */
      url: string;
      /** As the provider says. */
      contentType: string | null;
    }[];
    /** Also true where another system says that there were files, and not where: `attachments` is then empty. */
    hasAttachments: boolean;
    /** An email that has more than 100,000 characters of text or 20 files, or is made to be slow to read: the rest is in the mailbox. */
    truncated: boolean;
    /** An opt-out word, one that takes it back, or a call for help; null: an ordinary message. */
    keyword: ("stop" | "start" | "help") | null;
    /** The thread with this lead on this channel. */
    conversationId: string;
    /** The provider's ID of the message. */
    providerMessageId: string | null;
    /** As the provider says, else when it came in. ISO 8601 in UTC, with milliseconds. */
    receivedAt: string;
  };
  /** A lead is new in the workspace. Imports of files tell only those destinations that name this event. */
  "lead.created": {
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** The campaign that it was added for. */
    campaignId: string | null;
    /** As given. */
    firstName: string | null;
    /** As given. */
    lastName: string | null;
    /** As given. */
    company: string | null;
    /** As given. */
    title: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** Its time zone: an IANA name. */
    timeZone: string | null;
    /** What the assistant is told about this kind of lead. */
    profile: string | null;
    /** Tags that it came with. */
    tags: string[];
    /** Its custom fields, by name. */
    custom: Record<string, string>;
    /** A call of the API, an import of a file, or a source. */
    origin: "api" | "import" | "source";
    /** When. ISO 8601 in UTC, with milliseconds. */
    createdAt: string;
  };
  /** A lead's status changed. */
  "lead.updated": {
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** Null: no campaign. */
    campaignId: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** Before. */
    previousStatus:
      | "PENDING"
      | "CONNECTION_SENT"
      | "CONNECTION_ACCEPTED"
      | "MESSAGE_SENT"
      | "REPLY_RECEIVED"
      | "MEETING_BOOKED"
      | "OPPORTUNITY"
      | "NOT_INTERESTED"
      | "DONE";
    /** Now. */
    newStatus:
      | "PENDING"
      | "CONNECTION_SENT"
      | "CONNECTION_ACCEPTED"
      | "MESSAGE_SENT"
      | "REPLY_RECEIVED"
      | "MEETING_BOOKED"
      | "OPPORTUNITY"
      | "NOT_INTERESTED"
      | "DONE";
    /** Who changed it. */
    changedBy: "api" | "automation" | "user";
    /** What was noted with it. */
    note: string | null;
    /** When, by whoever said so: another system may tell it late. ISO 8601 in UTC, with milliseconds. */
    changedAt: string;
  };
  /** Fields of a lead changed, its own or custom ones. */
  "lead.fields.updated": {
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** Null: no campaign. */
    campaignId: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** Herald's own fields that changed, by name. */
    fields: Record<
      string,
      {
        /** Null: it had none. */
        old: string | null;
        /** Null: it has none any more. */
        new: string | null;
      }
    >;
    /** Custom fields that changed, by name. */
    custom: Record<
      string,
      {
        /** Null: it had none. */
        old: string | null;
        /** Null: it has none any more. */
        new: string | null;
      }
    >;
    /** A call of the API, or another system. */
    changedBy: "api" | "source";
  };
  /** A lead's tags changed. */
  "lead.tag.updated": {
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** Null: no campaign. */
    campaignId: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** All of them, as they are now. */
    tags: string[];
    /** Those that are new. */
    added: string[];
    /** Those that are gone. */
    removed: string[];
    /** When, by whoever said so: another system may tell it late. ISO 8601 in UTC, with milliseconds. */
    changedAt: string;
    /** Of the message that led to it, as the assistant or another system says; null: nobody wrote. */
    channel: ("linkedin" | "sms" | "email") | null;
    /** Why, in the assistant's words. Null: somebody else did it. */
    reason: string | null;
  };
  /** A lead is not to be written to on a channel: it said so, or its address doesn't work. */
  "lead.opted_out": {
    /** Null: nobody has this address now; it is kept all the same. */
    leadId: string | null;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** For people. */
    reason: string;
    /** Who asked for it. */
    source: "lead" | "api" | "user" | "provider" | "system" | "external";
    /** The API key's ID, or who else; null: nobody but the source. */
    changedBy: string | null;
    /** What was noted with it. */
    note: string | null;
    /** By what it can be shown: `messageId`, `text` (the words), `provider`, whatever the source has. */
    evidence: Record<string, string> | null;
    /** The channel that it is about. */
    channel: "linkedin" | "sms" | "email";
    /** The address that it is about. */
    address: string;
    /** Why the address must not be written to. */
    kind: "keyword" | "unsubscribe" | "complaint" | "bounce" | "invalid" | "provider" | "manual" | "do_not_contact";
    /** Channels for which it counts as well, by the workspace's `linkedChannels`. */
    linkedChannels: ("linkedin" | "sms" | "email")[];
    /** The whole person is meant: kind `do_not_contact`. Where that marked a lead, its `lead.do_not_contact` came before. */
    isDoNotContact: boolean;
    /** When. ISO 8601 in UTC, with milliseconds. */
    optedOutAt: string;
  };
  /** What forbade writing to a lead on a channel was lifted. */
  "lead.opted_in": {
    /** Null: nobody has this address now; it is kept all the same. */
    leadId: string | null;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** For people. */
    reason: string;
    /** Who asked for it. */
    source: "lead" | "api" | "user" | "provider" | "system" | "external";
    /** The API key's ID, or who else; null: nobody but the source. */
    changedBy: string | null;
    /** What was noted with it. */
    note: string | null;
    /** By what it can be shown: `messageId`, `text` (the words), `provider`, whatever the source has. */
    evidence: Record<string, string> | null;
    /** The channel that it is about. */
    channel: "linkedin" | "sms" | "email";
    /** The address that it is about. */
    address: string;
    /** Why the address must not be written to. */
    kind: "keyword" | "unsubscribe" | "complaint" | "bounce" | "invalid" | "provider" | "manual" | "do_not_contact";
    /** When. ISO 8601 in UTC, with milliseconds. */
    optedInAt: string;
  };
  /** A lead is not to be contacted any more, on any channel. */
  "lead.do_not_contact": {
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** For people. */
    reason: string;
    /** Who asked for it. */
    source: "lead" | "api" | "user" | "provider" | "system" | "external";
    /** The API key's ID, or who else; null: nobody but the source. */
    changedBy: string | null;
    /** What was noted with it. */
    note: string | null;
    /** By what it can be shown: `messageId`, `text` (the words), `provider`, whatever the source has. */
    evidence: Record<string, string> | null;
    /** The lead. */
    leadId: string;
    /** When. ISO 8601 in UTC, with milliseconds. */
    doNotContactAt: string;
  };
  /** A person was erased at their request: erase what you keep about them, too. */
  "lead.erased": {
    /** The lead, which is not there any more. Null: no lead had the address. */
    leadId: string | null;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** SHA-256 in hex of each of the person's addresses in canonical form (email in lower case, phone E.164, https://www.linkedin.com/in/...): for who knows the person by nothing else. */
    addressHashes: string[];
    /** The API key's ID, or who else. */
    erasedBy: string | null;
    /** When. ISO 8601 in UTC, with milliseconds. */
    erasedAt: string;
  };
  /** A day of the audit trail was sealed. Only destinations that name this event get it. */
  "audit.sealed": {
    /** The day in UTC, `2026-01-05`. */
    day: string;
    /** The seal's number, from 1 without gaps. */
    no: number;
    /** SHA-256 of the seal, in hex: `herald audit verify --seal` takes it. */
    hash: string;
    /** That of the day before; of the first one 64 zeros. */
    previousHash: string;
    /** Minutes of the day that have entries, each with a seal. */
    minutes: number;
    /** When it was sealed. ISO 8601 in UTC, with milliseconds. */
    sealedAt: string;
  };
  /** Another system asks for a person's attention. */
  "notification.created": {
    /** Null: whom it is about is no lead here. */
    leadId: string | null;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** The channel that it is about; null: none. */
    channel: ("linkedin" | "sms" | "email") | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What kind of notification it is. */
    name: string;
    /** What it says. */
    message: string;
  };
  /** A campaign was started. */
  "campaign.started": {
    /** The campaign. */
    campaignId: string;
    /** Its name. */
    campaignName: string;
    /** Leads in it. */
    totalLeads: number;
    /** When. ISO 8601 in UTC, with milliseconds. */
    startedAt: string;
  };
  /** A campaign was paused. */
  "campaign.paused": {
    /** The campaign. */
    campaignId: string;
    /** Its name. */
    campaignName: string;
    /** When. ISO 8601 in UTC, with milliseconds. */
    pausedAt: string;
    /** By whom. */
    pausedBy: "api" | "user" | "system";
  };
  /** A paused campaign goes on. */
  "campaign.resumed": {
    /** The campaign. */
    campaignId: string;
    /** Its name. */
    campaignName: string;
    /** When. ISO 8601 in UTC, with milliseconds. */
    resumedAt: string;
    /** By whom. */
    resumedBy: "api" | "user";
  };
  /** The last lead left the campaign's sequence. */
  "campaign.finished": {
    /** The campaign. */
    campaignId: string;
    /** Its name. */
    campaignName: string;
    /** Leads in it. */
    totalLeads: number;
    /** When. ISO 8601 in UTC, with milliseconds. */
    finishedAt: string;
  };
  /** A sender stopped: somebody paused it, its provider slows it down, or its account needs a person. */
  "sender.paused": {
    /** The sender. */
    senderId: string;
    /** Its channel. */
    channel: "linkedin" | "sms" | "email";
    /** For people. */
    reason: string;
    /** When it goes on by itself; null: when somebody has acted. */
    until: string | null;
    /** `api`: somebody did it themselves. `provider`: by what the provider says. */
    pausedBy: "api" | "provider";
  };
  /** A sender that had stopped sends again. */
  "sender.resumed": {
    /** The sender. */
    senderId: string;
    /** Its channel. */
    channel: "linkedin" | "sms" | "email";
    /** By whom. `provider`: it says that the account works again. */
    resumedBy: "api" | "user" | "provider";
    /** When. ISO 8601 in UTC, with milliseconds. */
    resumedAt: string;
  };
  /** What comes back for a sender can't be read: replies and opt-outs wait. */
  "sender.receiving_failed": {
    /** The sender. */
    senderId: string;
    /** Its channel. */
    channel: "linkedin" | "sms" | "email";
    /** mailbox: it is read by IMAP. poll: the provider is asked, beside its webhooks. */
    way: "mailbox" | "poll";
    /** Why, for programs: login_refused, authorization_expired, connect_failed and others. */
    code: string | null;
    /** What is wrong and what to do, for people. */
    reason: string;
    /** The first try that failed. ISO 8601 in UTC, with milliseconds. */
    failingSince: string;
    /** When it is tried again. ISO 8601 in UTC, with milliseconds. */
    retryAt: string;
  };
  /** What comes back for a sender is read again. */
  "sender.receiving_resumed": {
    /** The sender. */
    senderId: string;
    /** Its channel. */
    channel: "linkedin" | "sms" | "email";
    /** mailbox: it is read by IMAP. poll: the provider is asked, beside its webhooks. */
    way: "mailbox" | "poll";
    /** When. ISO 8601 in UTC, with milliseconds. */
    resumedAt: string;
  };
  /** A manual step of a sequence is a person's turn now. */
  "task.created": {
    /** The task. */
    taskId: string;
    /** The lead. */
    leadId: string;
    /** The lead's ID in the team's CRM, where it is known. */
    externalLeadId: string | null;
    /** The campaign. Null: it is the assistant's. */
    campaignId: string | null;
    /** The step. */
    stepId: string | null;
    /** Position of the step in its sequence, from 1. */
    sequenceStep: number | null;
    /** Null: none in particular. */
    channel: ("linkedin" | "sms" | "email") | null;
    /** The lead's profile. */
    linkedinUrl: string | null;
    /** The lead's number, E.164. */
    phone: string | null;
    /** The lead's address. */
    email: string | null;
    /** What to do, in a few words. */
    title: string | null;
    /** What to do. */
    text: string;
  };
  /** A person did a task, or skipped it; its lead goes on. */
  "task.completed": {
    /** The task. */
    taskId: string;
    /** The lead. */
    leadId: string;
    /** The campaign. Null: it was the assistant's. */
    campaignId: string | null;
    /** The step. */
    stepId: string | null;
    /** What became of it. */
    outcome: "done" | "skipped";
    /** What was noted with it. */
    note: string | null;
  };
  /** What an agent wants to do waits for a person. Only destinations that name this event get it. */
  "approval.created": {
    /** The approval. */
    approvalId: string;
    /** What was asked for: send_message, reply, start_campaign, resume_campaign or enroll_leads. */
    action: string;
    /** The lead that it is about; null: none, or several. */
    leadId: string | null;
    /** The campaign that it is about. */
    campaignId: string | null;
    /** The conversation that would be answered. */
    conversationId: string | null;
    /** Somebody wrote it for a person to send. */
    draft: boolean;
    /** Why, in the words of who asked. */
    note: string | null;
    /** The API key's or person's ID. */
    askedBy: string;
    /** When. ISO 8601 in UTC, with milliseconds. */
    createdAt: string;
    /** After that nobody can approve it any more. ISO 8601 in UTC, with milliseconds. */
    expiresAt: string;
  };
  /** What an agent wanted to do was decided about. Only destinations that name this event get it. */
  "approval.decided": {
    /** The approval. */
    approvalId: string;
    /** What was asked for: send_message, reply, start_campaign, resume_campaign or enroll_leads. */
    action: string;
    /** The lead that it is about; null: none, or several. */
    leadId: string | null;
    /** The campaign that it is about. */
    campaignId: string | null;
    /** The conversation that would be answered. */
    conversationId: string | null;
    /** What became of it. `failed`: it was approved, and Herald refused it. */
    outcome: "done" | "failed" | "rejected";
    /** Who decided. Null: nobody had to, since the workspace lets agents act. */
    decidedBy: string | null;
    /** Why, in the words of who decided. */
    note: string | null;
    /** When. ISO 8601 in UTC, with milliseconds. */
    decidedAt: string;
  };
  /** A draft of the assistant waits for a person. Only destinations that name this event get it. */
  "draft.created": {
    /** The assistant's turn. */
    turnId: string;
    /** The lead. */
    leadId: string;
    /** The profile under which it was written. */
    profileId: string;
    /** What it is: reply, opening, follow_up or command. */
    kind: string;
    /** The channel that it would go out by. */
    channel: "linkedin" | "sms" | "email";
    /** The conversation; null: it would begin one. */
    conversationId: string | null;
    /** When. ISO 8601 in UTC, with milliseconds. */
    createdAt: string;
  };
  /** A person sent or rejected a draft of the assistant. Only destinations that name this event get it. */
  "draft.decided": {
    /** The assistant's turn. */
    turnId: string;
    /** The lead. */
    leadId: string;
    /** The profile under which it was written. */
    profileId: string;
    /** What became of it. */
    outcome: "sent" | "rejected";
    /** Its channel; null: it had none yet. */
    channel: ("linkedin" | "sms" | "email") | null;
    /** The message that it became. */
    messageId: string | null;
    /** The API key's or person's ID. */
    decidedBy: string;
    /** When. ISO 8601 in UTC, with milliseconds. */
    decidedAt: string;
  };
  /** A destination gets no more events: it failed for days, said 410, or was disabled. */
  "destination.disabled": {
    /** The destination. */
    destinationId: string;
    /** Its name. */
    destinationName: string;
    /** By whom. */
    disabledBy: "api" | "system";
    /** For people. */
    reason: string;
    /** When. ISO 8601 in UTC, with milliseconds. */
    disabledAt: string;
    /** The first failure since its last success; null where failures were not why. */
    failingSince: string | null;
  };
}

export type EventType = keyof EventDataByType;

/** An event in the format `herald`: `eventType` says which `data` it has. */
export type HeraldEvent = {
  [T in EventType]: {
    /** The same in every retry: by it a receiver knows what it had. */
    eventId: string;
    eventType: T;
    /** ISO 8601 in UTC, with milliseconds. */
    timestamp: string;
    workspaceId: string;
    data: EventDataByType[T];
  };
}[EventType];
