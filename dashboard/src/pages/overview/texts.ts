import { formatNumber } from "../../text/format.ts";
import { pageTitles } from "../../text/pages.ts";
import { plural, texts } from "../../text/texts.ts";

const more = (count: number, over: boolean) => `${formatNumber(count)}${over ? "+" : ""}`;

export const t = texts({
  title: pageTitles.overview,
  range: "Time",
  days: (count: number) => `${count} days`,
  channels: { linkedin: "LinkedIn", sms: "SMS", email: "Email" },
  // Figures
  figures: "Figures",
  sent: "Messages sent",
  replies: "Replies",
  replyRate: "Answered",
  positive: "Positive replies",
  meetings: "Meetings",
  optedOut: "Opt-outs",
  before: (value: string) => `${value} in the time before`,
  interval: (low: string, high: string) => `probably ${low} to ${high}`,
  byChannel: "Messages sent, by channel",
  byChannelText: "Each day of the workspace's clock.",
  repliesTitle: "Replies and meetings",
  day: "Day",
  funnel: "What became of it",
  funnelText: (sent: number) => `Of ${formatNumber(sent)} ${plural(sent, "message", "messages")} sent in this time.`,
  funnelNone: "Nothing was sent in this time.",
  funnelSteps: {
    sent: "Sent",
    replied: "Answered",
    positivelyReplied: "Answered positively",
    meetings: "Led to a meeting",
  },
  // What needs attention
  attention: "Needs attention",
  calm: "Nothing needs you now",
  calmText:
    "Broken senders, failing destinations, uncertain messages, tasks and drafts would stand here.",
  brokenSender: (name: string) => `${name} can't send`,
  brokenSenderText: "The provider refused the account. Its messages wait.",
  failingMailbox: (name: string) => `${name} can't read what comes in`,
  failingMailboxText: "Replies arrive late until it can.",
  disabledDestination: (name: string) => `${name} is disabled`,
  disabledDestinationText: "Events are not delivered to it.",
  failingDestination: (name: string) => `${name} is failing`,
  failingDestinationText: (retried: number, failed: number) =>
    `In the last 24 hours ${formatNumber(retried)} attempts failed and were tried again; ${formatNumber(failed)} ${plural(failed, "delivery was", "deliveries were")} given up.`,
  uncertain: (address: string) => `A message to ${address} may have gone out`,
  uncertainText: "The provider's answer was lost. Look there, then say what happened: nothing is sent twice meanwhile.",
  wasSent: "It went out",
  wasNotSent: "It did not",
  resolved: "The message was settled",
  tasks: (count: number, over: boolean) =>
    `${more(count, over)} ${plural(count, "task waits", "tasks wait")} for a person`,
  drafts: (count: number, over: boolean) =>
    `${more(count, over)} ${plural(count, "draft waits", "drafts wait")} for approval`,
  approvals: (count: number) =>
    `${formatNumber(count)} ${plural(count, "request of an agent waits", "requests of agents wait")} for approval`,
  unread: (count: number) => `${formatNumber(count)} ${plural(count, "conversation is", "conversations are")} unread`,
  open: "Open",
  // The checklist
  start: "Your first message in five minutes",
  startText: "With a sandbox sender: it needs no account, and reaches nobody.",
  progress: (done: number, all: number) => `${done} of ${all} done`,
  hide: "Hide",
  done: "Done",
  toDo: "To do",
  steps: {
    sender: "Make a sender",
    senderText: "A sandbox stands for a mailbox, a phone number or a LinkedIn account.",
    senderAction: "Make a sandbox sender",
    lead: "Add a lead",
    leadText: "Somebody to write to. Ada Lovelace is made up; your own come by CSV file.",
    leadAction: "Add Ada Lovelace",
    leadOther: "Import a file",
    message: "Write to the lead",
    messageText: "One message by hand. A campaign sends many, by steps.",
    messageAction: "Send a message",
    messageOther: "Make a campaign",
    arrived: "See it arrive",
    arrivedText: "It takes some seconds; this page notices by itself.",
    arrivedAt: (address: string) => `Delivered to ${address}`,
    arrivedAction: "Open the lead",
    destination: "Tell your systems",
    destinationText: "A destination gets each event as a signed webhook: messages, replies, opt-outs.",
    destinationAction: "Add a destination",
  },
  sandboxName: "Sandbox",
  practiceSubject: "Hello from Herald",
  practiceText: "This is the first message. It stays in the sandbox.",
  needsAdmin: "An owner or admin of the workspace can do this.",
});
