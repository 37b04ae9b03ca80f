import { randomBytes } from "node:crypto";
import { type Receiver, startReceiver } from "../../src/loopback/receiver.ts";
import { type LoopbackSmtp, startSmtp } from "../../src/loopback/smtp.ts";
import { startTwilio, type TwilioLoopback } from "../../src/loopback/twilio.ts";
import { startUnipile, type UnipileLoopback } from "../../src/loopback/unipile.ts";
import type { HeraldProcess } from "./herald-process.ts";

const accountSid = `AC${"0".repeat(32)}`;
const formats = ["herald", "sendpilot", "apten"] as const;

/** Everything around one Herald: three providers and three webhook receivers, which outlive it. */
export interface Peers {
  unipile: UnipileLoopback;
  twilio: TwilioLoopback;
  smtp: LoopbackSmtp;
  receivers: Record<(typeof formats)[number], Receiver>;
  secrets: Record<(typeof formats)[number], string>;
  /** Calls back at everything that arrives anywhere: a message at a provider, a webhook at a receiver. */
  onArrival(listener: () => void): void;
  close(): Promise<void>;
}

export async function startPeers(): Promise<Peers> {
  const secrets = {
    herald: `whsec_${randomBytes(32).toString("base64")}`,
    sendpilot: randomBytes(32).toString("hex"),
    apten: randomBytes(32).toString("hex"),
  };
  const [unipile, twilio, smtp, ...receivers] = await Promise.all([
    startUnipile({ apiKey: "unipile-key", accountId: "account" }),
    startTwilio({ accountSid, authToken: "twilio-token" }),
    startSmtp({ user: "sales", pass: "mail-password" }),
    ...formats.map((format) => startReceiver({ format, secret: secrets[format] })),
  ]);
  const [herald, sendpilot, apten] = receivers as [Receiver, Receiver, Receiver];
  return {
    unipile,
    twilio,
    smtp,
    receivers: { herald, sendpilot, apten },
    secrets,
    onArrival(listener) {
      unipile.arrivals.listen(listener);
      twilio.arrivals.listen(listener);
      smtp.mailbox.on("mail", listener);
      for (const receiver of receivers) receiver.events.on("request", listener);
    },
    async close() {
      await Promise.all([
        unipile.close(),
        twilio.close(),
        smtp.close(),
        ...receivers.map((receiver) => receiver.close()),
      ]);
    },
  };
}

/** Makes senders, destinations, leads and a campaign of three steps (LinkedIn, SMS, email) through the API; not started. */
export async function setUpCampaign(
  herald: HeraldProcess,
  peers: Peers,
  leads: number,
): Promise<{ campaignId: string }> {
  await herald.call("PATCH", "/v1/workspace", {
    smsHours: { from: "00:00", to: "24:00" },
    override: true,
    reason: "The tests run at any hour.",
  });
  const sender = async (body: object) => (await herald.call<{ id: string }>("POST", "/v1/senders", body)).id;
  const linkedin = {
    channel: "linkedin",
    provider: "unipile",
    config: { dsn: peers.unipile.url, accountId: "account" },
    credentials: { apiKey: "unipile-key" },
    limits: {
      message: { perDay: null, minGapSeconds: 0 },
      connect: { perDay: null, perWeek: null, minGapSeconds: 0 },
    },
  };
  const senderIds = [
    // A LinkedIn sender does one thing at a time: several of them, so that the test is not mostly waiting for one.
    ...(await Promise.all(["A", "B", "C", "D"].map((name) => sender({ name, ...linkedin })))),
    await sender({
      name: "Number",
      channel: "sms",
      provider: "twilio",
      config: { accountSid, from: "+12025550100", baseUrl: peers.twilio.url },
      credentials: { authToken: "twilio-token" },
    }),
    await sender({
      name: "Mailbox",
      channel: "email",
      provider: "smtp",
      config: { host: "127.0.0.1", port: peers.smtp.port, security: "none", from: "sales@example.com" },
      credentials: { user: "sales", pass: "mail-password" },
    }),
  ];
  for (const format of formats) {
    await herald.call("POST", "/v1/destinations", {
      name: format,
      url: `${peers.receivers[format].url}/hook`,
      format,
      secret: peers.secrets[format],
    });
  }
  const campaign = await herald.call<{ id: string }>("POST", "/v1/campaigns", {
    name: "Crash",
    senderIds,
    steps: [
      { channel: "linkedin", text: "First to {{ firstName }}" },
      { channel: "sms", text: "Second to {{ firstName }}" },
      { channel: "email", subject: "For {{ firstName }}", text: "Third to {{ firstName }}" },
    ],
  });
  for (let from = 0; from < leads; from += 100) {
    await herald.call("POST", "/v1/leads", {
      campaignId: campaign.id,
      leads: Array.from({ length: Math.min(100, leads - from) }, (_, i) => personOf(from + i)),
    });
  }
  return { campaignId: campaign.id };
}

export function personOf(n: number) {
  return {
    firstName: `Person${n}`,
    linkedinUrl: `https://www.linkedin.com/in/person-${n}`,
    phone: `+1202${String(2_000_000 + n)}`,
    email: `person${n}@example.com`,
  };
}
