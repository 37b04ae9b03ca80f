import type { Sender } from "./sender-looks.tsx";

export type Provider = "sandbox" | "twilio" | "smtp" | "unipile";

/** What the form holds, for all providers at once: what one doesn't know isn't sent. */
export interface SenderValues {
  name: string;
  channel: Sender["channel"];
  provider: Provider;
  config: Fields & { imap: Fields };
  credentials: Record<string, string>;
}
type Fields = Record<string, unknown>;

export const channelOf = { twilio: "sms", smtp: "email", unipile: "linkedin" } as const;

const fieldsOf: Record<Provider, readonly string[]> = {
  sandbox: [],
  twilio: ["accountSid", "from", "messagingServiceSid"],
  smtp: ["host", "port", "security", "from", "fromName"],
  unipile: ["dsn", "accountId"],
};
const secretsOf: Record<Provider, readonly string[]> = {
  sandbox: [],
  twilio: ["authToken"],
  smtp: ["user", "pass"],
  unipile: ["apiKey"],
};

export function valuesOf(sender: Sender | undefined): SenderValues {
  const config = (sender?.config ?? {}) as Fields;
  const imap = (config.imap ?? {}) as Fields;
  return {
    name: sender?.name ?? "",
    channel: sender?.channel ?? "email",
    provider: (sender?.provider ?? "sandbox") as Provider,
    config: {
      ...{ accountSid: "", from: "", messagingServiceSid: "", dsn: "", accountId: "" },
      ...{ host: "", port: 587, security: "starttls", fromName: "", ...config },
      imap: { host: "", port: 993, security: "tls", ...imap },
    },
    credentials: { authToken: "", apiKey: "", user: "", pass: "" },
  };
}

/** The settings as the API takes them; those that the form doesn't show stay as they are. */
export function settingsOf({ provider, config, credentials }: SenderValues, before: Fields = {}) {
  const filled = { ...before };
  for (const field of fieldsOf[provider]) {
    const value = config[field];
    if (value === "" || value === undefined || value === null) delete filled[field];
    else filled[field] = typeof value === "string" ? value.trim() : value;
  }
  if (provider === "smtp") {
    const { host, ...rest } = config.imap;
    if (host === "") delete filled.imap;
    else filled.imap = { ...rest, host };
  }
  const secrets = secretsOf[provider].flatMap((field) => (credentials[field] ? [[field, credentials[field]]] : []));
  return { config: filled, credentials: Object.fromEntries(secrets) as Fields };
}
