import { readFile } from "node:fs/promises";
import type { ApiClient } from "../cli/api-client.ts";
import { Failure } from "../cli/failure.ts";
import { accounts, formats, type Peers } from "./peers.ts";
import { type Channel, campaignName, type ExpectedMessage, steps } from "./script.ts";

/** What a person who sets Herald up does, through the API. */

export interface Sender {
  id: string;
  channel: Channel;
  /** What the provider said when it was tried. */
  detail: string;
}

interface Verification {
  verified: boolean;
  detail: string;
}

const unhurried = {
  message: { perDay: null, minGapSeconds: 0 },
  connect: { perDay: null, perWeek: null, minGapSeconds: 0 },
};

/** Nobody's phone rings: the demo may send SMS at any hour. */
export async function allowAnyHour(api: ApiClient): Promise<void> {
  const reason = "The demo's SMS reach a program on this machine only.";
  const body = { smsHours: { from: "00:00", to: "24:00" }, override: true, reason };
  await api.call("PATCH", "/v1/workspace", { body });
}

/** Creates a sender for each channel, and has each one log in to its provider. */
export async function createSenders(api: ApiClient, { twilio, unipile, smtp, secrets }: Peers): Promise<Sender[]> {
  const { accountSid, from } = accounts.twilio;
  const wanted = [
    {
      channel: "linkedin",
      provider: "unipile",
      config: { dsn: unipile.url, accountId: accounts.unipile.accountId },
      credentials: { apiKey: secrets.unipile },
      // A real account would be restricted for such haste; this one is a program on loopback.
      limits: unhurried,
    },
    {
      channel: "sms",
      provider: "twilio",
      config: { accountSid, from, baseUrl: twilio.url },
      credentials: { authToken: secrets.twilio },
    },
    {
      channel: "email",
      provider: "smtp",
      config: { host: "127.0.0.1", port: smtp.port, security: "none", from: accounts.smtp.from },
      credentials: { user: accounts.smtp.user, pass: secrets.smtp },
    },
  ] as const;
  return await Promise.all(
    wanted.map(async (sender) => {
      const { id } = await api.post<{ id: string }>("/v1/senders", { name: "Ada from Herald", ...sender });
      const { verified, detail } = await api.post<Verification>(`/v1/senders/${id}/verify`);
      if (!verified) throw new Failure(`The ${sender.channel} sender does not work: ${detail}`);
      return { id, channel: sender.channel, detail };
    }),
  );
}

export async function createDestinations(api: ApiClient, { receivers, secrets }: Peers): Promise<void> {
  await Promise.all(
    formats.map((format) =>
      api.post("/v1/destinations", {
        name: `Receiver of ${format} events`,
        url: `${receivers[format].url}webhooks`,
        format,
        secret: secrets[format],
      }),
    ),
  );
}

export async function createCampaign(api: ApiClient, senders: readonly Sender[]): Promise<string> {
  const senderIds = senders.map((sender) => sender.id);
  const { id } = await api.post<{ id: string }>("/v1/campaigns", { name: campaignName, senderIds, steps });
  return id;
}

export interface ImportReport {
  rows: number;
  added: number;
  duplicates: number;
  rejected: number;
  enrolled: number;
  errors: { line: number; reason: string }[];
  duplicateRows: { line: number; leadId: string; field: string }[];
  warningRows: { line: number; reason: string }[];
}

/** The file goes over the wire as it is. */
export async function importLeads(api: ApiClient, file: string, campaignId: string): Promise<ImportReport> {
  const body = await readFile(file);
  return await api.call("POST", `/v1/leads/import?campaignId=${campaignId}`, { body, contentType: "text/csv" });
}

/**
 * Sends a message through the API: half of those on LinkedIn by SendPilot's call, all others by Herald's own. Under an
 * Idempotency-Key, as a careful caller does, and twice: the second call must not send anything.
 */
export async function sendDirectly(
  api: ApiClient,
  message: ExpectedMessage,
  index: number,
  senders: readonly Sender[],
): Promise<void> {
  const { channel, to, subject, text } = message;
  const headers = { "idempotency-key": `demo-${index}` };
  const senderId = senders.find((sender) => sender.channel === channel)!.id;
  const twice = async (path: string, body: unknown) => {
    await api.post(path, body, headers);
    await api.post(path, body, headers);
  };
  const profile = `https://www.linkedin.com/in/${encodeURIComponent(to)}`;
  if (channel === "sms") return await twice("/v1/messages", { channel, recipient: { phone: to }, text });
  if (channel === "email")
    return await twice("/v1/messages", { channel, recipient: { email: to }, subject, text, senderId });
  if (index % 2 === 0) return await twice("/v1/inbox/send", { senderId, recipientLinkedinUrl: profile, message: text });
  return await twice("/v1/messages", { channel, recipient: { linkedinUrl: profile }, text });
}
