import { onTestFinished } from "vitest";
import type { OutboundMessage, SenderConnection } from "../../src/channels/channel.ts";
import type { SmtpCredentials } from "../../src/channels/email/smtp/config.ts";
import { smtp } from "../../src/channels/email/smtp.ts";
import { type LoopbackSmtp, type SmtpOptions, startSmtp } from "../../src/loopback/smtp.ts";
import { outboundMessage } from "./outbound-message.ts";

export const credentials = { user: "anna", pass: "secret" };

/** A mail server and a sender that uses it; both are closed when the test ends. */
export async function setup(
  options: { server?: SmtpOptions; config?: object; credentials?: SmtpCredentials; name?: string } = {},
): Promise<{ server: LoopbackSmtp; sender: SenderConnection }> {
  const server = await startSmtp({ ...credentials, ...options.server });
  onTestFinished(() => server.close());
  const sender = openSender(server.port, options.config, options.credentials ?? credentials, options.name);
  return { server, sender };
}

export function openSender(
  port: number,
  config: object = {},
  login: SmtpCredentials = credentials,
  name = "Anna of Example",
): SenderConnection {
  const sender = smtp.open({
    senderId: "sender_01k00000000000000000000000",
    workspaceId: "ws_01k00000000000000000000000",
    channel: "email",
    name,
    config: smtp.config.parse({ host: "127.0.0.1", port, security: "none", from: "anna@example.com", ...config }),
    credentials: smtp.credentials.parse(login),
  });
  onTestFinished(() => sender.close());
  return sender;
}

export function mail(overrides: Partial<OutboundMessage> = {}): OutboundMessage {
  return outboundMessage({ channel: "email", to: "lead@example.org", subject: "Hello", text: "Hi Ben", ...overrides });
}
