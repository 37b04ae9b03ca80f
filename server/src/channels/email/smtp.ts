import type {
  ChannelAdapter,
  OutboundMessage,
  SenderAccount,
  SenderConnection,
  SendResult,
  VerifyResult,
} from "../channel.ts";
import { type AccessTokens, noTokens, sessionLogin } from "./access-tokens.ts";
import type { MailboxAccount } from "./imap/connect.ts";
import { type FileResult, fetchFile, type WantedFile } from "./imap/fetch-file.ts";
import { verifyMailbox } from "./imap/verify.ts";
import { composeMail, envelopeAddress, type MailIdentity } from "./mime.ts";
import {
  imapLogin,
  type SmtpConfig,
  type SmtpCredentials,
  smtpConfig,
  smtpCredentials,
  smtpLogin,
} from "./smtp/config.ts";
import { SmtpFailure } from "./smtp/failure.ts";
import { outcomeOf } from "./smtp/outcome.ts";
import { mostAhead, SmtpPool } from "./smtp/pool.ts";
import { endSession, openSession, type SmtpSettings } from "./smtp/session.ts";

/**
 * Email over SMTP submission (RFC 6409). The server keeps nothing that could be asked later, so that an uncertain mail
 * stays uncertain until a person, or a reply to its Message-ID, decides.
 */
export const smtpAdapter = (tokens: AccessTokens): ChannelAdapter<SmtpConfig, SmtpCredentials> => ({
  provider: "smtp",
  channels: ["email"],
  config: smtpConfig,
  credentials: smtpCredentials,
  // Few connections that each carry a mail in 3 ms: eighty mails wait while the next eighty attempts are committed, which takes
  // 30 ms and more where outcomes are just being written. Of a killed process it is known which were not handed over.
  concurrency: ({ maxConnections }) => mostAhead * maxConnections,
  announcesHandOver: true,
  canReconcile: false,
  address: (config) => config.from,
  open: (sender) => new SmtpSender(sender, tokens),
});

/** For senders with passwords. */
export const smtp = smtpAdapter(noTokens);

class SmtpSender implements SenderConnection {
  readonly #settings: SmtpSettings;
  readonly #mailbox: MailboxAccount | null;
  readonly #identity: MailIdentity;
  readonly #pool: SmtpPool;

  constructor(sender: SenderAccount<SmtpConfig, SmtpCredentials>, tokens: AccessTokens) {
    const { name, config, credentials } = sender;
    const { host, port, security } = config;
    this.#settings = { host, port, security, login: sessionLogin(sender, smtpLogin(credentials), tokens) };
    const imap = config.imap && sessionLogin(sender, imapLogin(credentials), tokens);
    this.#mailbox = config.imap && imap !== undefined ? { config: config.imap, login: imap } : null;
    this.#identity = {
      from: config.from,
      fromName: config.fromName ?? name,
      replyTo: config.replyTo ?? null,
      // Replies of a mailbox that isn't read would be lost.
      unsubscribeAt: config.imap ? config.from : null,
      messageIdDomain: config.messageIdDomain ?? config.from.slice(config.from.lastIndexOf("@") + 1),
    };
    this.#pool = new SmtpPool(this.#settings, config.maxConnections);
  }

  async send(message: OutboundMessage, signal: AbortSignal, handOver?: () => void): Promise<SendResult> {
    const to = envelopeAddress(message.to);
    if (to === null) {
      const detail = `${JSON.stringify(message.to)} is not one email address.`;
      return { outcome: "failed", code: "invalid_recipient", detail, suppress: "invalid" };
    }
    const mail = composeMail(this.#identity, message, to);
    try {
      const envelope = { from: this.#identity.from, to };
      const accepted = await this.#pool.deliver({ envelope, content: mail.content, signal, handOver });
      const { subject } = mail;
      return { outcome: "sent", providerMessageId: accepted.serverMessageId ?? mail.messageId, subject };
    } catch (error) {
      if (error instanceof SmtpFailure) return outcomeOf(error);
      throw error;
    }
  }

  get worthBegun(): number {
    return this.#pool.worthBegun;
  }

  async verify(signal: AbortSignal): Promise<VerifyResult> {
    try {
      const connection = await openSession(this.#settings, signal);
      const { host, port, login } = this.#settings;
      const encryption = connection.secure ? "over TLS" : "without encryption";
      endSession(connection);
      const as = login ? `logged in as ${login.user}` : "without a login";
      const detail = `Connected to ${host}:${port} ${encryption}, ${as}.`;
      if (!this.#mailbox) return { ok: true, detail };
      const mailbox = await verifyMailbox(this.#mailbox, signal);
      return mailbox.ok ? { ok: true, detail: `${detail} ${mailbox.detail}` } : mailbox;
    } catch (error) {
      if (!(error instanceof SmtpFailure)) throw error;
      const result = outcomeOf(error);
      if (result.outcome === "sent") throw error;
      return { ok: false, code: result.code, detail: result.detail };
    }
  }

  async file(wanted: WantedFile, signal: AbortSignal): Promise<FileResult | null> {
    return this.#mailbox ? await fetchFile(this.#mailbox, wanted, signal) : null;
  }

  async reconcile() {
    return { outcome: "unknown", detail: "SMTP has no way to ask what became of a mail." } as const;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
