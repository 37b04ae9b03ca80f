import { pageTitles } from "../../../text/pages.ts";
import { texts } from "../../../text/texts.ts";

export const t = texts({
  title: pageTitles.suppressions,
  description: "Addresses that nothing is sent to, whatever a campaign says.",
  search: "Find an address",
  address: "Address",
  channel: "Channel",
  kind: "Why",
  note: "Note",
  since: "Since",
  erased: "erased",
  none: "Nobody is suppressed",
  noneText: "Who replies STOP, unsubscribes, complains or can't be reached is listed here by itself.",
  notFound: "This address isn't suppressed",
  channels: { all: "All channels", linkedin: "LinkedIn", sms: "SMS", email: "Email" },
  kinds: {
    ...{ keyword: "Replied STOP", unsubscribe: "Unsubscribed", complaint: "Complained", bounce: "Bounced" },
    ...{
      invalid: "Invalid address",
      provider: "Provider's list",
      manual: "Entered by hand",
      do_not_contact: "Do not contact",
    },
  },
});
