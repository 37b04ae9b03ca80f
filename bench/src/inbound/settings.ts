/** Who sends what in the benchmark `inbound`. */

export const sourceSecret = "bench-sendpilot-secret-0123";

/** Connections that it comes over. */
export const connections = 64;

/** What each lead is told of: it is written to, answers, is written to again, answers, and is tagged. */
export const itemsALead = 5;

/** Each item becomes one of these, which is delivered. */
export const eventTypes = ["message.sent", "reply.received", "lead.tag.updated"] as const;

export const linkedinUrlOf = (run: string, lead: number) => `https://www.linkedin.com/in/${run}-${lead}`;
