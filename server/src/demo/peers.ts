import { randomBytes } from "node:crypto";
import { type Receiver, startReceiver } from "../loopback/receiver.ts";
import type { ReceiverFormat } from "../loopback/receiver-verify.ts";
import { type LoopbackSmtp, startSmtp } from "../loopback/smtp.ts";
import { startTwilio, type TwilioLoopback } from "../loopback/twilio.ts";
import { startUnipile, type UnipileLoopback } from "../loopback/unipile.ts";
import type { Channel } from "./script.ts";

/** The world outside of Herald: three providers that take messages, three systems that take events. */

export const formats: readonly ReceiverFormat[] = ["herald", "sendpilot", "apten"];

/** A message as its provider holds it. */
export interface Arrival {
  channel: Channel;
  /** Slug, E.164 number or email address. */
  to: string;
  subject: string | null;
  text: string;
  /** The ID that the provider gave it. */
  id: string;
}

/** Accounts at the providers, made up for one demo. */
export const accounts = {
  twilio: { accountSid: `AC${"d3".repeat(16)}`, from: "+12025550100" },
  unipile: { accountId: "demo-account" },
  smtp: { user: "ada@herald.example", from: "ada@herald.example" },
};

export class Peers {
  readonly twilio: TwilioLoopback;
  readonly unipile: UnipileLoopback;
  readonly smtp: LoopbackSmtp;
  readonly receivers: Readonly<Record<ReceiverFormat, Receiver>>;
  /** What the accounts and receivers are protected by. */
  readonly secrets: Secrets;

  private constructor(
    twilio: TwilioLoopback,
    unipile: UnipileLoopback,
    smtp: LoopbackSmtp,
    receivers: Readonly<Record<ReceiverFormat, Receiver>>,
    secrets: Secrets,
  ) {
    this.twilio = twilio;
    this.unipile = unipile;
    this.smtp = smtp;
    this.receivers = receivers;
    this.secrets = secrets;
  }

  static async start(): Promise<Peers> {
    const secrets = newSecrets();
    const receiver = (format: ReceiverFormat) => startReceiver({ format, secret: secrets[format] });
    const [twilio, unipile, smtp, herald, sendpilot, apten] = await Promise.all([
      startTwilio({ accountSid: accounts.twilio.accountSid, authToken: secrets.twilio }),
      startUnipile({ accountId: accounts.unipile.accountId, apiKey: secrets.unipile }),
      startSmtp({ user: accounts.smtp.user, pass: secrets.smtp }),
      receiver("herald"),
      receiver("sendpilot"),
      receiver("apten"),
    ]);
    return new Peers(twilio, unipile, smtp, { herald, sendpilot, apten }, secrets);
  }

  /** How many messages each provider holds. */
  counts(): Record<Channel, number> {
    return {
      linkedin: this.unipile.messages.length,
      sms: this.twilio.messages.length,
      email: this.smtp.mailbox.accepted,
    };
  }

  /** Everything that the providers hold. */
  arrivals(): Arrival[] {
    return [
      ...this.unipile.messages.map(({ to, body, id }): Arrival => {
        return { channel: "linkedin", to: decodeURIComponent(to).toLowerCase(), subject: null, text: body, id };
      }),
      ...this.twilio.messages.map(
        ({ to, body, sid }): Arrival => ({ channel: "sms", to, subject: null, text: body, id: sid }),
      ),
      ...this.smtp.mails.flatMap(({ to, subject, text, messageId }) =>
        to.map((address): Arrival => ({ channel: "email", to: address, subject, text: text ?? "", id: messageId })),
      ),
    ];
  }

  /** Calls back after each message and each event that arrives. */
  onArrival(listener: () => void): void {
    this.unipile.arrivals.listen(listener);
    this.twilio.arrivals.listen(listener);
    this.smtp.mailbox.on("mail", listener);
    for (const format of formats) this.receivers[format].events.on("request", listener);
  }

  async close(): Promise<void> {
    const servers = [this.twilio, this.unipile, this.smtp, ...Object.values(this.receivers)];
    await Promise.all(servers.map((server) => server.close()));
  }
}

export type Secrets = Readonly<Record<"twilio" | "unipile" | "smtp" | ReceiverFormat, string>>;

function newSecrets(): Secrets {
  const secret = () => randomBytes(24).toString("hex");
  return {
    twilio: secret(),
    unipile: secret(),
    smtp: secret(),
    herald: `whsec_${randomBytes(32).toString("base64")}`,
    sendpilot: secret(),
    apten: secret(),
  };
}
