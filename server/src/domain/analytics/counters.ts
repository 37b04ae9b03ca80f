/**
 * The counters of analytics. Each is a number of things that happened to one set of properties (`Dimensions`) in one quarter
 * of an hour; all others (a day, a rate, a comparison) are sums of them.
 */

/** What happened, each at its own time. docs/analytics.md says what each of them means. */
export const happenings = [
  "sent",
  "invited",
  "delivered",
  "failed",
  "uncertain",
  "bounced",
  "opened",
  "clicked",
  "replies",
  "positiveReplies",
  "connected",
  "optedOut",
  "meetings",
  "firstContacts",
  "firstReplies",
] as const;
export type Happening = (typeof happenings)[number];

/**
 * What became until now of what went out, at the time at which it went out: numerators that are never greater than their
 * denominators, whatever the range. `reportable`: sent on a channel whose providers report arrivals, which email's don't.
 */
export const outcomes = [
  "attempts",
  "attemptsFailed",
  "attemptsUncertain",
  "reportable",
  "reportableDelivered",
  "emails",
  "emailsBounced",
  "emailsOpened",
  "emailsClicked",
  "sentReplied",
  "sentPositive",
  "sentOptedOut",
  "sentMeeting",
  "invitedConnected",
  "contactedReplied",
] as const;

export const counters = [...happenings, ...outcomes] as const;
export type Counter = (typeof counters)[number];
export type Counts = Record<Counter, number>;

export const noCounts = (): Counts => Object.fromEntries(counters.map((name) => [name, 0])) as Counts;

/** Rates: of so many (`of`), how many (`count`). */
export const rates = {
  delivered: { count: "reportableDelivered", of: "reportable" },
  failed: { count: "attemptsFailed", of: "attempts" },
  uncertain: { count: "attemptsUncertain", of: "attempts" },
  bounced: { count: "emailsBounced", of: "emails" },
  opened: { count: "emailsOpened", of: "emails" },
  clicked: { count: "emailsClicked", of: "emails" },
  replied: { count: "sentReplied", of: "sent" },
  positivelyReplied: { count: "sentPositive", of: "sent" },
  optedOut: { count: "sentOptedOut", of: "sent" },
  meetings: { count: "sentMeeting", of: "sent" },
  connected: { count: "invitedConnected", of: "invited" },
  peopleReplied: { count: "contactedReplied", of: "firstContacts" },
} as const satisfies Record<string, { count: Counter; of: Counter }>;
export type RateName = keyof typeof rates;
export const rateNames = Object.keys(rates) as readonly RateName[];

/** The width of what counters are kept for, in ms: the offsets of all time zones are multiples of it. */
export const quarterMs = 900_000;
export const dayMs = 86_400_000;
export const quarterOf = (at: number): number => Math.floor(at / quarterMs) * quarterMs;
