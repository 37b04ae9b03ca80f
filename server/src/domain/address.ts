import { normaliseEmail } from "./email-address.ts";
import type { ChannelName } from "./event.ts";
import { normaliseLinkedinUrl } from "./linkedin-url.ts";
import { type Normalised, normalisePhone } from "./phone.ts";

const normalise: { readonly [C in ChannelName]: (text: string) => Normalised } = {
  linkedin: normaliseLinkedinUrl,
  sms: (text) => normalisePhone(text),
  email: normaliseEmail,
};

/** An address on a channel, or on whichever it looks like (null), in the spelling in which leads have it. */
export function normaliseAddress(channel: ChannelName | null, text: string): Normalised {
  return normalise[channel ?? kindOf(text)](text);
}

function kindOf(text: string): ChannelName {
  // People at LinkedIn have addresses, too; one in a URL stands behind a slash.
  if (/linkedin\.com/i.test(text) && !/^[^/]*@[^/]*$/.test(text)) return "linkedin";
  return text.includes("@") ? "email" : "sms";
}
