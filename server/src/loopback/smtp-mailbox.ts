import { EventEmitter, once } from "node:events";
import type { ReceivedMail } from "./smtp-message.ts";

export interface SmtpStats {
  /** Mails taken, whether or not the client was told so. */
  accepted: number;
  distinctMessageIds: number;
  /** Message-IDs that arrived more than once. */
  duplicates: number;
  /** Refused transactions by reply code. */
  refused: Record<string, number>;
  /** Connections since the start. */
  connections: number;
}

/** What the loopback SMTP server holds: the latest mails, and counts of all of them. Emits `mail` for each. */
export class Mailbox extends EventEmitter<{ mail: [ReceivedMail] }> {
  readonly mails: ReceivedMail[] = [];
  readonly byMessageId = new Map<string, number>();
  readonly refused: Record<string, number> = {};
  accepted = 0;
  connections = 0;
  readonly #byAddress = new Map<string, number>();
  readonly #byAddressAndText = new Map<string, number>();
  readonly #keep: number;
  readonly #light: boolean;

  constructor(keep: number, light: boolean) {
    super();
    this.setMaxListeners(0);
    this.#keep = keep;
    this.#light = light;
  }

  put(mail: ReceivedMail): void {
    this.accepted += 1;
    if (this.mails.length < this.#keep) this.mails.push(mail);
    increment(this.byMessageId, mail.messageId);
    for (const to of mail.to) {
      increment(this.#byAddress, to);
      if (mail.text !== null) increment(this.#byAddressAndText, `${to}\n${mail.text}`);
    }
    this.emit("mail", mail);
  }

  refuse(code: number): void {
    this.refused[code] = (this.refused[code] ?? 0) + 1;
  }

  /** How many mails an address got, with this text where one is given (which light mode can't tell). */
  count(to: string, text?: string): number {
    if (text === undefined) return this.#byAddress.get(to) ?? 0;
    if (this.#light) throw new Error("In light mode the text is not read.");
    return this.#byAddressAndText.get(`${to}\n${text}`) ?? 0;
  }

  /** Resolves as soon as `n` mails have been taken since the start. */
  async waitFor(n: number): Promise<void> {
    while (this.accepted < n) await once(this, "mail");
  }

  stats(): SmtpStats {
    let duplicates = 0;
    for (const count of this.byMessageId.values()) if (count > 1) duplicates += 1;
    const { accepted, connections, refused } = this;
    return { accepted, distinctMessageIds: this.byMessageId.size, duplicates, refused: { ...refused }, connections };
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
