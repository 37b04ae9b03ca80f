/** Events as handlers written for Apten take them: a destination with `format: "apten"`. Absent: it does not apply. */

interface About {
  leadId: string;
  externalLeadId?: string;
  /** Herald may know only the email address: then null. */
  phone: string | null;
}
interface Content {
  subject?: string;
  text: string;
}

export interface AptenDataByEvent {
  "message.sent": About & {
    channel: "sms" | "email";
    profile: string;
    isFollowUp: boolean;
    followUpStep: number | null;
    content: Content;
  };
  "message.received": About & {
    channel: "sms" | "email";
    profile: string;
    content: Content;
    hasAttachments?: boolean;
  };
  optOut: About & {
    channel: "sms" | "email" | "call";
    optOutReason: "MANUAL" | "COMPLAINT" | "BOUNCE" | "UNSUBSCRIBE_LINK" | null;
    isTwilioOptOut: boolean | null;
    optOutMessage?: string;
    isDoNotContact: boolean;
  };
  doNotContact: About & { email: string | null; optOutMessage: string | null };
  "lead.additionalInfo.updated": About & {
    /** Custom fields that changed, by name. */
    additionalInfo: Record<string, { old: string | null; new: string | null }>;
    close_crm_leadId?: string;
  };
  notification: {
    leadId: string;
    phone: string | null;
    channel: "sms" | "email";
    notificationName: string;
    notificationMessage: string;
  };
  leadTagged: About & { channel: "sms" | "email" | "call" | "manual"; tag: string; close_crm_leadId?: string };
}

export type AptenEvent = {
  [E in keyof AptenDataByEvent]: {
    event: E;
    data: AptenDataByEvent[E];
    /** ISO 8601 in UTC, in whole seconds. */
    timestamp: string;
  } & (E extends "lead.additionalInfo.updated" ? { eventId: string } : unknown);
}[keyof AptenDataByEvent];
