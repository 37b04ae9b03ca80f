import type { SystemCheck } from "../system.ts";

/** A notification as a mail. */
export interface Mail {
  /** In one line. */
  subject: string;
  text: string;
  html: string;
}

/** What became of a mail to one person, as senders of messages say it. */
export interface MailResult {
  outcome: "sent" | "retry" | "uncertain" | "failed" | "broken";
  /** For people: in the mail server's words. */
  detail: string;
  /** `retry`: it asks to be spared for so long. Milliseconds. */
  afterMs?: number;
}

/** Whose mail server it goes by: a sender of the workspace, or null: the one that Herald was given for notifications. */
export interface MailAccount {
  workspaceId: string;
  senderId: string | null;
}

/** Carries mails. Given by whoever puts the process together, since destinations know no channels. */
export interface MailCarrier {
  /** Whether there is a mail server for those that name no sender. */
  readonly configured: boolean;
  /** `id`: the same for the same mail, so that a mail server or program can drop the second copy. */
  send(account: MailAccount, mail: Mail & { to: string; id: string }, signal: AbortSignal): Promise<MailResult>;
  /** Connects and logs in; sends nothing. */
  verify(account: MailAccount, signal: AbortSignal): Promise<SystemCheck>;
}
