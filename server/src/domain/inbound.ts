import type { Attachment, AutomaticKind, ChannelName, Evidence, LeadStatus, SuppressionKind } from "./event.ts";
import type { Keyword } from "./opt-out-words.ts";

/**
 * What the outside tells Herald, in Herald's words. Each kind of source reads its requests into these facts and does nothing
 * else; what a fact does to leads, conversations and sequences is the same wherever it comes from.
 */

/** A person, by what the source knows of them: at least one of the addresses, or the provider's own ID. */
export interface InboundPerson {
  linkedinUrl?: string | null;
  phone?: string | null;
  email?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  /** The ID in the customer's CRM. */
  externalLeadId?: string | null;
  profile?: string | null;
  /** By which the provider knows the person. */
  providerLeadId?: string | null;
}

/** Which of Herald's senders it came through. */
export interface InboundAccount {
  provider: "twilio" | "unipile" | "imap" | "sandbox";
  /**
   * The provider's ID of the account; imap: the sender whose mailbox it is; sandbox: the sender. Null (Twilio): not said, so that
   * it is whichever has the address.
   */
  accountId: string | null;
  /** Twilio, email: what was written to, and (Twilio) the messaging service it belongs to. */
  address?: string | null;
  serviceId?: string | null;
}

export interface InboundMessage {
  kind: "message";
  /** in: of a lead. out: one that went out without Herald (another device, another system). */
  direction: "in" | "out";
  /** It isn't said which side of the conversation wrote it: `direction` holds unless it is known who the other side is. */
  unsaidSide?: boolean;
  channel: ChannelName;
  person: InboundPerson;
  /** Null: it went through no sender of Herald's. */
  account: InboundAccount | null;
  text: string;
  subject: string | null;
  attachments: readonly Attachment[];
  /** Files came with it that aren't in `attachments`: the other system says that there are some, and not where. */
  unseenFiles?: boolean;
  /** There is more of it than was read, where it came from. */
  truncated?: boolean;
  keyword: Keyword | null;
  /** Unix milliseconds; null: not said. */
  at: number | null;
  providerMessageId: string;
  providerThreadId: string | null;
  /** What the other system says about its own message; null: nothing. */
  external: {
    /** Null: in none. Undefined: it has no campaigns, or doesn't say. */
    campaignId: string | null | undefined;
    sequenceStep: number | null;
    isFollowUp: boolean;
    followUpStep: number | null;
    senderId: string | null;
    /** All that it said, as it said it. */
    data: Readonly<Record<string, unknown>>;
  } | null;
  mail?: InboundMailPart;
}

/** What only emails have. */
export interface InboundMailPart {
  /** Message-IDs of the mails that it answers, with angle brackets, the nearest first. */
  references: readonly string[];
  /** Whose address may tell the lead: who wrote it; of one's own, whom it was written to. */
  people: readonly InboundPerson[];
  /** Of a mail among the sent ones the address that it was written from, where that isn't the sender's: an alias. */
  alias?: string | null;
  /** What was written anew; null: all of `text`. */
  visibleText: string | null;
  automatic: AutomaticKind | null;
  /** The day on which the author of an absence note is back, in days since 1970; null: it doesn't say. */
  backOn: number | null;
}

/** What a mail server says of an email that it got. */
export interface InboundBounce {
  kind: "bounce";
  /** Whose mailbox got the report. */
  senderId: string;
  /** Message-IDs of the email; empty: the report doesn't say. */
  references: string[];
  /** Whom it was written to, as far as the report says, and where it went from there. */
  recipient: string | null;
  finalRecipient: string | null;
  /**
   * hard: it won't arrive, and nothing else at this address. refused: it won't arrive. soft: not yet, or nobody knows.
   */
  outcome: "hard" | "refused" | "soft" | "delivered";
  /** RFC 3463: "5.1.1". */
  status: string | null;
  /** The server's words. */
  detail: string;
  at: number | null;
}

/** Somebody called an email spam, and the mail provider reports it. */
export interface InboundComplaint {
  kind: "complaint";
  senderId: string;
  references: string[];
  recipient: string | null;
  /** RFC 5965: abuse, fraud, not-spam. */
  feedback: string;
}

/** A mail to the address that List-Unsubscribe names. */
export interface InboundUnsubscribe {
  kind: "unsubscribe";
  senderId: string;
  person: InboundPerson;
  /** Herald's ID of the message from which it is asked; null: not said. */
  messageId: string | null;
  text: string;
}

/** What became of a message after the provider took it. */
export interface InboundReport {
  kind: "report";
  account: InboundAccount;
  providerMessageId: string;
  /** read: it has arrived, too. */
  outcome: "delivered" | "read" | "failed";
  /** When the lead read it, in unix milliseconds; null: not said. */
  at?: number | null;
  code: string | null;
  detail: string | null;
  /** The address must not be written to again. */
  suppress: "opted_out" | "invalid" | null;
  /** Whom it was sent to, as the provider says it; null: it doesn't. */
  to?: string | null;
}

/** The person accepted an invitation. */
export interface InboundRelation {
  kind: "relation";
  person: InboundPerson;
  account: InboundAccount | null;
  at: number | null;
  external: { campaignId: string | null; senderId: string | null } | null;
}

/** An invitation that went out without Herald. */
export interface InboundInvitation {
  kind: "invitation";
  person: InboundPerson;
  note: string | null;
  at: number | null;
  external: {
    campaignId: string | null;
    senderId: string | null;
    data: Readonly<Record<string, unknown>>;
  };
  /** Tells it from others. */
  providerMessageId: string;
}

export interface InboundOptOut {
  kind: "opt_out";
  person: InboundPerson;
  /** all: on every channel that the person has an address for. */
  channel: ChannelName | "all";
  reason: string;
  /** Default: provider, that somebody else says so. */
  why?: SuppressionKind;
  /** Nobody is to contact this person, whatever the addresses. */
  wholePerson?: boolean;
  evidence?: Evidence;
  /** Unix milliseconds; null: not said. */
  at?: number | null;
}

/** The provider says how an account is doing. */
export interface InboundAccountState {
  kind: "account";
  account: InboundAccount;
  /** broken: it can't send until a person has done something. */
  state: "ok" | "broken";
  /** For people: what is wrong, and what to do. */
  detail: string;
}

/** What is known of a lead changed elsewhere. */
export interface InboundLeadChange {
  kind: "lead";
  person: InboundPerson;
  status?: LeadStatus;
  addTags?: readonly string[];
  removeTags?: readonly string[];
  /** Null deletes a field. */
  custom?: Readonly<Record<string, string | null>>;
  /** The other system's campaign, and who changed the status there; null: not said. */
  campaignId?: string | null;
  changedBy?: "api" | "automation" | "user" | null;
  /** On which tags were changed; null: on none of Herald's, or not said. */
  channel?: ChannelName | null;
  /** Unix milliseconds; null: not said. */
  at?: number | null;
  /** The other system has this person as a lead: so does Herald from here on. */
  makesLead?: boolean;
}

/** Another system asks for a person's attention. */
export interface InboundNotification {
  kind: "notification";
  person: InboundPerson;
  channel: ChannelName | null;
  name: string;
  message: string;
}

/** What became of a campaign of another system. */
export interface InboundCampaignNews {
  kind: "campaign";
  type: "campaign.started" | "campaign.paused" | "campaign.resumed" | "campaign.finished";
  campaignId: string;
  campaignName: string;
  /** Of those that were started, or have finished. */
  totalLeads: number;
  /** Of those that were paused, or go on. */
  by: "api" | "user" | "system";
  /** Unix milliseconds; null: not said. */
  at: number | null;
}

export type InboundFact =
  | InboundMessage
  | InboundReport
  | InboundBounce
  | InboundComplaint
  | InboundUnsubscribe
  | InboundRelation
  | InboundInvitation
  | InboundAccountState
  | InboundOptOut
  | InboundLeadChange
  | InboundNotification
  | InboundCampaignNews;

/** What a source makes of a request. */
export type Reading =
  | { kind: "facts"; type: string | null; facts: readonly InboundFact[] }
  /** Understood, and nothing follows from it. */
  | { kind: "nothing"; type: string | null; detail: string }
  /** Kept for a version that understands it. */
  | { kind: "unknown"; type: string | null; detail: string };

/** Subjects of answers and forwards are those of the mail before. */
const answering =
  /^\s*(?:re|aw|antw|antwort|sv|vs|odp|ref|rif|tr|wg|fwd?|rv|enc|i|res|回复|答复|转发|返信)\s*(?:\[\d+\])?\s*[:：]/i;

/** What is looked at of a message for what it asks. */
export interface SaidMessage {
  text: string;
  subject: string | null;
  mail?: Pick<InboundMailPart, "visibleText">;
}

/** The subject that somebody gave their mail; null: it has none of its own. */
export function ownSubject({ subject, mail }: SaidMessage): string | null {
  return !mail || subject === null || answering.test(subject) ? null : subject;
}

/** What somebody wrote anew: of a mail without any words its own subject. */
export function saidIn(message: SaidMessage): string {
  const said = message.mail?.visibleText ?? message.text;
  return said.trim() === "" ? (ownSubject(message) ?? said) : said;
}
