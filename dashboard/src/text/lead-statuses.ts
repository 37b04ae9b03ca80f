import { texts } from "./texts.ts";

/** What the statuses of leads are called, wherever one stands. */
export const leadStatuses = texts({
  PENDING: "New",
  CONNECTION_SENT: "Invited",
  CONNECTION_ACCEPTED: "Connected",
  MESSAGE_SENT: "Contacted",
  REPLY_RECEIVED: "Replied",
  MEETING_BOOKED: "Meeting booked",
  OPPORTUNITY: "Opportunity",
  NOT_INTERESTED: "Not interested",
  DONE: "Done",
});

/** A reason as Herald stores it (`lead_status: The lead's status is DONE.`) without its code, and with the status's own words. */
export function reasonText(reason: string | null | undefined): string {
  if (!reason) return "";
  const words = reason
    .replace(/^[a-z_]+: /, "")
    .replaceAll(/\b[A-Z]+(_[A-Z]+)*\b/g, (word) => (leadStatuses as Record<string, string>)[word] ?? word);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
