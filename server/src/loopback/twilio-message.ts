/** A Message resource as Twilio shows it, as far as a client may rely on it. */
export interface TwilioMessage {
  sid: string;
  account_sid: string;
  to: string;
  from: string | null;
  messaging_service_sid: string | null;
  body: string;
  status: string;
  direction: "outbound-api" | "inbound";
  /** RFC 2822, whole seconds. */
  date_created: string;
  /** Null while the message waits in Twilio's queue. */
  date_sent: string | null;
  error_code: number | null;
  error_message: string | null;
  /** Not in Twilio's answer: where status callbacks were asked for. */
  status_callback: string | null;
}

/** Twilio's error body. */
export function refusal(status: number, code: number, message: string): { status: number; body: unknown } {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

/** As Twilio writes times: `Thu, 24 Aug 2023 05:01:45 +0000`. */
export const rfc2822 = (at: Date): string => at.toUTCString().replace("GMT", "+0000");
