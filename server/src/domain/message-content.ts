import type { ErrorDetail } from "./error.ts";
import type { ChannelName } from "./event.ts";

/** What a message says, before it is checked against its channel. */
export interface MessageContent {
  channel: ChannelName;
  action: "message" | "connect";
  subject: string | null;
  text: string;
  html: string | null;
}

/** In UTF-16 code units. A template may be as long as what it makes: that is checked again when it is rendered. */
export const contentLimits = {
  /** LinkedIn's note to an invitation. */
  note: 300,
  /** LinkedIn's own limit for a message. */
  linkedin: 8_000,
  /** Ten concatenated segments: the providers' limit. */
  sms: 1_600,
  email: 100_000,
  html: 100_000,
  /** One header line of RFC 5322 has at most 998 octets, encoded. */
  subject: 300,
} as const;

/** All that the channel doesn't allow of a message; fields are named under `prefix` (`steps.2.`). */
export function contentProblems(content: MessageContent, prefix = ""): ErrorDetail[] {
  const { channel, action, subject, text, html } = content;
  const problems: ErrorDetail[] = [];
  const refuse = (field: string, reason: string) => problems.push({ field: prefix + field, reason });
  if (action === "connect" && channel !== "linkedin") refuse("action", "Only LinkedIn has invitations.");
  // A text of invisible characters alone, as a copied zero-width space, is one that nobody sees.
  if (action === "message" && /^[\s\p{Cf}]*$/u.test(text)) refuse("text", "This must not be empty.");
  const limit = action === "connect" ? contentLimits.note : contentLimits[channel];
  if (text.length > limit) refuse("text", tooLong(text, limit));
  if (channel === "email") {
    if (subject !== null && subject.length > contentLimits.subject)
      refuse("subject", tooLong(subject, contentLimits.subject));
    // A line break would begin another header.
    if (subject !== null && /\p{Cc}/u.test(subject)) refuse("subject", "A subject is one line.");
    if (html !== null && html.length > contentLimits.html) refuse("html", tooLong(html, contentLimits.html));
  } else {
    if (subject !== null) refuse("subject", "Only an email has a subject.");
    if (html !== null) refuse("html", "Only an email has an HTML body.");
  }
  return problems;
}

function tooLong(text: string, limit: number): string {
  return `${text.length.toLocaleString("en-US")} characters; at most ${limit.toLocaleString("en-US")}.`;
}
