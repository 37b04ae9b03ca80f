import { startSmtp } from "../../../server/src/loopback/smtp.ts";
import { startTwilio } from "../../../server/src/loopback/twilio.ts";
import { serve } from "../child.ts";
import { account, type Route } from "./settings.ts";

export type ProviderCalls = {
  port(): number;
  /** What was taken since the last call, and how often: Twilio by recipient and text, SMTP by Message-ID. */
  taken(): Map<string, number>;
};

/** The provider, a process of its own: a loopback Twilio, or a mail server, that takes everything that is well formed. */
serve<Route, ProviderCalls>(async (route) => {
  if (route === "twilio") {
    const twilio = await startTwilio(account);
    const taken = () => {
      const counts = twilio.arrivals.counts();
      twilio.arrivals.messages.length = 0;
      return counts;
    };
    return { calls: { port: () => twilio.port, taken }, close: () => twilio.close() };
  }
  const smtp = await startSmtp({ light: true, keep: 0 });
  const taken = () => {
    const counts = new Map(smtp.mailbox.byMessageId);
    smtp.mailbox.byMessageId.clear();
    return counts;
  };
  return { calls: { port: () => smtp.port, taken }, close: () => smtp.close() };
});
